"""Buyers' saved cards: kept by Stripe with a customer, charged while the buyer is there.

We never see a card's number: a card is saved by paying on Stripe's own page.
"""

from datetime import datetime
from typing import Any

from marketplace.gateway import checkout, client, errors
from marketplace.gateway.types import ChargeRequest, PaymentFacts, SavedCard

EXPANDED = ["latest_charge.balance_transaction"]


def create_customer(*, reference: str, email: str, key: str) -> str:
    """Make the customer a buyer's cards are kept with, and give its id; the same key
    gives the same one.

    :raises OutcomeUnknown: nobody knows; ask again with the same key.
    """
    with client.answers() as stripe:
        made = stripe.v1.customers.create(
            {"email": email, "metadata": {"buyer": reference}},
            {"idempotency_key": key},
        )
    return str(made.id)


def delete_customer(*, customer_id: str) -> None:
    """Forget a customer with all the cards; one that is gone already stays so."""
    try:
        with client.answers() as stripe:
            stripe.v1.customers.delete(customer_id)
    except errors.NotFound:
        return


def saved_cards(*, customer_id: str) -> list[SavedCard]:
    """Fetch the cards a customer keeps, the newest first.

    :raises NotFound: there is no such customer any more.
    """
    with client.answers() as stripe:
        methods = stripe.v1.customers.payment_methods.list(
            customer_id, {"type": "card", "limit": client.PAGE_LENGTH}
        )
        return [_card(method) for method in methods.auto_paging_iter()]


def remove_card(*, card_id: str) -> None:
    """Forget a saved card; it can never be charged again, and no error is raised when
    it was forgotten before.

    :raises NotFound: Stripe knows no such card.
    """
    try:
        with client.answers() as stripe:
            stripe.v1.payment_methods.detach(card_id)
    except errors.NotFound:
        raise
    except errors.Refused:
        with client.answers() as stripe:
            if stripe.v1.payment_methods.retrieve(card_id).customer is not None:
                raise


def charge_card(*, request: ChargeRequest, key: str) -> PaymentFacts:
    """Charge a saved card; the same key charges once.

    The facts say `paid`, `failed` with the bank's reason, or `needs_action` with the
    bank's page, which sends the buyer to `request.return_url` afterwards.

    :raises NotFound: the card or its customer is not there any more.
    :raises Refused: it cannot be charged at all, removed for instance.
    :raises OutcomeUnknown: nobody knows; ask again with the same key.
    """
    asked: Any = {
        "amount": request.amount,
        "currency": request.currency.lower(),
        "customer": request.customer_id,
        "payment_method": request.card_id,
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "metadata": {"payment": request.payment_reference},
        "transfer_group": request.transfer_group,
        "return_url": request.return_url,
        "expand": EXPANDED,
    }
    try:
        with client.answers() as stripe:
            intent = stripe.v1.payment_intents.create(asked, {"idempotency_key": key})
    except errors.CardDeclined as refusal:
        told: Any = getattr(refusal.__cause__, "error", None)
        if told is None or getattr(told, "payment_intent", None) is None:
            raise
        return checkout.fetch_payment(payment_intent_id=told.payment_intent.id)
    return checkout.payment_of(intent)


def find_charge(
    *, payment_reference: str, customer_id: str, created_after: datetime
) -> PaymentFacts | None:
    """Find the charge of a saved card that was asked for, if Stripe has it. Of several,
    the one that is paid.
    """
    since = int((created_after - checkout.CLOCK_MARGIN).timestamp())
    asked: Any = {
        "customer": customer_id,
        "created": {"gte": since},
        "expand": [f"data.{name}" for name in EXPANDED],
        "limit": client.PAGE_LENGTH,
    }
    with client.answers() as stripe:
        intents = stripe.v1.payment_intents.list(asked)
        found = [
            checkout.payment_of(intent)
            for intent in intents.auto_paging_iter()
            if client.labelled(intent.metadata, "payment") == payment_reference
        ]
    return max(found, key=lambda facts: facts.status == "paid", default=None)


def _card(method: Any) -> SavedCard:
    card = method.card
    return SavedCard(
        card_id=method.id,
        brand=card.brand,
        last4=card.last4,
        fingerprint=card.fingerprint,
        expires_month=card.exp_month,
        expires_year=card.exp_year,
    )
