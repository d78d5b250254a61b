"""Secret links of orders: unguessable, hashed, revocable, of one order each."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from marketplace.kit import limits
from marketplace.kit.errors import NotFound
from marketplace.kit.models import Outbox
from orders.models import Order, OrderLink, OrderStatus
from orders.services import links
from tests.factories import orders

pytestmark = pytest.mark.django_db
AT = orders.AT


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


def test_a_link_opens_its_own_order():
    order, other = orders.order(), orders.order()
    token = links.make(order=order, at=AT)
    links.make(order=other, at=AT)
    assert links.open(token=token, at=AT) == order


def test_a_token_has_192_bits_and_is_not_stored():
    token = links.make(order=orders.order(), at=AT)
    assert len(token) == 32
    assert token not in OrderLink.objects.get().token_hash


def test_every_mail_has_its_own_link_and_all_stay_good():
    order = orders.order()
    tokens = {links.make(order=order, at=AT) for _ in range(3)}
    assert len(tokens) == 3
    assert {links.open(token=token, at=AT) for token in tokens} == {order}


@pytest.mark.parametrize("token", ["", "x", "x" * 32, "../admin", "\x00"])
def test_a_token_that_is_none_opens_nothing(token):
    links.make(order=orders.order(), at=AT)
    with pytest.raises(NotFound):
        links.open(token=token, at=AT)


def test_revoked_links_open_nothing():
    order = orders.order()
    token = links.make(order=order, at=AT)
    assert links.revoke(order=order, at=AT) == 1
    assert links.revoke(order=order, at=AT) == 0
    with pytest.raises(NotFound):
        links.open(token=token, at=AT)


def test_a_link_is_good_for_two_years():
    order = orders.order()
    token = links.make(order=order, at=AT)
    assert links.open(token=token, at=AT + timedelta(days=729)) == order
    with pytest.raises(NotFound):
        links.open(token=token, at=AT + timedelta(days=730))


def test_asking_for_links_does_the_same_for_a_known_and_an_unknown_address():
    orders.order(email="known@example.com")
    links.send(email="Known@example.com ", ip="203.0.113.7")
    links.send(email="unknown@example.com", ip="203.0.113.7")
    promised = Outbox.objects.filter(function="orders.tasks.send_links").order_by("pk")
    asked = [job.arguments for job in promised]
    assert [sorted(one) for one in asked] == [["email", "wish"]] * 2
    assert [one["email"] for one in asked] == [
        "known@example.com",
        "unknown@example.com",
    ]


def test_an_address_is_sent_links_three_times_an_hour():
    for _ in range(3):
        links.send(email="a@example.com", ip="203.0.113.7")
    with pytest.raises(limits.TooMany):
        links.send(email="A@example.com", ip="203.0.113.8")
    assert Outbox.objects.count() == 3


def test_one_ip_address_asks_thirty_times_an_hour():
    for number in range(30):
        links.send(email=f"a{number}@example.com", ip="203.0.113.7")
    with pytest.raises(limits.TooMany):
        links.send(email="b@example.com", ip="203.0.113.7")
    assert Outbox.objects.count() == 30


def test_links_are_sent_for_the_newest_five_orders_that_matter():
    made = [
        orders.order(email="Maja@example.com", at=AT - timedelta(days=days))
        for days in range(6)
    ]
    orders.order(email="other@example.com")
    orders.order(email="maja@example.com", at=AT - timedelta(days=800))
    Order.objects.filter(pk=made[1].pk).update(status=OrderStatus.CANCELLED)
    assert links.orders_of(email="maja@example.com", at=AT) == [
        made[0],
        *made[2:6],
    ]
