"""The buy sheet: on the page it was asked for, alone, as a fragment; and its button."""

import pytest
from django.urls import reverse

from creators.services import attribution
from marketplace.kit import clock
from orders.models import Cart, CartLine
from orders.services import tax as taxes
from orders.views import places
from sellers.models import Product, Variant
from tests.factories import creators as make_creators
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rates(db):
    for country, rate_bps in (("SE", 2500), ("NL", 2100)):
        taxes.set_rate(
            country=country, rate_bps=rate_bps, is_included=True, collected_by="seller"
        )


@pytest.fixture
def shirt():
    """A shirt in three sizes at 129 kr and 49 kr of delivery; L is sold out."""
    product = make.product(price_amount=12_900, stock=10, sizes=("S", "M", "L"))
    Variant.objects.filter(product=product, options={"Size": "L"}).update(on_hand=0)
    return product


def size(product, name):
    return product.variants.get(options={"Size": name})


def text_of(response):
    return response.content.decode().replace("\xa0", " ")


def picked():
    """Nina, and a thing she picked."""
    creator = make_creators.make_creator("nina")
    collection = make_creators.make_collection(creator)
    return creator, collection.picks.create(product=make.product())


def press(client, variant, *, shown, **typed):
    return client.post(
        reverse("buying:buy"),
        {
            "variant": variant.public_id,
            f"shown-{variant.public_id}": shown,
            "country": "SE",
            **typed,
        },
    )


class TestOpening:
    def test_any_page_opens_the_sheet_its_address_asks_for(self, client, shirt):
        for page in ("/en/", shirt.get_absolute_url().replace("/en/", "/en/")):
            html = text_of(client.get(f"{page}?buy={shirt.public_id}&country=SE"))
            assert html.count('<dialog class="sheet" id="buy"') == 1
            assert 'id="buy" data-sheet' in html
            assert " open data-modal>" in html
            assert f'data-close-url="{page}"' in html

    def test_a_page_that_is_not_asked_holds_only_the_empty_sheet(self, client, shirt):
        html = text_of(client.get("/en/"))
        assert '<template id="sheet-wait">' in html
        assert 'id="buy"' not in html

    def test_the_sheet_says_everything_before_the_button(self, client, shirt):
        html = text_of(client.get(f"/en/?buy={shirt.public_id}&country=SE"))
        for words in (
            "Stoneware cup",
            "129 kr",
            "a private person",
            "Parcel",
            "49 kr",
            "By card at Stripe, charged when you confirm there",
            "the seller's own promise",
            "178 kr",
            "Full details",
        ):
            assert words.replace("'", "&#x27;") in html or words in html, words

    def test_sold_out_sizes_stay_named_and_cannot_be_chosen(self, client, shirt):
        html = text_of(client.get(f"/en/?buy={shirt.public_id}&country=SE"))
        gone = html.split(f'value="{size(shirt, "L").public_id}"')[1].split("</label>")[
            0
        ]
        assert " disabled" in gone
        assert "sold out" in gone
        assert "checked" not in gone

    def test_the_one_size_there_is_is_chosen_already(self, client):
        cup = make.product(price_amount=32_000)
        html = text_of(client.get(f"/en/?buy={cup.public_id}&country=SE"))
        assert (
            f'type="hidden" name="variant" value="{cup.variants.get().public_id}"'
            in html
        )
        assert "Buy for 369 kr" in html

    def test_the_last_size_left_is_chosen_already(self, client, shirt):
        Variant.objects.filter(pk=size(shirt, "S").pk).update(on_hand=0)
        html = text_of(client.get(f"/en/?buy={shirt.public_id}&country=SE"))
        last = html.split(f'value="{size(shirt, "M").public_id}"')[1].split(">")[0]
        assert " checked" in last

    def test_a_variant_of_the_address_is_chosen(self, client, shirt):
        wanted = size(shirt, "M").public_id
        html = text_of(client.get(f"/en/?buy={wanted}&country=SE"))
        chosen = html.split(f'value="{wanted}"')[1].split(">")[0]
        assert " checked" in chosen
        assert "1, M" in html

    def test_what_is_sold_out_while_open_offers_the_other_sizes(self, client, shirt):
        wanted = size(shirt, "L").public_id
        html = text_of(client.get(f"/en/?buy={wanted}&country=SE"))
        assert "The others can still be had" in html
        assert 'form="buy-form"' in html

    def test_a_thing_sold_out_whole_has_no_button(self, client, shirt):
        Variant.objects.filter(product=shirt).update(on_hand=0)
        html = text_of(client.get(f"/en/?buy={shirt.public_id}&country=SE"))
        assert "The seller has none left" in html
        assert 'form="buy-form"' not in html

    def test_sizes_of_different_prices_show_the_lowest_and_each_sum(
        self, client, shirt
    ):
        Variant.objects.filter(pk=size(shirt, "M").pk).update(price_amount=15_900)
        html = text_of(client.get(f"/en/?buy={shirt.public_id}&country=SE"))
        assert 'data-total="178 kr"' in html
        assert 'data-total="208 kr"' in html
        assert 'data-button="Buy for 208 kr"' in html

    def test_a_country_the_shop_does_not_reach_is_said_at_once(self, client, shirt):
        shirt.shop.delivery_profiles.update(countries=["SE"])
        html = text_of(client.get(f"/en/?buy={shirt.public_id}&country=NL"))
        assert "does not deliver to Netherlands" in html
        assert 'form="buy-form"' not in html
        assert f"buy={shirt.public_id}&amp;country=SE" in html

    def test_a_page_without_a_sheet_asks_nothing_more(
        self, client, shirt, django_assert_num_queries
    ):
        Product.objects.filter(pk=shirt.pk).update(status="hidden")
        html = text_of(client.get(f"/en/?buy={shirt.public_id}"))
        assert 'id="buy"' not in html
        assert 'id="buy"' not in text_of(client.get("/en/?buy=<script>"))
        assert 'id="buy"' not in text_of(client.get("/en/?buy=var_%00x"))


