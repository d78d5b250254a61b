"""Paying in cash at a konbini: the voucher, the goods held for it, the reminder.

A voucher lives for days and nobody but the provider knows whether it was paid, so the
order goes on waiting, its goods are held past the voucher's end, and its cart is closed:
the buyer may fill another one meanwhile.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from marketplace import gateway
from marketplace.kit import jobs
from orders.models import Cart, Order, Payment, PaymentMethod, PaymentStatus, Voucher
from sellers.services import stock

BATCH = 200
STEP_MINUTES = 30


def is_offered_here() -> bool:
    """Say whether this platform takes cash at all: konbini is Japan's."""
    return bool(settings.PLATFORM_COUNTRY == "JP")


def days_for(*, amount: int, currency: str) -> int | None:
    """Give how many days a voucher of this amount (minor units) lives; None when it
    cannot be paid in cash.
    """
    least, most = settings.KONBINI_AMOUNTS
    if not is_offered_here() or currency != "JPY" or not least <= amount <= most:
        return None
    return int(settings.KONBINI_DAYS)


def deadline_of(*, expires_at: datetime) -> datetime:
    """Give the deadline a buyer is shown: a slip that was printed in the shop lives on
    after the voucher, so it is earlier than the provider's, on a full half hour there.
    """
    early = expires_at - timedelta(minutes=settings.KONBINI_SHOWN_EARLIER_MINUTES)
    there = early.astimezone(ZoneInfo(settings.KONBINI_TIME_ZONE))
    return there.replace(
        minute=there.minute - there.minute % STEP_MINUTES, second=0, microsecond=0
    )


def take_voucher(
    *, payment_id: int, facts: gateway.PaymentFacts, at: datetime
) -> Voucher:
    """Note that a voucher was issued: the payment awaits cash, order and goods wait as
    long as the voucher lives and a little longer, the cart is closed.

    :raises NotAllowed: the payment is past this: noted before, paid, or given up.
    """
    assert facts.voucher is not None
    with transaction.atomic(durable=True):
        order_id = Payment.objects.values_list("order_id", flat=True).get(pk=payment_id)
        order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
        payment = Payment.objects.get(pk=payment_id)
        payment.move_to(
            PaymentStatus.AWAITING_CASH,
            at=at,
            asked_at=at,
            method=PaymentMethod.KONBINI,
            payment_intent_id=facts.payment_intent_id,
            page_url="",
        )
        voucher = _keep(payment, facts.voucher, at=at)
        grace = timedelta(minutes=settings.KONBINI_GRACE_MINUTES)
        order.expires_at = voucher.expires_at + grace
        order.save(update_fields=["expires_at"])
        Cart.objects.filter(pk=order.cart_id, closed_at=None).update(closed_at=at)
        stock.extend(order_reference=order.public_id, expires_at=order.expires_at)
        jobs.enqueue("orders.tasks.send_voucher", order_id=order.pk)
    return voucher


def to_remind(*, at: datetime) -> QuerySet[Voucher]:
    """Keep the unpaid vouchers whose last day has begun, and were issued before it."""
    before = timedelta(hours=settings.KONBINI_REMINDER_HOURS)
    return Voucher.objects.filter(
        payment__status=PaymentStatus.AWAITING_CASH,
        reminded_at=None,
        issued_at__lt=F("deadline_at") - before,
        deadline_at__gt=at,
        deadline_at__lte=at + before,
    )


def remind(*, at: datetime) -> int:
    """Promise each buyer whose voucher ends soon one reminder; returns how many."""
    sent = 0
    for voucher in to_remind(at=at).select_related("payment").order_by("pk")[:BATCH]:
        with transaction.atomic():
            # On the row alone: a condition on its payment would be judged before the
            # row is locked, and two at once would both find nobody reminded.
            unsaid = Voucher.objects.filter(pk=voucher.pk, reminded_at=None)
            if unsaid.update(reminded_at=at):
                jobs.enqueue(
                    "orders.tasks.send_voucher_reminder",
                    order_id=voucher.payment.order_id,
                )
                sent += 1
    return sent


def _keep(payment: Payment, facts: gateway.Voucher, *, at: datetime) -> Voucher:
    return Voucher.objects.create(
        payment=payment,
        stores={
            chain: {
                "payment_code": codes.payment_code,
                "confirmation_number": codes.confirmation_number or "",
            }
            for chain, codes in facts.stores
        },
        page_url=facts.hosted_url or "",
        issued_at=at,
        expires_at=facts.expires_at,
        deadline_at=deadline_of(expires_at=facts.expires_at),
    )
