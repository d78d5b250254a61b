import pytest
from django.core.cache import cache

from sellers.models import DeliveryProfile, Membership, Shop
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
START = {"name": "Studio Lera", "country": "SE", "currency": "SEK", "kind": "private"}


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


@pytest.fixture
def owner(client):
    person = make.user("ella@example.com")
    client.force_login(person)
    return person


class TestStart:
    def test_a_shop_needs_a_name_a_country_a_currency_and_who_sells(
        self, client, owner
    ):
        response = client.post("/sell/start", START)
        shop = Shop.objects.get()
        assert response.status_code == 302
        assert response["Location"] == f"/sell/{shop.public_id}/"
        assert (shop.name, shop.handle, shop.kind) == (
            "Studio Lera",
            "studio-lera",
            "private",
        )
        assert shop.contact_email == "ella@example.com"
        assert client.get(response["Location"]).status_code == 200

    def test_a_stranger_signs_in_first(self, client):
        response = client.get("/sell/start")
        assert response.status_code == 302
        assert response["Location"].startswith("/account/login/")

    def test_a_taken_handle_gets_free_ones_and_keeps_what_was_typed(
        self, client, owner
    ):
        make.shop(handle="studio-lera")
        response = client.post("/sell/start", START)
        assert response.status_code == 422
        assert "handle" in response.context["form"].errors
        assert response.context["suggestions"] == [
            "studio-lera.shop",
            "studio-lera.studio",
            "studio-lera.home",
        ]
        assert 'value="Studio Lera"' in response.content.decode()
        assert Shop.objects.count() == 1

    def test_a_suggested_handle_is_one_press_away(self, client, owner):
        make.shop(handle="studio-lera")
        # The button's value comes after the field's in the same form.
        response = client.post(
            "/sell/start", {**START, "handle": ["", "studio-lera.shop"]}
        )
        assert response.status_code == 302
        assert Shop.objects.filter(handle="studio-lera.shop").exists()

    @pytest.mark.parametrize("name", ["湯のみ", "A"])
    def test_a_name_that_makes_no_handle_asks_for_one(self, client, owner, name):
        response = client.post("/sell/start", {**START, "name": name})
        assert response.status_code == 422
        assert "handle" in response.context["form"].errors
        assert not Shop.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", "x" * 81),
            ("country", "US"),
            ("currency", "USD"),
            ("kind", "club"),
            ("handle", "no spaces"),
        ],
    )
    def test_what_cannot_be_is_refused_by_its_field(self, client, owner, field, value):
        response = client.post("/sell/start", {**START, field: value})
        assert response.status_code == 422
        assert field in response.context["form"].errors
        assert not Shop.objects.exists()

    def test_a_business_says_who_it_is(self, client, owner):
        response = client.post("/sell/start", {**START, "kind": "business"})
        assert set(response.context["form"].errors) == {"legal_name", "legal_address"}
        assert not Shop.objects.exists()

    def test_only_so_many_shops_a_day(self, client, owner):
        for number in range(5):
            client.post("/sell/start", {**START, "name": f"Shop {number}"})
        response = client.post("/sell/start", {**START, "name": "Shop 6"})
        assert response.status_code == 422
        assert Shop.objects.count() == 5


class TestChoice:
    def test_one_shop_is_opened_several_are_listed_none_leads_to_a_start(
        self, client, owner
    ):
        assert client.get("/sell/")["Location"] == "/sell/start"
        first = make.shop(owner=owner, name="First")
        assert client.get("/sell/")["Location"] == f"/sell/{first.public_id}/"
        make.shop(owner=owner, name="Second")
        make.shop(name="Foreign")
        text = client.get("/sell/").content.decode()
        assert "First" in text
        assert "Second" in text
        assert "Foreign" not in text


PATHS = ["", "products", "products/new", "receives", "delivery", "profile"]


@pytest.mark.parametrize("path", PATHS)
def test_someone_elses_shop_is_not_there(client, owner, path):
    make.shop(owner=owner)
    foreign = make.shop()
    assert client.get(f"/sell/{foreign.public_id}/{path}").status_code == 404
    assert client.get(f"/sell/shop_nothing/{path}").status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_someone_without_a_shop_finds_none(client, owner, path):
    assert client.get(f"/sell/{make.shop().public_id}/{path}").status_code == 404


def test_staff_of_a_shop_see_products_and_not_the_profile(client, owner):
    shop = make.shop()
    Membership.objects.create(shop=shop, user=owner, role="staff")
    assert client.get(f"/sell/{shop.public_id}/products").status_code == 200
    for path in ("profile", "delivery"):
        address = f"/sell/{shop.public_id}/{path}"
        assert client.get(address).status_code == 404
        assert client.post(address, {}).status_code == 404


