"""What each type of notice means: one dict, from the type to a function.

A function fetches the object again through the gateway, outside any transaction, and
hands what it found to the service that owns the row. It is safe to call twice. A type
that is not in the dict is kept and ignored.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Protocol

from django.db import transaction

from marketplace import gateway
from marketplace.webhooks.models import StripeEvent
from orders.models import Payment, PaymentStatus
from payouts.models import Transfer
from payouts.services import (
    disputes,
    fees,
    onboarding,
    party_payouts,
    payout_runs,
    refund_adoption,
    reversal_sending,
    settlement,
)


class Outcome(Enum):
    """APPLIED includes 'nothing was left to do'; NOT_OURS names nothing of ours."""

    APPLIED = "applied"
    NOT_OURS = "not_ours"


class Handler(Protocol):
    def __call__(self, *, event: StripeEvent, at: datetime) -> Outcome: ...


def checkout_changed(*, event: StripeEvent, at: datetime) -> Outcome:
    """Settle the payment of a page that is paid, keep the voucher of one that is to be
    paid in cash, give up the order of one that is over.
    """
    page = gateway.fetch_checkout(session_id=event.object_id)
    if page.payment_status == "paid" and page.payment_intent_id is not None:
        return _settle(page.payment_intent_id, at=at)
    payment = _payment(page.payment_reference)
    if payment is None:
        return Outcome.NOT_OURS
    settlement.apply_page(payment=payment, page=page, at=at)
    return Outcome.APPLIED


def payment_changed(*, event: StripeEvent, at: datetime) -> Outcome:
    """Settle a payment that is paid, keep its voucher, or look whether it is over."""
    return _settle(event.object_id, at=at)


def charge_changed(*, event: StripeEvent, at: datetime) -> Outcome:
    """Settle the payment of a charge, and book its fee once Stripe has."""
    charge = json.loads(event.body)["data"]["object"]
    payment_intent_id = charge.get("payment_intent")
    if not payment_intent_id:
        return Outcome.NOT_OURS
    return _settle(payment_intent_id, at=at)


def dispute_changed(*, event: StripeEvent, at: datetime) -> Outcome:
    """Bring a dispute up to date: whatever its notice says, in any order."""
    try:
        disputes.refresh(provider_id=event.object_id, at=at)
    except disputes.UnknownPayment:
        return Outcome.NOT_OURS
    return Outcome.APPLIED


def transfer_changed(*, event: StripeEvent, at: datetime) -> Outcome:
    """Book the reversals of a transfer that we do not know."""
    transfer = Transfer.objects.filter(provider_id=event.object_id).first()
    if transfer is None:
        return Outcome.NOT_OURS
    reversal_sending.adopt(transfer=transfer, at=at)
    return Outcome.APPLIED


def charge_refunded(*, event: StripeEvent, at: datetime) -> Outcome:
    """Bring every refund of a charge up to date, and adopt those made by hand."""
    charge = json.loads(event.body)["data"]["object"]
    payment_intent_id = charge.get("payment_intent")
    if not payment_intent_id:
        return Outcome.NOT_OURS
    # Its payment may not have been heard of yet: what goes back has to have come.
    _settle(payment_intent_id, at=at)
    refund_adoption.take_in_all(payment_intent_id=payment_intent_id, at=at)
    return Outcome.APPLIED


def refund_changed(*, event: StripeEvent, at: datetime) -> Outcome:
    """Bring a refund up to date, or adopt it."""
    facts = gateway.fetch_refund(refund_id=event.object_id)
    if facts.payment_intent_id is not None:
        _settle(facts.payment_intent_id, at=at)
    refund = refund_adoption.take_in(facts=facts, at=at)
    return Outcome.APPLIED if refund is not None else Outcome.NOT_OURS


def account_changed(*, event: StripeEvent, at: datetime) -> Outcome:
    """Bring a party's account up to date."""
    known = onboarding.refresh_by_provider_id(provider_id=event.object_id, at=at)
    return Outcome.APPLIED if known else Outcome.NOT_OURS


def part_of_account_changed(*, event: StripeEvent, at: datetime) -> Outcome:
    """Bring a party's account up to date when its bank account, a capability or how it
    is paid out has changed.
    """
    if not event.account:
        return Outcome.NOT_OURS  # the platform's own
    known = onboarding.refresh_by_provider_id(provider_id=event.account, at=at)
    return Outcome.APPLIED if known else Outcome.NOT_OURS


