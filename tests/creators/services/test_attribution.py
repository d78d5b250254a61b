import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from creators.services import attribution, partnerships
from creators.services.attribution import BuyerIdentity, LineContext, Source
from marketplace.kit import ids
from tests.factories.creators import (
    AT,
    make_collection,
    make_creator,
    make_partnership,
    make_post,
    make_shop,
)

pytestmark = pytest.mark.django_db
TODAY = AT.date()
STRANGER = BuyerIdentity(user_id=None, email="buyer@example.org")


def decide_one(shop, *, source=None, code_creator=None, buyer=STRANGER, at=AT):
    decisions = attribution.decide(
        lines=[LineContext(key="line", shop_id=shop.pk, source=source)],
        code_creator_id=code_creator.pk if code_creator else None,
        buyer=buyer,
        at=at,
    )
    return decisions["line"]


def post_source(creator, issued=TODAY):
    return Source("post", make_post(creator).public_id, issued)


# --- tokens ---------------------------------------------------------------------


@given(
    source_type=st.sampled_from(["collection", "post", "profile", "link"]),
    age=st.integers(min_value=0, max_value=30),
    random=st.text(alphabet=ids.ALPHABET, min_size=14, max_size=14),
)
def test_a_token_of_the_window_gives_back_what_was_signed(source_type, age, random):
    prefix = attribution.TYPES[source_type][1]
    issued = TODAY - timedelta(days=age)

    signed = attribution.token(
        source_type=source_type, source_id=prefix + random, issued=issued
    )

    assert len(signed) <= 48
    assert attribution.read_token(token=signed, at=AT) == Source(
        source_type, prefix + random, issued
    )


@given(position=st.integers(min_value=0, max_value=42), letter=st.characters())
def test_a_token_with_any_letter_changed_is_no_source(position, letter):
    signed = attribution.token(
        source_type="post", source_id="post_23456789BCDFGH", issued=TODAY
    )
    changed = signed[:position] + letter + signed[position + 1 :]

    read = attribution.read_token(token=changed, at=AT)

    assert read is None or changed == signed


@given(st.text(max_size=60))
def test_any_other_text_is_no_source(text):
    assert attribution.read_token(token=text, at=AT) is None


def test_a_token_lives_thirty_days_and_not_one_more():
    signed = attribution.token(
        source_type="post", source_id="post_23456789BCDFGH", issued=TODAY
    )

    assert attribution.read_token(token=signed, at=AT + timedelta(days=30))
    assert attribution.read_token(token=signed, at=AT + timedelta(days=31)) is None


def test_a_token_signed_with_another_key_is_no_source(settings):
    signed = attribution.token(
        source_type="post", source_id="post_23456789BCDFGH", issued=TODAY
    )
    settings.SECRET_KEY = "another"

    assert attribution.read_token(token=signed, at=AT) is None


def test_a_token_survives_a_change_of_key_while_the_old_one_is_a_fallback(settings):
    signed = attribution.token(
        source_type="post", source_id="post_23456789BCDFGH", issued=TODAY
    )
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"

    assert attribution.read_token(token=signed, at=AT) == Source(
        "post", "post_23456789BCDFGH", TODAY
    )


# --- the decision ---------------------------------------------------------------


def test_a_tagged_post_wins_with_the_terms_of_its_creator():
    creator, shop = make_creator("nina"), make_shop()
    partnership = make_partnership(creator, shop, rate_bps=1200)
    source = post_source(creator)

    decision = decide_one(shop, source=source)

    assert decision == attribution.Decision(
        creator_id=creator.pk,
        rate_bps=1200,
        funded_by="seller",
        rule="tag",
        reason="post",
        candidates=[
            {
                "rule": "tag",
                "creator": creator.public_id,
                "handle": "nina",
                "source_type": "post",
                "source_id": source.id,
                "source_date": "2026-11-02",
                "rate_bps": 1200,
                "funded_by": "seller",
                "partnership": partnership.public_id,
                "won": True,
                "reason": "post",
            }
        ],
        partnership_reference=partnership.public_id,
    )


@pytest.mark.parametrize(
    ("source_type", "rule"),
    [("profile", "tag"), ("link", "link")],
)
def test_a_page_counts_as_a_tag_and_a_link_as_a_link(source_type, rule):
    creator, shop = make_creator(), make_shop()
    make_partnership(creator, shop)

    decision = decide_one(shop, source=Source(source_type, creator.public_id, TODAY))

    assert (decision.creator_id, decision.rule, decision.reason) == (
        creator.pk,
        rule,
        source_type,
    )


