"""Checkout's one page: from the bag to Stripe's page, with everything that may change
on the way. The payment provider is the sandbox, through the real SDK.
"""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from marketplace.gateway import sandbox_control
from orders.models import Address, Cart, Order, OrderLink, OrderStatus, Payment
from orders.services import tax as taxes
from sellers.models import Reservation
from sellers.services import catalog, stock
from tests.factories import orders, sellers

pytestmark = pytest.mark.django_db(transaction=True)
TYPED = {
    "email": "maja@example.com",
    "name": "Maja Nyström",
    "country": "SE",
    "line1": "Kungsgatan 31",
    "postal_code": "90326",
    "city": "Umeå",
}


@pytest.fixture(autouse=True)
def _ready():
    cache.clear()
    sandbox_control.clear_faults()
    for country in ("SE", "NL"):
        taxes.set_rate(
            country=country, rate_bps=2500, is_included=True, collected_by="seller"
        )


@pytest.fixture
def variant():
    return sellers.variant(title="Cup", price_amount=32_000, stock=30)


@pytest.fixture
def url(client, variant):
    """The address of checkout, with one cup in the bag."""
    response = client.post(
        reverse("orders:cart-add"), {"variant": variant.public_id, "then": "checkout"}
    )
    return response["Location"]


def fingerprint(client, url, **query) -> str:
    text = client.get(url, query).content.decode()
    return re.findall(r'name="shown" value="(\w{64})"', text)[0]


def place(client, url, **fields):
    shown = fields.pop("shown", None) or fingerprint(client, url)
    return client.post(url, {**TYPED, "shown": shown, **fields})


def visible_inputs(text: str) -> list[str]:
    form = text[text.index('<form method="post"') :]
    found = re.findall(r'<(?:input|select)[^>]*\bname="(\w+)"[^>]*>', form)
    hidden = re.findall(r'<input type="hidden" name="(\w+)"', form)
    return [name for name in found if name not in hidden]


def test_the_page_has_six_fields_the_six_facts_and_the_amount_on_its_button(
    client, url
):
    response = client.get(url)
    text = response.content.decode()
    assert response.status_code == 200
    assert visible_inputs(text) == [
        "email",
        "name",
        "country",
        "line1",
        "postal_code",
        "city",
    ]
    for term in ("You order", "You pay", "Payment", "Delivery", "Price valid"):
        assert f"<dt>{term}</dt>" in text
    assert "Withdrawal" in text
    assert "Continue to payment, 369\xa0kr" in text
    assert "You enter the card at Stripe" in text
    assert "no-store" in response["Cache-Control"]


def test_placing_leads_to_stripes_page_and_holds_the_goods(client, url, variant):
    response = place(client, url)
    order = Order.objects.get()
    assert response.status_code == 303
    assert "/c/pay/cs_" in response["Location"]
    assert (order.status, order.total_amount) == ("awaiting_payment", 36_900)
    assert order.payments.get().page_url == response["Location"]
    assert Reservation.objects.get().quantity == 1
    address = Address.objects.get()
    assert (address.postal_code, address.city) == ("903 26", "Umeå")


def test_the_same_form_sent_again_gives_the_same_payment_page(client, url):
    shown = fingerprint(client, url)
    first = place(client, url, shown=shown)
    again = place(client, url, shown=shown)
    assert first["Location"] == again["Location"]
    assert Order.objects.count() == 1
    assert Payment.objects.count() == 1


def test_errors_stand_by_their_fields_and_in_a_summary(client, url):
    response = place(client, url, email="maja@", postal_code="1", name="")
    text = response.content.decode()
    assert response.status_code == 422
    assert 'href="#id_email"' in text
    assert "A postcode looks like 123 45." in text
    assert 'value="Umeå"' in text
    summary = text.split("data-error-summary")[1].split("</ul>")[0]
    assert "what you wrote is kept" in summary
    named = re.findall(r'href="#(\w+)">([^<]+)<', summary)
    assert named == [
        ("id_email", "Enter a valid email address."),
        ("id_name", "Write your full name."),
        ("id_postal_code", "A postcode looks like 123 45."),
    ]
    assert not Order.objects.exists()


@pytest.mark.parametrize("field", ["name", "line1", "city"])
def test_a_line_break_in_a_field_is_refused(client, url, field):
    response = place(client, url, **{field: "Maja\r\nBcc: all@example.com"})
    assert response.status_code == 422
    assert not Order.objects.exists()


def test_a_total_sent_along_is_not_listened_to(client, url):
    place(client, url, total_amount=1, currency="EUR")
    assert Order.objects.get().total_amount == 36_900


def test_a_price_changed_since_the_page_is_named_and_nothing_is_placed(
    client, url, variant
):
    shown = fingerprint(client, url)
    catalog.change_price(variant=variant, price_amount=35_000, at=sellers.AT)
    response = place(client, url, shown=shown)
    text = response.content.decode()
    assert response.status_code == 409
    assert "Cup now costs 350\xa0kr, it was 320\xa0kr." in text
    assert "Continue to payment, 399\xa0kr" in text
    assert 'value="Maja Nyström"' in text
    assert not Order.objects.exists()
    assert place(client, url).status_code == 303
    assert Order.objects.get().total_amount == 39_900


