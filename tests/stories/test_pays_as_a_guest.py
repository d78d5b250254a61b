"""A guest who comes by a link in Instagram: from the tag to the paid order with nine
fields on our page and Stripe's together, without an account; and what may go wrong.
"""

import re

import pytest
from django.core import mail

from marketplace.accounts.models import User
from marketplace.demo import life
from orders.models import Order, OrderStatus
from tests.factories import market
from tests.stories.conftest import DESK, DUTCH, PHONE, opened
from tests.stories.hand import Hand

pytestmark = [
    pytest.mark.browser,
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
]
INSTAGRAM = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/22B83 Instagram 356.0.0.29.77 (iPhone15,2; iOS 18_1)"
)
SHEET = "dialog.sheet:modal"
MOST_TAPS, MOST_FIELDS = 4, 9
WHO = {
    "email": "maja@example.com",
    "name": "Maja van den Broek",
    "line1": "Lange Nieuwstraat 118",
    "postal_code": "3512 PN",
    "city": "Utrecht",
}
CARD = {"card_number": "4242424242424242", "expiry": "12 / 34", "cvc": "123"}


@pytest.fixture
def guest(browser):
    """The hand of somebody who reads in Instagram's own browser."""
    options = {**PHONE, "extra_http_headers": DUTCH, "user_agent": INSTAGRAM}
    for page in opened(browser, options):
        yield Hand(page, has_touch=True)


@pytest.fixture(params=["phone", "desk"])
def reader(request, browser):
    """The hand of somebody who reads in Instagram on a phone, and of one at a desk."""
    phone = {**PHONE, "user_agent": INSTAGRAM}
    kind = phone if request.param == "phone" else DESK
    for page in opened(browser, {**kind, "extra_http_headers": DUTCH}):
        yield Hand(page, has_touch=request.param == "phone")


def arrive(guest, site, post):
    """From the size by the tag to the checkout."""
    guest.page.goto(f"{site}{post.get_absolute_url()}")
    guest.follow("Linen shirt, S", exact=True)
    buy(guest)


def buy(guest):
    """Press the sheet's button, which names the size that was chosen and its sum."""
    sheet = guest.page.locator(SHEET)
    sheet.get_by_role("button", name="Buy for €24.90").wait_for()
    assert guest.page.get_by_role("radio", name="S", exact=True).is_checked()
    guest.press("Buy for €24.90", within=sheet)
    guest.page.wait_for_url("**/checkout/**")


def to_stripe(guest, **typed):
    guest.look("main")
    guest.write(**{**WHO, **typed})
    guest.press("Continue to payment")
    guest.page.wait_for_url("**/c/pay/**")


def pay(guest, **card):
    guest.look("form:has([name=card_number])")
    guest.write(**{**CARD, **card})
    guest.press("Pay")


def paid(work):
    """Hear of the payment, and do what it promised."""
    order = Order.objects.get()
    life.hear()
    work()
    order.refresh_from_db()
    return order


def test_a_guest_pays_with_nine_fields_and_is_offered_an_account_only_then(
    site, post, reader, work, look
):
    guest, page = reader, reader.page
    where = "phone" if guest.has_touch else "desk"
    arrive(guest, site, post)
    assert page.locator("[name=country]").input_value() == "NL"
    assert page.get_by_role("link", name="Sign in").count() == 0
    look(page, f"j2-{where}-1-checkout")
    to_stripe(guest)
    look(page, f"j2-{where}-2-stripe")
    pay(guest)
    page.wait_for_url(f"{site}/o/**")
    order = paid(work)
    page.get_by_text("Thank you. One parcel is being prepared.").wait_for()
    look(page, f"j2-{where}-3-paid")

    # The size by its tag, Buy, Continue, and Stripe's own button.
    assert guest.taps == MOST_TAPS
    assert guest.fields <= MOST_FIELDS
    assert (order.status, order.total_amount, order.user) == (
        OrderStatus.PAID,
        2490,
        None,
    )
    assert page.get_by_role("link", name="Bag", exact=True).is_visible()
    assert page.get_by_role("button", name="Save for next time").is_visible()
    assert page.get_by_role("link", name="Back to where you were").is_visible()


def test_a_thing_of_one_size_is_paid_for_with_four_presses_stripes_among_them(
    site, post, guest, work
):
    mug = market.variant(post.tags.get().product.shop, price_amount=1500)
    guest.page.goto(f"{site}{mug.product.get_absolute_url()}")
    guest.follow("Buy")
    guest.page.locator(SHEET).wait_for()
    guest.press("Buy for €19.95", within=guest.page.locator(SHEET))
    guest.page.wait_for_url("**/checkout/**")
    to_stripe(guest)
    pay(guest)
    guest.page.wait_for_url(f"{site}/o/**")

    assert paid(work).status == OrderStatus.PAID
    assert guest.taps <= MOST_TAPS
    assert guest.fields <= MOST_FIELDS


def test_a_size_that_is_sold_out_cannot_be_pressed_and_the_photo_chooses_none(
    site, post, guest
):
    guest.page.goto(f"{site}{post.get_absolute_url()}")
    named = guest.page.get_by_role("link", name="Linen shirt, ")
    assert [one.inner_text() for one in named.all()] == ["S", "M"]
    assert guest.page.get_by_text("L, sold out").count() == 1
    guest.follow("1, Linen shirt")
    guest.page.locator(SHEET).get_by_role("button", name="Buy", exact=True).wait_for()
    assert guest.page.locator(f"{SHEET} [name=variant]:checked").count() == 0
    guest.choose("S")
    buy(guest)
    guest.look("main")
    assert guest.taps == 3


