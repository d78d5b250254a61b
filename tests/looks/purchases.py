"""What was bought, said and asked in the world of the page states: carts in every
condition, orders on every step of their way.
"""

from datetime import timedelta
from typing import Any

from django.test import override_settings

from creators.services import follows
from marketplace.demo import life
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Cart, Order, OrderStatus, Payment, ReturnStatus
from orders.services import addresses, checkout, links, overdue, reviews
from orders.services import buy_links as links_of_sale
from orders.services import cart as carts
from orders.services import tax as taxes
from payouts.services import refund_doors, settlement
from payouts.services.refunds import Amount
from sellers.services import catalog, stock
from tests import sandbox as sandboxes
from tests.factories import buy_links, feedback, market
from tests.looks.world import DAY, World, picture, product

HOUR = timedelta(hours=1)
# What makes this a platform in Japan.
JAPAN = {"PLATFORM_COUNTRY": "JP", "STRIPE_WSGI_APP": "tests.sandbox:japanese"}
WORDS = (
    (5, "Ligger perfekt i handen, och glasyren är djupare än på bilden.", "sv"),
    (4, "Mooi gemaakt, maar de levering duurde een dag langer dan beloofd.", "nl"),
    (5, "とても気に入りました。毎朝使っています。", "ja"),
    (3, "", "en"),
    (2, "Smaller than I thought. The shop answered at once and took it back.", "en"),
)


def make(world: World) -> None:
    """Let people buy, say and ask; the day of the visit comes last."""
    _said(world)
    _orders_of_long_ago(world)
    _links_of_long_ago(world)
    market.advance(40 * DAY)
    _prices(world)
    _orders(world)
    _cards(world)
    _kept(world)
    _carts(world)
    _links(world)


def bag(world: World, name: str, *lines: tuple[str, int], code: str = "") -> Cart:
    """An open cart under the token that a state's cookie carries."""
    token = carts.new_token()
    made = carts.open_cart(token=token, user=None, at=clock.now())
    for key, units in lines:
        carts.add(
            cart=made,
            variant=world.variant(key),
            quantity=units,
            via=None,
            at=clock.now(),
        )
    if code:
        carts.set_code(cart=made, word=code, at=clock.now())
    world.carts[name] = (token, made)
    return made


def buyer(name: str, /, **fields: Any) -> checkout.Buyer:
    """Somebody in Utrecht, or where the fields say."""
    return market.buyer(
        **{
            "email": f"{name}@example.com",
            "name": "Maja van den Broek",
            "line1": "Lange Nieuwstraat 118",
            "postal_code": "3512 PN",
            "city": "Utrecht",
            **fields,
        }
    )


def keep(world: World, name: str, order: Order) -> Order:
    """Remember an order by name, with a link to it."""
    world.orders[name] = order
    world.tokens[name] = links.make(order=order, at=clock.now())
    return order


def bought(world: World, name: str, *lines: tuple[str, int], **fields: Any) -> Order:
    """A paid order under a name, and a link to it."""
    cart = bag(world, name, *lines)
    return keep(world, name, market.buy(cart, buyer(name, **fields)))


# --- what was said ---------------------------------------------------------------------
def _said(world: World) -> None:
    at = clock.now() - 20 * DAY
    mug = world.variant("mug")
    for number in range(24):
        rating, text, language = WORDS[number % len(WORDS)]
        line = feedback.line_of(
            feedback.arrived((mug, 1), at=at, email=f"guest{number}@example.com")
        )
        review = feedback.write(
            line,
            rating=rating,
            text=text,
            language=language,
            shows_name=number % 2 == 0,
            picture=picture("mug") if number == 1 else None,
            at=at + (5 * HOUR * number) + 5 * DAY,
        )
        if number == 4:
            reviews.reply(
                review=review,
                text="Thank you for telling us. The next ones say 3 dl in the title.",
                at=at + 10 * DAY,
            )
    asker = world.people["asker"]
    feedback.answered(world.products["mug"], asker=asker, at=at)
    feedback.question(
        world.products["mug"],
        asker=asker,
        text="Finns den i en större storlek, och går den att beställa med namn på?",
        language="sv",
        at=at + DAY,
    )


# --- prices and stock ------------------------------------------------------------------
def _prices(world: World) -> None:
    """Reduce a price today that had stood for 30 days."""
    catalog.change_price(
        variant=world.variant("reduced"), price_amount=5900, at=clock.now()
    )