def test_a_collection_wins_for_its_creator():
    creator, shop = make_creator(), make_shop()
    make_partnership(creator, shop)
    collection = make_collection(creator)

    decision = decide_one(
        shop, source=Source("collection", collection.public_id, TODAY)
    )

    assert (decision.creator_id, decision.reason) == (creator.pk, "collection")


def test_a_code_beats_a_tag_and_the_tag_is_kept_as_outranked():
    tagger, coder, shop = make_creator(), make_creator(), make_shop()
    make_partnership(tagger, shop, rate_bps=2000)
    make_partnership(coder, shop, rate_bps=500)

    decision = decide_one(shop, source=post_source(tagger), code_creator=coder)

    assert (decision.creator_id, decision.rate_bps) == (coder.pk, 500)
    assert (decision.rule, decision.reason) == ("code", "code")
    assert [
        (each["rule"], each["creator"], each["won"], each["reason"])
        for each in decision.candidates
    ] == [
        ("code", coder.public_id, True, "code"),
        ("tag", tagger.public_id, False, "outranked"),
    ]


def test_a_code_without_terms_leaves_the_line_to_the_tag():
    tagger, coder, shop = make_creator(), make_creator(), make_shop()
    make_partnership(tagger, shop)
    make_partnership(coder, make_shop())

    decision = decide_one(shop, source=post_source(tagger), code_creator=coder)

    assert (decision.creator_id, decision.rule) == (tagger.pk, "tag")
    assert [(each["won"], each["reason"]) for each in decision.candidates] == [
        (False, "no_terms"),
        (True, "post"),
    ]


def test_no_source_and_no_code_is_nobodys_sale():
    shop = make_shop()

    assert decide_one(shop) == attribution.Decision(
        None, None, None, "none", "no_source", [], ""
    )


def test_a_creator_without_a_running_collaboration_loses_with_the_reason():
    creator, shop = make_creator(), make_shop()

    decision = decide_one(shop, source=post_source(creator))

    assert (decision.creator_id, decision.rule, decision.reason) == (
        None,
        "none",
        "no_terms",
    )
    assert decision.rate_bps is decision.funded_by is None
    assert decision.candidates[0]["won"] is False
    assert decision.candidates[0]["rate_bps"] is None


def test_a_creator_who_left_earns_nothing_from_that_moment():
    creator, shop = make_creator(), make_shop()
    partnership = make_partnership(creator, shop)
    source = post_source(creator)
    partnerships.leave(partnership=partnership, at=AT)

    before = decide_one(shop, source=source, at=AT - timedelta(seconds=1))
    after = decide_one(shop, source=source, at=AT)

    assert (before.creator_id, after.creator_id) == (creator.pk, None)
    assert after.reason == "no_terms"


def test_an_ended_collaboration_and_one_that_starts_later_earn_nothing():
    creator, shop = make_creator(), make_shop()
    source = post_source(creator)
    ended = make_partnership(creator, shop, rate_bps=1500)
    partnerships.end(collaboration=ended.collaboration, at=AT - timedelta(days=1))
    make_partnership(creator, shop, rate_bps=1600, at=AT + timedelta(days=1))

    now = decide_one(shop, source=source)
    later = decide_one(shop, source=source, at=AT + timedelta(days=1))

    assert (now.creator_id, now.reason) == (None, "no_terms")
    assert (later.creator_id, later.rate_bps) == (creator.pk, 1600)


def test_a_creator_who_buys_signed_in_earns_nothing():
    creator, shop = make_creator(), make_shop()
    make_partnership(creator, shop)
    buyer = BuyerIdentity(user_id=creator.user_id, email="other@example.org")

    decision = decide_one(shop, source=post_source(creator), buyer=buyer)

    assert (decision.creator_id, decision.rule, decision.reason) == (
        None,
        "none",
        "self_purchase",
    )
    assert decision.candidates[0]["reason"] == "self_purchase"
    assert decision.candidates[0]["rate_bps"] == 1200


