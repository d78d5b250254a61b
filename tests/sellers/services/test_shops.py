import pytest

from marketplace.accounts.models import Handle
from sellers.models import Membership, Shop
from sellers.services import shops
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
START = {
    "name": "Studio Lera",
    "handle": "Lera",
    "kind": "business",
    "country": "SE",
    "currency": "SEK",
    "contact_email": "hej@lera.example",
    "at": make.AT,
}


def nothing_was_saved():
    return not (Shop.objects.exists() or Handle.objects.exists())


def test_a_shop_starts_with_its_handle_and_its_owner():
    owner = make.user()
    shop = shops.start(user=owner, **START)
    assert (shop.handle, shop.name, shop.kind) == ("lera", "Studio Lera", "business")
    assert (shop.country, shop.currency, shop.return_days) == ("SE", "SEK", 14)
    assert (shop.is_open, shop.is_payable, shop.started_at) == (True, False, make.AT)
    handle = Handle.objects.get()
    assert (handle.handle, handle.kind, handle.reference) == (
        "lera",
        "shop",
        shop.public_id,
    )
    member = Membership.objects.get()
    assert (member.user, member.shop, member.role) == (owner, shop, "owner")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"name": "  "}, shops.EmptyName),
        ({"country": "US"}, shops.CountryNotServed),
        ({"country": "JP"}, shops.CountryNotServed),
        ({"currency": "USD"}, shops.CurrencyNotListed),
        ({"handle": "a"}, shops.HandleRefused),
        ({"handle": "admin"}, shops.HandleRefused),
        ({"handle": "lära"}, shops.HandleRefused),
        ({"kind": "club"}, ValueError),
    ],
)
def test_a_shop_that_cannot_be_is_refused_and_nothing_is_saved(changed, error):
    with pytest.raises(error):
        shops.start(user=make.user(), **START | changed)
    assert nothing_was_saved()


def test_a_handle_is_given_once():
    shops.start(user=make.user(), **START)
    with pytest.raises(shops.HandleTaken):
        shops.start(user=make.user(), **START | {"handle": "@LERA"})
    assert Shop.objects.count() == 1
    assert Membership.objects.count() == 1


def test_a_japanese_platform_serves_japan_alone(settings):
    settings.PLATFORM_COUNTRY = "JP"
    assert shops.region() == {"countries": ["JP"], "currencies": ["JPY"]}
    with pytest.raises(shops.CountryNotServed):
        shops.start(user=make.user(), **START)
    assert nothing_was_saved()


PROFILE = {
    "name": "Lera AB",
    "about": "Clay.",
    "contact_email": "a@lera.example",
    "kind": "business",
    "legal_name": "Lera AB",
    "legal_address": "Gatan 1\n111 22 Stockholm",
    "registration_number": "556000-0000",
    "return_days": 30,
}


def test_a_profile_is_changed():
    shop = make.shop()
    shops.update_profile(shop=shop, **PROFILE)
    row = Shop.objects.values(*PROFILE).get(pk=shop.pk)
    assert row == PROFILE


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"name": ""}, shops.EmptyName),
        ({"legal_name": " "}, shops.LegalDetailsMissing),
        ({"legal_address": ""}, shops.LegalDetailsMissing),
        ({"return_days": 13}, shops.BadReturnDays),
        ({"return_days": 366}, shops.BadReturnDays),
    ],
)
def test_a_profile_that_cannot_be_changes_nothing(changed, error):
    shop = make.shop()
    before = Shop.objects.values().get(pk=shop.pk)
    with pytest.raises(error):
        shops.update_profile(shop=shop, **PROFILE | changed)
    assert Shop.objects.values().get(pk=shop.pk) == before


def test_a_private_person_needs_no_company():
    shop = make.shop()
    shops.update_profile(
        shop=shop,
        **PROFILE | {"kind": "private", "legal_name": "", "legal_address": ""},
    )
    assert Shop.objects.get(pk=shop.pk).kind == "private"


def test_payouts_push_down_whether_a_shop_can_be_paid():
    shop = make.shop()
    shops.set_payable(shop=shop, payable=True)
    assert shop.is_payable
    assert Shop.objects.get(pk=shop.pk).is_payable


def test_what_a_shop_lacks_is_named():
    shop = make.shop(kind="business", delivery_amount=None)
    assert shops.missing_for_sale(shop) == ["delivery", "legal_details"]
    assert shops.missing_for_sale(make.shop()) == []
