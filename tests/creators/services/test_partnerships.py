from datetime import timedelta

import pytest

from creators.models import Collaboration, Partnership
from creators.services import partnerships
from creators.services.partnerships import Terms
from tests.factories.creators import (
    AT,
    make_creator,
    make_partnership,
    make_shop,
    make_user,
)

pytestmark = pytest.mark.django_db


def open_one(shop, **changes):
    terms = {"rate_bps": 1200, "funded_by": "seller", "starts_at": AT, **changes}
    return partnerships.open(shop=shop, **terms)


@pytest.mark.parametrize(
    ("funded_by", "rate_bps"), [("seller", 8000), ("platform", 1000), ("seller", 1)]
)
def test_a_collaboration_opens_up_to_what_can_be_paid(funded_by, rate_bps):
    collaboration = open_one(make_shop(), funded_by=funded_by, rate_bps=rate_bps)

    assert (collaboration.rate_bps, collaboration.funded_by) == (rate_bps, funded_by)


@pytest.mark.parametrize(
    ("funded_by", "rate_bps"),
    [("seller", 8001), ("platform", 1001), ("seller", 0), ("platform", -1)],
)
def test_a_rate_nobody_could_pay_is_refused(funded_by, rate_bps):
    with pytest.raises(partnerships.RateRefused):
        open_one(make_shop(), funded_by=funded_by, rate_bps=rate_bps)

    assert not Collaboration.objects.exists()


def test_commission_and_share_together_leave_the_seller_a_tenth(settings):
    settings.PLATFORM_COMMISSION_BPS = 2500

    assert open_one(make_shop(), rate_bps=6500).rate_bps == 6500
    with pytest.raises(partnerships.RateRefused):
        open_one(make_shop(), rate_bps=6501)


def test_a_collaboration_must_end_after_it_starts():
    with pytest.raises(partnerships.DatesRefused):
        open_one(make_shop(), ends_at=AT)

    assert not Collaboration.objects.exists()


def test_a_creator_joins_once():
    creator, collaboration = make_creator(), open_one(make_shop())
    partnership = partnerships.join(creator=creator, collaboration=collaboration, at=AT)

    with pytest.raises(partnerships.AlreadyJoined):
        partnerships.join(creator=creator, collaboration=collaboration, at=AT)

    assert list(Partnership.objects.all()) == [partnership]


def test_who_left_may_join_again_and_the_first_consent_stays_on_record():
    creator, collaboration = make_creator(), open_one(make_shop())
    first = partnerships.join(creator=creator, collaboration=collaboration, at=AT)
    partnerships.leave(partnership=first, at=AT + timedelta(days=1))

    second = partnerships.join(
        creator=creator, collaboration=collaboration, at=AT + timedelta(days=2)
    )

    first.refresh_from_db()
    assert first.ended_at == AT + timedelta(days=1)
    assert (second.joined_at, second.ended_at) == (AT + timedelta(days=2), None)


def test_leaving_twice_is_refused_and_keeps_the_first_moment():
    partnership = make_partnership(make_creator(), make_shop())
    partnerships.leave(partnership=partnership, at=AT)

    with pytest.raises(partnerships.AlreadyLeft):
        partnerships.leave(partnership=partnership, at=AT + timedelta(days=1))

    partnership.refresh_from_db()
    assert partnership.ended_at == AT


def test_an_ended_collaboration_cannot_be_joined():
    collaboration = open_one(make_shop(), ends_at=AT + timedelta(days=1))

    with pytest.raises(partnerships.CollaborationEnded):
        partnerships.join(
            creator=make_creator(),
            collaboration=collaboration,
            at=AT + timedelta(days=1),
        )

    assert not Partnership.objects.exists()


def test_nobody_earns_on_a_shop_of_their_own():
    owner = make_user()
    collaboration = open_one(make_shop(owner=owner))
    creator = make_creator(user=owner)

    with pytest.raises(partnerships.OwnShop):
        partnerships.join(creator=creator, collaboration=collaboration, at=AT)

    assert not Partnership.objects.exists()


def test_ending_a_collaboration_stops_its_terms_from_that_moment():
    creator, shop = make_creator(), make_shop()
    partnership = make_partnership(creator, shop)
    partnerships.end(collaboration=partnership.collaboration, at=AT)

    def terms(at):
        return partnerships.terms_for(
            creator_ids=[creator.pk], shop_ids=[shop.pk], at=at
        )

    assert len(terms(AT - timedelta(seconds=1))) == 1
    assert terms(AT) == {}
    with pytest.raises(partnerships.CollaborationEnded):
        partnerships.end(collaboration=partnership.collaboration, at=AT)


def test_of_several_terms_the_highest_rate_counts_and_of_equal_ones_the_oldest():
    creator, shop = make_creator(), make_shop()
    make_partnership(creator, shop, rate_bps=900)
    best = make_partnership(creator, shop, rate_bps=1000, funded_by="platform")
    make_partnership(creator, shop, rate_bps=1000)

    terms = partnerships.terms_for(creator_ids=[creator.pk], shop_ids=[shop.pk], at=AT)

    assert terms == {(creator.pk, shop.pk): Terms(1000, "platform", best.public_id)}


@pytest.mark.parametrize("pairs", [1, 10])
def test_terms_of_many_pairs_take_one_query(pairs, django_assert_num_queries):
    creators = [make_creator() for _ in range(pairs)]
    shops = [make_shop() for _ in range(pairs)]
    for creator, shop in zip(creators, shops, strict=True):
        make_partnership(creator, shop)

    with django_assert_num_queries(1):
        terms = partnerships.terms_for(
            creator_ids=[creator.pk for creator in creators],
            shop_ids=[shop.pk for shop in shops],
            at=AT,
        )

    assert len(terms) == pairs
