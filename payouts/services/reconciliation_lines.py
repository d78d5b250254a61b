"""The ledger beside the provider's balance lines: what is booked of a line that no entry
names, and where the two do not agree.

The lines that are Stripe's own (its fees, bank payouts, top-ups, reserves) are booked by
the table OWN_LINES. Any other goes to suspense, and out of suspense nothing is paid
without a person (docs/money.md).
"""

import contextlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from marketplace import gateway
from orders.models import Payment, Refund
from payouts.models import (
    AccountKind,
    DiscrepancyKind,
    Dispute,
    EntryKind,
    Reversal,
    Transfer,
)
from payouts.services import ledger
from payouts.services.ledger import Move, Name
from payouts.services.reconciliation_matching import Matched

K = AccountKind
E = EntryKind
# How long a line or an entry may wait for the other before it counts as a difference.
GRACE = timedelta(minutes=15)

# A line's type -> how its money is booked: entry kind, and the other account.
OWN_LINES: Mapping[str, tuple[EntryKind, AccountKind]] = {
    **dict.fromkeys(("topup", "topup_reversal"), (E.TOPUP, K.BANK)),
    **dict.fromkeys(
        ("payout", "payout_failure", "payout_cancel"), (E.PLATFORM_PAYOUT, K.BANK)
    ),
    **dict.fromkeys(
        ("stripe_fee", "stripe_fx_fee", "tax_fee"),
        (E.FEE, K.PROCESSING_FEE),
    ),
    **dict.fromkeys(
        (
            *("reserve_hold", "reserve_release", "reserve_transaction"),
            *("reserved_funds", "payout_minimum_balance_hold"),
            *("payout_minimum_balance_release", "payment_network_reserve_hold"),
            "payment_network_reserve_release",
        ),
        (E.PROVIDER_RESERVE, K.STRIPE_RESERVE),
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One row that does not agree; amounts as of models.Discrepancy."""

    kind: DiscrepancyKind
    reference: str
    currency: str
    our_amount: int
    their_amount: int
    object_id: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def book_own(found: Matched) -> int:
    """Book the lines that are the provider's own doing; returns how many."""
    booked = 0
    for line in found.unbooked():
        # A fee of a dispute is the dispute's to book.
        if line.type in OWN_LINES and not is_ours(line):
            kind, other = OWN_LINES[line.type]
            booked += _book(line, kind, other)
    return booked


def unexplained(found: Matched) -> list[gateway.BalanceLine]:
    """Give the lines whose booking is not whole: without an entry, or with a fee of a
    dispute still to come.
    """
    return [
        line for line in found.lines.values() if found.booked(line) != line.net_amount
    ]


def strangers(found: Matched, *, at: datetime) -> list[gateway.BalanceLine]:
    """Give the lines that no row of ours names, once they are old enough that no call
    of ours can be on its way.
    """
    return [
        line
        for line in found.unbooked()
        if line.type not in OWN_LINES
        and line.created_at <= at - GRACE
        and not is_ours(line)
    ]


def set_aside(line: gateway.BalanceLine) -> bool:
    """Book a line that is nobody's to suspense; says whether it was not there yet."""
    return _book(line, E.STRAY, K.SUSPENSE)


def set_aside_ids(found: Matched) -> set[str]:
    """Give the provider's ids of the objects whose lines stand in suspense."""
    return {
        line.source_id
        for line in found.lines.values()
        if line.source_id
        and [effect.kind for effect in found.effects[line.id]] == [E.STRAY]
    }


def is_ours(line: gateway.BalanceLine) -> bool:
    """Say whether a row of ours names the object this line belongs to."""
    name = line.source_id
    if not name:
        return False
    rows: list[Any] = [
        Payment.objects.filter(charge_id=name),
        *(
            model._default_manager.filter(provider_id=name)
            for model in (Transfer, Reversal, Refund, Dispute)
        ),
    ]
    return any(found.exists() for found in rows)


def _book(line: gateway.BalanceLine, kind: EntryKind, other: AccountKind) -> bool:
    """Post a line against another account, in at or out of the balance; once."""
    ours, theirs = Name(K.STRIPE_BALANCE), Name(other)
    came_in = line.net_amount > 0
    with transaction.atomic(durable=True), contextlib.suppress(ledger.AlreadyPosted):
        ledger.post(
            kind=kind,
            reference=line.id,
            currency=line.currency,
            moves=[
                Move(ours, theirs, line.net_amount)
                if came_in
                else Move(theirs, ours, -line.net_amount)
            ],
            at=line.created_at,
            provider_id=line.source_id or line.id,
        )
        return True
    return False


def compare(
    found: Matched, *, resolved: Collection[str], at: datetime
) -> list[Difference]:
    """Give each line and each entry that does not agree with the other side. What is
    younger than GRACE may still find its other half and is none; `resolved` are lines
    in suspense that a person has dealt with.
    """
    young = at - GRACE
    return [
        *(
            difference
            for line in found.lines.values()
            if line.created_at <= young
            for difference in _compare_line(found, line, line.id in resolved)
        ),
        *(
            Difference(
                kind=DiscrepancyKind.NO_LINE,
                reference=f"{effect.kind}/{effect.reference}",
                object_id=effect.provider_id,
                currency=effect.currency,
                our_amount=effect.amount,
                their_amount=0,
                details={"entry": effect.entry_id},
            )
            for effect in found.without_line
            if effect.occurred_at <= young
        ),
    ]


def _compare_line(
    found: Matched, line: gateway.BalanceLine, is_resolved: bool
) -> list[Difference]:
    ours = found.booked(line)
    is_stray = any(effect.kind == E.STRAY for effect in found.effects[line.id])
    if is_stray and not is_resolved:
        # In suspense: equal in sum, and still nobody's.
        kind, ours = DiscrepancyKind.UNKNOWN_LINE, 0
    elif ours == line.net_amount:
        return []
    else:
        has_entry = bool(found.effects[line.id])
        kind = DiscrepancyKind.AMOUNT if has_entry else DiscrepancyKind.UNBOOKED
    return [
        Difference(
            kind=kind,
            reference=line.id,
            object_id=line.source_id or "",
            currency=line.currency,
            our_amount=ours,
            their_amount=line.net_amount,
            details={
                "type": line.type,
                "entries": [
                    f"{effect.kind}/{effect.reference}"
                    for effect in found.effects[line.id]
                ],
            },
        )
    ]


@dataclass(kw_only=True, slots=True)
class DaySum:
    """R1: a day's lines in one currency, as booked and as the provider has them."""

    day: date
    currency: str
    our_amount: int = 0
    their_amount: int = 0


def sums(found: Matched) -> list[DaySum]:
    """Add up the window's lines per UTC day and currency."""
    made: dict[tuple[date, str], DaySum] = {}
    for line in found.lines.values():
        day = line.created_at.astimezone(UTC).date()
        key = (day, line.currency)
        total = made.setdefault(key, DaySum(day=day, currency=line.currency))
        total.our_amount += found.booked(line)
        total.their_amount += line.net_amount
    return [made[key] for key in sorted(made)]


def on_its_way(found: Matched, *, at: datetime) -> dict[str, int]:
    """Give, per currency, what the provider's balance may be ahead of ours because a
    line or an entry is too young to have met the other.
    """
    young = at - GRACE
    ahead: dict[str, int] = defaultdict(int)
    for line in found.lines.values():
        if line.created_at > young:
            ahead[line.currency] += line.net_amount - found.booked(line)
    for effect in found.without_line:
        if effect.occurred_at > young:
            ahead[effect.currency] -= effect.amount
    return ahead
