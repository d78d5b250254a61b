"""A shop's orders: its own only, and shipped with one field."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import OrderStatus, Shipment
from orders.services import fulfilment
from sellers.models import Membership
from tests.factories import orders, sellers

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return sellers.user()


@pytest.fixture
def shop(owner):
    return sellers.shop(owner=owner, name="Studio Lera")


@pytest.fixture
def part(shop):
    """The shop's part of an order of two sellers: two cups."""
    cup = sellers.variant(shop=shop, title="Cup")
    other = sellers.variant(title="Foreign bowl")
    return orders.order((cup, 2), (other, 1)).seller_orders.get(shop=shop)


def url_of(part) -> str:
    return reverse("orders:seller-order", args=[part.shop.public_id, part.public_id])


def list_of(shop, **query) -> str:
    url = reverse("orders:seller-orders", args=[shop.public_id])
    return url + "".join(f"?{key}={value}" for key, value in query.items())


def test_a_shop_sees_its_part_and_nothing_of_another_seller(client, owner, part):
    client.force_login(owner)
    text = client.get(url_of(part)).content.decode()
    assert "Cup" in text
    assert "Kungsgatan 31" in text
    assert "m•••@example.com" in text
    assert "maja@example.com" not in text
    assert "Foreign bowl" not in text
    foreign = part.order.seller_orders.exclude(pk=part.pk).get()
    assert foreign.public_id not in text


def test_another_shops_order_is_404(client, owner, shop, part):
    foreign = part.order.seller_orders.exclude(pk=part.pk).get()
    client.force_login(owner)
    mixed = reverse("orders:seller-order", args=[shop.public_id, foreign.public_id])
    for url in (url_of(foreign), mixed, list_of(foreign.shop)):
        assert client.get(url).status_code == 404
    assert client.post(mixed, {"tracking_number": "X"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.status == OrderStatus.TO_SHIP
    assert not Shipment.objects.exists()


def test_a_former_member_sees_nothing(client, owner, shop, part):
    client.force_login(owner)
    Membership.objects.all().delete()
    assert client.get(url_of(part)).status_code == 404


def test_an_unpaid_order_is_not_there(client, owner, shop):
    unpaid = orders.order((sellers.variant(shop=shop), 1), is_paid=False)
    client.force_login(owner)
    assert client.get(url_of(unpaid.seller_orders.get())).status_code == 404
    assert "Nothing to ship" in client.get(list_of(shop)).content.decode()


def test_an_order_is_shipped_with_one_field(client, owner, part):
    client.force_login(owner)
    response = client.post(
        url_of(part), {"tracking_number": "SE 123", "carrier": "DHL"}
    )
    assert (response.status_code, response["Location"]) == (303, url_of(part))
    part.refresh_from_db()
    assert part.status == OrderStatus.SHIPPED
    shipment = Shipment.objects.get()
    assert (shipment.carrier, shipment.tracking_number) == ("DHL", "SE123")
    assert [line.quantity for line in shipment.lines.all()] == [2]


def test_home_says_how_many_orders_wait_to_be_shipped(client, owner, shop, part):
    home = reverse("sell:home", args=[shop.public_id])
    client.force_login(owner)

    assert "1 order to ship" in client.get(home).content.decode()

    fulfilment.ship(
        seller_order=part, carrier="", tracking_number="", at=part.order.placed_at
    )
    assert "to ship" not in client.get(home).content.decode()


def test_some_units_are_shipped_first(client, owner, part):
    client.force_login(owner)
    line = part.lines.get()
    client.post(url_of(part), {f"units-{line.pk}": "1", "tracking_number": "A"})
    part.refresh_from_db()
    assert part.status == OrderStatus.TO_SHIP
    assert "Ship 1 item" in client.get(url_of(part)).content.decode()


@pytest.mark.parametrize("units", ["3", "-1", "1e9", "x"])
def test_units_that_are_not_there_are_said_by_the_field(client, owner, part, units):
    client.force_login(owner)
    line = part.lines.get()
    response = client.post(url_of(part), {f"units-{line.pk}": units})
    assert response.status_code == 422
    assert not Shipment.objects.exists()


def test_what_is_shipped_already_is_not_shipped_again(client, owner, part):
    client.force_login(owner)
    client.post(url_of(part), {"tracking_number": "A"})
    response = client.post(url_of(part), {"tracking_number": "B"})
    assert response.status_code == 409
    assert Shipment.objects.count() == 1


def test_each_tab_lists_its_own(client, owner, shop, part):
    done = orders.order((sellers.variant(shop=shop, title="Bowl"), 1))
    sent = done.seller_orders.get()
    fulfilment.ship(seller_order=sent, carrier="", tracking_number="", at=orders.AT)
    client.force_login(owner)
    to_ship = client.get(list_of(shop)).content.decode()
    shipped = client.get(list_of(shop, tab="shipped")).content.decode()
    unknown = client.get(list_of(shop, tab="user__password")).content.decode()
    assert (part.public_id in to_ship, sent.public_id in to_ship) == (True, False)
    assert (part.public_id in shipped, sent.public_id in shipped) == (False, True)
    assert part.public_id in unknown


def test_a_stranger_is_asked_to_sign_in(client, part):
    response = client.get(url_of(part))
    assert response.status_code == 302
    assert "/account/login" in response["Location"]


def test_the_list_costs_the_same_queries_with_one_order_and_with_ten(
    client, owner, shop, part
):
    client.force_login(owner)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(list_of(shop)).status_code == 200
        return len(seen)

    with_one = queries()
    cup = sellers.variant(shop=shop, title="Bowl")
    for _ in range(9):
        orders.order((cup, 1))
    # session, user, membership, shop, tabs, count, parts with order and address, lines
    assert queries() == with_one
    assert with_one == 8
