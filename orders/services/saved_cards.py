"""A buyer's saved cards: kept when he pays and asks for it, read, removed.

What Stripe keeps is the truth: after a payment that keeps its card, and when one turns
out to be gone, the list is read anew.
"""

from datetime import datetime

from django.db import transaction

from marketplace import gateway
from marketplace.accounts.models import User
from marketplace.kit import jobs
from marketplace.kit.errors import MarketplaceError
from orders.models import PaymentCustomer, SavedCard


class CardGone(MarketplaceError):
    """This card is not kept any more. Nothing was charged; choose another one."""

    status_code = 409


def customer_id_of(*, user: User) -> str:
    """Give who this person is to Stripe, made known there when first asked for.

    :raises gateway.GatewayError: Stripe did not answer or did not want to; ask again.
    """
    customer, _made = PaymentCustomer.objects.get_or_create(user=user)
    if customer.customer_id is not None:
        return customer.customer_id
    try:
        made = gateway.create_customer(
            reference=customer.public_id, email=user.email, key=customer.key
        )
    except gateway.OutcomeUnknown as problem:
        if problem.replayed:
            # A stored failure: one that was made all the same stays without cards.
            PaymentCustomer.objects.filter(
                pk=customer.pk, attempt=customer.attempt
            ).update(attempt=customer.attempt + 1)
        raise
    PaymentCustomer.objects.filter(pk=customer.pk, customer_id=None).update(
        customer_id=made
    )
    customer.refresh_from_db()
    assert customer.customer_id is not None
    return customer.customer_id


def cards_of(*, user: User, at: datetime) -> list[SavedCard]:
    """Give the cards a person may pay with, the one saved last first; one query."""
    return list(
        SavedCard.objects.visible_to(user).valid(at=at).order_by("-saved_at", "-pk")
    )


def card_of(*, user: User, public_id: str, at: datetime) -> SavedCard:
    """Give one card a person may pay with.

    :raises CardGone: it is not kept, not valid, or somebody else's.
    """
    card = (
        SavedCard.objects.visible_to(user)
        .valid(at=at)
        .filter(public_id=public_id)
        .first()
    )
    if card is None:
        raise CardGone
    return card


def remove(*, card: SavedCard, at: datetime) -> None:
    """Take a card from its owner's list at once, and have Stripe forget it."""
    with transaction.atomic():
        if SavedCard.objects.filter(pk=card.pk, removed_at=None).update(removed_at=at):
            jobs.enqueue("orders.tasks.forget_card", card_id=card.card_id)


def take_in(*, customer: PaymentCustomer, at: datetime) -> None:
    """Bring a person's cards to what Stripe keeps. Of the same card saved twice the
    later is kept, and Stripe forgets the other.

    :raises gateway.GatewayError: Stripe did not answer; nothing was changed.
    """
    if customer.customer_id is None:
        return
    try:
        found = gateway.saved_cards(customer_id=customer.customer_id)
    except gateway.NotFound:
        found = []
    newest: dict[str, gateway.SavedCard] = {}
    for card in found:
        newest.setdefault(card.fingerprint, card)
    with transaction.atomic():
        PaymentCustomer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        known = set(customer.cards.values_list("card_id", flat=True))
        kept = {card.card_id for card in newest.values()}
        customer.cards.filter(removed_at=None).exclude(card_id__in=kept).update(
            removed_at=at
        )
        SavedCard.objects.bulk_create(
            SavedCard(
                customer=customer,
                card_id=card.card_id,
                brand=card.brand[:20],
                last4=card.last4,
                fingerprint=card.fingerprint,
                expires_month=card.expires_month,
                expires_year=card.expires_year,
                saved_at=at,
            )
            for card in newest.values()
            if card.card_id not in known
        )
        for card in found:
            if card.card_id not in kept:
                jobs.enqueue("orders.tasks.forget_card", card_id=card.card_id)
