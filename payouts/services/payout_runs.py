"""Paying creators: a run for each currency and cut-off takes what is payable, plans one
transfer a payee, and is done when none of them is in doubt.

Weekly runs are on Fridays, 02:00 UTC, with the cut-off at the start of that day.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from marketplace.kit import states
from marketplace.kit.errors import MarketplaceError
from payouts.models import (
    AccountKind,
    ConnectedAccount,
    LedgerAccount,
    PayoutItem,
    PayoutRun,
    PayoutRunStatus,
    PayoutSkip,
    Posting,
    SkipReason,
    Transfer,
    TransferStatus,
)
from payouts.services import ledger, releases, transfers

logger = logging.getLogger(__name__)

RUN_TIME = time(2, 0)
FRIDAY = 4
OPEN_TRANSFERS = [
    TransferStatus.PLANNED,
    TransferStatus.SUBMITTED,
    TransferStatus.UNKNOWN,
]


class RunExists(MarketplaceError):
    """There is a payout run for this currency and cut-off already; look at that one."""

    status_code = 409


class NoMinimum(MarketplaceError):
    """No payout minimum is set for this currency, so no run can be computed."""

    status_code = 409


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a run would do for a payee: minor units, and why it would be skipped."""

    account: ConnectedAccount
    amount: int
    reason: SkipReason | None


def due_cut_off(*, at: datetime, schedule: str) -> datetime:
    """Give the cut-off of the newest run that should have been made by now.

    `schedule` is daily, weekly (Fridays) or monthly (the first). UTC.
    """
    day = at.astimezone(UTC).date()
    if at.astimezone(UTC).time() < RUN_TIME:
        day -= timedelta(days=1)
    if schedule == "weekly":
        day -= timedelta(days=(day.weekday() - FRIDAY) % 7)
    elif schedule == "monthly":
        day = day.replace(day=1)
    return datetime.combine(day, time(), tzinfo=UTC)


def next_run_at(*, at: datetime, schedule: str) -> datetime:
    """Give when the next scheduled run starts, UTC."""
    moment = datetime.combine(at.astimezone(UTC).date(), RUN_TIME, tzinfo=UTC)
    current = due_cut_off(at=at, schedule=schedule)
    while due_cut_off(at=moment, schedule=schedule) <= current:
        moment += timedelta(days=1)
    return moment


def run_due(*, at: datetime) -> list[PayoutRun]:
    """Make, for each currency with something to pay, the run that is due; finish those
    under way. Safe to call any number of times at once.
    """
    cut_off_at = due_cut_off(at=at, schedule=settings.PAYOUT_SCHEDULE)
    made = []
    currencies = LedgerAccount.objects.filter(
        kind__in=[AccountKind.CREATOR_HELD, AccountKind.CREATOR_PAYABLE]
    )
    for currency in sorted(set(currencies.values_list("currency", flat=True))):
        if not PayoutRun.objects.filter(
            cut_off_at=cut_off_at, currency=currency
        ).exists():
            try:
                made.append(start(currency=currency, cut_off_at=cut_off_at, at=at))
            except RunExists:
                continue
            except NoMinimum:
                # The other currencies' payees do not wait for it.
                logger.error("no payout minimum is set for %s", currency)
    finish(at=at)
    return made


def start(*, currency: str, cut_off_at: datetime, at: datetime) -> PayoutRun:
    """Compute, approve and execute a run: release what became available before the
    cut-off, take each payee's balance, plan the transfers. They are sent by jobs.

    :raises RunExists: for this currency and cut-off.
    :raises NoMinimum: the currency has none set.
    """
    minimum = _minimum(currency)
    releases.release_creators(at=at, before=cut_off_at)
    run = _compute(currency, cut_off_at, minimum, at=at)
    finish(at=at)
    run.refresh_from_db()
    return run


