"""A guest undoes a purchase on a phone, by the link of the order and without asking
anyone: withdraws from all or part of it in three presses, or sends it back for a reason.
"""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from marketplace.kit import clock
from marketplace.kit.templatetags import formats
from orders.models import Return
from orders.services import links
from sellers.models import Product
from tests.factories import market

pytestmark = [
    pytest.mark.browser,
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
]
MOST_TAPS, MOST_FIELDS = 3, 2


@pytest.fixture
def order(site, work):
    """Two shirts that have arrived."""
    market.set_taxes()
    market.take_in_topups()
    shop = market.shop()
    shirt = market.variant(shop, price_amount=1995)
    bought = market.buy(market.cart((shirt, 2, market.creator(shop))))
    market.ship(bought)
    work()
    mail.outbox.clear()
    return bought


def link_of(order):
    return reverse("orders:order", args=[links.make(order=order, at=clock.now())])


def receipts(order):
    return [message for message in mail.outbox if message.to == [order.email]]


def test_a_guest_withdraws_from_part_of_it_with_three_presses_and_one_field(
    site, order, hand, work, look
):
    link, page = link_of(order), hand.page
    name = "phone" if hand.has_touch else "desk"
    page.goto(site + link)
    look(page, f"j11-{name}-1-delivered")
    hand.follow("Withdraw from contract here")
    page.wait_for_url("**/withdraw")
    assert page.get_by_text("€44.85").is_visible()
    hand.look("main")
    hand.press("One fewer")
    page.get_by_text("€19.95").wait_for()
    look(page, f"j11-{name}-2-withdraw")
    hand.press("Confirm withdrawal")
    page.wait_for_url(f"**{link}")
    assert page.get_by_text("You withdrew on").is_visible()
    look(page, f"j11-{name}-3-withdrawn")
    work()

    assert hand.taps <= MOST_TAPS
    assert hand.fields == 1
    parcel = Return.objects.get()
    assert (parcel.kind, parcel.lines.get().quantity) == ("withdrawal", 1)
    [receipt] = receipts(order)
    assert receipt.subject == f"Receipt: you withdrew, order {order.public_id}"
    assert "1 ×" in receipt.body
    assert str(clock.now().year) in receipt.body


def test_withdrawing_from_all_of_it_is_two_presses_and_the_date_is_named(
    site, order, thumb, work
):
    thumb.page.goto(site + link_of(order))
    thumb.follow("Withdraw from contract here")
    thumb.page.wait_for_url("**/withdraw")
    for said in ("Maja Nyström", order.public_id, "€44.85"):
        assert thumb.page.get_by_text(said).first.is_visible(), said
    thumb.look("main")
    thumb.press("Confirm withdrawal")
    thumb.page.get_by_text("You withdrew on").wait_for()
    work()

    assert thumb.taps == 2
    assert thumb.fields <= MOST_FIELDS
    assert Return.objects.get().lines.get().quantity == 2
    assert len(receipts(order)) == 1


def test_returning_it_for_a_reason_takes_three_presses_and_two_fields(
    site, order, hand, work, look
):
    link, page = link_of(order), hand.page
    name = "phone" if hand.has_touch else "desk"
    page.goto(site + link)
    first = page.get_by_role("link", name="Withdraw from contract here")
    second = page.get_by_role("link", name="Return it for another reason")
    assert first.bounding_box()["y"] < second.bounding_box()["y"]
    hand.tap(second)
    page.wait_for_url("**/return")
    assert page.locator("[name=note]").is_hidden()
    hand.choose("It is damaged or does not work")
    look(page, f"j11-{name}-4-return")
    hand.look("main")
    page.locator("[name=note]").fill("A seam is open.")
    hand.press("Ask for the return")
    page.wait_for_url(f"**{link}")
    work()

    # How many of the two, and what is the matter in words.
    assert (hand.taps, hand.fields) == (MOST_TAPS, MOST_FIELDS)
    parcel = Return.objects.get()
    assert (parcel.kind, parcel.lines.get().quantity) == ("return", 2)
    assert parcel.note == "It is damaged or does not work. A seam is open."


