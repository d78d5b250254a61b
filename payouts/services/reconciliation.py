"""Comparing the books with the provider, both ways and to the cent.

A run first catches up with what no notice told us, then compares the balance lines of
its time with the entries that book them (R1), the objects with our rows (R2), what each
party got (R3), and the whole balance with `stripe_balance` (L6). What it finds becomes
a Discrepancy, halts payouts and stays until a person has resolved it
(`services.adoption`). Nothing here changes or removes what was booked.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection

from marketplace import gateway
from marketplace.kit import health, switches
from payouts.models import (
    AccountKind,
    Discrepancy,
    DiscrepancyKind,
    ReconciliationRun,
    ReconciliationScope,
)
from payouts.services import catching_up, seals
from payouts.services import reconciliation_lines as by_line
from payouts.services import reconciliation_matching as matching
from payouts.services import reconciliation_objects as by_object
from payouts.services.reconciliation_lines import DaySum, Difference

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
# A light run looks again at what the last one may have seen half of.
OVERLAP = timedelta(hours=1)
# A platform that was never compared begins here.
FIRST_LOOK_BACK = timedelta(days=35)
TRIES = 3
ACTOR = "reconciliation"
# Which external rule each kind of difference breaks.
RULES = {
    **dict.fromkeys(
        (
            DiscrepancyKind.UNKNOWN_LINE,
            DiscrepancyKind.UNBOOKED,
            DiscrepancyKind.AMOUNT,
            DiscrepancyKind.NO_LINE,
        ),
        "R1",
    ),
    **dict.fromkeys(
        (
            DiscrepancyKind.UNKNOWN_OBJECT,
            DiscrepancyKind.OBJECT_DIFFERS,
            DiscrepancyKind.NO_OBJECT,
        ),
        "R2",
    ),
    DiscrepancyKind.PARTY_TOTAL: "R3",
    DiscrepancyKind.BALANCE: "L6",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What a run saw. `balances` is (currency, ours, theirs), empty when the balance
    would not stand still.
    """

    run: ReconciliationRun
    sums: list[DaySum]
    balances: list[tuple[str, int, int]]
    differences: list[Difference]

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values, amounts in minor units."""
        return {
            "run": self.run.public_id,
            "since": self.run.since_at.isoformat(),
            "until": self.run.until_at.isoformat(),
            "equal": not self.differences,
            "lines": self.run.lines_read,
            "booked": self.run.lines_booked,
            "days": [{**asdict(one), "day": one.day.isoformat()} for one in self.sums],
            "balances": [
                {"currency": currency, "our_amount": ours, "their_amount": theirs}
                for currency, ours, theirs in self.balances
            ],
            "differences": [asdict(one) for one in self.differences],
        }


def run_day(*, day: date, at: datetime) -> Result:
    """Compare one UTC day of platform time.

    :raises gateway.GatewayError: the provider did not answer; what was caught up stays.
    """
    since = datetime.combine(day, time(), tzinfo=UTC)
    return run(scope=ReconciliationScope.DAY, since=since, until=since + DAY, at=at)


def run_due(*, at: datetime) -> Result | None:
    """Compare the whole days since the last nightly run, up to today's midnight; None
    when that was done.
    """
    midnight = datetime.combine(at.astimezone(UTC).date(), time(), tzinfo=UTC)
    done = _last(ReconciliationScope.DAY)
    since = max(done.until_at if done else midnight - DAY, midnight - FIRST_LOOK_BACK)
    if since >= midnight:
        return None
    return run(scope=ReconciliationScope.DAY, since=since, until=midnight, at=at)


def run_light(*, at: datetime) -> Result:
    """Compare what happened since the last light run."""
    done = _last(ReconciliationScope.LIGHT)
    since = done.until_at - OVERLAP if done else at - FIRST_LOOK_BACK
    return run(scope=ReconciliationScope.LIGHT, since=since, until=at, at=at)


def _last(scope: ReconciliationScope) -> ReconciliationRun | None:
    done = ReconciliationRun.objects.filter(scope=scope).exclude(finished_at=None)
    return done.order_by("-until_at", "-pk").first()


def run(
    *, scope: ReconciliationScope, since: datetime, until: datetime, at: datetime
) -> Result:
    """Catch up, compare the time from `since` to before `until`, keep what differs.

    :raises gateway.GatewayError: the provider did not answer; the run stays unfinished.
    """
    made = ReconciliationRun.objects.create(
        scope=scope, since_at=since, until_at=max(until, since + SECOND), started_at=at
    )
    until = made.until_at
    catching_up.catch_up(since=since, at=at)
    # A line made in this very second belongs to this run where it runs up to now.
    reach = max(until, at + matching.LOOK_AHEAD) if until >= at else until
    found, booked = _book_lines(since=since, until=reach, at=at)
    balances, off_balance = _compare_balance(at=at)
    differences = [
        *by_line.compare(found, resolved=_resolved(found), at=at),
        *by_object.compare(
            since=since, until=reach, strangers=by_line.set_aside_ids(found), at=at
        ),
        *off_balance,
    ]
    sums = by_line.sums(found)
    _keep(made, differences, at=at)
    sealed_sequence, sealed_hash = seals.end()
    for name, value in {
        "finished_at": at,
        "lines_read": len(found.lines),
        "lines_booked": booked,
        "differences": len(differences),
        "sums": [{**asdict(one), "day": one.day.isoformat()} for one in sums],
        "sealed_sequence": sealed_sequence,
        "sealed_hash": sealed_hash,
    }.items():
        setattr(made, name, value)
    made.save()
    health.note(
        "reconciliation",
        at=at,
        broken=[f"{one.kind} {one.reference}" for one in differences],
    )
    return Result(run=made, sums=sums, balances=balances, differences=differences)


def _book_lines(
    *, since: datetime, until: datetime, at: datetime
) -> tuple[matching.Matched, int]:
    """Match the lines of a time with their entries, having booked what had none; give
    also how many were booked.
    """
    found = matching.match(since=since, until=until)
    waiting = by_line.unexplained(found)
    if waiting:
        catching_up.follow_lines(lines=waiting, since=since, at=at)
        found = matching.match(since=since, until=until)
    booked = by_line.book_own(found)
    strangers = by_line.strangers(found, at=at)
    if strangers:
        in_doubt = catching_up.spoken_for(since=since - FIRST_LOOK_BACK)
        booked += sum(
            by_line.set_aside(line)
            for line in strangers
            if line.source_id not in in_doubt
        )
    if booked:
        found = matching.match(since=since, until=until)
    return found, booked


def _compare_balance(
    *, at: datetime
) -> tuple[list[tuple[str, int, int]], list[Difference]]:
    """L6: the ledger's balance beside the provider's, available, pending and reserved.

    Sales go on meanwhile, so both are read twice and believed when neither moved.
    """
    for _try in range(TRIES):
        ours, theirs = _our_balance(), _their_balance()
        recent = matching.match(
            since=at - by_line.GRACE - OVERLAP, until=at + matching.LOOK_AHEAD
        )
        if (ours, theirs) == (_our_balance(), _their_balance()):
            break
    else:
        logger.warning("the balance moves too fast to be compared")
        return [], []
    ahead = by_line.on_its_way(recent, at=at)
    balances = [
        (
            currency,
            ours.get(currency, 0) + ahead.get(currency, 0),
            theirs.get(currency, 0),
        )
        for currency in sorted(ours.keys() | theirs.keys())
    ]
    return balances, [
        Difference(
            kind=DiscrepancyKind.BALANCE,
            reference=f"{AccountKind.STRIPE_BALANCE}:{currency}",
            currency=currency,
            our_amount=mine,
            their_amount=other,
        )
        for currency, mine, other in balances
        if mine != other
    ]


def _our_balance() -> dict[str, int]:
    """Sum what the ledger says lies at the provider, per currency (an asset: debits)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT currency, sum(amount) FROM (
                SELECT posting.currency, posting.amount FROM payouts_posting posting
                JOIN payouts_ledgeraccount account ON account.id = posting.debit_id
                WHERE account.kind IN ('stripe_balance', 'stripe_reserve')
                UNION ALL
                SELECT posting.currency, -posting.amount FROM payouts_posting posting
                JOIN payouts_ledgeraccount account ON account.id = posting.credit_id
                WHERE account.kind IN ('stripe_balance', 'stripe_reserve')
            ) side GROUP BY currency
            """
        )
        return {currency: int(amount) for currency, amount in cursor.fetchall()}


def _their_balance() -> dict[str, int]:
    return {
        currency: facts.available_amount + facts.pending_amount + facts.reserved_amount
        for currency, facts in gateway.fetch_balance().items()
    }


def _resolved(found: matching.Matched) -> set[str]:
    """Give the lines in suspense that a person has dealt with."""
    return set(
        Discrepancy.objects.filter(
            kind=DiscrepancyKind.UNKNOWN_LINE, reference__in=list(found.lines)
        )
        .exclude(resolved_at=None)
        .values_list("reference", flat=True)
    )


def _keep(
    run: ReconciliationRun, differences: Sequence[Difference], *, at: datetime
) -> None:
    """Keep each difference once while it is open; a new one halts payouts."""
    new = []
    for one in differences:
        row, is_new = Discrepancy.objects.get_or_create(
            kind=one.kind,
            reference=one.reference[:100],
            currency=one.currency,
            resolved_at=None,
            defaults={
                "object_id": one.object_id,
                "our_amount": one.our_amount,
                "their_amount": one.their_amount,
                "details": one.details,
                "first_run": run,
                "last_run": run,
                "found_at": at,
            },
        )
        if is_new:
            new.append(row)
            logger.error(
                "reconciliation: %s %s %s: ours %s, theirs %s",
                *(row.kind, row.reference, row.currency),
                *(row.our_amount, row.their_amount),
            )
        else:
            row.last_run = run
            row.our_amount, row.their_amount = one.our_amount, one.their_amount
            row.save(update_fields=["last_run", "our_amount", "their_amount"])
    if new:
        halt_payouts(
            reason=f"{run.public_id}: "
            + ", ".join(f"{row.kind} {row.reference}" for row in new[:5]),
            at=at,
        )


def inspect(*, since: datetime, at: datetime) -> dict[str, list[str]]:
    """Compare with the provider and change nothing: what breaks R1 (balance lines and
    entries), R2 (objects and rows), R3 (what each party got) and L6 (the balance).

    :raises gateway.GatewayError: the provider did not answer.
    """
    until = at + matching.LOOK_AHEAD
    found = matching.match(since=since, until=until)
    _balances, off_balance = _compare_balance(at=at)
    broken: dict[str, list[str]] = {"R1": [], "R2": [], "R3": [], "L6": []}
    for one in [
        *by_line.compare(found, resolved=_resolved(found), at=at),
        *by_object.compare(
            since=since, until=until, strangers=by_line.set_aside_ids(found), at=at
        ),
        *off_balance,
    ]:
        broken[RULES[one.kind]].append(
            f"{one.kind} {one.reference} {one.currency} "
            f"ours {one.our_amount} theirs {one.their_amount}"
        )
    return broken


def halt_payouts(*, reason: str, at: datetime) -> None:
    """Turn the payouts' kill switch on; a person turns it off."""
    switches.turn(
        name=switches.PAYOUTS,
        on=True,
        actor=ACTOR,
        reason=f"Reconciliation: {reason}"[:2000],
        at=at,
    )
    logger.error("payouts halted: %s", reason)
