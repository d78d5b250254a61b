"""A buyer's order pages: what a link shows and hides, and what may be done with it."""

import re
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from marketplace.kit import clock
from marketplace.kit.models import Outbox
from orders.models import Address, Order, OrderLink, OrderStatus, SellerOrder
from orders.services import fulfilment, links
from orders.templatetags import orders as words
from tests.factories import orders, sellers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


def link(order) -> str:
    return reverse("orders:order", args=[links.make(order=order, at=clock.now())])


def ship(part, **fields):
    return fulfilment.ship(
        **{
            "seller_order": part,
            "carrier": "PostNord",
            "tracking_number": "0037073012345678",
            "at": clock.now(),
            **fields,
        }
    )


def test_a_link_shows_the_order_with_a_part_for_each_seller(client):
    cup = sellers.variant(title="Cup", price_amount=32_000)
    bowl = sellers.variant(title="Bowl", shop=sellers.shop(name="Lin & Lera"))
    response = client.get(link(orders.order((cup, 1), (bowl, 2))))
    text = response.content.decode()
    assert response.status_code == 200
    assert "Studio Lera" in text
    assert "Lin &amp; Lera" in text
    assert "Parcel 2 of 2" in text
    assert "1\xa0058\xa0kr" in text
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"


def test_the_page_hides_most_of_the_street_and_the_email(client):
    text = client.get(link(orders.order())).content.decode()
    assert "m•••@example.com" in text
    assert "Kun•••" in text
    assert "maja@example.com" not in text
    assert "Kungsgatan" not in text


def test_a_link_opens_no_other_order(client):
    other = orders.order(email="other@example.com")
    text = client.get(link(orders.order())).content.decode()
    assert other.public_id not in text


@pytest.mark.parametrize("token", ["x", "x" * 32, "%00", "..%2fadmin"])
def test_a_token_that_is_none_is_404(client, token):
    assert client.get(f"/o/{token}").status_code == 404


def test_a_revoked_link_is_404(client):
    order = orders.order()
    url = link(order)
    links.revoke(order=order, at=clock.now())
    assert client.get(url).status_code == 404


def test_looking_changes_nothing(client):
    order = orders.order()
    url = link(order)
    before = list(Order.objects.values()), list(SellerOrder.objects.values())
    client.get(url, {"action": "cancel"})
    assert (list(Order.objects.values()), list(SellerOrder.objects.values())) == before
    assert OrderLink.objects.count() == 1


def test_a_parcel_on_its_way_can_be_followed(client):
    order = orders.order()
    ship(order.seller_orders.get())
    text = client.get(link(order)).content.decode()
    assert "Shipped with PostNord" in text
    assert "Parcel number 0037 0730 1234 5678" in text
    assert "tracking.postnord.com/en/tracking?id=0037073012345678" in text


def deliver(part):
    part.refresh_from_db()
    fulfilment.mark_delivered(seller_order=part, at=clock.now())


def heading(client, order) -> str:
    text = client.get(link(order)).content.decode()
    (found,) = re.findall(r"<h1>(.*?)</h1>", text, re.DOTALL)
    return " ".join(found.split())


def test_the_heading_says_how_far_the_parcel_has_come(client):
    order = orders.order()
    part = order.seller_orders.get()
    assert heading(client, order) == "Thank you. One parcel is being prepared."
    ship(part)
    assert heading(client, order) == "Your parcel is on its way."
    deliver(part)
    assert heading(client, order) == "Your parcel has arrived."


def test_the_heading_counts_the_parcels_that_come(client):
    bowl = sellers.variant(title="Bowl", shop=sellers.shop(name="Lin & Lera"))
    rug = sellers.variant(title="Rug", shop=sellers.shop(name="Vävt"))
    order = orders.order((sellers.variant(), 1), (bowl, 1), (rug, 1))
    first, second, third = order.seller_orders.order_by("pk")
    assert heading(client, order) == "Thank you. 3 parcels come to you."
    ship(first)
    assert heading(client, order) == "1 of 3 parcels is on its way."
    third.move_to(OrderStatus.CANCELLED, at=clock.now())
    assert heading(client, order) == "1 of 2 parcels is on its way."
    deliver(first)
    assert heading(client, order) == "1 of 2 parcels has arrived."
    ship(second)
    deliver(second)
    assert heading(client, order) == "All 2 parcels have arrived."


