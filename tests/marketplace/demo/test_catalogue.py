"""The written-down world holds together before any of it is loaded."""

import re
from collections import Counter

from marketplace.demo import catalogue, render


def test_six_sellers_of_both_countries_and_both_kinds():
    kinds = Counter((s.address.country, s.is_business) for s in catalogue.SELLERS)
    assert kinds == {
        ("SE", True): 2,
        ("SE", False): 1,
        ("NL", True): 2,
        ("NL", False): 1,
    }


def test_each_currency_has_at_least_two_sellers_for_one_cart():
    assert Counter(s.currency for s in catalogue.SELLERS) == {"SEK": 3, "EUR": 3}


def test_forty_products_each_with_its_own_first_picture():
    assert len(catalogue.PRODUCTS) == len(catalogue.PRODUCT) == 40
    assert len({product.pictures[0] for product in catalogue.PRODUCTS}) == 40


def test_every_picture_has_its_own_words_and_a_drawing():
    drawn = set(render.names())
    for product in catalogue.PRODUCTS:
        assert len(product.alts) == len(product.pictures), product.key
        assert drawn >= set(product.pictures), product.key
        assert drawn >= {c.picture for c in product.choices} - {""}, product.key


def test_no_drawing_is_left_unused():
    used = {name for product in catalogue.PRODUCTS for name in product.pictures}
    used |= {post.scene for c in catalogue.CREATORS for post in c.posts}
    used |= {creator.portrait for creator in catalogue.CREATORS}
    assert set(render.names()) == used


def test_every_choice_names_one_value_for_each_option_and_no_two_are_alike():
    for product in catalogue.PRODUCTS:
        values = [choice.values for choice in product.choices]
        assert {len(v) for v in values} == {len(product.options)}, product.key
        assert len(set(values)) == len(values), product.key


def test_one_product_is_sold_out_and_some_are_nearly():
    left = {p.key: sum(c.stock for c in p.choices) for p in catalogue.PRODUCTS}
    assert [key for key, units in left.items() if units == 0] == ["trail-sneaker"]
    assert sorted(key for key, units in left.items() if units in (1, 2)) == [
        "koptelefoon",
        "rugborstel",
        "trasmatta",
    ]


def test_what_creators_show_exists_and_comes_from_the_sellers_they_joined():
    for creator in catalogue.CREATORS:
        shown = {t.product for post in creator.posts for t in post.tags}
        shown |= {pick.product for shelf in creator.collections for pick in shelf.picks}
        assert shown <= set(catalogue.PRODUCT), creator.handle
        joined = {catalogue.PRODUCT[key].seller for key in shown}
        assert joined == set(creator.joins), creator.handle


def test_the_japanese_world_is_small_and_holds_together():
    market = catalogue.JAPAN
    assert (len(market.sellers), len(market.creators)) == (3, 2)
    assert len(market.products) == len(market.product) == 12
    drawn = set(render.names())
    for product in market.products:
        assert product.seller in market.seller
        assert len(product.alts) == len(product.pictures), product.key
        assert drawn >= set(product.pictures), product.key
    for creator in market.creators:
        shown = {t.product for post in creator.posts for t in post.tags}
        shown |= {pick.product for shelf in creator.collections for pick in shelf.picks}
        assert {market.product[key].seller for key in shown} == set(creator.joins)
        assert all(len(post.alt) <= 200 for post in creator.posts)


def test_a_tag_lies_on_its_picture_and_names_a_product_once():
    for creator in catalogue.CREATORS:
        for post in creator.posts:
            assert len({tag.product for tag in post.tags}) == len(post.tags)
            assert all(0 < t.x < 1000 and 0 < t.y < 1000 for t in post.tags)


def test_a_share_funded_by_the_platform_stays_within_its_commission():
    for terms in catalogue.COLLABORATIONS:
        if terms.funded_by == "platform":
            assert terms.creator_bps <= 1000


def test_handles_are_of_the_allowed_form_and_unique():
    handles = [s.handle for s in catalogue.SELLERS]
    handles += [c.handle for c in catalogue.CREATORS]
    assert len(set(handles)) == len(handles) == 11
    form = re.compile(r"[a-z0-9][a-z0-9._-]{1,28}[a-z0-9]")
    assert all(form.fullmatch(handle) for handle in handles)


def test_texts_fit_the_fields_they_go_into():
    for product in catalogue.PRODUCTS:
        assert len(product.title) <= 150
        assert all(0 < len(alt) <= 200 for alt in product.alts)
    for creator in catalogue.CREATORS:
        assert len(creator.bio) <= 400
        assert all(len(post.alt) <= 200 for post in creator.posts)
        assert all(
            len(pick.note) <= 200
            for shelf in creator.collections
            for pick in shelf.picks
        )


def test_everyone_has_an_address_of_mail_that_belongs_to_no_one():
    mails = [x.email for x in (*catalogue.SELLERS, *catalogue.CREATORS)]
    mails += [b.email for b in catalogue.BUYERS] + [
        *(staff.email for staff in (catalogue.STAFF, catalogue.SECOND_STAFF))
    ]
    assert len(set(mails)) == len(mails)
    assert all(mail.endswith(".example") for mail in mails)
