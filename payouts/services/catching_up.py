"""Doing now what notices would have brought: every object the provider has had since a
moment is looked at, and the service that owns its row is told.

So a webhook outage of any length costs no money and no repair: after it, the books are
those that the notices would have made.
"""

import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from marketplace import gateway
from orders.models import Payment, PaymentStatus, Refund
from payouts.models import (
    OPEN_REVERSALS,
    OPEN_TRANSFERS,
    Reversal,
    ReversalStatus,
    Transfer,
)
from payouts.services import (
    disputes,
    fees,
    refund_adoption,
    refund_sending,
    reversal_sending,
    settlement,
    transfers,
)

# A line's type -> what its source is.
FOLLOWED = {
    **dict.fromkeys(("charge", "payment"), "payment"),
    **dict.fromkeys(
        ("refund", "payment_refund", "refund_failure", "payment_failure_refund"),
        "refund",
    ),
    "transfer_refund": "reversal",
    **dict.fromkeys(("adjustment", "stripe_fee"), "dispute"),
}
FEES = 10_000
# A voucher may be paid this long after its payment was begun.
LATE_PAYMENT = timedelta(days=65)
# And a transfer be taken back this long after it was made.
LATE_REVERSAL = timedelta(days=400)


def catch_up(*, since: datetime, at: datetime) -> None:
    """Settle payments, refunds, disputes, transfers and reversals the provider knows
    more of than we do, and book fees and top-ups.

    :raises gateway.GatewayError: the provider did not answer; what was done stays.
    """
    _settle(gateway.list_payments(since=since), at=at)
    refund_sending.resolve(at=at)
    for refund in reversed(gateway.list_refunds(since=since)):
        _take_in(refund, at=at)
    for facts in gateway.list_disputes(since=since):
        with contextlib.suppress(disputes.UnknownPayment):
            disputes.apply(facts=facts, at=at)
    disputes.poll(at=at)
    transfers.resolve(at=at)
    reversal_sending.resolve(at=at)
    _adopt_reversals(gateway.list_transfers(since=since), at=at)
    fees.book_fees(at=at, limit=FEES)
    fees.book_topups(since=since, at=at)


def follow_lines(
    *, lines: Collection[gateway.BalanceLine], since: datetime, at: datetime
) -> None:
    """Bring up to date what these unbooked lines belong to, however long ago it began:
    a voucher paid late, a refund that came back, a transfer taken back, a dispute won.

    :raises gateway.GatewayError: the provider did not answer; what was done stays.
    """
    of_type: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line.source_id:
            of_type[FOLLOWED.get(line.type, "")].add(line.source_id)
    if charges := of_type["payment"]:
        begun = gateway.list_payments(since=since - LATE_PAYMENT)
        _settle((facts for facts in begun if facts.charge_id in charges), at=at)
    for refund_id in sorted(of_type["refund"]):
        with contextlib.suppress(gateway.NotFound):
            _take_in(gateway.fetch_refund(refund_id=refund_id), at=at)
    if of_type["reversal"]:
        _adopt_reversals(gateway.list_transfers(since=since - LATE_REVERSAL), at=at)
    for dispute_id in sorted(of_type["dispute"]):
        with contextlib.suppress(gateway.NotFound, disputes.UnknownPayment):
            disputes.refresh(provider_id=dispute_id, at=at)


def _take_in(facts: gateway.RefundFacts, *, at: datetime) -> None:
    with contextlib.suppress(refund_adoption.AdoptLater, refund_sending.NotThisRefund):
        refund_adoption.take_in(facts=facts, at=at)


def _settle(found: Iterable[gateway.PaymentFacts], *, at: datetime) -> None:
    """Settle what was paid and is not booked here."""
    paid = [facts for facts in found if facts.status == "paid"]
    rows = {
        row.public_id: row
        for row in Payment.objects.filter(
            public_id__in=[facts.payment_reference for facts in paid]
        ).exclude(status=PaymentStatus.PAID)
    }
    for facts in paid:
        row = rows.get(facts.payment_reference or "")
        if row is None:
            continue
        with contextlib.suppress(
            settlement.AlreadySettled, settlement.NotPaid, settlement.PaymentMismatch
        ):
            settlement.settle(payment_id=row.pk, facts=facts, at=at)


def _adopt_reversals(found: Iterable[gateway.TransferFacts], *, at: datetime) -> None:
    """Book what was taken back of our transfers and is not here."""
    reversed = {
        facts.transfer_id: facts.reversed_amount
        for facts in found
        if facts.reversed_amount
    }
    rows = Transfer.objects.filter(provider_id__in=reversed).annotate(
        back=Coalesce(
            Sum("reversals__amount", filter=Q(reversals__status=ReversalStatus.SENT)), 0
        )
    )
    for row in rows.order_by("pk"):
        if row.back != reversed[row.provider_id or ""]:
            reversal_sending.adopt(transfer=row, at=at)


def spoken_for(*, since: datetime) -> set[str]:
    """Give the provider's ids of what we asked for and have not recorded yet: rows in
    doubt, which their own services settle. They are no strangers.
    """
    sent = {
        facts.reference: facts.transfer_id
        for facts in gateway.list_transfers(since=since)
        if facts.reference
    }
    refunded = {
        facts.reference: facts.refund_id
        for facts in gateway.list_refunds(since=since)
        if facts.reference
    }
    found = {
        sent[name]
        for name in Transfer.objects.filter(
            public_id__in=sent, status__in=OPEN_TRANSFERS
        ).values_list("public_id", flat=True)
    }
    found |= {
        refunded[name]
        for name in Refund.objects.filter(
            public_id__in=refunded, provider_id=None
        ).values_list("public_id", flat=True)
    }
    for row in Reversal.objects.filter(
        status__in=OPEN_REVERSALS, submitted_at__isnull=False
    ).select_related("transfer"):
        theirs = gateway.find_reversal(
            transfer_id=row.transfer.provider_id or "", reference=row.public_id
        )
        if theirs is not None:
            found.add(theirs.reversal_id)
    return found
