import pytest

from sellers import queries
from sellers.models import DeliveryProfile
from sellers.services import delivery
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
PARCEL = {
    "name": "Parcel",
    "countries": ["NL", "SE"],
    "price_amount": 5900,
    "days_min": 2,
    "days_max": 4,
}


def test_a_delivery_price_is_set_in_the_shops_currency():
    shop = make.shop(delivery_amount=None)
    profile = delivery.set_delivery(shop=shop, **PARCEL)
    row = DeliveryProfile.objects.get()
    assert row == profile
    assert (row.price_amount, row.currency, row.countries) == (
        5900,
        "SEK",
        ["SE", "NL"],
    )


def test_the_same_name_changes_it_and_another_adds():
    shop = make.shop(delivery_amount=None)
    first = delivery.set_delivery(shop=shop, **PARCEL)
    again = delivery.set_delivery(
        shop=shop, **PARCEL | {"countries": ["SE"], "price_amount": 0}
    )
    abroad = delivery.set_delivery(
        shop=shop, **PARCEL | {"name": "Abroad", "countries": ["NL"]}
    )
    assert again.pk == first.pk
    assert [profile.position for profile in (again, abroad)] == [0, 1]
    assert queries.delivery_for([shop], "SE") == {shop.pk: again}
    assert queries.delivery_for([shop], "NL") == {shop.pk: abroad}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"name": " "}, delivery.BadDeliveryName),
        ({"name": "x" * 61}, delivery.BadDeliveryName),
        ({"countries": []}, delivery.BadCountries),
        ({"countries": ["SE", "US"]}, delivery.BadCountries),
        ({"price_amount": -1}, delivery.BadDeliveryPrice),
        ({"price_amount": 10_000_000}, delivery.BadDeliveryPrice),
        ({"days_min": 5}, delivery.BadDays),
        ({"days_min": -1}, delivery.BadDays),
        ({"days_max": 91}, delivery.BadDays),
    ],
)
def test_a_delivery_that_cannot_be_is_refused_and_nothing_changes(changed, error):
    shop = make.shop(delivery_amount=None)
    with pytest.raises(error):
        delivery.set_delivery(shop=shop, **PARCEL | changed)
    assert not DeliveryProfile.objects.exists()


def test_a_country_has_one_price_in_a_shop():
    shop = make.shop(delivery_amount=None)
    delivery.set_delivery(shop=shop, **PARCEL)
    with pytest.raises(delivery.CountryTwice) as refused:
        delivery.set_delivery(
            shop=shop, **PARCEL | {"name": "Fast", "countries": ["NL", "DE"]}
        )
    assert refused.value.country == "NL"
    assert DeliveryProfile.objects.count() == 1


def test_deliveries_of_many_shops_take_one_query(django_assert_num_queries):
    near, far = make.shop(), make.shop(delivery_amount=None)
    delivery.set_delivery(shop=far, **PARCEL | {"countries": ["NL"]})
    with django_assert_num_queries(1):
        found = queries.delivery_for([near, far], "SE")
    assert set(found) == {near.pk}
