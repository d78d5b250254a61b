"""A whole market for tests of money: shops, creators, buyers and their purchases, made
by the services that make them in life, paid on the sandbox's own page.
"""

import math
from datetime import datetime, timedelta
from itertools import count

from creators.models import Creator
from creators.services import attribution, profiles
from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Cart, Order, OrderStatus, Payment
from orders.services import cart as carts
from orders.services import checkout, discounts, fulfilment, payments, quotes
from orders.services import tax as taxes
from payouts.models import ConnectedAccount
from payouts.services import (
    fees,
    invariants,
    onboarding,
    payout_runs,
    releases,
    settlement,
)
from sellers.models import Shop, ShopKind, Variant
from sellers.services import delivery
from tests.factories import creators as make_creators
from tests.factories import sellers as make_sellers

DAY = timedelta(days=1)
_numbers = count(1)


def set_taxes() -> None:
    """Write the tax rates of every country these tests sell to."""
    for country, rate_bps in (("SE", 2500), ("NL", 2100)):
        taxes.set_rate(
            country=country, rate_bps=rate_bps, is_included=True, collected_by="seller"
        )
    taxes.set_rate(
        country="JP", rate_bps=1000, is_included=False, collected_by="platform"
    )


def shop(
    *,
    country: str = "NL",
    currency: str = "EUR",
    is_business: bool = True,
    delivery_amount: int = 495,
    is_payable: bool = True,
) -> Shop:
    """Open a shop that delivers within its platform's region."""
    made = make_sellers.shop(
        country=country,
        currency=currency,
        kind=ShopKind.BUSINESS if is_business else ShopKind.PRIVATE,
        delivery_amount=None,
        legal_name="Trader BV" if is_business else "",
        legal_address="Keizersgracht 1" if is_business else "",
    )
    delivery.set_delivery(
        shop=made,
        name="Parcel",
        countries=["JP"] if currency == "JPY" else ["SE", "NL"],
        price_amount=delivery_amount,
        days_min=2,
        days_max=4,
    )
    if is_payable:
        payable(made)
    return made


def variant(of: Shop, *, price_amount: int, stock: int = 50) -> Variant:
    """Put a live product of one variant on sale."""
    return make_sellers.variant(shop=of, price_amount=price_amount, stock=stock)


def creator(
    *shops: Shop,
    rate_bps: int = 1250,
    funded_by: str = "seller",
    is_payable: bool = True,
) -> Creator:
    """A creator with running terms with each of these shops."""
    made = profiles.join(
        user=make_sellers.user(),
        handle=f"creator.{next(_numbers)}",
        name="Nina Berg",
        country=shops[0].country if shops else "SE",
        at=clock.now(),
    )
    for one in shops:
        make_creators.make_partnership(
            made, one, rate_bps=rate_bps, funded_by=funded_by
        )
    if is_payable:
        payable(made)
    return made


def payable(party: Shop | Creator, *, outcome: str = "complete") -> ConnectedAccount:
    """Take a party through the hosted onboarding, its last button being `outcome`."""
    at = clock.now()
    account = onboarding.open_account(party=party, email="party@example.com", at=at)
    assert account.provider_id
    sandbox_control.onboard(account_id=account.provider_id, outcome=outcome)
    return onboarding.refresh(account=account, at=at)


def via(of: Creator, *, at: datetime) -> attribution.Source:
    """What a cart line keeps of a visit to a creator's page."""
    return attribution.Source(type="profile", id=of.public_id, issued=at.date())


def cart(
    *lines: tuple[Variant, int] | tuple[Variant, int, Creator], code: str = ""
) -> Cart:
    """An open cart with these variants and quantities, found through these creators."""
    at = clock.now()
    made = carts.open_cart(token=carts.new_token(), user=None, at=at)
    for variant, quantity, *found in lines:
        source = via(found[0], at=at) if found else None
        carts.add(cart=made, variant=variant, quantity=quantity, via=source, at=at)
    if code:
        carts.set_code(cart=made, word=code, at=at)
    return made


