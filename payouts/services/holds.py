"""What keeps a payee from being paid for a while: holds that staff place and lift, and
the days after a change of who can reach the money.

Everything is looked at again under the payee's lock when money is taken.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from marketplace.kit import switches
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from orders.models import SellerOrder
from payouts.models import (
    AccountStatus,
    Accrual,
    AccrualKind,
    ConnectedAccount,
    Credential,
    CredentialChange,
    Entry,
    EntryKind,
    Hold,
    SkipReason,
)
from payouts.services import ledger, party_accounts


class ReasonMissing(MarketplaceError):
    """Say why. The reason is kept with what was done; nothing was changed."""

    status_code = 400


class AlreadyReleased(MarketplaceError):
    """This earning was released already, so it cannot be held any more. To keep it from
    being paid, hold the payee.
    """

    status_code = 409


class NotOnHold(MarketplaceError):
    """This hold was lifted already; nothing was changed."""

    status_code = 409


class NotTheirs(MarketplaceError):
    """This earning or seller order belongs to another payee; nothing was changed."""

    status_code = 400


def place(
    *,
    account: ConnectedAccount,
    accrual: Accrual | None = None,
    seller_order: SellerOrder | None = None,
    reason: str,
    actor: str,
    at: datetime,
) -> Hold:
    """Hold a payee, or one earning or seller order of theirs, until it is lifted.

    A payee on hold is paid nothing. A held line of a seller holds its whole seller
    order, which is released in one piece.

    :raises ReasonMissing: without a reason.
    :raises NotTheirs: the earning or order is another payee's.
    :raises AlreadyReleased: the earning or order was released before.
    """
    reason = _said(reason)
    accruals = account.accruals.all()
    if accrual is not None:
        accruals = accruals.filter(pk=accrual.pk)
    elif seller_order is not None:
        accruals = accruals.filter(seller_order=seller_order)
    if accrual is not None or seller_order is not None:
        first = accruals.select_related("seller_order").first()
        if first is None:
            raise NotTheirs
    with transaction.atomic():
        if accrual is not None or seller_order is not None:
            assert first is not None
            # A release under way is either seen here or sees this hold.
            ledger.lock_payable(party_accounts.payable(account, first.currency))
            if all(_is_released(one) for one in accruals):
                raise AlreadyReleased
        hold = Hold.objects.create(
            account=account,
            accrual=accrual,
            seller_order=seller_order,
            reason=reason,
            placed_by=actor,
            placed_at=at,
        )
        _note("hold.place", hold, actor, reason, at=at)
    return hold


def lift(*, hold: Hold, reason: str, actor: str, at: datetime) -> Hold:
    """Lift a hold; what waited for it goes on by itself.

    :raises ReasonMissing: without a reason.
    :raises NotOnHold: it was lifted before.
    """
    reason = _said(reason)
    with transaction.atomic():
        lifted = Hold.objects.filter(pk=hold.pk, released_at=None).update(
            released_at=at, released_by=actor, release_reason=reason
        )
        if not lifted:
            raise NotOnHold
        _note("hold.lift", hold, actor, reason, at=at)
    hold.refresh_from_db()
    return hold


def note_change(*, account: ConnectedAccount, what: Credential, at: datetime) -> None:
    """Note that a payee's sign-in or payout account was changed: payouts wait for
    PAYOUT_HOLD_AFTER_CHANGE_HOURS.
    """
    CredentialChange.objects.create(account=account, what=what, at=at)


def note_change_of_user(*, user_id: int, what: Credential, at: datetime) -> None:
    """Note it for everything whose money a person can reach: their shops and page."""
    reachable = ConnectedAccount.objects.filter(
        Q(creator__user_id=user_id)
        | Q(shop__memberships__user_id=user_id, shop__memberships__role="owner")
    )
    CredentialChange.objects.bulk_create(
        CredentialChange(account=account, what=what, at=at)
        for account in reachable.distinct()
    )


def waits_until(*, account: ConnectedAccount, at: datetime) -> datetime | None:
    """Give when the wait after a change of credentials ends; None while there is none."""
    newest = account.credential_changes.order_by("-at").first()
    if newest is None:
        return None
    until: datetime = newest.at + timedelta(
        hours=settings.PAYOUT_HOLD_AFTER_CHANGE_HOURS
    )
    return until if until > at else None


def blocking_reason(*, account: ConnectedAccount, at: datetime) -> SkipReason | None:
    """Say why a payee is paid nothing now, whatever is payable; None when nothing is in
    the way. May take three queries.
    """
    reason = payee_reason(account=account, at=at)
    if reason is None and switches.is_on(switches.PAYOUTS):
        return SkipReason.STOPPED
    return reason


def payee_reason(*, account: ConnectedAccount, at: datetime) -> SkipReason | None:
    """The same for what lies with the payee, not with the whole marketplace."""
    if account.status in (AccountStatus.PAYOUTS_PAUSED, AccountStatus.CLOSED):
        return SkipReason.RESTRICTED
    if not account.is_active:
        return SkipReason.ACCOUNT_NOT_ACTIVE
    if account.holds.filter(released_at=None, accrual=None, seller_order=None).exists():
        return SkipReason.HELD
    if waits_until(account=account, at=at) is not None:
        return SkipReason.ACCOUNT_CHANGED
    return None


def unblocked(
    accounts: QuerySet[ConnectedAccount], *, at: datetime
) -> QuerySet[ConnectedAccount]:
    """Keep the payees for whom `blocking_reason` has none, however many: the payees by
    the query, the switch by one before it.
    """
    if switches.is_on(switches.PAYOUTS):
        return accounts.none()
    held = Hold.objects.filter(
        account=OuterRef("pk"), released_at=None, accrual=None, seller_order=None
    )
    changed = CredentialChange.objects.filter(
        account=OuterRef("pk"),
        at__gt=at - timedelta(hours=settings.PAYOUT_HOLD_AFTER_CHANGE_HOURS),
    )
    return accounts.filter(~Exists(held), ~Exists(changed), status=AccountStatus.ACTIVE)


def without_held(accruals: QuerySet[Accrual]) -> QuerySet[Accrual]:
    """Leave out the earnings that a hold keeps from being released."""
    return accruals.filter(~Exists(_open_holds()))


def on_hold(part: SellerOrder, account: ConnectedAccount) -> bool:
    """Say whether a seller's part of an order is held, whole or in one of its lines."""
    return Hold.objects.filter(
        Q(seller_order=part) | Q(accrual__seller_order=part),
        account=account,
        released_at=None,
    ).exists()


def _open_holds() -> QuerySet[Hold]:
    """The open holds on an accrual, its seller order, or a line of the same seller."""
    same_part = Q(
        accrual__seller_order=OuterRef("seller_order"),
        accrual__kind__in=[AccrualKind.GOODS, AccrualKind.SHIPPING],
    )
    return Hold.objects.filter(
        Q(accrual=OuterRef("pk"))
        | Q(seller_order=OuterRef("seller_order"))
        | same_part,
        account=OuterRef("account"),
        released_at=None,
    )


def _is_released(accrual: Accrual) -> bool:
    if accrual.kind == AccrualKind.SHARE:
        kind, reference = EntryKind.CREATOR_RELEASE, accrual.public_id
    else:
        kind, reference = EntryKind.SELLER_RELEASE, accrual.seller_order.public_id
    return Entry.objects.filter(kind=kind, reference=reference).exists()


def _said(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonMissing
    return reason


def _note(action: str, hold: Hold, actor: str, reason: str, *, at: datetime) -> None:
    AuditEvent.objects.create(
        actor=actor,
        action=action,
        reference=hold.account.reference,
        reason=reason,
        details={"hold": hold.public_id},
        at=at,
    )
