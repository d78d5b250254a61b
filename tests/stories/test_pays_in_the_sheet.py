"""A returning buyer: from the tag in a post to a paid order in four presses and without
a field, the page under the sheet never left; and each way in which it turns out otherwise.
"""

import pytest

from marketplace import gateway
from marketplace.demo import life
from marketplace.kit import clock
from orders.models import CartLine, Companion, Order, OrderStatus
from sellers.models import Variant
from sellers.services import stock
from tests.factories import market
from tests.factories import sellers as make_sellers
from tests.stories.conftest import PHONE, sign_in
from tests.stories.hand import Hand

pytestmark = [
    pytest.mark.browser,
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
]
ASKS_THE_BANK = "4000002500003155"
SHEET = "dialog.sheet:modal"
MOST_TAPS = 4


@pytest.fixture
def maja(site, post):
    return make_sellers.user(name="Maja Nyström")


def arrive(hand, site, post, user):
    sign_in(hand.page, site, user)
    hand.page.goto(f"{site}{post.get_absolute_url()}")


def open_sheet(hand, size="S"):
    """Press the tag and the size."""
    hand.follow("1, Linen shirt")
    hand.page.locator(SHEET).wait_for()
    hand.choose(size)


def pay(hand, amount="€24.90"):
    hand.press(f"Buy now, pay {amount}", within=hand.page.locator(SHEET))


def newest():
    return Order.objects.order_by("-pk")[:1].get()


def test_a_returning_buyer_pays_with_four_presses_and_types_nothing(
    site, post, maja, keep_card, hand, work, look
):
    keep_card(maja)
    mug = market.variant(post.tags.get().product.shop, price_amount=900).product
    Companion.objects.create(product=post.tags.get().product, other=mug, buyers=3)
    page, name = hand.page, "phone" if hand.has_touch else "desk"
    arrive(hand, site, post, maja)
    page.evaluate("window.same = true")

    open_sheet(hand)
    sheet = page.locator(SHEET)
    for said in ("Kungsgatan 31", "Visa 4242", "Returns", "Trader BV", "VAT in it"):
        assert sheet.get_by_text(said).first.is_visible(), said
    box = sheet.get_by_role("button", name="Buy now, pay €24.90").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= page.viewport_size["height"]
    hand.look(SHEET)
    look(page, f"j1-{name}-1-sheet")
    pay(hand)
    sheet.get_by_text("waiting for the bank").wait_for()
    work()
    sheet.get_by_text("Thank you, Linen shirt is yours").wait_for()
    look(page, f"j1-{name}-2-paid")

    assert (hand.taps, hand.fields) == (3, 0)
    assert hand.taps <= MOST_TAPS
    order = newest()
    assert (order.status, order.total_amount) == (OrderStatus.PAID, 2490)
    assert sheet.get_by_text(order.public_id).is_visible()
    assert sheet.get_by_role("button", name="Follow @").is_visible()
    assert sheet.get_by_role("button", name="Share").is_visible()
    assert sheet.get_by_role("link", name=f"Buy {mug.title}").is_visible()
    assert page.evaluate("window.same") is True
    hand.follow("Back to the page")
    page.wait_for_function(f"!document.querySelector({SHEET!r})")
    page.wait_for_function("!location.search.includes('buy=')")
    assert page.evaluate("window.same") is True


def test_a_price_that_changed_is_shown_and_the_next_press_pays_it(
    site, post, maja, keep_card, thumb, work, look
):
    keep_card(maja)
    arrive(thumb, site, post, maja)
    open_sheet(thumb)
    Variant.objects.filter(options={"Size": "S"}).update(price_amount=2095)

    pay(thumb)
    sheet = thumb.page.locator(SHEET)
    sheet.get_by_text("The total is now €25.90, it was €24.90.").wait_for()
    look(thumb.page, "j1-price-changed")
    assert Order.objects.filter(user=maja).count() == 1
    pay(thumb, "€25.90")
    sheet.get_by_text("waiting for the bank").wait_for()
    work()
    sheet.get_by_text("is yours").wait_for()

    assert thumb.taps == MOST_TAPS
    assert newest().total_amount == 2590


def test_a_size_sold_while_the_sheet_is_open_leaves_the_others_to_choose(
    site, post, maja, keep_card, thumb
):
    keep_card(maja)
    arrive(thumb, site, post, maja)
    open_sheet(thumb)
    small = Variant.objects.get(options={"Size": "S"})
    stock.correct(variant=small, on_hand=0, at=clock.now())

    pay(thumb)
    sheet = thumb.page.locator(SHEET)
    sheet.get_by_text("The others can still be had").wait_for()
    assert sheet.locator(f"input[value={small.public_id}]").is_disabled()
    assert sheet.get_by_role("button", name="Buy now, pay €26.90").is_visible()
    assert Order.objects.filter(user=maja).count() == 1


