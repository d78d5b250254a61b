"""What the scenarios let people do, without chance."""

from datetime import timedelta

from creators.models import Creator
from creators.services import attribution
from marketplace.gateway import sandbox_control
from marketplace.simulator import clockwork, laws, staff, troubles
from marketplace.simulator.world import World
from orders.models import Cart, Order, OrderStatus, Payment
from orders.services import cart as carts
from orders.services import checkout, fulfilment, payments, quotes
from payouts.services import settlement
from sellers.models import Variant

DAY = timedelta(days=1)
# In Europe the first two shops sell in EUR.
CURRENCY, COUNTRY = "EUR", "NL"


def variants(here: World) -> list[Variant]:
    """The goods that go into one cart."""
    return [one for one in here.variants if one.currency == CURRENCY]


def buyer(email: str = "maja@example.com") -> checkout.Buyer:
    """Who buys, and where it goes."""
    return checkout.Buyer(
        email=email,
        user=None,
        name="Maja",
        line1="1 Street",
        postal_code="111 11",
        city="Town",
        region="",
        country=COUNTRY,
        phone="",
        language="en",
        ip="",
    )


def fill(
    here: World,
    *lines: tuple[Variant, int],
    creator: Creator | None = None,
) -> Cart:
    """An open cart, found through a creator."""
    made = carts.open_cart(token=carts.new_token(), user=None, at=here.now())
    source = None
    if creator is not None:
        source = attribution.Source(
            type="profile", id=creator.public_id, issued=here.now().date()
        )
    for variant, quantity in lines:
        carts.add(
            cart=made, variant=variant, quantity=quantity, via=source, at=here.now()
        )
    return made


def place(here: World, cart: Cart, by: checkout.Buyer | None = None) -> Order:
    """Place what the buyer sees."""
    by = by or buyer()
    shown = quotes.quote(cart=cart, country=by.country, at=here.now()).fingerprint
    return checkout.place(cart=cart, buyer=by, shown=shown, at=here.now())


def pay(here: World, order: Order) -> Payment:
    """Pay on the provider's page; nobody tells the platform yet."""
    payment = payments.open(payment_id=order.payments.get().pk, at=here.now())
    sandbox_control.pay(page_url=payment.page_url)
    return payment


def paid(here: World, *, units: int = 2, creator: bool = True) -> Payment:
    """A purchase that was paid, of which the platform does not know yet."""
    found = here.creators[0] if creator else None
    return pay(here, place(here, fill(here, (variants(here)[0], units), creator=found)))


def tell(here: World, payment: Payment) -> Order:
    """Let the buyer come back, so that the platform asks."""
    settlement.refresh(payment_id=payment.pk, at=here.now())
    return Order.objects.get(pk=payment.order_id)


def bought(here: World, *, units: int = 2, creator: bool = True) -> Order:
    """A purchase, paid and known."""
    return tell(here, paid(here, units=units, creator=creator))


def deliver(here: World, order: Order) -> None:
    """Ship all of an order, and let it arrive."""
    for part in order.seller_orders.filter(status=OrderStatus.TO_SHIP).order_by("pk"):
        fulfilment.ship(
            seller_order=part, carrier="", tracking_number="", at=here.now()
        )
        part.refresh_from_db()
        fulfilment.mark_delivered(seller_order=part, at=here.now())


def periods(here: World, count: int = 2) -> None:
    """Let the beat go round so many times, as it does every ten minutes."""
    here.faults_run = False
    for _ in range(count):
        here.pass_time(timedelta(minutes=10))
        clockwork.beat(here)


def days(here: World, count: int) -> None:
    """Let days pass, with the beat going."""
    here.faults_run = False
    here.pass_time(count * DAY)
    clockwork.beat(here)
    # What a fault made to look wrong has stopped payouts: staff look, and go on.
    staff.let_payouts_go_on(here)
    clockwork.beat(here)


def healed(here: World, *, after: int = 2) -> list[str]:
    """End all trouble, let the beat go round, and compare the books."""
    troubles.end(here)
    periods(here, after)
    return [*laws.in_doubt(), *laws.agreement(here)]


def paid_out(here: World) -> list[str]:
    """Wait until everything is released and sent, and compare the books."""
    troubles.end(here)
    periods(here)
    for leap in (4, 8, 8, 7):
        days(here, leap)
    return laws.at_rest(here)
