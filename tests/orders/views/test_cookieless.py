"""A browser that keeps no cookie: bag, checkout, return and order by signed addresses;
and a bag carried from an app's browser to the phone's own, once.
"""

import re
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Cart, CartLine, Order, OrderStatus, SavedAddress
from orders.services import carrying, links, returning
from payouts.services import settlement
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
INSTAGRAM = "Mozilla/5.0 (iPhone) AppleWebKit/605 Mobile/22B83 Instagram 356.0"
WHO = {
    "email": "maja@example.com",
    "name": "Maja van den Broek",
    "line1": "Lange Nieuwstraat 118",
    "postal_code": "3512 PN",
    "city": "Utrecht",
    "country": "NL",
}


class Forgetful:
    """A browser that sends no cookie, whatever it is given."""

    def __init__(self, **headers):
        self.headers = headers

    def _client(self):
        return Client(enforce_csrf_checks=True, headers=self.headers)

    def get(self, url, **more):
        return self._client().get(url, **more)

    def post(self, url, fields):
        return self._client().post(url, fields, headers={"Origin": "http://testserver"})


@pytest.fixture
def app():
    return Forgetful(**{"User-Agent": INSTAGRAM})


@pytest.fixture
def mug():
    return market.variant(market.shop(), price_amount=1995, stock=30)


def place(app, mug):
    """From the sheet to the payment page."""
    answer = app.post(
        reverse("buying:buy"), {"variant": mug.public_id, "country": "NL"}
    )
    assert "/checkout/" in answer["Location"]
    page = app.get(answer["Location"]).content.decode()
    shown = re.search(r'name="shown" value="(\w+)"', page)
    assert shown is not None
    answer = app.post(answer["Location"], {**WHO, "shown": shown[1]})
    assert "/c/pay/" in answer["Location"], answer.content.decode()
    return answer["Location"]


def settle(order):
    """Take in what was paid on the page."""
    settlement.refresh(payment_id=order.payments.get().pk, at=clock.now())
    jobs.drain()


def landing(order):
    return returning.path(order=order) + "&paid=1"


def test_the_way_back_from_payment_opens_the_order_that_was_paid(app, mug):
    sandbox_control.pay(page_url=place(app, mug))
    order = Order.objects.get()

    answer = app.get(landing(order))

    assert "/o/" in answer["Location"]
    assert "key=" in answer["Location"]
    settle(order)
    text = app.get(answer["Location"]).content.decode()
    assert "Thank you. One parcel is being prepared." in text
    assert "Save for next time" in text


@pytest.mark.parametrize("key", ["", "forged", None])
def test_without_the_key_nobody_learns_more_than_that_a_mail_comes(app, mug, key):
    place(app, mug)
    order = Order.objects.get()
    words = "" if key is None else f"?key={key}&paid=1"

    answer = app.get(reverse("orders:return", args=[order.public_id]) + words)

    assert "The link to your order comes by mail" in answer.content.decode()


def test_the_key_is_of_one_order_and_of_its_first_day(app, mug):
    place(app, mug)
    order = Order.objects.get()
    place(app, mug)
    other = Order.objects.exclude(pk=order.pk).get()
    key = returning.signer.signature(order.public_id)

    assert returning.opens(order=order, key=key, at=clock.now())
    assert not returning.opens(order=other, key=key, at=clock.now())
    late = order.placed_at + timedelta(days=1)
    assert not returning.opens(order=order, key=key, at=late)


def test_the_bag_has_an_address_and_is_changed_by_it(app, mug):
    answer = app.post(reverse("orders:cart-add"), {"variant": mug.public_id})
    assert "bag=" in answer["Location"]
    text = app.get(answer["Location"]).content.decode()
    assert mug.product.title in text
    action = re.search(r'action="(/cart/lines/[^"]+)"', text)
    assert action is not None

    answer = app.post(action[1].replace("&amp;", "&"), {"quantity": "2"})

    assert "bag=" in answer["Location"]
    assert CartLine.objects.get().quantity == 2
    assert app.get(reverse("orders:cart") + "?bag=forged").status_code == 200
    assert (
        mug.product.title
        not in app.get(reverse("orders:cart") + "?bag=forged").content.decode()
    )


