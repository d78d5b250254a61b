"""A payment that came: order and stock, accruals and ledger, all in one transaction.

The provider is asked before the transaction opens. Whatever tells of the payment (a
notice, the buyer coming back, a poller), and however often, ends here, and the entry's
unique (capture, charge) lets the effect happen once.
"""

import contextlib
from datetime import datetime, timedelta

from django.db import transaction

from marketplace import gateway
from marketplace.kit import jobs, states
from marketplace.kit.errors import MarketplaceError
from orders.models import OPEN_PAYMENTS, Order, Payment, PaymentStatus
from orders.services import cash, charging, checkout, payments
from payouts.models import AccountKind, EntryKind
from payouts.services import captures, fees, ledger
from payouts.services.ledger import Move, Name

K = AccountKind
UNANSWERED_AFTER = timedelta(minutes=1)
ASK_OPEN_EVERY = timedelta(minutes=5)
STRIPE, CLEARING = Name(K.STRIPE_BALANCE), Name(K.ORDER_CLEARING)


class AlreadySettled(MarketplaceError):
    """This payment is booked already; nothing was booked again."""

    status_code = 409


class NotPaid(MarketplaceError):
    """The provider says this payment is not paid (yet)."""

    status_code = 409


class PaymentMismatch(MarketplaceError):
    """What was paid is not what the order costs. The money is set aside in suspense,
    the order is a problem for staff.
    """

    status_code = 409


def refresh(*, payment_id: int, at: datetime) -> Payment:
    """Ask the provider how a payment stands, and do what follows from it.

    Paid: settle. A voucher was issued: keep it. Page or voucher over: cancel the order.
    A saved card was declined: note it, the buyer may pay another way.
    Still open: nothing. Safe at any time.

    :raises gateway.GatewayError: the provider did not answer; nothing was changed.
    """
    payment = Payment.objects.select_related("order", "saved_card__customer").get(
        pk=payment_id
    )
    if payment.status == PaymentStatus.PAID:
        return payment
    if payment.session_id is not None:
        page = gateway.fetch_checkout(session_id=payment.session_id)
        apply_page(payment=payment, page=page, at=at)
    elif payment.saved_card is not None:
        facts = charging.look_up(payment=payment)
        if facts is not None:
            apply(payment=payment, facts=facts, at=at)
    elif payment.payment_intent_id is not None:
        apply(payment=payment, facts=_facts(payment.payment_intent_id), at=at)
    payment.refresh_from_db()
    return payment


def apply_page(*, payment: Payment, page: gateway.CheckoutPage, at: datetime) -> None:
    """Do what follows from how a payment page stands.

    :raises gateway.GatewayError: the provider did not answer; nothing was changed.
    """
    if page.payment_intent_id and page.status == "complete":
        apply(payment=payment, facts=_facts(page.payment_intent_id), at=at)
    elif page.status == "expired":
        _give_up(payment, at=at)


def apply(*, payment: Payment, facts: gateway.PaymentFacts, at: datetime) -> None:
    """Do what follows from how the payment of a complete page stands; what was done
    before is not done again.

    :raises gateway.GatewayError: the provider did not answer; nothing was changed.
    """
    if facts.status == "paid":
        with contextlib.suppress(AlreadySettled, PaymentMismatch):
            settle(payment_id=payment.pk, facts=facts, at=at)
    elif facts.status == "awaiting_cash":
        _take_voucher(payment, facts, at=at)
    elif facts.status == "failed" and payment.saved_card_id is not None:
        if payment.status in OPEN_PAYMENTS:
            charging.note_declined(payment=payment, facts=facts, at=at)
    elif facts.status in payments.OVER:
        _give_up(payment, at=at, by_us=facts.status == "cancelled")


def _facts(payment_intent_id: str) -> gateway.PaymentFacts:
    return gateway.fetch_payment(payment_intent_id=payment_intent_id)


def _take_voucher(
    payment: Payment, facts: gateway.PaymentFacts, *, at: datetime
) -> None:
    """Keep the voucher; one of an order that was given up must not be paid any more."""
    try:
        cash.take_voucher(payment_id=payment.pk, facts=facts, at=at)
    except (states.NotAllowed, states.Raced):
        payment.refresh_from_db()
        if payment.status == PaymentStatus.EXPIRED:
            with contextlib.suppress(gateway.CheckoutComplete):
                gateway.cancel_payment(payment_intent_id=facts.payment_intent_id)


def _give_up(payment: Payment, *, at: datetime, by_us: bool = False) -> None:
    """Cancel the order of a page or voucher that is over. What we made void ourselves
    before its time, the buyer had asked us to.
    """
    if payment.status not in OPEN_PAYMENTS:
        return
    by_buyer = by_us and at < payment.order.expires_at
    # Somebody may have cancelled it since it was read; the end is the same.
    with contextlib.suppress(states.NotAllowed, states.Raced):
        checkout.cancel(order_id=payment.order_id, at=at, by_buyer=by_buyer)


