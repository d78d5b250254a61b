"""A buyer in Japan pays in cash: six fields at most, a voucher whose code is copied with
one press, and each way in which it ends.
"""

from datetime import timedelta

import pytest

from marketplace import gateway
from marketplace.demo import life
from marketplace.gateway import sandbox_control
from marketplace.kit import clock
from orders.models import CartLine, Order, OrderStatus, Payment, RefundStatus
from orders.services import checkout
from sellers.models import Product
from tests.factories import market
from tests.stories.conftest import DESK, PHONE, opened
from tests.stories.hand import Hand

pytestmark = [
    pytest.mark.browser,
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
]
MOST_FIELDS = 6
WHO = {
    "email": "hana@example.com",
    "name": "佐々木 花",
    "postal_code": "６０４ー８００５",
}
# What the postcode fills in, in the order it is asked.
THERE = {"region": "京都府", "city": "京都市中京区", "line1": "恵比須町"}
FILLED = "Filled in from the postcode:"
JAPANESE = {"Accept-Language": "en-JP,en;q=0.9"}


@pytest.fixture
def shirt(site_in_japan):
    market.set_taxes()
    shop = market.shop(country="JP", currency="JPY", delivery_amount=900)
    return market.variant(shop, price_amount=12_000, stock=6)


@pytest.fixture(params=["phone", "desk"])
def hana(request, browser):
    """The hand of a buyer in Japan, on a phone and at a desk."""
    kind = PHONE if request.param == "phone" else DESK
    for page in opened(browser, {**kind, "extra_http_headers": JAPANESE}):
        yield Hand(page, has_touch=request.param == "phone")


def to_checkout(hana, site, shirt):
    """From the product to the page that asks who buys."""
    page = hana.page
    page.goto(f"{site}{shirt.product.get_absolute_url()}")
    hana.follow("Buy")
    page.locator("dialog.sheet:modal").wait_for()
    hana.press("Buy for", within=page.locator("dialog.sheet:modal"))
    page.wait_for_url("**/checkout/**")
    hana.look("main")


def to_voucher(hana, site, shirt):
    """From the product to the page of the voucher."""
    page = hana.page
    to_checkout(hana, site, shirt)
    hana.write(**WHO)
    page.get_by_text(f"{FILLED} 京都府 京都市中京区 恵比須町").wait_for()
    hana.write(line1="恵比須町 0-27")
    hana.press("Continue to payment")
    page.wait_for_url("**/c/pay/**")
    hana.look("form:has(button[value=konbini])")
    hana.press("Get a payment code")
    page.wait_for_url(f"{site}/o/**")
    life.hear()
    page.wait_for_url("**/konbini**")
    return Payment.objects.get()


def comes_back(hana):
    """He looks at the page again: it goes to the order at once, and no reload is
    needed, which would race it.
    """
    hana.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_six_fields_lead_to_the_voucher_and_one_press_copies_its_code(
    site_in_japan, shirt, hana, look
):
    payment = to_voucher(hana, site_in_japan, shirt)

    assert hana.fields <= MOST_FIELDS
    address = payment.order.address
    assert (address.postal_code, address.region) == ("604-8005", "京都府")
    assert (address.city, address.line1) == ("京都市中京区", "恵比須町 0-27")
    look(hana.page, "j4-1-voucher")
    taps = hana.taps
    hana.press("Copy: Payment code")
    hana.page.get_by_text("Copied").first.wait_for()
    assert hana.taps - taps == 1
    code = payment.voucher.stores["familymart"]["payment_code"]
    assert hana.page.locator("#familymart-code").input_value() == code


def test_the_postcode_fills_in_what_nobody_wrote_and_nothing_else(
    site_in_japan, shirt, hana, look
):
    page = hana.page
    to_checkout(hana, site_in_japan, shirt)

    def written():
        return {
            name: page.locator(f"[name={name}]").first.input_value() for name in THERE
        }

    hana.write(city="京都市", postal_code="604-8005")
    page.get_by_text(f"{FILLED} 京都府 恵比須町").wait_for()
    assert written() == {**THERE, "city": "京都市"}
    look(page, "j4-0-filled-in")
    # A corrected postcode takes back what the first one gave.
    hana.write(postal_code="150-0001")
    page.get_by_text(f"{FILLED} 東京都 神宮前").wait_for()
    assert written() == {"region": "東京都", "city": "京都市", "line1": "神宮前"}
    hana.write(line1="神宮前1-2-3", postal_code="９９９９９９９")
    page.get_by_text(FILLED).wait_for(state="hidden")
    assert written() == {"region": "", "city": "京都市", "line1": "神宮前1-2-3"}


def test_without_an_answer_the_address_is_typed_as_anywhere(site_in_japan, shirt, hana):
    hana.page.route("**/postcodes/**", lambda route: route.abort())
    to_checkout(hana, site_in_japan, shirt)
    hana.write(**WHO, **THERE | {"line1": "恵比須町 0-27"})
    hana.press("Continue to payment")
    hana.page.wait_for_url("**/c/pay/**")

    assert Order.objects.get().address.city == THERE["city"]