def preview(*, currency: str, cut_off_at: datetime) -> list[Preview]:
    """Give what a run up to a cut-off would pay or skip now; nothing is written.

    :raises NoMinimum: the currency has none set.
    """
    minimum = _minimum(currency)
    due = releases.due_to_creators(currency=currency, before=cut_off_at)
    held = {
        payable.party_id: ledger.balance(payable) for payable in _payables(currency)
    }
    parties = ConnectedAccount.objects.filter(pk__in=due.keys() | held.keys())
    rows = []
    for party in parties.select_related("creator").order_by("pk"):
        amount = held.get(party.pk, 0) + due.get(party.pk, 0)
        if amount > 0:
            reason = _skip_reason(party, amount, minimum)
            rows.append(Preview(account=party, amount=amount, reason=reason))
    return rows


def finish(*, at: datetime) -> None:
    """Close the runs none of whose transfers is open any more."""
    for run in PayoutRun.objects.filter(status=PayoutRunStatus.EXECUTING):
        sent = Transfer.objects.filter(payout_item__run=run)
        if sent.filter(status__in=OPEN_TRANSFERS).exists():
            continue
        failed = sent.filter(status=TransferStatus.FAILED).exists()
        try:
            run.move_to(
                PayoutRunStatus.DONE_WITH_FAILURES if failed else PayoutRunStatus.DONE,
                at=at,
                done_at=at,
            )
        except states.Raced:
            continue


def totals(run: PayoutRun) -> Mapping[str, int]:
    """Sum a run's items by how their transfer stands, and what was skipped."""
    found: dict[str, int] = {"skipped": 0}
    for item in run.items.select_related("transfer"):
        status = item.transfer.status
        found[status] = found.get(status, 0) + item.amount
    for skip in run.skips.all():
        found["skipped"] += skip.amount
    return found


def _minimum(currency: str) -> int:
    try:
        return int(settings.PAYOUT_MINIMUM_AMOUNTS[currency])
    except KeyError:
        raise NoMinimum from None


def _compute(
    currency: str, cut_off_at: datetime, minimum: int, *, at: datetime
) -> PayoutRun:
    with transaction.atomic(durable=True):
        try:
            with transaction.atomic():
                run = PayoutRun.objects.create(
                    currency=currency,
                    cut_off_at=cut_off_at,
                    minimum_amount=minimum,
                    computed_at=at,
                )
        except IntegrityError as problem:
            raise RunExists from problem
        for payable in _payables(currency):
            _take(run, payable, at=at)
        # With the items, so that no run is left behind that nobody would finish.
        run.move_to(PayoutRunStatus.APPROVED, at=at)
        run.move_to(PayoutRunStatus.EXECUTING, at=at)
    return run


def _payables(currency: str) -> list[LedgerAccount]:
    """List the creators' payable accounts of a currency, in lock order."""
    found = LedgerAccount.objects.filter(
        kind=AccountKind.CREATOR_PAYABLE, currency=currency
    )
    return list(found.select_related("party__creator").order_by("pk"))


def _skip_reason(
    party: ConnectedAccount, amount: int, minimum: int
) -> SkipReason | None:
    if amount < minimum:
        return SkipReason.BELOW_MINIMUM
    if not party.is_active:
        return SkipReason.ACCOUNT_NOT_ACTIVE
    return None


def _take(run: PayoutRun, payable: LedgerAccount, *, at: datetime) -> None:
    """Take a payee's whole balance into the run, or note why not.

    Under the account's lock, so no posting can slip in below the watermark.
    """
    ledger.lock_payable(payable)
    amount = ledger.balance(payable)
    if amount <= 0:
        return
    assert payable.party is not None
    reason = _skip_reason(payable.party, amount, run.minimum_amount)
    if reason is not None:
        PayoutSkip.objects.create(
            run=run, account=payable.party, amount=amount, reason=reason
        )
        return
    newest: int = Posting.objects.filter(
        Q(credit=payable) | Q(debit=payable)
    ).aggregate(newest=Max("pk"))["newest"]
    item = PayoutItem.objects.create(
        run=run, account=payable.party, amount=amount, last_posting_id=newest
    )
    transfers.plan_creator(item=item, at=at)