def test_the_buyer_says_that_it_has_arrived(client):
    order = orders.order()
    part = order.seller_orders.get()
    ship(part)
    url = link(order)
    client.post(url, {"action": "received", "part": part.public_id})
    part.refresh_from_db()
    assert part.status == OrderStatus.DELIVERED


def test_another_orders_part_is_404_and_unchanged(client):
    foreign = orders.order().seller_orders.get()
    ship(foreign)
    url = link(orders.order())
    response = client.post(url, {"action": "received", "part": foreign.public_id})
    assert response.status_code == 404
    foreign.refresh_from_db()
    assert foreign.status == OrderStatus.SHIPPED


def test_what_is_not_shipped_has_not_arrived(client):
    order = orders.order()
    part = order.seller_orders.get()
    client.post(link(order), {"action": "received", "part": part.public_id})
    part.refresh_from_db()
    assert part.status == OrderStatus.TO_SHIP


@pytest.mark.parametrize("status", ["paid", "delivered", "refunded"])
def test_a_state_is_not_jumped_to(client, status):
    order = orders.order(is_paid=False, at=clock.now())
    client.post(link(order), {"action": "set", "status": status})
    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT


@pytest.mark.django_db(transaction=True)
def test_an_unpaid_order_is_cancelled(client):
    order = orders.order(is_paid=False, at=clock.now())
    order.payments.update(status="failed")
    url = link(order)
    response = client.post(url, {"action": "cancel"}, follow=True)
    assert "This order is cancelled" in response.content.decode()
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_a_paid_order_is_not_cancelled(client):
    order = orders.order()
    response = client.post(link(order), {"action": "cancel"}, follow=True)
    assert "paid already" in response.content.decode()
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


def test_an_order_whose_time_is_over_is_not_paid_any_more(client):
    order = orders.order(is_paid=False, at=clock.now() - timedelta(hours=1))
    text = client.get(link(order)).content.decode()
    assert "The time to pay is over" in text
    assert "Continue paying" not in text


def test_back_from_stripe_the_page_asks_and_looks_again_by_itself(client):
    order = orders.order(is_paid=False, at=clock.now())
    url = link(order)
    text = client.get(url, {"paid": "1"}).content.decode()
    assert "waiting for the bank" in text
    assert 'hx-trigger="every 1s"' in text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in text
    assert "Continue paying" not in text
    asked = Outbox.objects.filter(function="payouts.tasks.refresh_payment")
    assert asked.count() == 1
    client.get(url, {"paid": "1"})
    assert asked.count() == 1  # not again within 3 seconds


def test_once_paid_the_page_stops_looking(client):
    text = client.get(link(orders.order()), {"paid": "1"}).content.decode()
    assert "every 1s" not in text
    assert "http-equiv" not in text


def test_the_answer_to_who_asks_for_links_is_the_same(client):
    orders.order(email="known@example.com")
    pages = [
        client.post(reverse("orders:find"), {"email": email})
        for email in ("known@example.com", "other@example.com")
    ]
    known, unknown = (
        re.sub('name="csrfmiddlewaretoken" value="[^"]+"', "", page.content.decode())
        for page in pages
    )
    assert [page.status_code for page in pages] == [200, 200]
    assert known.replace("known@", "other@") == unknown


def test_links_are_not_asked_for_without_end(client):
    for _ in range(3):
        client.post(reverse("orders:find"), {"email": "a@example.com"})
    response = client.post(reverse("orders:find"), {"email": "a@example.com"})
    assert response.status_code == 429
    assert "Too many tries" in response.content.decode()


