"""Paying with a saved card: charged by us while its owner is there, with the safety of
the payment page. The key was stored before; an answer that did not come is looked up
or asked for again with the same key; what a payment means is settled by payouts, from
the provider's own word and not from the answer here.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from marketplace import gateway
from marketplace.kit import jobs
from orders.models import Payment, PaymentStatus
from orders.services import paying, returning

# A charge that was asked for and is not there yet may still arrive this long.
IN_FLIGHT = timedelta(minutes=1)
NOT_ASKED = "not_asked"
REASONS = {
    "insufficient_funds": _l("There is not enough money on the card."),
    "expired_card": _l("The card is no longer valid."),
    "authentication_required": _l("Your bank wanted to ask you, and could not."),
    "payment_intent_authentication_failure": _l(
        "The payment was not confirmed with your bank."
    ),
    # Stripe would not even ask the bank: the card was removed there, for instance.
    NOT_ASKED: _l("The card cannot be charged any more."),
}
OTHERWISE = _l("Your bank declined the card.")


class CardDeclined(paying.PaymentRefused):
    """The saved card was not charged. The bag is kept; another card may be used."""

    status_code = 402

    def __init__(self, code: str) -> None:
        super().__init__(
            _("%(reason)s Nothing was charged and your bag is kept: pay another way.")
            % {"reason": reason(code)}
        )


def reason(code: str) -> str:
    """Say in words why a card was not charged, from its stored code."""
    return str(REASONS.get(code, OTHERWISE))


def charge(*, payment: Payment, at: datetime) -> Payment:
    """Charge the payment's saved card, or find out how that ended; once, however often
    it is called.

    :raises CardDeclined: the bank said no; the payment is closed as failed.
    :raises paying.PaymentPageUnavailable: the answer did not come, or the order's time
        is over; a resolver goes on asking, or gives the order up.
    """
    if payment.payment_intent_id is not None:
        return _await_settling(payment, payment.payment_intent_id, at=at)
    if at >= payment.order.expires_at:
        raise paying.PaymentPageUnavailable
    try:
        facts = gateway.charge_card(request=_request(payment), key=payment.key)
    except gateway.OutcomeUnknown as problem:
        return _resolve_unknown(payment, problem, at=at)
    except (gateway.KeyInUse, gateway.RateLimited, gateway.NotAuthorised) as problem:
        raise paying.PaymentPageUnavailable from problem
    except gateway.Refused as problem:
        # It may have been removed elsewhere: what is kept is read anew.
        _decline(payment, NOT_ASKED, at=at, is_read_anew=True)
        raise CardDeclined(NOT_ASKED) from problem
    return _record(payment, facts, at=at)


def close(*, payment: Payment, at: datetime) -> None:
    """Make sure that this charge is not made any more.

    :raises gateway.CheckoutComplete: it is made; the order must be kept.
    :raises paying.PaymentPageUnavailable: it may be on its way; nothing was changed.
    :raises gateway.GatewayError: the provider did not answer; nothing was changed.
    """
    payment_intent_id = payment.payment_intent_id
    if payment_intent_id is None:
        found = _find(payment)
        if found is None:
            if at - (payment.asked_at or payment.started_at) < IN_FLIGHT:
                raise paying.PaymentPageUnavailable
            return
        payment_intent_id = found.payment_intent_id
    gateway.cancel_payment(payment_intent_id=payment_intent_id)


def note_declined(
    *, payment: Payment, facts: gateway.PaymentFacts, at: datetime
) -> None:
    """Note that a charge came to nothing, at the bank's page for instance. The order is
    kept with its bag until its time is over: the buyer pays another way.
    """
    _decline(
        payment, facts.failure_code or "", at=at, intent_id=facts.payment_intent_id
    )


def look_up(*, payment: Payment) -> gateway.PaymentFacts | None:
    """Find how the charge stands whose answer was lost.

    :raises gateway.GatewayError: the provider did not answer.
    """
    if payment.payment_intent_id is not None:
        return gateway.fetch_payment(payment_intent_id=payment.payment_intent_id)
    return _find(payment)


def _request(payment: Payment) -> gateway.ChargeRequest:
    card = payment.saved_card
    assert card is not None
    assert card.customer.customer_id is not None
    order = payment.order
    landing = settings.SITE_URL + returning.path(order=order)
    return gateway.ChargeRequest(
        payment_reference=payment.public_id,
        customer_id=card.customer.customer_id,
        card_id=card.card_id,
        amount=payment.amount,
        currency=payment.currency,
        transfer_group=order.public_id,
        return_url=f"{landing}&paid=1",
    )


def _record(payment: Payment, facts: gateway.PaymentFacts, *, at: datetime) -> Payment:
    if facts.status in ("failed", "cancelled"):
        note_declined(payment=payment, facts=facts, at=at)
        raise CardDeclined(facts.failure_code or "")
    if facts.status == "needs_action":
        paying.move_if_still(
            payment,
            PaymentStatus.NEEDS_ACTION,
            at=at,
            payment_intent_id=facts.payment_intent_id,
            page_url=facts.action_url or "",
        )
        return payment
    return _await_settling(payment, facts.payment_intent_id, at=at)


def _await_settling(payment: Payment, intent_id: str, *, at: datetime) -> Payment:
    """Remember the charge, and have it settled at once."""
    with transaction.atomic():
        Payment.objects.filter(pk=payment.pk, payment_intent_id=None).update(
            payment_intent_id=intent_id, asked_at=at
        )
        jobs.enqueue("payouts.tasks.refresh_payment", payment_id=payment.pk)
    payment.refresh_from_db()
    return payment


def _resolve_unknown(
    payment: Payment, problem: gateway.OutcomeUnknown, *, at: datetime
) -> Payment:
    """Keep the payment `unknown`; after a stored failure look the charge up, and ask
    with a new key only when there is none.
    """
    paying.move_if_still(payment, PaymentStatus.UNKNOWN, at=at)
    if not problem.replayed:
        raise paying.PaymentPageUnavailable from problem
    try:
        facts = _find(payment)
    except gateway.GatewayError as lost:
        raise paying.PaymentPageUnavailable from lost
    if facts is not None:
        return _record(payment, facts, at=at)
    # There is none: the stored failure had no effect. One more try, with a new key.
    Payment.objects.filter(pk=payment.pk, attempt=payment.attempt).update(
        attempt=payment.attempt + 1
    )
    payment.refresh_from_db()
    return charge(payment=payment, at=at)


def _find(payment: Payment) -> gateway.PaymentFacts | None:
    card = payment.saved_card
    assert card is not None
    assert card.customer.customer_id is not None
    return gateway.find_charge(
        payment_reference=payment.public_id,
        customer_id=card.customer.customer_id,
        created_after=payment.started_at,
    )


def _decline(
    payment: Payment,
    code: str,
    *,
    at: datetime,
    intent_id: str | None = None,
    is_read_anew: bool = False,
) -> None:
    card = payment.saved_card
    assert card is not None
    with transaction.atomic():
        paying.move_if_still(
            payment,
            PaymentStatus.FAILED,
            at=at,
            failure_code=code[:60],
            payment_intent_id=intent_id,
        )
        if is_read_anew:
            jobs.enqueue(
                "orders.tasks.take_in_saved_cards", customer_id=card.customer_id
            )