def settle(
    *, payment_id: int, facts: gateway.PaymentFacts | None, at: datetime
) -> Order:
    """Book a payment once: order paid, goods sold, shares accrued, ledger posted.

    `facts` are the provider's, fetched before; None only for an order of total 0, which
    never reaches the provider. An order whose goods are gone becomes a problem, and its
    money is owed back to the buyer.

    :raises AlreadySettled: it was booked before.
    :raises NotPaid: the provider does not call it paid.
    :raises PaymentMismatch: amount, currency or reference differ; set aside.
    """
    with transaction.atomic(durable=True):
        payment, order = _lock(payment_id)
        set_aside_before = payment.status == PaymentStatus.FAILED and payment.charge_id
        if payment.status == PaymentStatus.PAID or set_aside_before:
            raise AlreadySettled
        _check(payment, facts)
        mismatched = facts is not None and not _matches(payment, facts)
        if mismatched:
            assert facts is not None
            _set_aside(payment, order, facts, at=at)
        else:
            _book(payment, order, facts, at=at)
    if mismatched:
        raise PaymentMismatch
    return order


def _lock(payment_id: int) -> tuple[Payment, Order]:
    """Lock the order, then read both anew: whoever comes second sees the first."""
    order_id = Payment.objects.values_list("order_id", flat=True).get(pk=payment_id)
    order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
    return Payment.objects.get(pk=payment_id), order


def _check(payment: Payment, facts: gateway.PaymentFacts | None) -> None:
    if facts is None:
        if payment.amount or payment.status not in OPEN_PAYMENTS:
            raise NotPaid
    elif facts.status != "paid":
        raise NotPaid


def _matches(payment: Payment, facts: gateway.PaymentFacts) -> bool:
    return (facts.amount, facts.currency, facts.payment_reference) == (
        payment.amount,
        payment.currency,
        payment.public_id,
    )


def _book(
    payment: Payment, order: Order, facts: gateway.PaymentFacts | None, *, at: datetime
) -> None:
    goods_are_there = payments.mark_paid(
        payment=payment,
        order=order,
        charge_id=facts.charge_id if facts else None,
        payment_intent_id=facts.payment_intent_id if facts else None,
        method=(facts.method or "") if facts else "",
        card_fingerprint=(facts.card_fingerprint or "") if facts else "",
        card_label=_card_label(facts),
        at=at,
    )
    if goods_are_there:
        captures.capture(payment=payment, order=order, at=at)
    elif payment.amount:
        ledger.post(
            kind=EntryKind.LATE_CAPTURE,
            reference=captures.reference_of(payment),
            currency=payment.currency,
            moves=[
                Move(STRIPE, CLEARING, payment.amount),
                Move(CLEARING, Name(K.BUYER_REFUND_DUE), payment.amount),
            ],
            at=at,
            order_reference=order.public_id,
            provider_id=payment.charge_id or "",
        )
        jobs.enqueue("payouts.tasks.return_unearned", payment_id=payment.pk)
    if facts is not None and facts.balance_line is not None:
        fees.book_fee(payment=payment, line=facts.balance_line, at=at)


def _set_aside(
    payment: Payment, order: Order, facts: gateway.PaymentFacts, *, at: datetime
) -> None:
    """Book money that does not fit its order to suspense; nothing of it is released."""
    payment.move_to(
        PaymentStatus.FAILED,
        at=at,
        charge_id=facts.charge_id,
        payment_intent_id=facts.payment_intent_id,
    )
    payments.mark_problem(order=order, at=at)
    ledger.post(
        kind=EntryKind.MISMATCH,
        reference=facts.charge_id or facts.payment_intent_id,
        currency=facts.currency,
        moves=[
            Move(STRIPE, CLEARING, facts.amount),
            Move(CLEARING, Name(K.SUSPENSE), facts.amount),
        ],
        at=at,
        order_reference=order.public_id,
        provider_id=facts.charge_id or "",
    )
    if facts.balance_line is not None:
        fees.book_fee(payment=payment, line=facts.balance_line, at=at)


def _card_label(facts: gateway.PaymentFacts | None) -> str:
    if facts is None or not facts.card_last4:
        return ""
    return f"{(facts.card_brand or '').title()} {facts.card_last4}".strip()


def resolve_open(*, at: datetime, limit: int = 100) -> None:
    """Settle what is open: ask again for pages whose answer was lost, and look at
    pages and vouchers nobody told us about. A webhook outage costs minutes, nothing
    else.
    """
    lost = Payment.objects.filter(
        status__in=[PaymentStatus.STARTED, PaymentStatus.UNKNOWN],
        started_at__lte=at - UNANSWERED_AFTER,
    )
    for payment in lost.order_by("pk")[:limit]:
        try:
            payments.open(payment_id=payment.pk, at=at)
        except (payments.PaymentPageUnavailable, payments.PaymentRefused):
            continue
    waiting = Payment.objects.filter(
        status__in=[PaymentStatus.NEEDS_ACTION, PaymentStatus.AWAITING_CASH]
    ).exclude(asked_at__gt=at - ASK_OPEN_EVERY)
    for payment_id in waiting.order_by("pk").values_list("pk", flat=True)[:limit]:
        Payment.objects.filter(pk=payment_id).update(asked_at=at)
        jobs.enqueue("payouts.tasks.refresh_payment", payment_id=payment_id)
