"""The parties' payouts to their banks, copied from the provider for them to read.

Stripe makes these by itself; nothing of them is in the ledger. What is copied is what
Stripe says now, so the order of notices does not matter.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from marketplace import gateway
from payouts.models import ConnectedAccount, PartyPayout, PartyPayoutStatus

logger = logging.getLogger(__name__)

# A payout that arrived can come back for five business days.
LOOKED_BACK = timedelta(days=14)
BATCH = 200
OPEN = [PartyPayoutStatus.PENDING, PartyPayoutStatus.IN_TRANSIT]


def refresh(*, account_id: str, payout_id: str, at: datetime) -> PartyPayout | None:
    """Fetch a payout a notice named, and keep what it says. None for an account that is
    not ours.

    :raises gateway.GatewayError: Stripe did not answer; nothing was changed.
    """
    account = ConnectedAccount.objects.filter(provider_id=account_id).first()
    if account is None:
        return None
    facts = gateway.fetch_party_payout(account_id=account_id, payout_id=payout_id)
    return record(account=account, facts=facts, at=at)


def poll(*, at: datetime) -> int:
    """Copy the payouts of parties who were sent something lately, or have one on its
    way, so that nothing depends on notices. Returns how many payouts were seen.
    """
    since = at - LOOKED_BACK
    lately = ConnectedAccount.objects.filter(
        Q(transfers__sent_at__gte=since) | Q(party_payouts__status__in=OPEN),
        provider_id__isnull=False,
    ).distinct()
    seen = 0
    for account in lately.order_by("pk")[:BATCH]:
        assert account.provider_id is not None
        try:
            found = gateway.list_party_payouts(
                account_id=account.provider_id, since=since
            )
        except gateway.GatewayError as problem:
            logger.warning("payouts of %s are not known: %s", account, problem)
            continue
        for facts in found:
            record(account=account, facts=facts, at=at)
            seen += 1
    return seen


def record(
    *, account: ConnectedAccount, facts: gateway.PartyPayoutFacts, at: datetime
) -> PartyPayout:
    """Keep what Stripe says of a payout. Amounts in minor units."""
    said = {
        "status": PartyPayoutStatus(facts.status),
        "arrival_at": facts.arrival_at,
        "failure_code": (facts.failure_code or "")[:60],
        "failure_message": facts.failure_message or "",
        "checked_at": at,
    }
    with transaction.atomic():
        payout, _made = PartyPayout.objects.update_or_create(
            provider_id=facts.payout_id,
            defaults=said,
            create_defaults={
                **said,
                "account": account,
                "amount": facts.amount,
                "currency": facts.currency,
                "started_at": facts.created_at,
            },
        )
    return payout