class TestHome:
    def test_the_checklist_names_what_is_left(self, client, owner):
        shop = make.shop(owner=owner, delivery_amount=None)
        response = client.get(f"/sell/{shop.public_id}/")
        assert response.context["steps"] == {
            "product": False,
            "delivery": False,
            "profile": False,
            "payouts": False,
        }
        assert "0 of 4" in response.content.decode()

    def test_what_runs_out_is_to_do(self, client, owner):
        shop = make.shop(owner=owner)
        make.product(shop=shop, title="Scarce cup", stock=2)
        make.product(shop=shop, title="Plenty", stock=3)
        response = client.get(f"/sell/{shop.public_id}/")
        assert [str(one) for one in response.context["scarce"]] == ["Scarce cup"]
        assert response.context["units"] == 5

    @pytest.mark.parametrize("size", [1, 10])
    def test_home_takes_ten_queries(
        self, client, owner, django_assert_num_queries, size
    ):
        shop = make.shop(owner=owner)
        for _ in range(size):
            make.product(shop=shop, stock=1)
        # session, user, runs a shop, shop, count by state, has delivery, units left,
        # scarce variants: asked whether any, then the rows; questions by where they
        # stand; orders by where they stand
        with django_assert_num_queries(10):
            assert client.get(f"/sell/{shop.public_id}/").status_code == 200


DELIVERY = {
    "name": "Parcel",
    "countries": ["SE", "NL"],
    "price": "５９",
    "days_min": "2",
    "days_max": "４",
}


class TestDelivery:
    def test_a_price_is_set_full_width_digits_too(self, client, owner):
        shop = make.shop(owner=owner, delivery_amount=None)
        response = client.post(f"/sell/{shop.public_id}/delivery", DELIVERY)
        assert response.status_code == 302
        row = DeliveryProfile.objects.get()
        assert (row.price_amount, row.days_min, row.days_max) == (5900, 2, 4)

    def test_a_price_is_shown_again_as_it_can_be_typed(self, client, owner):
        shop = make.shop(owner=owner, delivery_amount=4950)
        text = client.get(
            f"/sell/{shop.public_id}/delivery?name=Parcel"
        ).content.decode()
        assert 'value="49.50"' in text

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("countries", []),
            ("countries", ["US"]),
            ("price", "-1"),
            ("price", "NaN"),
            ("price", "1e3"),
            ("price", "1.999"),
            ("price", "9" * 19),
            ("days_min", "-1"),
            ("days_max", "1.5"),
            ("days_max", "1"),
            ("days_max", "1000000000"),
        ],
    )
    def test_what_cannot_be_is_refused_by_its_field(self, client, owner, field, value):
        shop = make.shop(owner=owner, delivery_amount=None)
        response = client.post(
            f"/sell/{shop.public_id}/delivery", {**DELIVERY, field: value}
        )
        assert response.status_code == 422
        assert field in response.context["form"].errors
        assert not DeliveryProfile.objects.exists()

    def test_a_country_that_has_a_price_is_named(self, client, owner):
        shop = make.shop(owner=owner)
        response = client.post(
            f"/sell/{shop.public_id}/delivery", {**DELIVERY, "name": "Fast"}
        )
        assert "NL" in response.context["form"].errors["countries"][0]
        assert DeliveryProfile.objects.count() == 1


PROFILE = {
    "name": "Lera",
    "about": "Clay.",
    "contact_email": "a@lera.example",
    "kind": "private",
    "legal_name": "",
    "legal_address": "",
    "registration_number": "",
    "return_days": "30",
}


class TestProfile:
    def test_a_profile_is_saved(self, client, owner):
        shop = make.shop(owner=owner)
        assert (
            client.post(f"/sell/{shop.public_id}/profile", PROFILE).status_code == 302
        )
        row = Shop.objects.get()
        assert (row.name, row.about, row.return_days) == ("Lera", "Clay.", 30)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("contact_email", "nobody"),
            ("return_days", "13"),
            ("return_days", "1e9"),
            ("kind", "club"),
            ("about", "x" * 1001),
        ],
    )
    def test_what_cannot_be_is_refused_by_its_field(self, client, owner, field, value):
        shop = make.shop(owner=owner, name="Before")
        response = client.post(
            f"/sell/{shop.public_id}/profile", {**PROFILE, field: value}
        )
        assert response.status_code == 422
        assert field in response.context["form"].errors
        assert Shop.objects.get().name == "Before"

    def test_fields_that_are_not_in_the_form_change_nothing(self, client, owner):
        shop = make.shop(owner=owner)
        client.post(
            f"/sell/{shop.public_id}/profile",
            {**PROFILE, "is_payable": "1", "handle": "mine", "currency": "EUR"},
        )
        row = Shop.objects.get()
        assert (row.is_payable, row.handle, row.currency) == (False, shop.handle, "SEK")
