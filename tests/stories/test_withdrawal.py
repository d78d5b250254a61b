"""A guest withdraws on a phone: from the order's link to the receipt in three taps and
no field.
"""

import pytest
from django.core import mail
from django.urls import reverse

from marketplace.kit import clock
from orders.models import Return
from orders.services import links
from tests.factories import market

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_guest_withdraws_by_the_link_of_the_order(site, phone, work, look):
    market.set_taxes()
    market.take_in_topups()
    shop = market.shop()
    shirt = market.variant(shop, price_amount=1995)
    order = market.buy(market.cart((shirt, 2, market.creator(shop))))
    market.ship(order)
    work()
    mail.outbox.clear()
    token = links.make(order=order, at=clock.now())

    phone.goto(site + reverse("orders:order", args=[token]))
    look(phone, "21-order-delivered")
    phone.get_by_role("link", name="Withdraw from contract here").tap()
    phone.wait_for_url("**/withdraw")
    assert phone.get_by_text("€44.85").is_visible()
    phone.get_by_role("button", name="One fewer").tap()
    phone.get_by_text("€19.95").wait_for()
    look(phone, "22-withdraw")
    assert phone.locator("form[method=post] input:visible").count() == 1
    phone.get_by_role("button", name="Confirm withdrawal").tap()
    phone.wait_for_url("**" + reverse("orders:order", args=[token]))
    assert phone.get_by_text("You withdrew on").is_visible()
    look(phone, "23-withdrawn")
    work()

    parcel = Return.objects.get()
    assert (parcel.kind, parcel.lines.get().quantity) == ("withdrawal", 1)
    receipts = [message for message in mail.outbox if message.to == [order.email]]
    assert [message.subject for message in receipts] == [
        f"Receipt: you withdrew, order {order.public_id}"
    ]
    assert "1 ×" in receipts[0].body