def test_another_reason_wants_words_and_keeps_what_was_chosen(site, order, thumb):
    thumb.page.goto(site + link_of(order))
    thumb.follow("Return it for another reason")
    thumb.page.wait_for_url("**/return")
    thumb.choose("It came too late")
    assert thumb.page.locator("[name=note]").is_hidden()
    thumb.choose("Something else")
    thumb.press("One fewer")
    thumb.press("Ask for the return")
    thumb.page.get_by_text("Say in a few words").first.wait_for()
    assert thumb.page.get_by_role("radio", name="Something else").is_checked()
    assert thumb.page.locator("[name^=units-]").input_value() == "1"
    assert Return.objects.count() == 0
    thumb.write(note="Two came for one.")
    thumb.press("Ask for the return")
    thumb.page.get_by_text("Your return is noted").first.wait_for()
    assert Return.objects.get().note == "Something else. Two came for one."


def test_a_thing_made_to_measure_is_left_out_and_what_is_sealed_says_so(
    site, hand, work, look
):
    market.set_taxes()
    shop = market.shop()
    ring, soap, shirt = (market.variant(shop, price_amount=1995) for _n in range(3))
    for variant, exception in ((ring, "custom_made"), (soap, "sealed_hygiene")):
        Product.objects.filter(pk=variant.product_id).update(
            title=exception, withdrawal_exception=exception
        )
    bought = market.buy(market.cart((ring, 1), (soap, 1), (shirt, 1)))
    market.ship(bought)
    work()
    page, name = hand.page, "phone" if hand.has_touch else "desk"
    page.goto(f"{site}{ring.product.get_absolute_url()}?buy={ring.product.public_id}")
    sheet = page.locator("dialog.sheet:modal")
    assert sheet.get_by_text("Made to your own measure or wish").is_visible()
    look(page, f"j11-{name}-6-said-before")

    page.goto(site + link_of(bought))
    hand.follow("Withdraw from contract here")
    page.wait_for_url("**/withdraw")
    assert page.get_by_text("There is no right to withdraw from:").is_visible()
    assert page.get_by_text("Made to your own measure or wish").is_visible()
    assert page.get_by_text("while the seal is unbroken").is_visible()
    look(page, f"j11-{name}-7-left-out")
    hand.press("Confirm withdrawal")
    page.get_by_text("You withdrew on").wait_for()

    assert hand.taps <= MOST_TAPS
    lines = Return.objects.get().lines.values_list("line__variant", flat=True)
    assert set(lines) == {soap.pk, shirt.pk}


def test_after_the_period_the_page_says_what_is_still_possible(
    site, order, thumb, work, look
):
    market.advance(timedelta(days=40))
    part = order.seller_orders.get()
    link = link_of(order)
    token = link.rstrip("/").rsplit("/", 1)[1]
    thumb.page.goto(site + reverse("payouts:withdraw", args=[token, part.public_id]))
    assert thumb.page.get_by_text("You cannot withdraw from this any more").is_visible()
    assert thumb.page.get_by_text("What is still possible").is_visible()
    part.refresh_from_db()
    last = formats.write_day(part.delivered_at + timedelta(days=14))
    assert thumb.page.get_by_text(last).first.is_visible()
    assert thumb.page.get_by_text("If the goods are faulty").is_visible()
    look(thumb.page, "j11-5-too-late")
    assert Return.objects.count() == 0


def test_a_withdrawal_sent_twice_acts_once(site, order, thumb, work):
    thumb.page.goto(site + link_of(order))
    thumb.follow("Withdraw from contract here")
    thumb.page.wait_for_url("**/withdraw")
    thumb.page.evaluate(
        """async () => {
            const form = document.querySelector("form[method=post]");
            const body = new URLSearchParams(new FormData(form));
            const send = () => fetch(location.href, {method: "POST", body});
            await send();
            await send();
        }"""
    )
    work()
    assert Return.objects.count() == 1
    assert len(receipts(order)) == 1
