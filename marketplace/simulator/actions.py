"""What people do in a run. Each action says whether there was anything to do; what the
platform refuses is a fine end of an action, as in life.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from django.db.models import Model, QuerySet

from creators.services import attribution
from marketplace import gateway
from marketplace.accounts.models import User
from marketplace.gateway import sandbox_control
from marketplace.simulator import cast, clockwork
from marketplace.simulator.world import World
from orders.models import (
    OPEN_PAYMENTS,
    Cart,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentStatus,
    SavedCard,
    SellerOrder,
)
from orders.services import cart as carts
from orders.services import checkout, fulfilment, payments, quotes, saved_cards
from payouts.models import AccountStatus, ConnectedAccount
from payouts.services import onboarding, settlement
from sellers.models import Variant
from sellers.services import stock

Action = Callable[[World], bool]
Row = TypeVar("Row", bound=Model)
DECLINED, THREE_D_SECURE = "4000000000000002", "4000002500003155"
BUYERS = 7
MOST_UNITS = 5


def buy(world: World) -> bool:
    """Fill a cart, place it, pay; the buyer comes back to our page, or does not."""
    payment = place(world)
    if payment is None:
        return True
    if world.is_japanese() and world.chance.random() < 0.4:
        _take_voucher(world, payment)
        return True
    if world.chance.random() < 0.1:
        _pay(world, payment, card=DECLINED)
    _pay(world, payment)
    if world.chance.random() < 0.6:
        clockwork.attempt(world, lambda: _come_back(world, payment))
    return True


def abandon(world: World) -> bool:
    """Come as far as the payment page, and go away."""
    place(world)
    return True


def pay_later(world: World) -> bool:
    """Pay on a page that was opened some time ago, in time or too late."""
    waiting = Payment.objects.exclude(page_url="").filter(status__in=OPEN_PAYMENTS)
    payment = any_of(world, waiting)
    if payment is None:
        return False
    _pay(world, payment)
    return True


def come_back(world: World) -> bool:
    """Look at the page of an order whose payment is open."""
    payment = any_of(world, Payment.objects.filter(status__in=OPEN_PAYMENTS))
    if payment is None:
        return False
    clockwork.attempt(world, lambda: _come_back(world, payment))
    return True


def pay_too_late(world: World) -> bool:
    """Pay just when the order is given up, for goods that are gone by then: the money
    is nobody's, and the buyer is to have it back.
    """
    payment = place(world)
    if payment is None:
        return False
    _pay(world, payment)
    given_up = partial(checkout.cancel, order_id=payment.order_id, at=world.now())
    if clockwork.attempt(world, given_up):
        for line in OrderLine.objects.filter(seller_order__order=payment.order_id):
            clockwork.attempt(world, partial(_lose_goods, world, line.variant))
    clockwork.attempt(world, lambda: _come_back(world, payment))
    return True


def give_up(world: World) -> bool:
    """Cancel an order before it is paid."""
    unpaid = Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT)
    order = any_of(world, unpaid)
    if order is None:
        return False
    clockwork.attempt(world, lambda: checkout.give_up(order=order, at=world.now()))
    return True


def ship(world: World) -> bool:
    """Send a parcel, mostly with all that is left of a seller's part."""
    part = any_of(world, SellerOrder.objects.filter(status=OrderStatus.TO_SHIP))
    if part is None:
        return False
    quantities = None
    if world.chance.random() < 0.2:
        left = fulfilment.units_to_ship(seller_order=part)
        quantities = {line: world.chance.randint(0, n) for line, n in left.items()}
    clockwork.attempt(
        world,
        lambda: fulfilment.ship(
            seller_order=part,
            carrier="",
            tracking_number="",
            at=world.now(),
            quantities=quantities,
        ),
    )
    return True


def deliver(world: World) -> bool:
    """Say that a parcel has arrived."""
    part = any_of(world, SellerOrder.objects.filter(status=OrderStatus.SHIPPED))
    if part is None:
        return False
    clockwork.attempt(
        world, lambda: fulfilment.mark_delivered(seller_order=part, at=world.now())
    )
    return True


def restock(world: World) -> bool:
    """Book units that arrived."""
    variant, units = world.chance.choice(world.variants), world.chance.randint(1, 20)
    if clockwork.attempt(
        world, lambda: stock.receive(variant=variant, quantity=units, at=world.now())
    ):
        world.received[variant.pk] += units
    return True


def restrict(world: World) -> bool:
    """Let the provider restrict a party; we hear of it, sooner or later."""
    account = any_of(
        world, ConnectedAccount.objects.filter(status=AccountStatus.ACTIVE)
    )
    if account is None or account.provider_id is None:
        return False
    sandbox_control.onboard(account_id=account.provider_id, outcome="restrict")
    return True


def complete_onboarding(world: World) -> bool:
    """Let a party hand in what the provider misses."""
    waiting = ConnectedAccount.objects.exclude(status=AccountStatus.ACTIVE)
    account = any_of(world, waiting)
    if account is None:
        return False
    clockwork.attempt(world, lambda: cast.onboard(world, account.party))
    return True


def look_at_account(world: World) -> bool:
    """Come back from the provider's page of one's payout account."""
    account = any_of(world, ConnectedAccount.objects.exclude(provider_id=None))
    if account is None:
        return False
    clockwork.attempt(
        world, lambda: onboarding.refresh(account=account, at=world.now())
    )
    return True