def payout_changed(*, event: StripeEvent, at: datetime) -> Outcome:
    """Copy how a party's payout to its bank stands, for them to read."""
    if not event.account:
        return Outcome.NOT_OURS  # the platform's own; its balance line books it
    known = party_payouts.refresh(
        account_id=event.account, payout_id=event.object_id, at=at
    )
    return Outcome.APPLIED if known is not None else Outcome.NOT_OURS


def balance_available(*, event: StripeEvent, at: datetime) -> Outcome:
    """Go on with the runs that waited for the platform's balance."""
    payout_runs.resume(at=at)
    return Outcome.APPLIED


def _settle(payment_intent_id: str, *, at: datetime) -> Outcome:
    facts = gateway.fetch_payment(payment_intent_id=payment_intent_id)
    payment = _payment(facts.payment_reference)
    if payment is None:
        return Outcome.NOT_OURS
    if facts.status == "awaiting_cash":
        settlement.apply(payment=payment, facts=facts, at=at)
    elif facts.status != "paid":
        # A card that was refused is not the end of its page: the page decides.
        settlement.refresh(payment_id=payment.pk, at=at)
    if facts.status != "paid":
        return Outcome.APPLIED
    try:
        settlement.settle(payment_id=payment.pk, facts=facts, at=at)
    except settlement.AlreadySettled:
        _book_fee(payment, facts.balance_line, at=at)
    except settlement.PaymentMismatch:
        # Set aside for staff, who find it there: nothing is gained by asking again.
        return Outcome.APPLIED
    return Outcome.APPLIED


def _book_fee(
    payment: Payment, line: gateway.BalanceLine | None, *, at: datetime
) -> None:
    """Book the fee that was not there yet when the payment was settled."""
    waits = Payment.objects.filter(
        pk=payment.pk, status=PaymentStatus.PAID, fee_booked_at=None
    )
    if line is not None and waits.exists():
        with transaction.atomic(durable=True):
            fees.book_fee(payment=payment, line=line, at=at)


def _payment(reference: str | None) -> Payment | None:
    """Find the payment an object is labelled with. Its row was committed before Stripe
    was asked for anything, so one that is not there is another platform's.
    """
    if reference is None:
        return None
    return Payment.objects.select_related("order").filter(public_id=reference).first()


HANDLERS: Mapping[str, Handler] = {
    "checkout.session.completed": checkout_changed,
    "checkout.session.async_payment_succeeded": checkout_changed,
    "checkout.session.async_payment_failed": checkout_changed,
    "checkout.session.expired": checkout_changed,
    "payment_intent.requires_action": payment_changed,
    "payment_intent.payment_failed": payment_changed,
    "payment_intent.canceled": payment_changed,
    "payment_intent.succeeded": payment_changed,
    "charge.succeeded": charge_changed,
    "charge.updated": charge_changed,
    "charge.dispute.created": dispute_changed,
    "charge.dispute.updated": dispute_changed,
    "charge.dispute.closed": dispute_changed,
    "charge.dispute.funds_withdrawn": dispute_changed,
    "charge.dispute.funds_reinstated": dispute_changed,
    "transfer.updated": transfer_changed,
    "transfer.reversed": transfer_changed,
    "charge.refunded": charge_refunded,
    "charge.refund.updated": refund_changed,
    "refund.created": refund_changed,
    "refund.updated": refund_changed,
    "refund.failed": refund_changed,
    "payout.created": payout_changed,
    "payout.updated": payout_changed,
    "payout.paid": payout_changed,
    "payout.failed": payout_changed,
    "payout.canceled": payout_changed,
    "account.external_account.created": part_of_account_changed,
    "account.external_account.updated": part_of_account_changed,
    "account.external_account.deleted": part_of_account_changed,
    "capability.updated": part_of_account_changed,
    "balance_settings.updated": part_of_account_changed,
    "balance.available": balance_available,
    "v2.core.account.updated": account_changed,
    "v2.core.account.closed": account_changed,
    "v2.core.account[requirements].updated": account_changed,
    "v2.core.account[future_requirements].updated": account_changed,
    "v2.core.account[configuration.recipient].updated": account_changed,
    "v2.core.account[configuration.recipient].capability_status_updated": (
        account_changed
    ),
}