def test_the_bank_asks_and_leads_back_to_the_sheet_over_the_same_post(
    site, post, maja, keep_card, thumb, look
):
    keep_card(maja, ASKS_THE_BANK)
    arrive(thumb, site, post, maja)
    open_sheet(thumb)
    pay(thumb)
    thumb.page.wait_for_url("**/3ds/**")
    thumb.press("Complete")

    thumb.page.wait_for_url(f"**{post.get_absolute_url()}?*buy=*")
    thumb.page.locator(SHEET).wait_for()
    life.hear()
    thumb.page.locator(SHEET).get_by_text("is yours").wait_for()
    look(thumb.page, "j1-back-from-the-bank")
    assert thumb.taps == MOST_TAPS
    assert newest().status == OrderStatus.PAID


def test_who_does_not_confirm_reads_it_in_the_sheet_and_nothing_is_lost(
    site, post, maja, keep_card, thumb, look
):
    keep_card(maja, ASKS_THE_BANK)
    arrive(thumb, site, post, maja)
    open_sheet(thumb)
    pay(thumb)
    thumb.page.wait_for_url("**/3ds/**")
    thumb.press("Fail")
    thumb.page.wait_for_url(f"**{post.get_absolute_url()}?*buy=*")
    life.hear()

    sheet = thumb.page.locator(SHEET)
    sheet.get_by_text("The payment was not confirmed with your bank.").wait_for()
    look(thumb.page, "j1-not-confirmed")
    assert sheet.get_by_role("button", name="Buy now").is_visible()
    assert newest().status == OrderStatus.AWAITING_PAYMENT


def test_a_declined_card_says_why_and_another_way_pays(
    site, post, maja, keep_card, thumb, look
):
    card = keep_card(maja)
    arrive(thumb, site, post, maja)
    open_sheet(thumb)
    gateway.remove_card(card_id=card.card_id)

    pay(thumb)
    sheet = thumb.page.locator(SHEET)
    sheet.get_by_text("Nothing was charged and your bag is kept").wait_for()
    look(thumb.page, "j1-declined")
    thumb.choose("S")
    thumb.press("Change how you pay", within=sheet)
    thumb.page.wait_for_url("**/checkout/**")
    thumb.press("Pay another way")
    thumb.page.wait_for_url("**/c/pay/**")
    assert newest().total_amount == 2490


def test_the_bag_of_two_sellers_waits_while_the_sheet_buys_its_own_thing(
    site, post, maja, keep_card, thumb, work
):
    keep_card(maja)
    page = thumb.page
    arrive(thumb, site, post, maja)
    for _ in range(2):
        other = market.variant(market.shop(), price_amount=1500)
        page.goto(f"{site}{other.product.get_absolute_url()}")
        page.get_by_role("button", name="Add to bag").locator("visible=true").tap()
        page.wait_for_url("**/cart**")
    page.goto(f"{site}{post.get_absolute_url()}")
    open_sheet(thumb)
    pay(thumb)
    page.locator(SHEET).get_by_text("waiting for the bank").wait_for()
    work()
    page.locator(SHEET).get_by_text("is yours").wait_for()

    assert newest().seller_orders.count() == 1
    assert CartLine.objects.filter(cart__closed_at=None).count() == 2


def test_without_scripts_the_saved_card_pays_in_the_sheet_as_well(
    site, post, maja, keep_card, browser, work
):
    keep_card(maja)
    context = browser.new_context(**PHONE, java_script_enabled=False)
    page = context.new_page()
    try:
        sign_in(page, site, maja)
        page.goto(f"{site}{post.get_absolute_url()}")
        page.get_by_role("link", name="Buy Linen shirt").tap()
        hand = Hand(page, has_touch=True)
        hand.choose("S")
        hand.press("Buy now")
        page.wait_for_url("**bought=**")
        work()
        page.reload()
        assert page.get_by_text("Thank you, Linen shirt is yours").is_visible()
        assert newest().status == OrderStatus.PAID
        page.get_by_role("link", name="Close").tap()
        page.wait_for_url(lambda url: "buy=" not in url)
    finally:
        context.close()


def test_back_closes_the_sheet_after_the_purchase_and_forward_finds_it_paid(
    site, post, maja, keep_card, thumb, work
):
    keep_card(maja)
    arrive(thumb, site, post, maja)
    open_sheet(thumb)
    pay(thumb)
    sheet = thumb.page.locator(SHEET)
    sheet.get_by_text("waiting for the bank").wait_for()
    work()
    sheet.get_by_text("is yours").wait_for()

    thumb.page.go_back()
    thumb.page.wait_for_function(f"!document.querySelector({SHEET!r})")
    thumb.page.go_forward()
    sheet.get_by_text("is yours").wait_for()
    assert Order.objects.filter(user=maja).count() == 2
