"""The front page with creators and products on it, and with none."""

import pytest
from django.db.models import F

from sellers.models import ProductStatus
from tests.factories import creators as make


def home(client):
    return client.get("/en/").content.decode()


def test_an_empty_marketplace_says_what_will_stand_there(client, db):
    assert "Nothing for sale yet" in home(client)


def test_a_creator_stands_there_with_the_newest_post_marked_as_ad(client, db):
    creator = make.make_creator(name="Nina Berg")
    post = make.make_post(creator)
    page = home(client)
    assert creator.get_absolute_url() in page
    assert post.get_absolute_url() in page
    assert "tagword-ad" in page


def test_a_creator_with_nothing_to_show_does_not_stand_there(client, db):
    creator = make.make_creator()
    make.make_collection(creator)
    assert creator.get_absolute_url() not in home(client)


def test_a_creator_with_a_shelf_but_no_post_stands_there(client, db):
    creator = make.make_creator()
    product = make.make_product(make.make_shop())
    make.make_collection(creator).picks.create(product=product)
    assert creator.get_absolute_url() in home(client)


def test_a_draft_is_not_for_sale(client, db):
    shop = make.make_shop()
    live = make.make_product(shop, "Linen shirt")
    make.make_product(shop, "Wool hat", status=ProductStatus.DRAFT)
    page = home(client)
    assert live.get_absolute_url() in page
    assert "Wool hat" not in page


def test_what_is_sold_out_is_not_for_sale_now(client, db):
    shop = make.make_shop()
    there = make.make_product(shop, "Linen shirt")
    gone = make.make_product(shop, "Wool hat")
    gone.variants.update(reserved=F("on_hand"))
    page = home(client)
    assert there.get_absolute_url() in page
    assert "Wool hat" not in page


def test_one_shops_new_shelf_leaves_room_for_the_others(client, db):
    older = make.make_product(make.make_shop(), "Older cup")
    shop = make.make_shop()
    shelf = [make.make_product(shop, f"Bowl {number}") for number in range(20)]
    page = home(client)
    assert page.index(shelf[-1].title) < page.index(older.title)
    assert page.index(older.title) < page.index(shelf[-2].title)
    assert page.count("pcard-name") == 12


@pytest.mark.parametrize("size", [1, 20])
def test_the_front_page_takes_five_queries_however_much_there_is(
    client, db, django_assert_num_queries, size
):
    shop = make.make_shop()
    for _ in range(size):
        make.make_post(make.make_creator())
        make.make_product(shop)
    with django_assert_num_queries(5):
        page = home(client)
    assert page.count("pcard-name") == min(size, 12)
    assert page.count("tagword-ad") == min(size, 8)