def test_saving_it_for_next_time_is_one_press_and_the_code_of_the_mail(
    site, post, guest, work, look
):
    arrive(guest, site, post)
    to_stripe(guest)
    pay(guest)
    guest.page.wait_for_url(f"{site}/o/**")
    order = paid(work)
    guest.page.get_by_text("Thank you. One parcel").wait_for()
    mail.outbox.clear()

    guest.press("Save for next time")
    guest.page.wait_for_url("**/login/code/confirm/**")
    look(guest.page, "j2-4-code")
    code = re.search(r"^(\w{4}-\w{4})$", mail.outbox[-1].body, re.MULTILINE)
    assert code is not None, mail.outbox[-1].body
    guest.page.locator("[name=code]").fill(code[1])
    guest.page.get_by_role("button", name="Continue", exact=True).tap()
    guest.page.wait_for_url(f"**/account/orders/{order.public_id}")

    order.refresh_from_db()
    assert order.user == User.objects.get(email="maja@example.com")
    assert (order.user.name, order.user.has_usable_password()) == (
        "Maja van den Broek",
        False,
    )


def test_a_declined_card_is_named_where_it_was_typed_and_another_pays(
    site, post, reader, work
):
    guest = reader
    arrive(guest, site, post)
    to_stripe(guest)
    pay(guest, card_number="4000000000000002")
    guest.page.get_by_text("declined").first.wait_for()
    assert Order.objects.get().status == OrderStatus.AWAITING_PAYMENT
    pay(guest)
    guest.page.wait_for_url(f"{site}/o/**")
    assert paid(work).status == OrderStatus.PAID


def test_who_comes_back_from_stripe_finds_his_order_kept_and_goes_on(
    site, post, reader, work, look
):
    guest = reader
    arrive(guest, site, post)
    to_stripe(guest)
    guest.follow("Back", exact=True)
    guest.page.wait_for_url(f"{site}/o/**")
    guest.page.get_by_text("Not paid yet").wait_for()
    look(guest.page, "j2-5-back")
    guest.press("Continue paying")
    guest.page.wait_for_url("**/c/pay/**")
    pay(guest)
    guest.page.wait_for_url(f"{site}/o/**")
    assert paid(work).status == OrderStatus.PAID


def test_a_mistake_is_named_and_all_that_was_typed_is_kept(site, post, guest, look):
    arrive(guest, site, post)
    guest.write(**{**WHO, "postal_code": "12"})
    guest.press("Continue to payment")
    guest.page.get_by_text("A postcode looks like 1234 AB.").first.wait_for()
    look(guest.page, "j2-6-mistake")
    for name in ("email", "name", "line1", "city"):
        assert guest.page.locator(f"[name={name}]").input_value() == WHO[name]
    assert Order.objects.count() == 0


def test_full_width_digits_are_read_as_digits(site, post, guest):
    arrive(guest, site, post)
    to_stripe(guest, postal_code="３５１２ PN")
    assert Order.objects.get().address.postal_code == "3512 PN"


def test_enter_that_ends_a_composition_sends_nothing(site, post, guest):
    arrive(guest, site, post)
    sent = guest.page.evaluate(
        """() => {
            const field = document.querySelector("[name=name]");
            const press = (more) => field.dispatchEvent(new KeyboardEvent("keydown",
                {key: "Enter", bubbles: true, cancelable: true, ...more}));
            return [press({isComposing: true}), press({keyCode: 229}), press({})];
        }"""
    )
    assert sent == [False, False, True]


def test_a_form_sent_twice_is_one_order_and_one_page_to_pay(site, post, guest, browser):
    arrive(guest, site, post)
    guest.write(**WHO)
    answers = guest.page.evaluate(
        """async () => {
            const form = document.getElementById("checkout");
            const body = new URLSearchParams(new FormData(form));
            const send = () => fetch(form.action, {method: "POST", body, redirect: "manual"});
            const both = await Promise.all([send(), send()]);
            return both.map((one) => one.type);
        }"""
    )
    assert answers == ["opaqueredirect", "opaqueredirect"]
    assert Order.objects.count() == 1
    assert Order.objects.get().payments.count() == 1


def test_without_scripts_the_sheet_and_the_checkout_sell_as_well(
    site, post, browser, work
):
    context = browser.new_context(**PHONE, java_script_enabled=False)
    context.add_cookies([{"name": "country", "value": "NL", "url": site}])
    hand = Hand(context.new_page(), has_touch=True)
    try:
        hand.page.goto(f"{site}{post.get_absolute_url()}")
        hand.follow("Buy Linen shirt")
        hand.choose("S")
        hand.press("Buy", within=hand.page.locator("dialog.sheet"))
        hand.page.wait_for_url("**/checkout/**")
        to_stripe(hand)
        pay(hand)
        hand.page.wait_for_url(f"{site}/o/**")
        assert paid(work).status == OrderStatus.PAID
        hand.page.reload()
        assert hand.page.get_by_text("Thank you. One parcel").is_visible()
    finally:
        context.close()
