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


def test_returning_it_for_a_reason_is_the_second_choice_with_its_own_page(
    site, order, thumb, work, look
):
    link = link_of(order)
    thumb.page.goto(site + link)
    first = thumb.page.get_by_role("link", name="Withdraw from contract here")
    second = thumb.page.get_by_role("link", name="Return it for another reason")
    assert first.bounding_box()["y"] < second.bounding_box()["y"]
    thumb.tap(second)
    thumb.page.wait_for_url("**/return")
    look(thumb.page, "j11-4-return")
    thumb.page.locator("[name=reason]").first.select_option(index=1)
    thumb.press("Ask for the return")
    thumb.page.wait_for_url(f"**{link}")
    work()

    assert thumb.taps <= MOST_TAPS
    assert Return.objects.get().kind == "return"


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