@pytest.mark.parametrize(
    ("own", "typed"),
    [
        ("nina@example.com", "NINA@Example.com"),
        ("nina@example.com", "nina+gift@example.com"),
        ("nina.berg@gmail.com", "ninaberg@googlemail.com"),
        ("ninaberg@gmail.com", "n.i.n.a.berg+x@gmail.com"),
        ("nina@example.com", "ｎｉｎａ@example.com"),
    ],
)
def test_a_creator_who_buys_as_a_guest_with_a_spelling_of_the_address_earns_nothing(
    own, typed
):
    creator, shop = make_creator(), make_shop()
    creator.user.email = own
    creator.user.save()
    make_partnership(creator, shop)
    buyer = BuyerIdentity(user_id=None, email=typed)

    decision = decide_one(shop, code_creator=creator, buyer=buyer)

    assert (decision.creator_id, decision.reason) == (None, "self_purchase")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nina.berg@example.com", "ninaberg@example.com"),
        ("nina@example.com", "nina@example.org"),
        ("nina@gmail.com", "nino@gmail.com"),
    ],
)
def test_two_mailboxes_stay_two(one, other):
    assert attribution.normalise_email(one) != attribution.normalise_email(other)


def test_a_creators_own_code_does_not_take_the_line_from_the_creator_who_tagged_it():
    tagger, buyer_creator, shop = make_creator(), make_creator(), make_shop()
    make_partnership(tagger, shop)
    make_partnership(buyer_creator, shop)
    buyer = BuyerIdentity(user_id=buyer_creator.user_id, email="x@example.org")

    decision = decide_one(
        shop, source=post_source(tagger), code_creator=buyer_creator, buyer=buyer
    )

    assert (decision.creator_id, decision.rule) == (tagger.pk, "tag")


def test_a_source_that_grew_old_in_the_cart_is_expired():
    creator, shop = make_creator(), make_shop()
    make_partnership(creator, shop)
    source = post_source(creator, issued=TODAY - timedelta(days=31))

    assert decide_one(shop, source=source).reason == "expired"


def test_a_source_that_was_deleted_is_gone():
    creator, shop = make_creator(), make_shop()
    make_partnership(creator, shop)
    source = Source("post", "post_23456789BCDFGH", TODAY)

    decision = decide_one(shop, source=source)

    assert (decision.creator_id, decision.reason) == (None, "gone")
    assert decision.candidates[0]["creator"] is None


def test_each_line_has_its_own_single_winner():
    nina, omar = make_creator(), make_creator()
    linen, clay = make_shop(), make_shop()
    make_partnership(nina, linen)
    make_partnership(omar, clay)
    make_partnership(omar, linen, rate_bps=3000)

    decisions = attribution.decide(
        lines=[
            LineContext(1, linen.pk, post_source(nina)),
            LineContext(2, clay.pk, post_source(omar)),
            LineContext(3, clay.pk, post_source(nina)),
        ],
        code_creator_id=None,
        buyer=STRANGER,
        at=AT,
    )

    assert {key: each.creator_id for key, each in decisions.items()} == {
        1: nina.pk,
        2: omar.pk,
        3: None,
    }
    for decision in decisions.values():
        assert sum(each["won"] for each in decision.candidates) <= 1


def test_candidates_are_plain_json():
    creator, coder, shop = make_creator(), make_creator(), make_shop()
    make_partnership(creator, shop)

    decision = decide_one(shop, source=post_source(creator), code_creator=coder)

    assert json.loads(json.dumps(decision.candidates)) == decision.candidates


@pytest.mark.parametrize("lines", [1, 10])
def test_the_queries_do_not_grow_with_the_lines(lines, django_assert_num_queries):
    shops = [make_shop() for _ in range(lines)]
    contexts = []
    for number, shop in enumerate(shops):
        creator = make_creator()
        make_partnership(creator, shop)
        kind = ("post", "collection", "profile", "link")[number % 4]
        source_id = {
            "post": lambda c: make_post(c).public_id,
            "collection": lambda c: make_collection(c).public_id,
        }.get(kind, lambda c: c.public_id)(creator)
        contexts.append(LineContext(number, shop.pk, Source(kind, source_id, TODAY)))
    code_creator = make_creator()

    # collections and posts in one union; creators with their users; terms
    with django_assert_num_queries(3):
        decisions = attribution.decide(
            lines=contexts,
            code_creator_id=code_creator.pk,
            buyer=STRANGER,
            at=AT,
        )

    assert all(each.creator_id for each in decisions.values())


def test_a_cart_without_sources_or_code_asks_nothing():
    shop = make_shop()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        decide_one(shop)

    assert len(queries) == 0


def test_every_reason_has_a_sentence():
    for reason in attribution.Reason:
        assert str(reason.label).endswith(".")
        assert str(reason.label) != reason.value


def test_a_day_is_counted_from_a_fixed_epoch():
    assert attribution.token(
        source_type="post", source_id="post_23456789BCDFGH", issued=date(2020, 1, 2)
    ).startswith("p1.23456789BCDFGH.")