def test_units_sold_since_the_page_are_named_and_nothing_is_placed(client, variant):
    url = client.post(
        reverse("orders:cart-add"),
        {"variant": variant.public_id, "quantity": 12, "then": "checkout"},
    )["Location"]
    shown = fingerprint(client, url)
    stock.correct(variant=variant, on_hand=11, at=orders.AT)
    response = place(client, url, shown=shown)
    assert response.status_code == 409
    assert "Only 11 of Cup are left." in response.content.decode()
    assert not Order.objects.exists()


def test_the_last_one_sold_leads_back_to_the_bag(client, url, variant):
    shown = fingerprint(client, url)
    stock.correct(variant=variant, on_hand=0, at=orders.AT)
    response = client.post(url, {**TYPED, "shown": shown}, follow=True)
    assert response.redirect_chain == [("/cart", 303)]
    assert "Cup is sold out." in response.content.decode()
    assert not Order.objects.exists()


def test_another_country_is_shown_before_it_is_placed(client, url):
    shown = fingerprint(client, url)
    response = place(client, url, shown=shown, country="NL", postal_code="1017 AB")
    assert response.status_code == 409
    assert "Nothing was charged" in response.content.decode()
    assert not Order.objects.exists()


def test_the_provider_out_of_reach_keeps_the_order_and_says_so(client, url):
    sandbox_control.arm_fault(
        match="POST /v1/checkout/sessions", do="timeout_after_commit"
    )
    response = client.post(
        url, {**TYPED, "shown": fingerprint(client, url)}, follow=True
    )
    text = response.content.decode()
    assert "could not be reached" in text
    assert "Continue paying, 369\xa0kr" in text
    order = Order.objects.get()
    assert order.status == OrderStatus.AWAITING_PAYMENT
    assert Reservation.objects.get().status == "active"
    again = client.post(response.request["PATH_INFO"], {"action": "pay"})
    assert (again.status_code, "/c/pay/cs_" in again["Location"]) == (303, True)
    assert Payment.objects.count() == 1


def test_the_browser_that_placed_is_led_to_its_order(client, url):
    place(client, url)
    order = Order.objects.get()
    response = client.get(reverse("orders:return", args=[order.public_id]))
    assert response.status_code == 303
    assert response["Location"].startswith("/o/")
    page = client.get(response["Location"]).content.decode()
    assert "Not paid yet" in page
    assert "Change the bag" in page


def test_another_browser_learns_only_that_a_mail_comes(client, url):
    place(client, url)
    order = Order.objects.get()
    client.cookies.clear()
    response = client.get(reverse("orders:return", args=[order.public_id]))
    text = response.content.decode()
    assert response.status_code == 200
    assert "comes by mail" in text
    for secret in ("maja", "Maja", "369", "Cup", "example.com"):
        assert secret not in text
    assert not OrderLink.objects.exists()


def test_an_order_that_is_none_is_404(client):
    url = reverse("orders:return", args=["ord_none"])
    assert client.get(url).status_code == 404


def test_an_address_we_did_not_sign_is_404(client, url):
    cart = Cart.objects.get()
    for token in (cart.public_id, f"{cart.public_id}:x", "cart_none:x", "x"):
        response = client.get(reverse("orders:checkout", args=[token]))
        assert response.status_code == 404


def test_what_was_typed_comes_back_in_the_browser_that_placed_only(client, url):
    place(client, url)
    assert 'value="Kungsgatan 31"' in client.get(url).content.decode()
    client.cookies.clear()
    assert "Kungsgatan" not in client.get(url).content.decode()


def test_a_changed_bag_gives_the_first_order_up_and_places_anew(client, url, variant):
    first_page = place(client, url)["Location"]
    line = reverse("orders:cart-line", args=[variant.public_id])
    client.post(line, {"quantity": 2})
    second_page = place(client, url)["Location"]
    assert second_page != first_page
    assert sorted(Order.objects.values_list("status", "total_amount")) == [
        ("awaiting_payment", 68_900),
        ("cancelled", 36_900),
    ]
    variant.refresh_from_db()
    assert variant.reserved == 2


def test_the_last_units_are_still_the_buyers_own_when_he_comes_back(client):
    scarce = sellers.variant(title="Vase", stock=1)
    url = client.post(
        reverse("orders:cart-add"), {"variant": scarce.public_id, "then": "checkout"}
    )["Location"]
    place(client, url)
    text = client.get("/cart").content.decode()
    assert "Vase" in text
    assert "sold out" not in text


def test_an_emptied_bag_has_no_checkout(client, url, variant):
    client.post(reverse("orders:cart-line", args=[variant.public_id]), {"remove": "1"})
    assert client.get(url)["Location"] == "/cart"


def test_a_paid_bags_checkout_leads_to_its_order(client, url):
    place(client, url)
    order = Order.objects.get()
    Order.objects.update(status="paid", paid_at=orders.AT)
    Cart.objects.update(closed_at=orders.AT)
    assert client.get(url)["Location"] == f"/checkout/return/{order.public_id}"