def any_of(world: World, rows: "QuerySet[Row]") -> Row | None:
    """Choose one row by chance, in the order of primary keys: the seed decides."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    return rows.get(pk=world.chance.choice(keys)) if keys else None


def place(world: World) -> Payment | None:
    """Place an order and ask for its payment page; None where it was refused."""
    chance, at = world.chance, world.now()
    if world.carts and chance.random() < 0.15:
        cart = chance.choice(world.carts[-5:])
    else:
        cart = carts.open_cart(token=carts.new_token(), user=None, at=at)
        world.carts.append(cart)
    first = chance.choice(world.variants)
    same = [v for v in world.variants if v.currency == first.currency]
    for variant in {
        first,
        *chance.sample(same, k=min(len(same), chance.randint(0, 3))),
    }:
        clockwork.attempt(world, partial(_add, world, cart, variant))
    if chance.random() < 0.3:
        word = chance.choice((cast.WORD, chance.choice(world.creators).code.word))
        clockwork.attempt(world, lambda: carts.set_code(cart=cart, word=word, at=at))
    placed: list[Order] = []
    clockwork.attempt(world, lambda: placed.append(_order(world, cart)))
    if not placed:
        return None
    payment = placed[0].payments.order_by("-pk").first()
    assert payment is not None
    clockwork.attempt(
        world, lambda: payments.open(payment_id=payment.pk, at=world.now())
    )
    payment.refresh_from_db()
    return payment


def _add(world: World, cart: Cart, variant: Variant) -> None:
    chance, at = world.chance, world.now()
    source = None
    if chance.random() < 0.7:
        creator = chance.choice(world.creators)
        source = attribution.Source(
            type="profile", id=creator.public_id, issued=at.date()
        )
    carts.add(
        cart=cart,
        variant=variant,
        quantity=chance.randint(1, MOST_UNITS),
        via=source,
        at=at,
    )


def _order(world: World, cart: Cart) -> Order:
    at, chance = world.now(), world.chance
    country = "JP" if world.is_japanese() else chance.choice(("SE", "NL"))
    user, email = None, f"buyer{chance.randrange(BUYERS)}@example.com"
    if chance.random() < 0.05:
        user = chance.choice(world.creators).user
    elif world.wallets.random() < 0.5:
        user = world.wallets.choice(world.members)
    card = _card_of(world, user) if user else None
    buyer = checkout.Buyer(
        email=user.email if user else email,
        user=user,
        card=card,
        saves_card=card is None and user is not None and world.wallets.random() < 0.9,
        name="A. Buyer",
        line1="1 Street",
        postal_code="111 11",
        city="Town",
        region="",
        country=country,
        phone="",
        language="en",
        ip="",
    )
    quote = quotes.quote(cart=cart, country=country, at=at)
    return checkout.place(cart=cart, buyer=buyer, shown=quote.fingerprint, at=at)


def _card_of(world: World, user: User) -> SavedCard | None:
    """Mostly pay with a card kept before, if there is one; now and then take it away."""
    cards = saved_cards.cards_of(user=user, at=world.now())
    if not cards:
        return None
    chosen, chance = world.wallets.choice(cards), world.wallets.random()
    if chance < 0.05:
        # It is gone at the provider alone: we hear of it when it is charged.
        clockwork.attempt(world, lambda: gateway.remove_card(card_id=chosen.card_id))
    elif chance < 0.1:
        clockwork.attempt(
            world, lambda: saved_cards.remove(card=chosen, at=world.now())
        )
        return None
    return chosen if chance < 0.85 else None


def _lose_goods(world: World, variant: Variant) -> None:
    """Count nothing but what unpaid orders hold."""
    variant.refresh_from_db()
    world.received[variant.pk] += stock.correct(
        variant=variant, on_hand=variant.reserved, at=world.now()
    )


def _pay(
    world: World, payment: Payment, card: str = sandbox_control.WORKING_CARD
) -> None:
    if not payment.page_url:
        return
    if payment.saved_card_id is not None:
        # The card was charged already; what is open is the bank's question.
        is_agreed = world.wallets.random() < 0.8
        ask = partial(sandbox_control.answer_bank, authenticate=is_agreed)
        clockwork.attempt(world, lambda: ask(page_url=payment.page_url))
        return
    if payment.order.saves_card and world.wallets.random() < 0.3:
        card = THREE_D_SECURE
    clockwork.attempt(
        world, lambda: sandbox_control.pay(page_url=payment.page_url, card=card)
    )


def _take_voucher(world: World, payment: Payment) -> None:
    """Choose to pay at a store, and pay there at once or some day."""
    if not payment.page_url:
        return
    chosen = partial(sandbox_control.pay_konbini, page_url=payment.page_url)
    if clockwork.attempt(world, chosen):
        clockwork.attempt(world, lambda: _come_back(world, payment))


def _come_back(world: World, payment: Payment) -> None:
    if payment.status in (PaymentStatus.STARTED, PaymentStatus.UNKNOWN):
        payments.open(payment_id=payment.pk, at=world.now())
    settlement.refresh(payment_id=payment.pk, at=world.now())
