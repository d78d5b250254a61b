"""The address pages of the account: by country, and one's own only."""

import pytest
from django.urls import reverse

from orders.models import SavedAddress
from orders.services import addresses
from tests.factories import orders, sellers

pytestmark = pytest.mark.django_db
TYPED = {
    "name": "Maja Nyström",
    "country": "SE",
    "line1": "Kungsgatan 31",
    "postal_code": "９０３２６",
    "city": "Umeå",
}


@pytest.fixture
def user(client):
    made = sellers.user()
    client.force_login(made)
    return made


def kept(user):
    return [addresses.written(one) for one in user.saved_addresses.order_by("pk")]


def test_an_address_is_kept_with_its_postcode_written_as_the_country_does(client, user):
    text = client.get(reverse("orders:addresses")).content.decode()
    assert "No addresses yet" in text

    answer = client.post(reverse("orders:address-new"), TYPED, follow=True)

    assert "The address is kept." in answer.content.decode()
    assert "Filled in at the checkout" in answer.content.decode()
    assert kept(user) == [{**TYPED, "postal_code": "903 26", "region": ""}]


def test_a_wrong_postcode_is_named_and_nothing_is_kept(client, user):
    answer = client.post(reverse("orders:address-new"), {**TYPED, "postal_code": "12"})

    assert answer.status_code == 422
    assert "A postcode looks like 123 45." in answer.content.decode()
    assert kept(user) == []


def test_in_japan_the_family_name_and_the_postcode_come_first(client, user, settings):
    settings.PLATFORM_COUNTRY = "JP"
    url = reverse("orders:address-new")
    text = client.get(url).content.decode()
    order = ["family-name", "given-name", "postal-code", "address-level1"]
    places = [text.index(f'autocomplete="{name}"') for name in order]
    assert places == sorted(places)
    assert 'autocomplete="name"' not in text

    client.post(
        url,
        {
            "family_name": "山田",
            "given_name": "花子",
            "country": "JP",
            "postal_code": "１５０－０００１",
            "region": "東京都",
            "city": "渋谷区",
            "line1": "神宮前１－２－３",
        },
    )

    assert kept(user) == [
        {
            "name": "山田 花子",
            "line1": "神宮前1-2-3",
            "postal_code": "150-0001",
            "city": "渋谷区",
            "region": "東京都",
            "country": "JP",
        }
    ]
    one = user.saved_addresses.get()
    text = client.get(reverse("orders:address", args=[one.public_id])).content.decode()
    assert 'value="山田"' in text
    assert 'value="花子"' in text


JAPANESE = {
    "family_name": "山田",
    "given_name": "花子",
    "country": "JP",
    "region": "東京都",
    "city": "渋谷区",
}


@pytest.mark.parametrize(
    "typed", ["150-0001", "150ー0001", "１５０ー０００１", "〒150 0001", "150−0001"]
)
def test_a_japanese_postcode_may_be_typed_with_any_dash(client, user, settings, typed):
    settings.PLATFORM_COUNTRY = "JP"
    client.post(
        reverse("orders:address-new"),
        {**JAPANESE, "postal_code": typed, "line1": "神宮前1-2-3"},
    )

    assert [one["postal_code"] for one in kept(user)] == ["150-0001"]


@pytest.mark.parametrize("line", ["神宮前", " 神宮前　"])
def test_a_neighbourhood_without_a_number_is_not_kept(client, user, settings, line):
    """It is what the postcode filled in, and leads to no door."""
    settings.PLATFORM_COUNTRY = "JP"
    url = reverse("orders:address-new")
    answer = client.post(url, {**JAPANESE, "postal_code": "150-0001", "line1": line})

    assert answer.status_code == 422
    assert "Write the block and the number of the house too." in answer.content.decode()
    assert kept(user) == []


def test_an_address_is_changed_made_the_default_and_removed(client, user):
    client.post(reverse("orders:address-new"), TYPED)
    client.post(reverse("orders:address-new"), {**TYPED, "line1": "Storgatan 2"})
    home, work = user.saved_addresses.order_by("pk")
    url = reverse("orders:addresses")

    client.post(url, {"address": work.public_id, "does": "default"})
    client.post(
        reverse("orders:address", args=[home.public_id]), {**TYPED, "city": "Luleå"}
    )

    assert addresses.default_of(user=user) == work
    home.refresh_from_db()
    assert home.city == "Luleå"
    client.post(url, {"address": work.public_id, "does": "remove"})
    assert [one.is_default for one in user.saved_addresses.all()] == [True]


def test_the_same_address_twice_is_refused_on_the_page(client, user):
    client.post(reverse("orders:address-new"), TYPED)
    client.post(reverse("orders:address-new"), {**TYPED, "line1": "Storgatan 2"})
    work = user.saved_addresses.get(line1="Storgatan 2")

    answer = client.post(reverse("orders:address", args=[work.public_id]), TYPED)

    assert answer.status_code == 409
    assert "You keep this address already" in answer.content.decode()


@pytest.mark.parametrize("does", ["remove", "default", "change"])
def test_nobody_touches_an_address_of_somebody_else(client, user, does):
    theirs = addresses.keep(
        user=sellers.user(), address=TYPED, is_default=True, at=orders.AT
    )
    if does == "change":
        url = reverse("orders:address", args=[theirs.public_id])
        answers = [client.get(url), client.post(url, TYPED)]
    else:
        fields = {"address": theirs.public_id, "does": does}
        answers = [client.post(reverse("orders:addresses"), fields)]

    assert {answer.status_code for answer in answers} == {404}
    assert SavedAddress.objects.get() == theirs


def test_the_list_asks_as_often_for_ten_as_for_one(
    client, user, django_assert_num_queries
):
    """Session, user, addresses."""
    for number in range(1, 11):
        client.post(
            reverse("orders:address-new"), {**TYPED, "line1": f"Storgatan {number}"}
        )
        client.get(reverse("orders:addresses"))
        with django_assert_num_queries(3):
            client.get(reverse("orders:addresses"))
