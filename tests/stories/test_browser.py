"""The whole outcome in a browser on a phone: seen on a creator's page, bought from two
sellers, paid, shipped, and paid out to the cent.
"""

from datetime import timedelta

import pytest

from creators.services import content
from marketplace.kit import clock
from orders.models import Order, OrderStatus
from payouts.models import Transfer, TransferStatus
from payouts.services import calendar
from sellers.models import Membership
from sellers.services import photos
from tests.factories import market
from tests.stories.conftest import picture, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def street(site):
    """Two shops, each with a thing that Nina shows in a post."""
    market.set_taxes()
    trader = market.shop(delivery_amount=495)
    private = market.shop(is_business=False, delivery_amount=650)
    shirt = market.variant(trader, price_amount=1995)
    mug = market.variant(private, price_amount=2450)
    for variant, title, colour in (
        (shirt, "Linen shirt", "#c9b79c"),
        (mug, "Stoneware mug", "#8a5a44"),
    ):
        product = variant.product
        product.photos.all().delete()
        photos.add_photo(product=product, file=picture(colour), alt=title)
        type(product).objects.filter(pk=product.pk).update(title=title)
    nina = market.creator(trader, private)
    post = content.publish_post(
        creator=nina,
        picture=picture("#d8cfc0"),
        caption="A quiet morning table.",
        alt="A table with a mug and a shirt over a chair",
        tags=[(shirt.product, 300, 400), (mug.product, 700, 600)],
        at=clock.now(),
    )
    return nina, post, shirt, mug


def to_the_netherlands(page):
    """Choose the country in the bag; the prices of delivery follow at once."""
    page.locator("#id_country").select_option("NL")
    page.wait_for_url("**country=NL**")


def type_address(page):
    """Fill in the checkout's form as a guest in Utrecht."""
    page.get_by_label("E-mail").fill("maja@example.com")
    page.get_by_label("Full name").fill("Maja van den Broek")
    page.get_by_label("Street and number").fill("Lange Nieuwstraat 118")
    page.get_by_label("Postcode").fill("3512 PN")
    page.get_by_label("City").fill("Utrecht")


def pay_with(page, number):
    """Type a card on the payment page and press pay."""
    page.locator("[name=card_number]").fill(number)
    page.locator("[name=expiry]").fill("12 / 34")
    page.locator("[name=cvc]").fill("123")
    page.get_by_role("button", name="Pay").tap()


def test_a_tagged_product_is_bought_on_a_phone_shipped_and_paid_out(
    site, street, phone, work, look, settings
):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    nina, post, _shirt, _mug = street
    phone.goto(f"{site}/en/@{nina.handle}")
    look(phone, "01-creator")
    assert phone.get_by_text("earns commission").first.is_visible()

    phone.goto(site + post.get_absolute_url())
    look(phone, "02-post")
    phone.get_by_role("link", name="1, Linen shirt").tap()
    phone.get_by_role("link", name="Full details").tap()
    phone.wait_for_url("**/products/**")
    look(phone, "03-product")
    phone.get_by_role("button", name="Add to bag").locator("visible=true").tap()
    phone.wait_for_url("**/cart**")

    phone.goto(site + post.get_absolute_url())
    phone.get_by_role("link", name="Buy Stoneware mug").tap()
    phone.get_by_role("link", name="Full details").tap()
    phone.wait_for_url("**/products/**")
    phone.get_by_role("button", name="Add to bag").locator("visible=true").tap()
    phone.wait_for_url("**/cart**")
    to_the_netherlands(phone)
    look(phone, "04-cart")
    phone.get_by_role("link", name="Go to payment").locator("visible=true").tap()

    phone.wait_for_url("**/checkout/**")
    fields = phone.locator(
        "main input:not([type=hidden]):visible, main select:visible"
    ).count()
    assert fields <= 9
    type_address(phone)
    look(phone, "05-checkout")
    phone.get_by_role("button", name="Continue to payment").tap()

    phone.wait_for_url("**/c/pay/**")
    look(phone, "06-pay")
    pay_with(phone, "4242424242424242")
    phone.wait_for_url(f"{site}/**")
    order = Order.objects.get()
    for _ in range(40):
        work()
        order.refresh_from_db()
        if order.is_paid:
            break
        phone.wait_for_timeout(250)
    assert order.status == OrderStatus.PAID
    phone.wait_for_url("**/o/**")
    phone.reload()
    look(phone, "07-order")
    # 19.95 + 24.50 goods, 4.95 + 6.50 delivery.
    assert order.total_amount == 5590

    for part in order.seller_orders.select_related("shop"):
        owner = Membership.objects.get(shop=part.shop).user
        sign_in(phone, site, owner)
        phone.goto(f"{site}/sell/{part.shop.public_id}/orders")
        look(phone, f"08-orders-{part.pk}")
        phone.goto(f"{site}/sell/{part.shop.public_id}/orders/{part.public_id}")
        phone.get_by_label("Tracking number").fill("3SPOST123456")
        look(phone, f"09-ship-{part.pk}")
        with phone.expect_navigation():
            phone.get_by_role("button", name="Ship 1 item, tell the buyer").tap()
        part.refresh_from_db()
        assert part.status == OrderStatus.SHIPPED

    calendar.move_clock(by=timedelta(days=28), actor="test")
    sent = Transfer.objects.filter(status=TransferStatus.SENT)
    amounts = sorted(sent.values_list("kind", "amount"))
    # Shirt: base 16.49, platform 1.64, Nina 2.06. Mug: platform 2.45, Nina 3.06.
    assert amounts == [
        ("creator", 512),
        ("seller", 1995 - 164 - 206 + 495),
        ("seller", 2450 - 245 - 306 + 650),
    ]
    assert market.broken_invariants() == {
        name: [] for name in market.broken_invariants()
    }

    sign_in(phone, site, nina.user)
    phone.goto(f"{site}/create/earnings")
    look(phone, "10-earnings")
    assert phone.get_by_text("Paid").first.is_visible()
    phone.get_by_role("link", name="Linen shirt").first.tap()
    phone.wait_for_url("**/create/earnings/**")
    look(phone, "11-why")
    assert phone.get_by_text("€2.06").first.is_visible()


def test_a_declined_card_is_named_and_the_bag_is_kept(site, street, phone, work, look):
    _nina, _post, shirt, _mug = street
    phone.goto(f"{site}/en/products/{shirt.product.public_id}-x")
    phone.get_by_role("button", name="Add to bag").locator("visible=true").tap()
    phone.wait_for_url("**/cart**")
    to_the_netherlands(phone)
    phone.get_by_role("link", name="Go to payment").locator("visible=true").tap()
    type_address(phone)
    phone.get_by_role("button", name="Continue to payment").tap()
    phone.wait_for_url("**/c/pay/**")
    pay_with(phone, "4000000000000002")
    phone.get_by_text("declined").first.wait_for()
    look(phone, "12-declined")
    phone.goto(f"{site}/cart")
    assert phone.get_by_text("Linen shirt").first.is_visible()
    order = Order.objects.get()
    assert order.status == OrderStatus.AWAITING_PAYMENT
