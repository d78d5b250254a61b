"""Following by handle: once each, bounded, and undone."""

import pytest
from django.core.cache import cache

from creators import queries
from creators.models import Follow
from creators.services import follows
from marketplace.accounts.models import Handle
from marketplace.kit import limits
from marketplace.kit.errors import NotFound
from tests.factories import creators, sellers

pytestmark = pytest.mark.django_db
AT = sellers.AT


@pytest.fixture(autouse=True)
def _no_limits_used():
    cache.clear()


@pytest.fixture
def user():
    return sellers.user()


def handle(word="nina.berg"):
    creators.make_creator(handle=word)
    return Handle.objects.get(handle=word)


def test_a_creator_and_a_shop_are_followed_once_each(user):
    nina = handle()
    shop = Handle.objects.get(handle=sellers.shop().handle)

    assert follows.follow(user=user, handle=nina, at=AT) is True
    assert follows.follow(user=user, handle=nina, at=AT) is False
    assert follows.follow(user=user, handle=shop, at=AT) is True

    assert queries.follows(user, "nina.berg")
    assert [row.handle for row in queries.followed_by(user)] == [shop, nina]


def test_who_stops_following_is_off_the_list(user):
    nina = handle()
    follows.follow(user=user, handle=nina, at=AT)

    assert follows.unfollow(user=user, handle=nina) is True
    assert follows.unfollow(user=user, handle=nina) is False
    assert not Follow.objects.exists()


def test_nobody_follows_a_handle_that_nobody_bears():
    with pytest.raises(NotFound):
        follows.handle_of("nobody.at.all")


def test_too_many_changes_in_an_hour_are_refused_and_change_nothing(user, monkeypatch):
    monkeypatch.setattr(follows, "PER_HOUR", 1)
    nina = handle()
    follows.follow(user=user, handle=nina, at=AT)

    with pytest.raises(limits.TooMany):
        follows.unfollow(user=user, handle=nina)

    assert Follow.objects.count() == 1


def test_one_more_than_can_be_followed_is_refused(user, monkeypatch):
    monkeypatch.setattr(follows, "MOST", 1)
    follows.follow(user=user, handle=handle(), at=AT)

    with pytest.raises(follows.TooManyFollowed):
        follows.follow(user=user, handle=handle("elin.ek"), at=AT)

    assert Follow.objects.count() == 1


def test_the_number_of_followers_is_shown_from_ten_up():
    nina = handle()
    for _ in range(9):
        follows.follow(user=sellers.user(), handle=nina, at=AT)
    assert queries.followers_shown("nina.berg") == 0

    follows.follow(user=sellers.user(), handle=nina, at=AT)

    assert queries.followers_shown("nina.berg") == 10


def test_whom_one_follows_comes_first_on_the_front_page(user):
    quiet, loud = creators.make_creator(), creators.make_creator()
    creators.make_post(quiet)
    creators.make_post(loud)
    first = [front.creator for front in queries.front_creators(limit=2, user=user)]
    last = first[-1]

    follows.follow(
        user=user, handle=Handle.objects.get(reference=last.public_id), at=AT
    )

    shown = queries.front_creators(limit=2, user=user)
    assert [front.creator for front in shown] == [last, first[0]]
