"""Approving and executing a run: everybody is looked at again under lock, who may be
paid has their whole balance taken, the others are told why not.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from marketplace.kit import ids, jobs, states
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from payouts.models import (
    OPEN_TRANSFERS,
    AccountKind,
    EntryKind,
    PayoutItem,
    PayoutPreview,
    PayoutRun,
    PayoutRunStatus,
    PayoutSkip,
    SkipReason,
    Transfer,
    TransferStatus,
)
from payouts.services import ledger, transfers
from payouts.services.payout_runs import computing, figures
from payouts.services.payout_runs.figures import Figure

POLICY = "policy"
SEND_TOGETHER = 100


class ApprovedByRequester(MarketplaceError):
    """Who asked for a run above the limit cannot approve it. Nothing was sent; ask a
    second person.
    """

    status_code = 403


class AmountsChanged(MarketplaceError):
    """The amounts changed since they were computed, and nothing was sent. Look at the
    new ones and approve those.
    """

    status_code = 409


class NotWaiting(MarketplaceError):
    """This run does not wait for approval any more; nothing was changed."""

    status_code = 409


class NothingToRetry(MarketplaceError):
    """Nobody's transfer of this run was refused, or they cannot be paid now either."""

    status_code = 409


class NotCancellable(MarketplaceError):
    """This transfer was handed to Stripe already, or is closed; nothing was changed."""

    status_code = 409


def approve(*, run_id: int, actor: str, reason: str = "", at: datetime) -> PayoutRun:
    """Approve a computed run and execute it at once.

    :raises PayoutsStopped: the kill switch is on.
    :raises NotWaiting: it was approved, executed or cancelled before.
    :raises ApprovedByRequester: above the limit, by who asked for it.
    :raises AmountsChanged: more would be sent than was shown; it was computed anew.
    """
    computing.refuse_when_stopped()
    run = PayoutRun.objects.get(pk=run_id)
    if run.status != PayoutRunStatus.COMPUTED:
        raise NotWaiting
    if run.needs_approval and actor == run.requested_by:
        raise ApprovedByRequester
    try:
        _execute(run, approved_by=actor, reason=reason, at=at)
    except states.Raced as problem:
        raise NotWaiting from problem
    except AmountsChanged:
        computing.recompute(run_id=run.pk, at=at)
        raise
    return run


def cancel(*, run_id: int, actor: str, reason: str, at: datetime) -> PayoutRun:
    """Give up a computed run. It has taken nothing; the money is in a later run.

    :raises NotWaiting: it was approved, executed or cancelled before.
    """
    run = PayoutRun.objects.get(pk=run_id)
    with transaction.atomic():
        try:
            run.move_to(PayoutRunStatus.CANCELLED, at=at, cancelled_at=at)
        except (states.Raced, states.NotAllowed) as problem:
            raise NotWaiting from problem
        _note("payout_run.cancel", run, actor, reason, at=at)
    return run


def retry(*, run_id: int, actor: str, reason: str = "", at: datetime) -> int:
    """Pay those again whose transfer of a run was refused: new items, with what is
    payable to them now. Who still cannot be paid is left. Returns how many.

    :raises PayoutsStopped: the kill switch is on.
    :raises NothingToRetry: nobody is there to be paid.
    """
    computing.refuse_when_stopped()
    run = PayoutRun.objects.get(pk=run_id)
    with transaction.atomic(durable=True):
        PayoutRun.objects.select_for_update(no_key=True).get(pk=run_id)
        numbers = _refused(run)
        if not numbers:
            raise NothingToRetry
        scope = {
            "currency": run.currency,
            "schedule": run.schedule,
            "at": at,
            "accounts": list(numbers),
        }
        figures.lock(**scope)  # type: ignore[arg-type]
        rows = [row for row in figures.read(**scope) if row.reason is None]  # type: ignore[arg-type]
        if not rows:
            raise NothingToRetry
        _take(run, rows, numbers=numbers, at=at)
        run.refresh_from_db()
        if run.status == PayoutRunStatus.DONE_WITH_FAILURES:
            run.move_to(PayoutRunStatus.EXECUTING, at=at, done_at=None)
        _note("payout_run.retry", run, actor, reason, at=at, payees=len(rows))
    return len(rows)


