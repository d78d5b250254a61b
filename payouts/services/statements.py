"""What a party's balance was, is, and everything that moved it in between.

A statement is read from the ledger: its balance is held + payable − owed, and each entry
that touched one of the party's accounts is a line or several, down to the product, rate
and rule. A statement whose lines do not lead from its opening to its closing balance is
refused, never shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection

from marketplace.kit.errors import MarketplaceError
from orders.models import Refund
from payouts.models import (
    Accrual,
    AccrualKind,
    ConnectedAccount,
    Dispute,
    EntryKind,
    ReversedShare,
)
from payouts.services import splits


class StatementDoesNotAddUp(MarketplaceError):
    """The lines of this statement do not lead to its closing balance. It is not shown;
    staff have been told.
    """

    status_code = 500


class LineKind(StrEnum):
    """What a line of a statement records."""

    SALE = "sale"
    DELIVERY = "delivery"
    SHARE = "share"
    REFUND = "refund"
    DISPUTE = "dispute"
    RESTORED = "restored"
    SENT = "sent"
    SENT_BACK = "sent_back"
    TAKEN_BACK = "taken_back"
    SET_OFF = "set_off"
    WRITTEN_OFF = "written_off"
    CORRECTION = "correction"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line: `amount` is its effect on the balance, minor units. A set-off moves
    money between what is payable and what was owed: its effect is 0, and `memo_amount`
    says how much. `rate_bps` is what was taken (seller) or earned (creator) of
    `base_amount`.
    """

    at: datetime
    kind: LineKind
    amount: int
    memo_amount: int
    order_reference: str
    title: str
    quantity: int | None
    base_amount: int | None
    rate_bps: int | None
    rule: str
    reason: str
    reference: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A party's balance from `starts_at` until before `ends_at`, in one currency."""

    account: ConnectedAccount
    currency: str
    starts_at: datetime
    ends_at: datetime
    opening_amount: int
    closing_amount: int
    lines: tuple[Line, ...]

    def sum_of(self, *kinds: LineKind) -> int:
        """Sum the lines of some kinds."""
        return sum(line.amount for line in self.lines if line.kind in kinds)

    @property
    def earned_amount(self) -> int:
        return self.sum_of(LineKind.SALE, LineKind.DELIVERY, LineKind.SHARE)

    @property
    def taken_amount(self) -> int:
        """What refunds and disputes took, less what was given back."""
        return self.sum_of(LineKind.REFUND, LineKind.DISPUTE, LineKind.RESTORED)

    @property
    def sent_amount(self) -> int:
        return self.sum_of(LineKind.SENT, LineKind.SENT_BACK, LineKind.TAKEN_BACK)

    @property
    def other_amount(self) -> int:
        return self.sum_of(LineKind.WRITTEN_OFF, LineKind.CORRECTION)


@dataclass(frozen=True, slots=True)
class _Effect:
    """An entry and what it did to the party's balance; `moved` is all it moved there."""

    entry_id: int
    kind: str
    reference: str
    at: datetime
    order_reference: str
    amount: int
    moved: int


def statement(
    *,
    account: ConnectedAccount,
    currency: str,
    starts_at: datetime,
    ends_at: datetime,
) -> Statement:
    """Read a party's statement of a period, UTC. A constant number of queries.

    :raises StatementDoesNotAddUp: its lines do not lead to its closing balance.
    """
    assert account.pk is not None
    opening = balance(account=account, currency=currency, before=starts_at)
    closing = balance(account=account, currency=currency, before=ends_at)
    lines = _lines(account, _effects(account, currency, starts_at, ends_at))
    if opening + sum(line.amount for line in lines) != closing:
        raise StatementDoesNotAddUp
    return Statement(
        account=account,
        currency=currency,
        starts_at=starts_at,
        ends_at=ends_at,
        opening_amount=opening,
        closing_amount=closing,
        lines=tuple(lines),
    )


SIDES = """
    SELECT posting.entry_id, posting.amount AS effect FROM payouts_posting posting
    JOIN payouts_ledgeraccount account ON account.id = posting.credit_id
    WHERE account.party_id = %(party)s AND account.currency = %(currency)s
    UNION ALL
    SELECT posting.entry_id, -posting.amount FROM payouts_posting posting
    JOIN payouts_ledgeraccount account ON account.id = posting.debit_id
    WHERE account.party_id = %(party)s AND account.currency = %(currency)s
"""
# SIDES is ours; every value is a parameter.
BALANCE = f"""
    SELECT coalesce(sum(side.effect), 0) FROM ({SIDES}) side
    JOIN payouts_entry entry ON entry.id = side.entry_id
    WHERE entry.occurred_at < %(before)s
"""
EFFECTS = f"""
    SELECT entry.id, entry.kind, entry.reference, entry.occurred_at,
           entry.order_reference, sum(side.effect),
           sum(CASE WHEN side.effect > 0 THEN side.effect ELSE 0 END)
    FROM ({SIDES}) side
    JOIN payouts_entry entry ON entry.id = side.entry_id
    WHERE entry.occurred_at >= %(starts_at)s AND entry.occurred_at < %(ends_at)s
    GROUP BY entry.id ORDER BY entry.occurred_at, entry.id
"""