def test_the_page_of_the_voucher_turns_into_the_paid_order_by_itself(
    site_in_japan, shirt, hana, look
):
    payment = to_voucher(hana, site_in_japan, shirt)
    sandbox_control.settle_voucher(payment.payment_intent_id)
    life.hear()

    hana.page.get_by_text("Thank you. One parcel is being prepared.").wait_for()
    look(hana.page, "j4-2-paid")
    assert Order.objects.get().status == OrderStatus.PAID


def test_time_ran_out_and_ordering_again_brings_the_bag_back(
    site_in_japan, shirt, hana, look
):
    payment = to_voucher(hana, site_in_japan, shirt)
    market.advance(timedelta(days=4))
    life.hear()
    comes_back(hana)
    hana.page.get_by_text("This order is cancelled").wait_for()
    look(hana.page, "j4-3-ran-out")
    hana.press("Order again")
    hana.page.wait_for_url("**/cart**")

    assert hana.page.get_by_text(shirt.product.title).first.is_visible()
    assert CartLine.objects.get(cart__closed_at=None).variant == shirt
    payment.order.refresh_from_db()
    assert payment.order.status == OrderStatus.CANCELLED


def test_another_way_to_pay_makes_the_voucher_void_and_keeps_the_bag(
    site_in_japan, shirt, hana
):
    to_voucher(hana, site_in_japan, shirt)
    hana.press("Pay another way")
    hana.page.wait_for_url("**/checkout/**")
    assert hana.page.locator("[name=city]").first.input_value() == THERE["city"]
    assert Order.objects.get().status == OrderStatus.CANCELLED


def test_leaving_something_out_makes_the_voucher_void_and_gives_a_new_one(
    site_in_japan, shirt, hana, look
):
    page, site = hana.page, site_in_japan
    mug = market.variant(shirt.product.shop, price_amount=3_000, stock=4)
    Product.objects.filter(pk=mug.product_id).update(title="Tea mug")
    page.goto(f"{site}{mug.product.get_absolute_url()}")
    hana.press("Add to bag")
    page.wait_for_url("**/cart**")
    first = to_voucher(hana, site, shirt)
    assert first.amount == 17_490
    shirt.refresh_from_db()
    mug.refresh_from_db()
    assert (shirt.reserved, mug.reserved) == (1, 1)

    hana.press("Change the bag")
    page.wait_for_url("**/cart**")
    first.refresh_from_db()
    first.order.refresh_from_db()
    assert (first.status, first.order.status) == ("expired", OrderStatus.CANCELLED)
    mug.refresh_from_db()
    assert mug.reserved == 0
    hana.press("Remove Tea mug")
    page.get_by_text("14,190").locator("visible=true").first.wait_for()
    look(page, "j4-5-changed-bag")
    hana.follow("Go to payment")
    page.wait_for_url("**/checkout/**")
    assert page.locator("[name=city]").first.input_value() == THERE["city"]
    hana.press("Continue to payment")
    page.wait_for_url("**/c/pay/**")
    hana.press("Get a payment code")
    page.wait_for_url(f"{site}/o/**")
    life.hear()
    page.wait_for_url("**/konbini**")

    second = Payment.objects.exclude(pk=first.pk).get()
    assert (second.status, second.amount) == ("awaiting_cash", 14_190)
    assert page.get_by_text("14,190").first.is_visible()
    shirt.refresh_from_db()
    mug.refresh_from_db()
    assert (shirt.reserved, mug.reserved) == (1, 0)
    # The codes of the first voucher take no money any more.
    with pytest.raises(gateway.GatewayError, match="no voucher waits"):
        sandbox_control.settle_voucher(first.payment_intent_id)
    assert Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT).count() == 1


def test_paid_after_it_was_given_up_the_money_goes_back_by_the_buyers_bank(
    site_in_japan, shirt, hana, look
):
    payment = to_voucher(hana, site_in_japan, shirt)
    checkout.cancel(order_id=payment.order_id, at=clock.now(), by_buyer=True)
    comes_back(hana)
    hana.page.get_by_text("This order is cancelled").wait_for()
    for number in range(3):
        other = market.buyer(country="JP", email=f"other{number}@example.com")
        market.buy(market.cart((shirt, 2 if number < 2 else 1)), other)
    market.buy(
        market.cart((shirt, 1)), market.buyer(country="JP", email="last@example.com")
    )

    sandbox_control.settle_voucher(payment.payment_intent_id)
    life.hear()
    life.hear()

    payment.order.refresh_from_db()
    assert payment.order.status == OrderStatus.REFUNDED
    refund = payment.order.refunds.get()
    assert refund.status == RefundStatus.WAITS_FOR_BUYER
    hana.page.reload()
    hana.page.get_by_text("This order is over").wait_for()
    look(hana.page, "j4-4-goes-back")
    assert hana.page.get_by_text("bank").first.is_visible()