class TestNotForQuickBuy:
    def test_its_sheet_leads_to_its_own_page_with_who_led_there(self, client, shirt):
        Product.objects.filter(pk=shirt.pk).update(needs_full_page=True)
        response = client.get(f"/en/buy/{shirt.public_id}?via=abc")
        assert response.status_code == 302
        assert response["Location"] == f"{shirt.get_absolute_url()}?via=abc"

    def test_no_page_opens_a_sheet_for_it(self, client, shirt):
        Product.objects.filter(pk=shirt.pk).update(needs_full_page=True)
        assert 'id="buy"' not in text_of(client.get(f"/en/?buy={shirt.public_id}"))

    def test_a_tag_leads_to_its_full_page(self, client):
        creator, pick = picked()
        sheet = f"?buy={pick.product.public_id}&amp;via="
        assert sheet in text_of(client.get("/en/@nina"))
        Product.objects.filter(pk=pick.product_id).update(needs_full_page=True)
        html = text_of(client.get("/en/@nina"))
        assert sheet not in html
        assert f"{pick.product.get_absolute_url()}?via=" in html


class TestAlone:
    def test_the_light_page_holds_the_open_sheet_and_is_not_indexed(
        self, client, shirt
    ):
        response = client.get(f"/en/buy/{shirt.public_id}?country=SE&back=/en/")
        html = text_of(response)
        assert '<meta name="robots" content="noindex">' in html
        assert " open data-modal>" in html
        assert 'data-close-url="/en/"' in html

    def test_a_script_gets_the_sheet_and_nothing_else(self, client, shirt):
        response = client.get(
            f"/en/buy/{shirt.public_id}?country=SE", headers={"X-Sheet": "1"}
        )
        html = text_of(response).strip()
        assert html.startswith("<dialog")
        assert html.endswith("</dialog>")
        assert " open" not in html.split(">")[0]
        assert "X-Sheet" in response["Vary"]
        assert "no-store" in response["Cache-Control"]

    def test_the_fragment_costs_nine_queries_at_most(
        self, client, shirt, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(9):
            client.get(
                f"/en/buy/{shirt.public_id}?country=SE", headers={"X-Sheet": "1"}
            )

    def test_nothing_on_sale_is_not_found(self, client):
        assert client.get("/en/buy/prod_nothing").status_code == 404

    def test_the_page_of_another_site_is_no_way_back(self, client, shirt):
        for other in (
            "https://evil.example/",
            "//evil.example/en/",
            "/\\evil.example",
            "javascript:alert(1)",
            "/admin/",
            "/o/secret-token",
            "/cart",
            "/en/nowhere",
        ):
            address = f"/en/buy/{shirt.public_id}"
            html = text_of(client.get(address, {"country": "SE", "back": other}))
            assert f'data-close-url="{shirt.get_absolute_url()}"' in html, other
            assert 'name="back" value=""' in html, other


class TestPressing:
    def test_one_press_leads_to_the_checkout_with_the_one_thing(self, client, shirt):
        response = press(client, size(shirt, "M"), shown=17_800, back="/en/")
        assert response.status_code == 303
        assert response["Location"].startswith("/checkout/")
        assert response["Location"].endswith("?country=SE")
        line = CartLine.objects.get()
        assert (line.variant, line.quantity) == (size(shirt, "M"), 1)
        assert Cart.objects.get().came_from == "/en/"

    def test_pressing_twice_buys_once(self, client, shirt):
        for _ in range(2):
            press(client, size(shirt, "M"), shown=17_800)
        assert CartLine.objects.get().quantity == 1

    def test_two_sellers_in_the_bag_lead_to_the_bag(self, client, shirt):
        press(client, size(shirt, "M"), shown=17_800)
        other = make.product(price_amount=32_000)
        response = press(client, other.variants.get(), shown=36_900)
        assert response["Location"] == "/cart?country=SE"
        assert CartLine.objects.count() == 2

    def test_a_new_price_is_said_and_nothing_is_added(self, client, shirt):
        wanted = size(shirt, "M")
        Variant.objects.filter(pk=wanted.pk).update(price_amount=13_900)
        response = press(client, wanted, shown=17_800, back="/en/")
        assert response.status_code == 409
        html = text_of(response)
        assert "The total is now 188 kr, it was 178 kr." in html
        assert "Buy for 188 kr" in html
        assert 'data-close-url="/en/"' in html
        assert not CartLine.objects.exists()
        assert press(client, wanted, shown=18_800).status_code == 303

    def test_a_size_sold_meanwhile_is_said_and_the_others_are_offered(
        self, client, shirt
    ):
        wanted = size(shirt, "M")
        Variant.objects.filter(pk=wanted.pk).update(on_hand=0)
        response = press(client, wanted, shown=17_800)
        assert response.status_code == 409
        assert "The others can still be had" in text_of(response)
        assert not CartLine.objects.exists()

    def test_a_thing_withdrawn_meanwhile_leads_back_with_words(self, client, shirt):
        wanted = size(shirt, "M")
        Product.objects.filter(pk=shirt.pk).update(status="hidden")
        response = press(client, wanted, shown=17_800, back="/en/")
        assert (response.status_code, response["Location"]) == (303, "/en/")
        assert "not on sale any more" in text_of(client.get("/en/"))

    def test_nobody_is_led_off_the_site(self, client, shirt):
        press(client, size(shirt, "M"), shown=17_800, back="//evil.example/")
        assert Cart.objects.get().came_from == ""

    def test_the_creator_who_led_there_is_kept_on_the_line(self, client):
        creator, pick = picked()
        variant = pick.product.variants.get()
        via = attribution.token(
            source_type="profile",
            source_id=creator.public_id,
            issued=clock.now().date(),
        )
        page = client.get(
            f"/en/@nina?buy={pick.product.public_id}&via={via}&country=SE"
        )
        html = text_of(page)
        assert html.count("earns commission") == 2
        shown = html.split(f'name="shown-{variant.public_id}" value="')[1].split('"')[0]
        press(client, variant, shown=shown, via=via)
        line = CartLine.objects.get()
        assert (line.source_type, line.source_id) == ("profile", creator.public_id)

    def test_a_sheet_on_a_creators_page_knows_the_creator_without_a_token(self, client):
        creator, pick = picked()
        html = text_of(client.get(f"/en/@nina?buy={pick.product.public_id}&country=SE"))
        assert 'name="via" value="' in html

    def test_what_is_no_variant_is_not_found(self, client):
        assert client.post(reverse("buying:buy"), {}).status_code == 404
        typed = {"variant": "var_\x00"}
        assert client.post(reverse("buying:buy"), typed).status_code == 404


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/en/?buy=x&tab=posts", "/en/?tab=posts"),
        ("/en/?country=SE", "/en/"),
        ("/en/", "/en/"),
        ("en/", ""),
        ("", ""),
        ("/en/" + "x" * 400, ""),
    ],
)
def test_only_pages_of_ours_are_ways_back(address, kept):
    assert places.checked(address) == kept
