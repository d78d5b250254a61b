"""The Follow button with and without a sign-in, and the list of whom one follows."""

from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.urls import reverse

from creators.models import Follow
from creators.services import follows
from marketplace.accounts.models import Handle
from tests.factories import creators, sellers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limits_used():
    cache.clear()


@pytest.fixture
def user(client):
    made = sellers.user("maja@example.com", password="a-Long-one-7")
    client.force_login(made)
    return made


@pytest.fixture
def creator():
    made = creators.make_creator(name="Nina Berg")
    creators.make_post(made)
    return made


def press(client, creator, does="follow", **fields):
    url = reverse("creators:follow", args=[creator.handle])
    return client.post(url, {"does": does, **fields})


def follow(user, party):
    handle = Handle.objects.get(reference=party.public_id)
    follows.follow(user=user, handle=handle, at=sellers.AT)


def test_a_signed_in_buyer_follows_and_stops_on_the_profile(client, user, creator):
    assert ">Follow<" in client.get(creator.get_absolute_url()).content.decode()

    answer = press(client, creator, back=creator.get_absolute_url())

    assert answer["Location"] == creator.get_absolute_url()
    assert Follow.objects.visible_to(user).count() == 1
    text = client.get(creator.get_absolute_url()).content.decode()
    assert "Following" in text
    assert f"You follow @{creator.handle} now." in text
    press(client, creator, does="unfollow")
    assert not Follow.objects.exists()


def test_a_stranger_signs_in_and_then_follows(client, creator):
    sellers.user("maja@example.com", password="a-Long-one-7")

    answer = press(client, creator)

    wish = reverse("creators:follow", args=[creator.handle])
    assert unquote(answer["Location"]) == f"/account/login/?next={wish}"
    assert not Follow.objects.exists()
    assert client.login(email="maja@example.com", password="a-Long-one-7")
    answer = client.get(wish)
    assert answer["Location"] == creator.get_absolute_url()
    assert Follow.objects.get().handle.handle == creator.handle


def test_no_link_makes_a_signed_in_person_follow(client, user, creator):
    answer = client.get(reverse("creators:follow", args=[creator.handle]))

    assert answer["Location"] == creator.get_absolute_url()
    assert not Follow.objects.exists()


def test_the_button_leads_back_to_pages_of_ours_only(client, user, creator):
    answer = press(client, creator, back="//evil.example/x")
    assert answer["Location"] == creator.get_absolute_url()


def test_nobody_follows_who_is_not_there(client, user):
    answer = client.post(reverse("creators:follow", args=["nobody"]))
    assert answer.status_code == 404


def test_the_list_shows_what_is_new_and_an_empty_one_says_what_to_do(
    client, user, creator
):
    url = reverse("create:following")
    assert "You follow nobody yet" in client.get(url).content.decode()
    product = sellers.product(shop=sellers.shop(name="陶器の店"), title="急須")
    follow(user, creator)
    follow(user, product.shop)

    text = client.get(url).content.decode()

    assert text.index("陶器の店") < text.index("Nina Berg")
    assert "急須" in text
    assert "Newest post" in text


def test_the_list_asks_as_often_for_ten_as_for_one(
    client, user, creator, django_assert_num_queries
):
    """Session, user, follows (count and rows), creators, shops, posts, products with
    photos and variants.
    """
    follow(user, creator)
    follow(user, sellers.product().shop)
    url = reverse("create:following")
    client.get(url)
    with django_assert_num_queries(10):
        client.get(url)
    for _ in range(4):
        more = creators.make_creator()
        creators.make_post(more)
        follow(user, more)
        follow(user, sellers.product(shop=sellers.shop()).shop)

    with django_assert_num_queries(10):
        client.get(url)
