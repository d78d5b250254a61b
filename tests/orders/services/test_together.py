"""Bought together: real co-purchases of several buyers, nothing of one person's."""

from datetime import timedelta

import pytest

from orders.models import Companion, Order, OrderStatus
from orders.services import together
from sellers.models import Variant
from sellers.services import catalog
from tests.factories import orders, sellers

pytestmark = pytest.mark.django_db
AT = orders.AT + timedelta(days=1)


def bought(*variants, buyers: int, at=orders.AT) -> None:
    for number in range(buyers):
        email = f"buyer{number}@example.com"
        orders.order(*((one, 1) for one in variants), email=email, at=at)


def shown(variant) -> list[str]:
    return [one.title for one in together.bought_with(product=variant.product)]


@pytest.fixture
def goods():
    shop, other = sellers.shop(), sellers.shop()
    return [
        sellers.variant(title="Cup", shop=shop),
        sellers.variant(title="Bowl", shop=shop),
        sellers.variant(title="Rug", shop=other),
    ]


def test_the_strongest_pair_comes_first_across_shops(goods):
    cup, bowl, rug = goods
    bought(cup, bowl, buyers=3)
    bought(cup, rug, buyers=4)
    assert together.count(at=AT) == 4
    assert shown(cup) == ["Rug", "Bowl"]
    assert shown(rug) == ["Cup"]


def test_a_pair_of_two_buyers_is_not_kept(goods):
    cup, bowl, _rug = goods
    bought(cup, bowl, buyers=2)
    assert together.count(at=AT) == 0
    assert Companion.objects.count() == 0


def test_one_person_with_many_orders_shows_nothing(goods):
    cup, bowl, _rug = goods
    for address in ("maja@example.com", "Maja@example.com", "MAJA@EXAMPLE.COM"):
        orders.order((cup, 1), (bowl, 1), email=address)
    assert together.count(at=AT) == 0


def test_only_paid_orders_of_the_last_year_count(goods):
    cup, bowl, rug = goods
    bought(cup, bowl, buyers=3)
    Order.objects.update(status=OrderStatus.REFUNDED)
    bought(cup, rug, buyers=3, at=orders.AT - timedelta(days=365))
    assert together.count(at=AT) == 0


def test_counting_again_forgets_what_is_no_more(goods):
    cup, bowl, rug = goods
    bought(cup, bowl, buyers=3)
    together.count(at=AT)
    assert shown(cup) == ["Bowl"]
    bought(cup, rug, buyers=3, at=AT + timedelta(days=1))
    assert together.count(at=AT + timedelta(days=365)) == 2
    assert shown(cup) == ["Rug"]


def test_what_is_hidden_or_gone_is_not_shown(goods, django_assert_num_queries):
    cup, bowl, rug = goods
    bought(cup, bowl, rug, buyers=3)
    together.count(at=AT)
    assert sorted(shown(cup)) == ["Bowl", "Rug"]
    catalog.hide(product=bowl.product, at=AT)
    Variant.objects.filter(pk=rug.pk).update(reserved=10)
    with django_assert_num_queries(1):
        assert shown(cup) == []


def test_a_product_keeps_so_many_companions(goods):
    cup = goods[0]
    others = [sellers.variant(title=f"T{number}") for number in range(14)]
    bought(cup, *others, buyers=3)
    together.count(at=AT)
    assert Companion.objects.filter(product=cup.product).count() == 12
    assert len(shown(cup)) == 4