def code(word: str = "TEN", *, rate_bps: int = 1000, **fields) -> str:
    """A discount code, funded by the platform unless a shop is given."""
    discounts.create(
        word=word,
        rate_bps=rate_bps,
        funded_by="seller" if fields.get("shop") else "platform",
        starts_at=clock.now() - DAY,
        **fields,
    )
    return word


def buyer(
    *, country: str = "NL", email: str = "maja@example.com", **fields
) -> checkout.Buyer:
    """Who buys, and where it goes."""
    return checkout.Buyer(
        **{
            "email": email,
            "user": None,
            "name": "Maja Nyström",
            "line1": "Kungsgatan 31",
            "postal_code": "90326",
            "city": "Umeå",
            "region": "",
            "country": country,
            "phone": "",
            "language": "en",
            "ip": "",
            **fields,
        }
    )


def place(of: Cart, by: checkout.Buyer | None = None) -> Order:
    """Place the cart's order as the buyer sees it now."""
    at, by = clock.now(), by or buyer()
    shown = quotes.quote(cart=of, country=by.country, at=at).fingerprint
    return checkout.place(cart=of, buyer=by, shown=shown, at=at)


def open_page(order: Order) -> Payment:
    """Ask for the payment page of an order."""
    return payments.open(payment_id=order.payments.get().pk, at=clock.now())


def pay(payment: Payment, *, card: str = sandbox_control.WORKING_CARD) -> None:
    """Pay on the sandbox's page; nobody tells the platform yet."""
    sandbox_control.pay(page_url=payment.page_url, card=card)


def choose_cash(order: Order) -> Payment:
    """Choose to pay in cash on the page of an order, and come back with a voucher."""
    payment = open_page(order)
    sandbox_control.pay_konbini(page_url=payment.page_url)
    return settlement.refresh(payment_id=payment.pk, at=clock.now())


def facts_of(payment: Payment) -> gateway.PaymentFacts:
    """What the provider says of a page that was paid."""
    assert payment.session_id
    page = gateway.fetch_checkout(session_id=payment.session_id)
    assert page.payment_intent_id
    return gateway.fetch_payment(payment_intent_id=page.payment_intent_id)


def buy(of: Cart, by: checkout.Buyer | None = None) -> Order:
    """Place, pay and settle, the buyer coming back from the payment page."""
    order = place(of, by)
    payment = open_page(order)
    pay(payment)
    settlement.refresh(payment_id=payment.pk, at=clock.now())
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    return order


def ship(order: Order, *, delivered: bool = True) -> None:
    """Ship each seller's part now, and let it arrive at once unless told not to."""
    at = clock.now()
    for part in order.seller_orders.order_by("pk"):
        fulfilment.ship(
            seller_order=part, carrier="PostNL", tracking_number="3SABC", at=at
        )
        if delivered:
            part.refresh_from_db()
            fulfilment.mark_delivered(seller_order=part, at=at)


def advance(by: timedelta) -> datetime:
    """Move the sandbox's and the platform's clock together; no job runs."""
    sandbox_control.advance_clock(seconds=by)
    clock.shift(by=by)
    return clock.now()


def advance_past(moment: datetime) -> datetime:
    """Move both clocks a second past a moment, whatever the hour now is."""
    left = math.ceil((moment - clock.now()).total_seconds())
    return advance(timedelta(seconds=left + 1))


def release_sellers() -> None:
    """Eight days later: release what the sellers' hold held, and send it."""
    at = advance(8 * DAY)
    fees.book_fees(at=at)
    releases.release_sellers(at=at)
    jobs.drain()


def run_creators(*, currency: str = "EUR"):
    """Fifteen days later: release the creators' shares and run their payouts."""
    at = advance(15 * DAY)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    run = payout_runs.start(currency=currency, cut_off_at=midnight, at=at)
    jobs.drain()
    run.refresh_from_db()
    return run


def take_in_topups() -> None:
    """Book the money the sandbox's platform began with."""
    fees.book_topups(since=clock.now() - DAY, at=clock.now())


def broken_invariants() -> dict[str, list[str]]:
    """Run every check of the books."""
    return invariants.check(at=clock.now())
