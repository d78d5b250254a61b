"""The payout account of a seller or creator: opened when asked for, kept up to date,
and its readiness pushed down to the shop or creator.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from creators.models import Creator
from creators.services import profiles
from marketplace import gateway
from marketplace.kit.errors import MarketplaceError
from payouts.models import AccountStatus, ConnectedAccount, Credential
from payouts.services import holds
from sellers.models import Shop
from sellers.services import shops

BATCH = 100


class OnboardingUnavailable(MarketplaceError):
    """The payout partner does not answer just now. Nothing was lost; try again in a
    moment.
    """

    status_code = 503


def account_of(party: Shop | Creator) -> ConnectedAccount:
    """Give the money side of a shop or creator, opened on first use."""
    which = {"shop": party} if isinstance(party, Shop) else {"creator": party}
    account, _made = ConnectedAccount.objects.get_or_create(**which)
    return account


def open_account(
    *, party: Shop | Creator, email: str, at: datetime
) -> ConnectedAccount:
    """Open a party's account at the provider, on the first call; with a key of its own,
    so that a repeated call finds the same account.

    :raises OnboardingUnavailable: the provider did not answer.
    """
    account = account_of(party)
    if account.provider_id is None:
        try:
            facts = gateway.create_account(
                request=_request(party, email), key=f"acct:{account.reference}:1"
            )
        except gateway.GatewayError as problem:
            raise OnboardingUnavailable from problem
        _record(account, facts, at=at)
    return account


def known_account(party: Shop | Creator) -> ConnectedAccount:
    """Give the money side of a shop or creator for reading; one that has no row yet is
    not saved, and owns nothing.
    """
    which = {"shop": party} if isinstance(party, Shop) else {"creator": party}
    found = ConnectedAccount.objects.filter(**which).first()
    return found or ConnectedAccount(**which)


def start(*, party: Shop | Creator, email: str, at: datetime) -> str:
    """Give the address of the hosted page where payouts are set up.

    :raises OnboardingUnavailable: the provider did not answer.
    """
    account = open_account(party=party, email=email, at=at)
    assert account.provider_id is not None
    landing = settings.SITE_URL + reverse(
        "payouts:onboarding-return", args=[account.reference]
    )
    try:
        return gateway.onboarding_link(
            account_id=account.provider_id,
            refresh_url=f"{landing}?again=1",
            return_url=landing,
        )
    except gateway.GatewayError as problem:
        raise OnboardingUnavailable from problem


def refresh(*, account: ConnectedAccount, at: datetime) -> ConnectedAccount:
    """Fetch how an account stands, and push its readiness down. No-op without one.

    :raises OnboardingUnavailable: the provider did not answer; nothing was changed.
    """
    if account.provider_id is None:
        return account
    try:
        facts = gateway.fetch_account(account_id=account.provider_id)
    except gateway.GatewayError as problem:
        raise OnboardingUnavailable from problem
    _record(account, facts, at=at)
    return account


def refresh_stale(*, at: datetime) -> None:
    """Fetch the accounts looked at longest ago; one that fails is left for next time."""
    stale = ConnectedAccount.objects.exclude(provider_id=None).exclude(
        status=AccountStatus.CLOSED
    )
    for account in stale.order_by("checked_at", "pk")[:BATCH]:
        try:
            refresh(account=account, at=at)
        except OnboardingUnavailable:
            return


def refresh_by_provider_id(*, provider_id: str, at: datetime) -> bool:
    """Fetch the account a notice named; says whether it is one of ours."""
    account = ConnectedAccount.objects.filter(provider_id=provider_id).first()
    if account is None:
        return False
    refresh(account=account, at=at)
    return True


def _request(party: Shop | Creator, email: str) -> gateway.AccountRequest:
    is_shop = isinstance(party, Shop)
    return gateway.AccountRequest(
        reference=party.public_id,
        kind="seller" if is_shop else "creator",
        entity="company"
        if isinstance(party, Shop) and party.is_business
        else "individual",
        country=party.country,
        email=email,
        display_name=party.name,
    )


def _status(facts: gateway.AccountFacts) -> AccountStatus:
    if facts.is_closed:
        return AccountStatus.CLOSED
    if facts.transfers_active:
        return AccountStatus.ACTIVE
    if facts.requirements_due:
        return AccountStatus.NEEDS_INFORMATION
    return AccountStatus.IN_REVIEW


def _record(
    account: ConnectedAccount, facts: gateway.AccountFacts, *, at: datetime
) -> None:
    """Keep what the provider says, and tell the party below whether it can be paid."""
    with transaction.atomic():
        was_active = account.is_active
        status = _status(facts)
        if was_active and status != AccountStatus.ACTIVE and not facts.is_closed:
            status = AccountStatus.PAYOUTS_PAUSED
        account.provider_id = facts.account_id
        account.status = status
        account.requirements = list(facts.requirements_due)
        account.payouts_active = facts.payouts_active
        account.checked_at = at
        _note_replaced_bank(account, facts, at=at)
        account.save()
        payable = account.is_active
        if account.shop is not None:
            shops.set_payable(shop=account.shop, payable=payable)
        elif account.creator is not None:
            profiles.set_payable(creator=account.creator, payable=payable)


def _note_replaced_bank(
    account: ConnectedAccount, facts: gateway.AccountFacts, *, at: datetime
) -> None:
    """Hold payouts back for some days when the money would go to another bank account
    than before. The first one is not a change.
    """
    named = facts.external_account or ""
    rows = ConnectedAccount.objects.filter(pk=account.pk).select_for_update(no_key=True)
    before = rows.values_list("external_account", flat=True).first() or ""
    account.external_account = before
    if not named or named == before:
        return
    if before:
        holds.note_change(account=account, what=Credential.PAYOUT_ACCOUNT, at=at)
    account.external_account = named