def test_an_address_that_is_none_is_said_by_the_field(client):
    response = client.post(reverse("orders:find"), {"email": "a@"})
    assert response.status_code == 422
    assert not Outbox.objects.exists()


def test_a_signed_in_buyer_sees_his_orders_only(client):
    user = sellers.user()
    client.force_login(user)
    mine, other = orders.order(user=user), orders.order(user=sellers.user())
    text = client.get(reverse("orders:mine")).content.decode()
    assert mine.public_id in text
    assert other.public_id not in text
    ours = client.get(reverse("orders:my-order", args=[mine.public_id]))
    theirs = client.get(reverse("orders:my-order", args=[other.public_id]))
    assert (ours.status_code, theirs.status_code) == (200, 404)


def test_a_foreign_buyer_in_the_query_is_not_listened_to(client):
    user, other = sellers.user(), sellers.user()
    foreign = orders.order(user=other)
    client.force_login(user)
    response = client.get(reverse("orders:mine"), {"buyer": other.pk, "user": other.pk})
    assert foreign.public_id not in response.content.decode()


def test_a_stranger_is_asked_to_sign_in_for_his_list(client):
    response = client.get(reverse("orders:mine"))
    assert (response.status_code, "/account/login" in response["Location"]) == (
        302,
        True,
    )


def test_the_list_costs_the_same_queries_with_one_order_and_with_ten(client):
    user = sellers.user()
    client.force_login(user)
    orders.order(user=user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("orders:mine")).status_code == 200
        return len(seen)

    with_one = queries()
    for _ in range(9):
        orders.order((sellers.variant(), 1), (sellers.variant(), 2), user=user)
    # session, user, count, orders, parts, lines, shops
    assert queries() == with_one
    assert with_one == 7


def test_the_page_costs_the_same_queries_with_one_part_and_with_three(client):
    one = link(orders.order())
    many = link(orders.order(*((sellers.variant(), 1) for _ in range(3))))

    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    # link with order and cart, parts with shops, lines, shipments, payment, address;
    # of what went back: refunds, disputes, returns
    assert queries(one) == queries(many)
    assert queries(one) <= 10


def test_while_the_bank_is_asked_nothing_on_the_page_asks_for_money(client):
    order = orders.order(is_paid=False)
    text = client.get(link(order) + "?paid=1").content.decode()
    assert "Asking the bank" in text
    assert "Do not pay again." in text
    for word in ("Awaiting payment", "Needs action", "if you pay today"):
        assert word not in text


def test_an_address_is_whole_for_its_signed_in_owner_alone(client):
    user = sellers.user("maja@example.com")
    order = orders.order(user=user)
    hidden = "since this page opens without a password"
    assert order.address.line1 not in (
        by_link := client.get(link(order)).content.decode()
    )
    assert hidden in by_link
    client.force_login(user)
    mine = client.get(reverse("orders:my-order", args=[order.public_id]))
    assert order.address.line1 in mine.content.decode()
    assert hidden not in mine.content.decode()


def test_addresses_and_days_are_written_as_in_japan():
    address = Address(
        name="山田花子",
        line1="寺町通1-2",
        postal_code="604-0000",
        region="京都府",
        city="京都市",
        country="JP",
    )
    with override("ja"):
        assert words.address_lines(address, is_hidden=False) == [
            "〒604-0000",
            "京都府京都市",
            "寺町通1-2",
            "山田花子 様",
        ]
        first, last = words.days(date(2026, 11, 26), date(2026, 11, 30)).split(
            "\N{WAVE DASH}\N{ZERO WIDTH SPACE}"
        )
    assert first.replace("\N{WORD JOINER}", "").startswith("11月26日")
    assert last.replace("\N{WORD JOINER}", "").startswith("11月30日")
    with override("en"):
        assert words.address_lines(address, is_hidden=True)[2:] == [
            "寺町通•••",
            "山田花子",
        ]
