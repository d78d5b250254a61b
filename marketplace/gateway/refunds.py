"""Refunds of buyers' payments, from the platform's available balance."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from marketplace.gateway import client, errors
from marketplace.gateway.types import RefundFacts, RefundRequest, RefundStatus

STATUSES: dict[str, RefundStatus] = {
    "pending": "pending",
    "requires_action": "waits_for_buyer",
    "succeeded": "sent",
    "failed": "failed",
    "canceled": "cancelled",
}


def send_refund(*, request: RefundRequest, key: str) -> RefundFacts:
    """Give money back to a buyer; the same key gives it back once.

    It comes out of the platform's available balance; where that does not cover it the
    refund is `pending` with the reason `insufficient_funds` and goes by itself later.
    Fees are not returned and transfers stay as they are. `request.amount` in minor
    units of the payment's currency.

    :raises AlreadyRefunded: when less than the amount is left of the payment.
    :raises ChargeDisputed: when the buyer's bank is taking the payment back.
    :raises OutcomeUnknown: when nobody knows; repeat the key, or look it up by
        `find_refund` once the key may have been forgotten.
    """
    asked: Any = {
        "payment_intent": request.payment_intent_id,
        "amount": request.amount,
        "metadata": {"reference": request.reference},
    }
    if request.instructions_email is not None:
        asked["instructions_email"] = request.instructions_email
    try:
        with client.answers() as stripe:
            refund = stripe.v1.refunds.create(asked, {"idempotency_key": key})
    except errors.Refused as refusal:
        if _is_above_the_rest(refusal):
            raise errors.AlreadyRefunded(
                _("Stripe refused: less than this amount is left of the payment.")
                + " "
                + _("Nothing was done."),
                code="refund_above_rest",
                request_id=refusal.request_id,
            ) from refusal
        raise
    return _facts(refund)


def fetch_refund(*, refund_id: str) -> RefundFacts:
    """Fetch a refund as it is now.

    :raises NotFound: when Stripe knows no such refund.
    """
    with client.answers() as stripe:
        refund = stripe.v1.refunds.retrieve(refund_id)
    return _facts(refund)


def find_refund(*, payment_intent_id: str, reference: str) -> RefundFacts | None:
    """Find the refund that was sent for a row of ours, if Stripe has it."""
    for refund in refunds_of(payment_intent_id=payment_intent_id):
        if refund.reference == reference:
            return refund
    return None


def list_refunds(*, since: datetime) -> list[RefundFacts]:
    """List every refund made since a moment, by hand too, newest first."""
    return _list({"created": {"gte": int(since.timestamp())}})


def refunds_of(*, payment_intent_id: str) -> list[RefundFacts]:
    """List every refund of a payment, newest first."""
    return _list({"payment_intent": payment_intent_id})


def _list(filters: dict[str, Any]) -> list[RefundFacts]:
    asked: Any = {**filters, "limit": client.PAGE_LENGTH}
    with client.answers() as stripe:
        refunds = stripe.v1.refunds.list(asked)
        return [_facts(refund) for refund in refunds.auto_paging_iter()]


def _is_above_the_rest(refusal: errors.Refused) -> bool:
    """Tell the refusal of an amount above the rest: it has no code of its own."""
    problem: Any = refusal.__cause__
    return problem.code is None and getattr(problem, "param", None) == "amount"


def _facts(refund: Any) -> RefundFacts:
    return RefundFacts(
        refund_id=refund.id,
        reference=client.labelled(refund.metadata, "reference"),
        status=STATUSES[refund.status],
        pending_reason=refund.pending_reason,
        failure_reason=refund.failure_reason,
        amount=refund.amount,
        currency=refund.currency.upper(),
        charge_id=client.identifier(refund.charge),
        payment_intent_id=client.identifier(refund.payment_intent),
        balance_line_id=client.identifier(refund.balance_transaction),
        failure_balance_line_id=client.identifier(refund.failure_balance_transaction),
        created_at=client.moment(refund.created),
    )
