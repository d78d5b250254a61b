"""Which entry books which of the provider's balance lines, and what is without another.

A line of a transaction we made is named by an entry: by the line's own id, or by the id
of its charge, transfer, reversal or refund.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from marketplace import gateway
from payouts.models import EntryKind

E = EntryKind
# An answer may be found out long after the money moved, and a notice a little before.
LOOK_BACK = timedelta(days=35)
LOOK_AHEAD = timedelta(hours=1)
# Entries that name the object of a line, not the line: which lines they can mean.
BY_OBJECT: Mapping[str, tuple[str, ...]] = {
    E.CAPTURE: ("charge", "payment"),
    E.LATE_CAPTURE: ("charge", "payment"),
    E.MISMATCH: ("charge", "payment"),
    E.TRANSFER_SENT: ("transfer",),
    E.REVERSAL_SENT: ("transfer_refund",),
    E.REFUND_SETTLED: ("refund", "payment_refund"),
    E.REFUND_FAILED: ("refund_failure", "payment_failure_refund"),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """What an entry did to `stripe_balance` in one currency."""

    entry_id: int
    kind: str
    reference: str
    provider_id: str
    occurred_at: datetime
    currency: str
    amount: int

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in (self.reference, self.provider_id) if name)


@dataclass(kw_only=True, slots=True)
class Matched:
    """Lines of a window, the effects that book each, and the effects without a line."""

    lines: dict[str, gateway.BalanceLine]
    effects: dict[str, list[Effect]]
    without_line: list[Effect]

    def booked(self, line: gateway.BalanceLine) -> int:
        return sum(effect.amount for effect in self.effects[line.id])

    def unbooked(self) -> list[gateway.BalanceLine]:
        """Give the lines no entry names; one that moved nothing needs none."""
        return [
            line
            for line in self.lines.values()
            if not self.effects[line.id] and line.net_amount
        ]


EFFECTS = """
    SELECT entry.id, entry.kind, entry.reference, entry.provider_id,
           entry.occurred_at, posting.currency,
           sum(CASE WHEN debit.kind = 'stripe_balance' THEN posting.amount
                    ELSE -posting.amount END)
    FROM payouts_entry entry
    JOIN payouts_posting posting ON posting.entry_id = entry.id
    JOIN payouts_ledgeraccount debit ON debit.id = posting.debit_id
    JOIN payouts_ledgeraccount credit ON credit.id = posting.credit_id
    WHERE 'stripe_balance' IN (debit.kind, credit.kind)
      AND entry.id IN (
        SELECT id FROM payouts_entry
        WHERE occurred_at >= %(since)s AND occurred_at < %(until)s
        UNION ALL
        SELECT id FROM payouts_entry
        WHERE kind = ANY(%(kinds)s) AND reference = ANY(%(names)s)
        UNION ALL
        SELECT id FROM payouts_entry
        WHERE provider_id <> '' AND provider_id = ANY(%(names)s)
      )
    GROUP BY entry.id, posting.currency
"""


def match(*, since: datetime, until: datetime) -> Matched:
    """Read the provider's lines made from `since` to before `until`, and find the
    entries that book them, whenever those were written; and the entries of that time
    no line of any time belongs to.

    :raises gateway.GatewayError: the provider did not answer.
    """
    lines = list(gateway.list_balance_lines(since=since, until=until))
    found = _match(lines, _effects(lines, since=since, until=until))
    alone = [e for e in found.without_line if since <= e.occurred_at < until]
    if alone:
        first = min(effect.occurred_at for effect in alone)
        around = gateway.list_balance_lines(
            since=first - LOOK_BACK, until=until + LOOK_AHEAD
        )
        others = [line for line in around if line.id not in found.lines]
        alone = _match(others, alone).without_line
    found.without_line = alone
    return found


def _effects(
    lines: Sequence[gateway.BalanceLine], *, since: datetime, until: datetime
) -> list[Effect]:
    names = {line.id for line in lines}
    names.update(line.source_id for line in lines if line.source_id)
    with connection.cursor() as cursor:
        cursor.execute(
            EFFECTS,
            {
                "since": since,
                "until": until,
                "kinds": EntryKind.values,
                "names": sorted(names),
            },
        )
        rows = cursor.fetchall()
    return [
        Effect(id, kind, reference, provider_id, at, currency, int(amount))
        for id, kind, reference, provider_id, at, currency, amount in rows
    ]


def _match(lines: Sequence[gateway.BalanceLine], effects: Iterable[Effect]) -> Matched:
    by_id = {line.id: line for line in lines}
    by_object = {(line.source_id, line.type): line for line in lines if line.source_id}
    matched: dict[str, list[Effect]] = {line.id: [] for line in lines}
    alone: list[Effect] = []
    for effect in effects:
        line = next((by_id[name] for name in effect.names if name in by_id), None)
        if line is None:
            line = next(
                (
                    by_object[name, type]
                    for name in effect.names
                    for type in BY_OBJECT.get(effect.kind, ())
                    if (name, type) in by_object
                ),
                None,
            )
        if line is None:
            alone.append(effect)
        else:
            matched[line.id].append(effect)
    return Matched(lines=by_id, effects=matched, without_line=_unless_corrected(alone))


def _unless_corrected(effects: list[Effect]) -> list[Effect]:
    """Leave out entries without a line whose effect a correction has taken back."""
    taken_back: dict[tuple[str, str], int] = defaultdict(int)
    for effect in effects:
        if effect.kind == E.CORRECTION:
            taken_back[effect.provider_id, effect.currency] += effect.amount
    return [
        effect
        for effect in effects
        if effect.kind != E.CORRECTION
        and not any(
            taken_back.get((name, effect.currency)) == -effect.amount
            for name in effect.names
        )
    ]