def balance(*, account: ConnectedAccount, currency: str, before: datetime) -> int:
    """Give what the platform owed a party just before a moment (held + payable − owed),
    minor units.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            BALANCE, {"party": account.pk, "currency": currency, "before": before}
        )
        return int(cursor.fetchone()[0])


def _effects(
    account: ConnectedAccount, currency: str, starts_at: datetime, ends_at: datetime
) -> list[_Effect]:
    with connection.cursor() as cursor:
        cursor.execute(
            EFFECTS,
            {
                "party": account.pk,
                "currency": currency,
                "starts_at": starts_at,
                "ends_at": ends_at,
            },
        )
        return [
            _Effect(entry, kind, reference, at, order, int(amount), int(moved))
            for entry, kind, reference, at, order, amount, moved in cursor.fetchall()
        ]


def _lines(account: ConnectedAccount, effects: Iterable[_Effect]) -> list[Line]:
    effects = list(effects)
    accruals = _accruals(account, effects)
    shares = _shares(account, effects)
    lines: list[Line] = []
    for effect in effects:
        match effect.kind:
            case EntryKind.CAPTURE:
                found = [
                    _accrual_line(effect, accrual)
                    for accrual in accruals.get(effect.order_reference, [])
                ]
            case EntryKind.REFUND | EntryKind.DISPUTE_LOST:
                found = [
                    _share_line(effect, row, -1) for row in shares[effect.reference]
                ]
            case EntryKind.REFUND_WITHDRAWN | EntryKind.DISPUTE_RESTORED:
                found = [
                    _share_line(effect, row, 1) for row in shares[effect.reference]
                ]
            case _:
                found = _plain_lines(effect)
        if sum(line.amount for line in found) != effect.amount:
            raise StatementDoesNotAddUp
        lines += found
    return lines


PLAIN = {
    EntryKind.TRANSFER: LineKind.SENT,
    EntryKind.TRANSFER_FAILED: LineKind.SENT_BACK,
    EntryKind.REVERSAL_SENT: LineKind.TAKEN_BACK,
    EntryKind.NETTING: LineKind.SET_OFF,
    EntryKind.WRITE_OFF: LineKind.WRITTEN_OFF,
}


def _plain_lines(effect: _Effect) -> list[Line]:
    """Give an entry that is one line; one that only moved money from held to payable
    is none.
    """
    kind = PLAIN.get(EntryKind(effect.kind), LineKind.CORRECTION)
    if not effect.amount and kind != LineKind.SET_OFF:
        return []
    return [
        Line(
            at=effect.at,
            kind=kind,
            amount=effect.amount,
            memo_amount=effect.moved if kind == LineKind.SET_OFF else 0,
            order_reference=effect.order_reference,
            title="",
            quantity=None,
            base_amount=None,
            rate_bps=None,
            rule="",
            reason="",
            reference=effect.reference,
        )
    ]


ACCRUAL_LINES = {
    AccrualKind.GOODS: LineKind.SALE,
    AccrualKind.SHIPPING: LineKind.DELIVERY,
    AccrualKind.SHARE: LineKind.SHARE,
}


def _accrual_line(effect: _Effect, accrual: Accrual) -> Line:
    line = accrual.line
    base = rate = None
    if line is not None:
        # The same base for both.
        base = splits.commission_base(line)
        is_share = accrual.kind == AccrualKind.SHARE
        rate = line.creator_bps if is_share else line.platform_bps
    return Line(
        at=effect.at,
        kind=ACCRUAL_LINES[AccrualKind(accrual.kind)],
        amount=accrual.amount,
        memo_amount=0,
        order_reference=effect.order_reference,
        title=line.title if line else "",
        quantity=line.quantity if line else None,
        base_amount=base,
        rate_bps=rate,
        rule=_rule(accrual),
        reason="",
        reference=accrual.public_id,
    )


def _rule(accrual: Accrual) -> str:
    """How a creator's line was attributed (code, tag, link); a seller's has none."""
    if accrual.kind != AccrualKind.SHARE or accrual.line is None:
        return ""
    return str(accrual.line.attribution.rule)


def _share_line(effect: _Effect, row: ReversedShare, sign: int) -> Line:
    cause = LineKind.REFUND if row.refund_id else LineKind.DISPUTE
    reason = row.refund.reason if row.refund else "disputed"
    return Line(
        at=effect.at,
        kind=cause if sign < 0 else LineKind.RESTORED,
        amount=sign * row.amount,
        memo_amount=0,
        order_reference=effect.order_reference,
        title=row.line.title if row.line else "",
        quantity=None,
        base_amount=None,
        rate_bps=None,
        rule="",
        reason=reason,
        reference=effect.reference,
    )


def _accruals(
    account: ConnectedAccount, effects: Iterable[_Effect]
) -> Mapping[str, list[Accrual]]:
    orders = [one.order_reference for one in effects if one.kind == EntryKind.CAPTURE]
    rows = (
        Accrual.objects.filter(
            account=account, seller_order__order__public_id__in=orders
        )
        .select_related("seller_order__order", "line__attribution")
        .order_by("pk")
    )
    found: dict[str, list[Accrual]] = {}
    for row in rows:
        found.setdefault(row.seller_order.order.public_id, []).append(row)
    return found


SHARED = (
    EntryKind.REFUND,
    EntryKind.REFUND_WITHDRAWN,
    EntryKind.DISPUTE_LOST,
    EntryKind.DISPUTE_RESTORED,
)


def _shares(
    account: ConnectedAccount, effects: Iterable[_Effect]
) -> Mapping[str, list[ReversedShare]]:
    """Give the party's parts of refunds and disputes, by their public id."""
    causes = [one.reference for one in effects if one.kind in SHARED]
    found: dict[str, list[ReversedShare]] = {cause: [] for cause in causes}
    refunds = Refund.objects.filter(public_id__in=causes)
    disputes = Dispute.objects.filter(public_id__in=causes)
    for rows in (
        ReversedShare.objects.filter(account=account, refund__in=refunds),
        ReversedShare.objects.filter(account=account, dispute__in=disputes),
    ):
        for row in rows.select_related("refund", "dispute", "line").order_by("pk"):
            cause = row.refund or row.dispute
            assert cause is not None
            found[cause.public_id].append(row)
    return found