def test_a_browser_with_a_bag_of_its_own_is_not_shown_that_of_an_address(client, mug):
    other = market.variant(market.shop(), price_amount=500)
    theirs = Forgetful().post(reverse("orders:cart-add"), {"variant": other.public_id})
    client.post(reverse("orders:cart-add"), {"variant": mug.public_id})

    text = client.get(theirs["Location"]).content.decode()

    assert "€19.95" in text
    assert "€5.00" not in text


def carry_url(app, order):
    token = links.make(order=order, at=clock.now())
    key = returning.signer.signature(order.public_id)
    address = reverse("orders:order", args=[token]) + f"?key={key}"
    text = app.get(address).content.decode()
    found = re.search(r'href="(/cart/carry/[^"]+)"', text)
    return found[1] if found else ""


def test_an_app_offers_the_way_out_and_another_browser_takes_the_bag_once(
    app, client, mug
):
    place(app, mug)
    order = Order.objects.get()
    url = carry_url(app, order)
    assert "Open it in your own browser" in app.get(url).content.decode()
    for said in WHO.values():
        assert said == "NL" or said not in app.get(url).content.decode()
    looked = client.get(url).content.decode()
    assert "Go on with this bag" in looked

    taken = client.post(url)

    assert "/checkout/" in taken["Location"]
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    page = client.get(taken["Location"]).content.decode()
    assert mug.product.title in page
    assert WHO["line1"] not in page
    again = client.post(url)
    assert again.status_code == 410
    assert "is over now" in again.content.decode()
    assert client.get(url).status_code == 410
    assert Cart.objects.filter(lines__variant=mug).count() == 2


def test_the_way_out_is_over_after_half_an_hour(app, client, mug, monkeypatch):
    place(app, mug)
    url = carry_url(app, Order.objects.get())
    later = time.time() + carrying.VALID_SECONDS + 1
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)

    assert client.post(url).status_code == 410
    assert Order.objects.get().status == OrderStatus.AWAITING_PAYMENT


def test_what_was_paid_meanwhile_is_not_carried(app, client, mug):
    page_url = place(app, mug)
    url = carry_url(app, Order.objects.get())
    sandbox_control.pay(page_url=page_url)

    answer = client.post(url)

    assert answer.status_code == 409
    assert CartLine.objects.count() == 1


def test_a_browser_that_is_no_app_is_offered_no_way_out(mug):
    plain = Forgetful()
    place(plain, mug)
    assert carry_url(plain, Order.objects.get()) == ""


def saved(app, mug):
    sandbox_control.pay(page_url=place(app, mug))
    order = Order.objects.get()
    back = app.get(landing(order))["Location"]
    settle(order)
    mail.outbox.clear()
    return order, app.post(back, {"action": "save"})


def test_a_guest_saves_his_order_with_one_press_and_a_code_of_the_mail(app, mug):
    order, answer = saved(app, mug)

    assert answer.status_code == 302
    assert "/login/code/confirm/" in answer["Location"]
    order.refresh_from_db()
    account = User.objects.get(email=WHO["email"])
    assert (order.user, account.name) == (account, WHO["name"])
    assert not account.has_usable_password()
    assert not account.emailaddress_set.get().verified
    assert SavedAddress.objects.get(user=account).line1 == WHO["line1"]
    assert [message.to for message in mail.outbox] == [[WHO["email"]]]


def test_an_account_that_was_there_is_not_given_the_order_of_a_guest(app, mug):
    known = User.objects.create_user(WHO["email"].upper(), name="Somebody")

    order, answer = saved(app, mug)

    assert "/login/code/confirm/" in answer["Location"]
    order.refresh_from_db()
    known.refresh_from_db()
    assert (order.user, known.name) == (None, "Somebody")
    assert User.objects.filter(email__iexact=WHO["email"]).count() == 1


def test_an_unpaid_order_makes_no_account(app, mug):
    place(app, mug)
    order = Order.objects.get()
    token = links.make(order=order, at=clock.now())

    app.post(reverse("orders:order", args=[token]), {"action": "save"})

    assert not User.objects.filter(email=WHO["email"]).exists()
