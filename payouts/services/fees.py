"""What Stripe itself takes and brings: fees of charges, and top-ups of the platform.

Booked from balance transactions as they are, never from a formula.
"""

import contextlib
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from marketplace import gateway
from orders.models import Payment, PaymentStatus
from payouts.models import AccountKind, Entry, EntryKind
from payouts.services import ledger
from payouts.services.ledger import Move, Name

K = AccountKind


def book_fee(*, payment: Payment, line: gateway.BalanceLine, at: datetime) -> None:
    """Post the fee of a charge once; one of nothing has no entry. Assumes a
    transaction.
    """
    if line.fee_amount:
        with contextlib.suppress(ledger.AlreadyPosted):
            ledger.post(
                kind=EntryKind.FEE,
                reference=line.id,
                currency=line.currency,
                moves=[
                    Move(
                        Name(K.PROCESSING_FEE), Name(K.STRIPE_BALANCE), line.fee_amount
                    )
                ],
                at=at,
                order_reference=payment.order.public_id,
                provider_id=line.id,
            )
    Payment.objects.filter(pk=payment.pk).update(fee_booked_at=at)


def book_fees(*, at: datetime, limit: int = 100) -> int:
    """Fetch and post the fees whose balance transaction was not there at capture."""
    booked = 0
    waiting = (
        Payment.objects.filter(fee_booked_at=None)
        # What was set aside has a charge, and so a fee, too.
        .filter(Q(status=PaymentStatus.PAID) | Q(charge_id__isnull=False))
        .exclude(payment_intent_id=None)
        .select_related("order")
    )
    for payment in waiting.order_by("pk")[:limit]:
        assert payment.payment_intent_id is not None
        facts = gateway.fetch_payment(payment_intent_id=payment.payment_intent_id)
        if facts.balance_line is not None:
            with transaction.atomic(durable=True):
                book_fee(payment=payment, line=facts.balance_line, at=at)
            booked += 1
    return booked


def book_topups(*, since: datetime, at: datetime) -> int:
    """Post what the platform paid into its own Stripe balance since a moment: the
    money comes from its bank (docs/money.md, row 13). Returns how many were new.
    """
    lines = [
        line for line in gateway.list_balance_lines(since=since) if line.type == "topup"
    ]
    known = set(
        Entry.objects.filter(
            kind=EntryKind.TOPUP, reference__in=[line.id for line in lines]
        ).values_list("reference", flat=True)
    )
    new = [line for line in lines if line.id not in known]
    for line in new:
        with transaction.atomic(durable=True):
            ledger.post(
                kind=EntryKind.TOPUP,
                reference=line.id,
                currency=line.currency,
                moves=[Move(Name(K.STRIPE_BALANCE), Name(K.BANK), line.net_amount)],
                at=line.created_at,
                provider_id=line.id,
            )
    return len(new)
