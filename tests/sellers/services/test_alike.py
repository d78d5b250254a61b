"""More like this: the same kind of thing, in stock, never the thing itself."""

import pytest
from django.core.cache import cache

from sellers.models import Category, Product, Variant
from sellers.services import alike, catalog
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db


def add(title, *, category=Category.KITCHEN, **fields):
    product = make.product(title=title, **fields)
    Product.objects.filter(pk=product.pk).update(category=category)
    product.category = category
    return product


def shown(product, **fields) -> list[str]:
    return [one.title for one in alike.to(product=product, **fields)]


def test_the_same_category_is_before_all_else():
    cup = add("Stoneware cup")
    twin = add("Stoneware cup", category=Category.HOME, shop=cup.shop)
    for number in range(5):
        add(f"Thing {number}", price_amount=900_000)
    found = shown(cup)
    assert len(found) == 6
    assert found[-1] == twin.title
    assert all(title.startswith("Thing") for title in found[:5])


def test_words_then_price_decide_within_a_category():
    cup = add("Stoneware cup, blue", price_amount=30_000)
    add("Iron pan", price_amount=29_000)
    add("Cast iron lid", price_amount=300_000)
    add("Stoneware cup, grey", price_amount=31_000)
    assert shown(cup) == ["Stoneware cup, grey", "Iron pan", "Cast iron lid"]


def test_the_thing_itself_and_what_cannot_be_bought_are_left_out():
    cup = add("Cup")
    hidden, gone, draft = add("Hidden"), add("Gone"), add("Draft", is_live=False)
    catalog.hide(product=hidden, at=make.AT)
    Variant.objects.filter(product=gone).update(on_hand=0)
    assert not draft.is_live
    add("Bowl", category=Category.LIGHTING)
    assert shown(cup) == []


@pytest.mark.parametrize("number", [1, 10])
def test_it_takes_four_queries(django_assert_num_queries, number):
    cup = add("Cup")
    for place in range(number):
        add(f"Cup {place}")
    product = Product.objects.with_card().get(pk=cup.pk)
    # which ones; products with their shops, photos, variants
    with django_assert_num_queries(4):
        found = list(alike.to(product=product, limit=8))
        assert [one.shop.name for one in found]
    assert len(found) == min(number, 8)


class TestWhileTheChoiceIsKept:
    @pytest.fixture(autouse=True)
    def kept(self, settings):
        settings.FIGURES_SECONDS = 600
        cache.clear()
        yield
        cache.clear()

    def test_it_is_not_made_again(self, django_assert_num_queries):
        cup = add("Cup")
        add("Bowl")
        assert shown(cup) == ["Bowl"]
        add("Cup and saucer")
        with django_assert_num_queries(3):
            assert shown(cup) == ["Bowl"]

    def test_what_is_no_longer_for_sale_is_left_out_at_once(self):
        cup, bowl, lid = add("Cup"), add("Bowl"), add("Lid")
        assert set(shown(cup)) == {"Bowl", "Lid"}
        catalog.hide(product=bowl, at=make.AT)
        assert shown(cup) == ["Lid"]
        Variant.objects.filter(product=lid).update(on_hand=0)
        assert shown(cup) == []
