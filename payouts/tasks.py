"""Jobs: what time and notices ask of the money. Each may run twice, or at once."""

from datetime import UTC, datetime, time, timedelta

from django.db.models import Q

from marketplace.kit import clock, jobs
from orders.models import Payment
from payouts import emails
from payouts.models import ConnectedAccount, Credential, Dispute, ReversedShare
from payouts.services import (
    dispute_evidence,
    disputes,
    fees,
    holds,
    invariants,
    invoices,
    onboarding,
    party_payouts,
    payout_runs,
    reconciliation,
    refund_adoption,
    refund_sending,
    refund_unearned,
    refunds,
    releases,
    reserves,
    reversal_sending,
    seals,
    settlement,
    transfers,
    write_offs,
)

TOPUPS_SINCE = timedelta(days=3)
CHECKED_SINCE = timedelta(days=2)
SEND_AGAIN = timedelta(seconds=30)


def settle(*, payment_id: int) -> None:
    """Settle an order of total 0, which no provider tells about."""
    try:
        settlement.settle(payment_id=payment_id, facts=None, at=clock.now())
    except (settlement.AlreadySettled, settlement.NotPaid):
        return  # booked before, or given up meanwhile


def refresh_payment(*, payment_id: int) -> None:
    """Ask how a payment stands, and do what follows."""
    settlement.refresh(payment_id=payment_id, at=clock.now())


def send_transfer(*, transfer_id: int) -> None:
    """Send a planned transfer."""
    at = clock.now()
    transfers.send(transfer_id=transfer_id, at=at)
    payout_runs.finish(at=at)


def send_refund(*, refund_id: int) -> None:
    """Ask the provider for a refund."""
    refund_sending.send(refund_id=refund_id, at=clock.now())


def send_taken_back(
    *, account_id: int, refund_id: int | None, dispute_id: int | None
) -> None:
    """Tell a party what a refund or a lost dispute took from it."""
    cause = Q(refund_id=refund_id) if refund_id else Q(dispute_id=dispute_id)
    shares = (
        ReversedShare.objects.filter(cause, account_id=account_id)
        .select_related("seller_order__shop", "line", "refund", "accrual")
        .order_by("pk")
    )
    account = ConnectedAccount.objects.select_related("shop", "creator__user")
    if shares:
        emails.send_taken_back(account=account.get(pk=account_id), shares=list(shares))


def return_unearned(*, payment_id: int) -> None:
    """Refund a payment that its order could not keep."""
    payment = Payment.objects.select_related("order").get(pk=payment_id)
    try:
        refund_unearned.return_unearned(payment=payment, at=clock.now())
    except (refunds.AlreadyRequested, refunds.NothingToRefund):
        return  # the sweep was here before


def adopt_refunds(*, payment_id: int) -> None:
    """Take in every refund the provider knows of a payment."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.payment_intent_id is not None:
        refund_adoption.take_in_all(
            payment_intent_id=payment.payment_intent_id, at=clock.now()
        )


def resolve_refunds(*, at: datetime) -> None:
    """Bring refunds on, and refund what nobody may keep."""
    refund_unearned.return_all(at=at)
    refund_sending.resolve(at=at)


def send_together(*, transfer_ids: list[int]) -> None:
    """Send planned transfers of a run one after the other. Those that must wait, as
    Stripe was too busy, are promised anew; a paused run's are when it goes on.
    """
    for pk in transfer_ids:
        transfers.send(transfer_id=pk, at=clock.now())
    at = clock.now()
    left = transfers.waiting(transfer_ids)
    if left:
        jobs.enqueue(
            "payouts.tasks.send_together", run_at=at + SEND_AGAIN, transfer_ids=left
        )
    payout_runs.finish(at=at)


def note_credential_change(*, user_id: int, what: str, at: str) -> None:
    """Hold payouts back after a person's sign-in was changed."""
    holds.note_change_of_user(
        user_id=user_id, what=Credential(what), at=datetime.fromisoformat(at)
    )


def resolve_payments(*, at: datetime) -> None:
    """Settle what is open, however we came to know."""
    settlement.resolve_open(at=at)


def book_fees(*, at: datetime) -> None:
    """Post fees and top-ups that had no balance transaction before."""
    fees.book_fees(at=at)
    fees.book_topups(since=at - TOPUPS_SINCE, at=at)


def refresh_accounts(*, at: datetime) -> None:
    """Fetch payout accounts looked at longest ago."""
    onboarding.refresh_stale(at=at)


def poll_party_payouts(*, at: datetime) -> None:
    """Copy how the parties' payouts to their banks stand."""
    party_payouts.poll(at=at)


def release_due(*, at: datetime) -> None:
    """Release what has been held long enough, and plan what can be sent."""
    midnight = datetime.combine(at.astimezone(UTC).date(), time(), tzinfo=UTC)
    releases.release_sellers(at=at)
    releases.plan_waiting(at=at)
    releases.release_creators(at=at, before=midnight)


def release_reserves(*, at: datetime) -> None:
    """Release what was kept back and has reached its day."""
    reserves.release_due(at=at)


def resolve_transfers(*, at: datetime) -> None:
    """Find out about transfers in doubt."""
    transfers.resolve(at=at)


def send_transfers(*, at: datetime) -> None:
    """Send what no nudge reached, and go on with runs that waited for the balance."""
    payout_runs.resume(at=at)
    transfers.send_planned(at=at)


def tell_of_dispute(*, dispute_id: int) -> None:
    """Tell the sellers of a disputed order."""
    found = Dispute.objects.select_related("payment__order").get(pk=dispute_id)
    emails.send_dispute_opened(dispute=found)


def send_reversal(*, reversal_id: int) -> None:
    """Send a planned reversal."""
    reversal_sending.send(reversal_id=reversal_id, at=clock.now())


def resolve_reversals(*, at: datetime) -> None:
    """Find out about reversals in doubt, and send what no nudge reached."""
    reversal_sending.resolve(at=at)
    reversal_sending.send_planned(at=at)


def poll_disputes(*, at: datetime) -> None:
    """Fetch what is open, and disputes nobody told us of."""
    disputes.poll(at=at)


def submit_evidence(*, at: datetime) -> None:
    """Send the evidence nobody sent while the bank's time to answer runs out."""
    dispute_evidence.submit_due(at=at)


def poll_lost_disputes(*, at: datetime) -> None:
    """Fetch the disputes that were lost and may still be won on appeal."""
    disputes.poll_lost(at=at)


def write_off_old_debt(*, at: datetime) -> None:
    """Let the platform bear what has been owed for too long."""
    write_offs.write_off_old(at=at)


def run_payouts(*, at: datetime) -> None:
    """Make the payout runs that are due."""
    payout_runs.run_due(at=at)


def issue_invoices(*, at: datetime) -> None:
    """Issue the commission invoices of the month that is over."""
    invoices.issue_due(at=at)


def check_invariants(*, at: datetime) -> None:
    """Check the books of late and log each violation as an error."""
    invariants.check_and_log(at=at, since=at - CHECKED_SINCE)


def seal_entries(*, at: datetime) -> None:
    """Seal what was posted since the last time."""
    seals.seal(at=at)


def reconcile(*, at: datetime) -> None:
    """Compare what happened just now with the provider."""
    reconciliation.run_light(at=at)


def reconcile_days(*, at: datetime) -> None:
    """Compare the days that are over with the provider, once, and check all the books."""
    if reconciliation.run_due(at=at) is not None:
        invariants.check_and_log(at=at)
