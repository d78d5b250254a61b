"""A story is lived: placed, paid, settled, shipped, released, transferred, paid out.

Headless, through the same services as the pages, with the clock moved forward until
every share has gone out. An armed fault is met by the platform's own resolvers.
"""

from collections.abc import Callable
from datetime import timedelta

from creators.models import Creator
from creators.services import attribution
from marketplace.demo import life, world
from marketplace.demo.story import party
from marketplace.demo.story.draw import Drawn
from marketplace.demo.story.party import Parties
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, money
from marketplace.kit.errors import MarketplaceError
from orders.models import Cart, Order
from orders.services import cart as carts
from orders.services import checkout, fulfilment, payments, quotes
from payouts.models import PARTY_KINDS, AccountKind, LedgerAccount
from payouts.services import calendar, ledger
from sellers.models import Shop

Say = Callable[[str], None]
ACTOR = "story"
BUYER_EMAIL = "buyer@story.example"
# The calls that move money; the first of each meets the fault.
FAULTY_CALLS = ("POST /v1/checkout/sessions", "POST /v1/transfers")
TRIES = 5
DAY = timedelta(days=1)
LONGEST_DAYS = 60


class NeverPaidOut(MarketplaceError):
    """A share is still waiting long after its day."""

    status_code = 500


def live(*, drawn: Drawn, fault: str | None, say: Say) -> tuple[Order, dict[str, int]]:
    """Live a story to its end; returns the order, and how many faults were armed for
    each call.

    :raises NeverPaidOut: a share did not go out.
    """
    parties = party.make(drawn=drawn, at=clock.now())
    paid_out: list[Shop | Creator] = [*parties.shops, parties.creator]
    for one in paid_out:
        world.set_up_payouts(party=one, email=world.email_of(one), at=clock.now())
    say(f"{len(parties.shops)} sellers and a creator have set up payouts")
    armed = _arm(fault)
    order = _buy(drawn, parties, say)
    _fulfil(order, say)
    _wait_for_payouts(say)
    order.refresh_from_db()
    return order, armed


def _arm(fault: str | None) -> dict[str, int]:
    if fault is None:
        return {}
    for call in FAULTY_CALLS:
        sandbox_control.arm_fault(match=call, do=fault)
    return dict.fromkeys(FAULTY_CALLS, 1)


def _buy(drawn: Drawn, parties: Parties, say: Say) -> Order:
    """Tap the tagged products, add the others, place the order and pay it."""
    at = clock.now()
    cart = _fill_cart(drawn, parties)
    buyer = checkout.Buyer(
        email=BUYER_EMAIL,
        user=None,
        name="A. Buyer",
        line1="1 Street",
        postal_code="111 11",
        city="Town",
        region="",
        country=drawn.country,
        phone="",
        language="en",
        ip="",
    )
    quote = quotes.quote(cart=cart, country=drawn.country, at=at)
    order = checkout.place(cart=cart, buyer=buyer, shown=quote.fingerprint, at=at)
    say(f"placed: {money.Money(order.total_amount, order.currency)}")
    page_url = _open_page(order, say)
    sandbox_control.pay(page_url=page_url)
    life.hear()
    order.refresh_from_db()
    say(f"paid on the provider's page; the order is {order.status}")
    return order


def _fill_cart(drawn: Drawn, parties: Parties) -> Cart:
    at = clock.now()
    source = attribution.Source(
        type="post", id=parties.post.public_id, issued=at.date()
    )
    cart = carts.open_cart(token=carts.new_token(), user=None, at=at)
    for line, variant in zip(drawn.lines, parties.variants, strict=True):
        carts.add(
            cart=cart,
            variant=variant,
            quantity=line.quantity,
            via=source if line.is_tagged else None,
            at=at,
        )
    if drawn.discount is not None:
        own = drawn.discount.is_creators
        word = parties.creator.code.word if own else drawn.discount.word
        carts.set_code(cart=cart, word=word, at=at)
    return cart


def _open_page(order: Order, say: Say) -> str:
    """Ask for the payment page, again when the answer was lost: same key, same page."""
    payment = order.payments.get()
    for _ in range(TRIES):
        try:
            return payments.open(payment_id=payment.pk, at=clock.now()).page_url
        except payments.PaymentPageUnavailable:
            say("the provider's answer was lost; asking again with the same key")
    raise payments.PaymentPageUnavailable


def _fulfil(order: Order, say: Say) -> None:
    """Each seller ships on the next day, and the carrier takes two."""
    _pass_a_day()
    parts = list(order.seller_orders.select_related("shop").order_by("pk"))
    for part in parts:
        fulfilment.ship(
            seller_order=part, carrier="", tracking_number="", at=clock.now()
        )
        say(f"{part.shop.name} ships on {clock.now():%d %b}")
    for _ in range(2):
        _pass_a_day()
    for part in parts:
        part.refresh_from_db()
        fulfilment.mark_delivered(seller_order=part, at=clock.now())
    say(f"everything is delivered on {clock.now():%d %b}")


def _wait_for_payouts(say: Say) -> None:
    """Let days pass until nothing is held or payable any more."""
    for _ in range(LONGEST_DAYS):
        before = _owed()
        if not before:
            return
        _pass_a_day()
        for account in sorted(before - _owed()):
            say(f"{clock.now():%a %d %b}: nothing is left in {account}")
    raise NeverPaidOut(f"something is left in {_owed()}")


def _owed() -> set[str]:
    """Name the parties' held and payable accounts, and transfers under way, that are
    not empty."""
    watched = LedgerAccount.objects.filter(
        kind__in=[*PARTY_KINDS, AccountKind.CLEARING_TRANSFER]
    ).select_related("party__shop", "party__creator")
    balances = ledger.balances()
    return {
        f"{account.kind} of {account.party.party.name}"
        if account.party
        else str(account.kind)
        for account in watched
        if balances[account.code]
    }


def _pass_a_day() -> None:
    calendar.move_clock(by=DAY, actor=ACTOR)
    life.hear()