# --- orders ----------------------------------------------------------------------------
def _orders_of_long_ago(world: World) -> None:
    market.take_in_topups()
    old = bought(world, "old", ("shirt", 1), user=world.people["buyer"])
    market.ship(old)


def _orders(world: World) -> None:
    maja = world.people["buyer"]
    delivered = bought(world, "delivered", ("mug", 2), ("blanket", 1), user=maja)
    market.ship(delivered)
    market.ship(
        bought(world, "shipped", ("mug", 1), ("lamp", 1), user=maja), delivered=False
    )
    reviewed = bought(world, "reviewed", ("mug", 1), user=maja)
    market.ship(reviewed)
    feedback.write(feedback.line_of(reviewed), at=clock.now())
    market.ship(bought(world, "to-be-withdrawn", ("mug", 1)))
    market.ship(bought(world, "engraved", ("engraved", 1)))
    market.ship(bought(world, "limited", ("engraved", 1), ("sealed", 2), ("mug", 1)))
    _taken_back(world)
    bought(world, "paid", ("mug", 2), ("chair", 1), user=maja)
    _unpaid(world)


def _taken_back(world: World) -> None:
    cancelled = bought(world, "cancelled", ("mug", 1))
    refund_doors.cancel_by_buyer(
        seller_order=cancelled.seller_orders.get(),
        actor="link",
        request_key="cancel:looks",
        at=clock.now(),
    )
    withdrawn = bought(world, "withdrawn", ("mug", 2))
    market.ship(withdrawn)
    refund_doors.withdraw(
        seller_order=withdrawn.seller_orders.get(),
        quantities=None,
        actor="link",
        request_key="withdraw:looks",
        at=clock.now(),
    )
    returned = bought(world, "return-open", ("mug", 1))
    market.ship(returned)
    refund_doors.request_return(
        seller_order=returned.seller_orders.get(),
        quantities=None,
        note="It came with a crack.",
        at=clock.now(),
    )
    silent = bought(world, "taken-over", ("mug", 1))
    market.ship(silent)
    refund_doors.request_return(
        seller_order=silent.seller_orders.get(),
        quantities=None,
        note="The glaze has a hole.",
        at=clock.now(),
    )
    silent.seller_orders.get().returns.update(answer_by=clock.now())
    overdue.take_over(at=clock.now())
    refunded = bought(world, "refunded", ("mug", 1), ("shirt", 1))
    market.ship(refunded)
    for part in refunded.seller_orders.all():
        refund_doors.withdraw(
            seller_order=part,
            quantities=None,
            actor="link",
            request_key=f"withdraw:{part.public_id}",
            at=clock.now(),
        )
        for parcel in part.returns.filter(status=ReturnStatus.OPEN):
            refund_doors.receive_return(
                parcel=parcel, door="seller", actor="looks", at=clock.now()
            )
    partly = bought(world, "refunded-part", ("mug", 2), ("blanket", 1))
    market.ship(partly)
    refund_doors.refund_by_seller(
        shop=world.shops["lerkulla"],
        seller_order=partly.seller_orders.get(shop=world.shops["lerkulla"]),
        wanted=Amount(
            amount=500,
            currency="EUR",
            seller_order_id=partly.seller_orders.get(shop=world.shops["lerkulla"]).pk,
        ),
        reason="adjustment",
        note="A small flaw in the glaze.",
        actor="looks",
        request_key="goodwill:looks",
        at=clock.now(),
    )
    jobs.drain()


def _unpaid(world: World) -> None:
    """Orders that wait for their payment, and one whose time was over."""
    for name in ("awaiting", "given-up"):
        cart = bag(world, name, ("mug", 1), ("lamp", 1))
        order = market.place(cart, buyer(name))
        market.open_page(order)
        keep(world, name, order)
    checkout.give_up(order=world.orders["given-up"], at=clock.now(), by_buyer=True)


def _cards(world: World) -> None:
    """The buyer keeps a card."""
    cart = bag(world, "card", ("mug", 1))
    order = market.place(
        cart, buyer("card", user=world.people["buyer"], saves_card=True)
    )
    payment = market.open_page(order)
    sandbox_control.pay(page_url=payment.page_url)
    settlement.refresh(payment_id=payment.pk, at=clock.now())
    jobs.drain()
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    keep(world, "card", order)