def cancel_item(*, item: PayoutItem, actor: str, reason: str, at: datetime) -> None:
    """Take a payee out of a run whose transfer was not handed to Stripe yet: the money
    goes back to payable by an entry.

    :raises NotCancellable: it was handed over, or is closed.
    """
    if not transfers.cancel(transfer_id=item.transfer.pk, at=at):
        raise NotCancellable
    _note("payout_item.cancel", item, actor, reason, at=at, amount=item.amount)
    finish(at=at)


def approve_by_policy(run: PayoutRun, *, at: datetime) -> None:
    """Approve and execute a run below the limit, without a person."""
    try:
        _execute(run, approved_by=POLICY, reason="", at=at)
    except states.Raced:
        return  # another worker was first
    except AmountsChanged:
        # More became payable in between; it is looked at again, or waits for staff.
        computing.recompute(run_id=run.pk, at=at)


def finish(*, at: datetime) -> None:
    """Close the runs none of whose transfers is open any more."""
    for run in PayoutRun.objects.filter(status=PayoutRunStatus.EXECUTING):
        sent = Transfer.objects.filter(payout_item__run=run)
        if sent.filter(status__in=OPEN_TRANSFERS).exists():
            continue
        failed = bool(_refused(run))
        if failed and run.paused_at is not None:
            continue  # paid again when the balance is there
        try:
            run.move_to(
                PayoutRunStatus.DONE_WITH_FAILURES if failed else PayoutRunStatus.DONE,
                at=at,
                done_at=at,
            )
        except states.Raced:
            continue


def totals(run: PayoutRun) -> Mapping[str, int]:
    """Sum what a run did by how each payee's newest transfer stands, and what was
    skipped. Minor units.
    """
    found: dict[str, int] = {}
    for amount, status in newest_items(run).values_list("amount", "transfer__status"):
        found[status] = found.get(status, 0) + amount
    return {"skipped": sum(run.skips.values_list("amount", flat=True)), **found}


def newest_items(run: PayoutRun) -> "QuerySet[PayoutItem]":
    """Give each payee's newest item: one that was tried again counts no longer."""
    return run.items.order_by("account_id", "-number").distinct("account_id")


def _execute(run: PayoutRun, *, approved_by: str, reason: str, at: datetime) -> None:
    """Take what the run pays, in one transaction with its approval."""
    with transaction.atomic(durable=True):
        _carry_out(run, approved_by=approved_by, at=at)
        if approved_by != POLICY:
            _note("payout_run.approve", run, approved_by, reason, at=at)


def _carry_out(run: PayoutRun, *, approved_by: str, at: datetime) -> None:
    """Look at everybody again under lock, and take or skip them: a bounded number of
    statements, however many payees. Assumes a transaction.
    """
    run.move_to(
        PayoutRunStatus.APPROVED, at=at, approved_by=approved_by, approved_at=at
    )
    figures.lock(currency=run.currency, schedule=run.schedule, at=at)
    rows = figures.read(currency=run.currency, schedule=run.schedule, at=at)
    decided = _decide(run, rows)
    paid = [row for row, why in decided if why is None]
    if sum(row.amount for row in paid) > run.previewed_amount:
        _go_back(run)
    PayoutSkip.objects.bulk_create(
        PayoutSkip(run=run, account_id=row.account_id, amount=row.amount, reason=why)
        for row, why in decided
        if why is not None
    )
    _take(run, paid, numbers={}, at=at)
    run.move_to(PayoutRunStatus.EXECUTING, at=at)


def _go_back(run: PayoutRun) -> None:
    run.status, run.approved_by, run.approved_at = PayoutRunStatus.COMPUTED, "", None
    raise AmountsChanged


def _decide(
    run: PayoutRun, rows: list[Figure]
) -> list[tuple[Figure, SkipReason | None]]:
    """Say of each payee why they are skipped, or None: as they stand now, and against
    what was shown. Who was not to be paid then is not paid without being looked at.
    """
    previews = PayoutPreview.objects.filter(run=run).values_list(
        "account_id", "reason", "destination"
    )
    shown = {account_id: then for account_id, *then in previews}
    decided = []
    for row in rows:
        reason, then = row.reason, shown.get(row.account_id)
        if then is None:
            continue  # earned since; in the next run
        was_skipped_for, destination = then
        if reason is None and was_skipped_for:
            reason = SkipReason(was_skipped_for)
        elif reason is None and destination != row.destination:
            reason = SkipReason.DESTINATION_CHANGED
        decided.append((row, reason))
    return decided


