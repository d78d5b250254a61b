"""Tax rates by country, category and kind of seller."""

import pytest

from orders.models import TaxRate
from orders.services import pricing, tax
from sellers.models import ShopKind

pytestmark = pytest.mark.django_db


def set_sweden(**fields):
    return tax.set_rate(
        **{
            "country": "SE",
            "rate_bps": 2500,
            "is_included": True,
            "collected_by": "seller",
            **fields,
        }
    )


def test_a_trader_collects_the_rate_of_the_country_the_goods_go_to():
    set_sweden()
    assert tax.rate_for(
        country="SE", category="home", shop_kind=ShopKind.BUSINESS
    ) == pricing.Tax(rate_bps=2500, is_included=True, collected_by="seller")


def test_a_private_person_sells_without_tax():
    set_sweden()
    found = tax.rate_for(country="SE", category="home", shop_kind=ShopKind.PRIVATE)
    assert found == pricing.NO_TAX


def test_a_category_with_its_own_rate_has_it():
    set_sweden()
    set_sweden(category="clothing", rate_bps=1200)
    rates = tax.table(country="SE")
    business = ShopKind.BUSINESS
    assert rates.rate_for(category="clothing", shop_kind=business).rate_bps == 1200
    assert rates.rate_for(category="home", shop_kind=business).rate_bps == 2500
    assert rates.rate_for(category=tax.DELIVERY, shop_kind=business).rate_bps == 2500


def test_a_country_without_a_rate_is_an_error_not_zero():
    set_sweden()
    with pytest.raises(tax.TaxRateMissing, match="NO"):
        tax.rate_for(country="NO", category="home", shop_kind=ShopKind.BUSINESS)


def test_a_rate_of_zero_is_a_rate():
    set_sweden(rate_bps=0)
    found = tax.rate_for(country="SE", category="home", shop_kind=ShopKind.BUSINESS)
    assert found.rate_bps == 0


def test_setting_a_rate_again_changes_the_one_row():
    set_sweden()
    set_sweden(rate_bps=2600)
    assert TaxRate.objects.get().rate_bps == 2600


@pytest.mark.parametrize(
    "fields", [{"rate_bps": -1}, {"rate_bps": 5001}, {"collected_by": "none"}]
)
def test_a_rate_that_cannot_be_is_refused(fields):
    with pytest.raises(tax.TaxRateRefused):
        set_sweden(**fields)
    assert not TaxRate.objects.exists()