def _kept(world: World) -> None:
    """The buyer keeps addresses, and follows a creator and a shop."""
    maja, at = world.people["buyer"], clock.now()
    for name, line1 in (
        ("Maja van den Broek", "Lange Nieuwstraat 118"),
        ("佐々木 花", "Meubelmakerij Hout & Zoon, Havenweg 12, achter de kerk"),
    ):
        addresses.keep(
            user=maja,
            address={
                "name": name,
                "line1": line1,
                "postal_code": "3512 PN",
                "city": "Utrecht",
                "region": "",
                "country": "NL",
            },
            is_default=name.isascii(),
            at=at,
        )
    for handle in ("elin", "houtenzoon"):
        follows.follow(user=maja, handle=follows.handle_of(handle), at=at)


# --- carts -----------------------------------------------------------------------------
def _carts(world: World) -> None:
    market.code("TACK10", rate_bps=1000)
    bag(world, "one", ("mug", 1))
    bag(world, "sellers", ("mug", 2), ("blanket", 1), ("lamp", 1), ("teapot", 1))
    bag(world, "limited", ("engraved", 1), ("sealed", 2), ("mug", 1))
    bag(world, "code", ("mug", 2), ("chair", 1), code="TACK10")
    product(
        world,
        "rising",
        shop="lerkulla",
        title="Fat i stengods",
        drawings=["plates"],
        amount=3900,
    )
    product(
        world,
        "going",
        shop="lerkulla",
        title="Ljusstake",
        drawings=["candle"],
        stock=12,
    )
    bag(world, "changed", ("rising", 1), ("going", 4), ("mug", 1))
    catalog.change_price(
        variant=world.variant("rising"), price_amount=4500, at=clock.now()
    )
    stock.correct(variant=world.variant("going"), on_hand=2, at=clock.now())
    gone = product(world, "gone", shop="lerkulla", title="Bricka", drawings=["board"])
    bag(world, "gone", ("gone", 1))
    catalog.hide(product=gone, at=clock.now())


def _links_of_long_ago(world: World) -> None:
    link = buy_links.link(
        world.shops["lerkulla"],
        world.variant("mug"),
        expires_at=clock.now() + DAY,
    )
    world.links["expired"] = link.code


def _links(world: World) -> None:
    shop = world.shops["lerkulla"]
    mug = world.variant("mug")
    for name, things, terms in (
        ("product", [world.products["shirt"]], {}),
        ("fixed", [mug], {"locked_amount": 2500}),
        ("bundle", [mug, world.variant("reduced")], {"locked_amount": 7500}),
    ):
        world.links[name] = buy_links.link(shop, *things, **terms).code
    once = buy_links.link(shop, mug, max_uses=1)
    world.links["used-up"] = once.code
    cart = bag(world, "used-up")
    links_of_sale.put_in_cart(link=once, cart=cart, chosen={}, via=None, at=clock.now())
    market.buy(cart, buyer("used-up"))
    rare = product(
        world, "rare", shop="lerkulla", title="Kopp", drawings=["mug-blue"], stock=2
    )
    world.links["sold-out"] = buy_links.link(shop, rare).code
    stock.correct(variant=world.variant("rare"), on_hand=0, at=clock.now())


# --- a platform in Japan ----------------------------------------------------------------
def make_japanese(world: World) -> None:
    """Somebody in Kyoto has a voucher to pay at a konbini."""
    with override_settings(**JAPAN):
        sandboxes.sandbox("JP").reset()
        sandbox_control.advance_clock(seconds=clock.offset())
        taxes.set_rate(
            country="JP", rate_bps=1000, is_included=True, collected_by="seller"
        )
        shop = market.shop(country="JP", currency="JPY", delivery_amount=900)
        world.shops["yamane"] = shop
        product(
            world,
            "kyusu",
            shop="yamane",
            title="常滑焼の急須 やまね窯 朱泥",
            drawings=["teapot"],
            amount=12_000,
        )
        bag(world, "kyoto", ("kyusu", 1))
        for name in ("voucher", "voucher-paid"):
            payment = voucher(world, name, "kyusu")
            if name == "voucher-paid":
                assert payment.payment_intent_id
                sandbox_control.settle_voucher(payment.payment_intent_id)
                life.hear()


def voucher(world: World, name: str, key: str) -> Payment:
    """Place an order of a thing in Kyoto, to be paid in cash at a konbini."""
    order = market.place(
        bag(world, name, (key, 1)),
        buyer(
            name,
            name="佐々木 花",
            line1="恵比須町 0-27",
            postal_code="604-0000",
            city="京都市中京区",
            region="京都府",
            country="JP",
            language="ja",
        ),
    )
    keep(world, name, order)
    return market.choose_cash(order)