# Item, transfer, entry and posting of every payee in one statement without a join:
# the rows name each other by keys that are drawn first.
TAKE = """
    WITH given AS MATERIALIZED (
        SELECT given.*,
            nextval(pg_get_serial_sequence('payouts_payoutitem', 'id')) AS item_id,
            nextval(pg_get_serial_sequence('payouts_transfer', 'id')) AS transfer_id,
            nextval(pg_get_serial_sequence('payouts_entry', 'id')) AS entry_id
        FROM unnest(
            %(items)s::text[], %(transfers)s::text[], %(accounts)s::bigint[],
            %(payables)s::bigint[], %(amounts)s::bigint[], %(newest)s::bigint[],
            %(numbers)s::int[], %(destinations)s::text[]
        ) AS given(item, transfer, account_id, payable_id, amount, newest, number,
                   destination)
    ),
    items AS (
        INSERT INTO payouts_payoutitem
            (id, public_id, run_id, account_id, number, amount, last_posting_id)
        SELECT item_id, item, %(run)s, account_id, number, amount, newest FROM given
    ),
    made AS (
        INSERT INTO payouts_transfer
            (id, public_id, account_id, kind, status, amount, currency, destination,
             payout_item_id, part, source_charge_id, transfer_group, attempt, claim,
             tries, failure_code, planned_at)
        SELECT transfer_id, transfer, account_id, 'creator', 'planned', amount,
            %(currency)s, destination, item_id, 1, '', %(group)s, 1, 0, 0, '', %(at)s
        FROM given
    ),
    entries AS (
        INSERT INTO payouts_entry
            (id, kind, reference, occurred_at, order_reference, provider_id)
        SELECT entry_id, %(kind)s, transfer, %(at)s, '', '' FROM given
    ),
    postings AS (
        INSERT INTO payouts_posting (entry_id, debit_id, credit_id, amount, currency)
        SELECT entry_id, payable_id, %(clearing)s, amount, %(currency)s FROM given
    )
    SELECT transfer_id FROM given
"""


def _take(
    run: PayoutRun, rows: list[Figure], *, numbers: Mapping[int, int], at: datetime
) -> None:
    """Take these payees' whole balances, plan their transfers, and promise to send
    them. `numbers` has the number of the last item of those who are tried again.

    Under the lock of their accounts, so that no posting can slip in below a watermark.
    """
    if not rows:
        return
    name = ledger.Name(AccountKind.CLEARING_TRANSFER)
    clearing = ledger.accounts([name], run.currency)[name]
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE,
            {
                "items": ids.many("item", len(rows)),
                "transfers": ids.many("trf", len(rows)),
                "accounts": [row.account_id for row in rows],
                "payables": [row.payable_id for row in rows],
                "amounts": [row.amount for row in rows],
                "newest": [row.newest for row in rows],
                "numbers": [numbers.get(row.account_id, 0) + 1 for row in rows],
                "destinations": [row.destination for row in rows],
                "run": run.pk,
                "group": run.public_id,
                "currency": run.currency,
                "kind": EntryKind.TRANSFER,
                "clearing": clearing.pk,
                "at": at,
            },
        )
        made = [transfer_id for (transfer_id,) in cursor.fetchall()]
    promise_to_send(made)


def promise_to_send(transfer_ids: Sequence[int]) -> None:
    """Promise to send planned transfers, so many together that workers share them.

    Assumes a transaction.
    """
    jobs.enqueue_many(
        "payouts.tasks.send_together",
        [
            {"transfer_ids": list(transfer_ids[start : start + SEND_TOGETHER])}
            for start in range(0, len(transfer_ids), SEND_TOGETHER)
        ],
    )


def _refused(run: PayoutRun) -> dict[int, int]:
    """Give the payees whose newest item of a run was refused, with its number."""
    newest = newest_items(run).values_list("account_id", "number", "transfer__status")
    return {
        account_id: number
        for account_id, number, status in newest
        if status == TransferStatus.FAILED
    }


def _note(
    action: str,
    what: PayoutRun | PayoutItem,
    actor: str,
    reason: str,
    *,
    at: datetime,
    **details: int,
) -> None:
    AuditEvent.objects.create(
        actor=actor,
        action=action,
        reference=what.public_id,
        reason=reason,
        details=details,
        at=at,
    )
