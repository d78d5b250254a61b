"""Where a buy link leads in each of its states, its QR code, and its makers' pages."""

from datetime import timedelta

import pytest
from django.urls import reverse

from marketplace.kit import clock
from orders.models import BuyLink, Cart, CartLine
from sellers.models import Product, Variant
from tests.factories import buy_links as make
from tests.factories import market
from tests.factories import sellers as make_sellers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def taxes(db, stripe):
    market.set_taxes()


@pytest.fixture
def shop():
    return market.shop(is_payable=False)


@pytest.fixture
def mug(shop):
    return market.variant(shop, price_amount=2450)


@pytest.fixture
def bundle(shop, mug):
    """Three shirts and a mug, 84.35 today, for 75.00."""
    shirt = market.variant(shop, price_amount=1995)
    return make.link(shop, make.item(shirt, 3), make.item(mug), locked_amount=7500)


def text_of(response):
    return response.content.decode().replace("\xa0", " ")


def page(client, link, **words):
    return client.get(f"/en/b/{link.code}", {"country": "NL", **words})


def press(client, link, **typed):
    return client.post(f"/en/b/{link.code}", {"country": "NL", **typed})


class TestLanding:
    def test_it_opens_the_sheet_for_a_stranger_with_the_price_and_every_fact(
        self, client, bundle
    ):
        html = text_of(page(client, bundle))
        assert '<dialog class="sheet" id="buy" data-sheet open data-modal' in html
        for words in (
            "€79.95",
            "€4.95",
            "3 ×",
            "By card at Stripe, charged when you confirm there",
            "Trader BV",
        ):
            assert words in html, words
        assert "Buy for €79.95" in html
        assert '<meta name="robots" content="noindex, noarchive">' in html
        assert f'property="og:url" content="http://testserver/b/{bundle.code}"' in html
        assert 'property="og:title" content="Stoneware cup"' in html

    def test_a_shared_address_leads_into_the_readers_language(self, client, bundle):
        response = client.get(f"/b/{bundle.code}", headers={"Accept-Language": "nl"})
        assert response.status_code == 302
        assert response["Location"] == f"/nl/b/{bundle.code}"

    def test_looking_is_counted_without_a_name(self, client, bundle):
        for _ in range(2):
            page(client, bundle)
        bundle.refresh_from_db()
        assert bundle.views == 2
        assert not Cart.objects.exists()
        assert not client.cookies.get("cart")

    def test_closing_leads_to_the_light_page_behind_it(self, client, bundle):
        html = text_of(page(client, bundle, look="1"))
        assert "<dialog" not in html.split("</main>")[0]
        assert 'id="buy"' not in html
        assert f'href="/en/b/{bundle.code}"' in html

    def test_one_press_leads_to_the_checkout_at_its_price(self, client, bundle):
        response = press(client, bundle)
        assert response.status_code == 303
        assert response["Location"].startswith("/checkout/")
        assert set(CartLine.objects.values_list("buy_link", flat=True)) == {bundle.pk}
        assert "€79.95" in text_of(client.get(response["Location"]))
        assert Cart.objects.get().came_from == f"/en/b/{bundle.code}?look=1"

    def test_things_of_other_sellers_in_the_bag_lead_to_the_bag(self, client, bundle):
        other = market.variant(market.shop(is_payable=False), price_amount=900)
        client.post(reverse("orders:cart-add"), {"variant": other.public_id})
        assert press(client, bundle)["Location"] == "/cart?country=NL"

    def test_another_sum_than_was_shown_is_said_and_nothing_is_added(
        self, client, bundle
    ):
        names = ".".join(
            item.variant.public_id for item in bundle.items.order_by("position")
        )
        response = press(client, bundle, **{f"shown-{names}": "7000"})
        assert response.status_code == 409
        assert "The total is now €79.95, it was €70.00." in text_of(response)
        assert not CartLine.objects.exists()

    def test_a_creators_link_says_who_earns_and_keeps_it(self, client, shop, mug):
        nina = market.creator(shop, is_payable=False)
        link = make.link(nina, mug)
        html = text_of(page(client, link))
        assert "Nina Berg earns commission" in html
        via = html.split('name="via" value="')[1].split('"')[0]
        press(client, link, via=via)
        line = CartLine.objects.get()
        assert (line.source_type, line.source_id) == ("link", nina.public_id)

    def test_an_open_choice_is_made_in_the_sheet(self, client, shop):
        shirt = make_sellers.product(shop=shop, price_amount=1995, sizes=("S", "M"))
        link = make.link(shop, shirt)
        item, size = link.items.get(), shirt.variants.get(options={"Size": "M"})
        html = text_of(page(client, link))
        assert f'name="choice-{item.pk}" value="{size.public_id}"' in html
        assert press(client, link).status_code == 422
        press(client, link, **{f"choice-{item.pk}": size.public_id})
        assert CartLine.objects.get().variant == size


class TestWhyNot:
    def check(self, client, link, words, *, others=True):
        response = page(client, link)
        html = text_of(response)
        assert response.status_code == 200
        assert words in html
        assert 'id="buy"' not in html
        assert ("To buy instead" in html) is others
        refused = press(client, link)
        assert refused.status_code == 409
        assert not CartLine.objects.exists()

    def test_expired(self, client, bundle):
        BuyLink.objects.filter(pk=bundle.pk).update(
            expires_at=clock.now() - timedelta(seconds=1)
        )
        self.check(client, bundle, "This link has expired.")
        # No other country would help.
        assert "country=SE" not in text_of(page(client, bundle))

    def test_used_up(self, client, bundle):
        BuyLink.objects.filter(pk=bundle.pk).update(max_uses=1, uses=1)
        self.check(client, bundle, "This link has been used up.")

    def test_ended(self, client, bundle):
        BuyLink.objects.filter(pk=bundle.pk).update(stopped_at=clock.now())
        self.check(client, bundle, "Whoever made this link has ended it.")

    def test_sold_out(self, client, bundle, mug):
        Variant.objects.filter(pk=mug.pk).update(on_hand=0)
        self.check(client, bundle, "Stoneware cup is sold out.")

    def test_not_sent_there(self, client, bundle, shop):
        shop.delivery_profiles.update(countries=["SE"])
        self.check(client, bundle, "does not deliver to Netherlands", others=False)
        assert "Send it to another country:" in text_of(page(client, bundle))
        assert "country=SE" in text_of(page(client, bundle))

    def test_withdrawn(self, client, bundle, mug):
        Product.objects.filter(pk=mug.product_id).update(status="hidden")
        self.check(client, bundle, "is not for sale any more.")

    def test_all_of_it_withdrawn_leaves_a_page_with_words(self, client, bundle):
        Product.objects.update(status="hidden")
        self.check(client, bundle, "is not for sale any more.", others=False)

    def test_a_code_that_never_was_is_not_found(self, client):
        assert client.get("/en/b/nothing").status_code == 404


class TestTheCode:
    @pytest.mark.parametrize(
        ("kind", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG")]
    )
    def test_it_is_drawn(self, client, bundle, kind, begins):
        response = client.get(f"/b/{bundle.code}/qr.{kind}")
        assert response.content.startswith(begins)
        assert response["Content-Type"].startswith("image/")

    def test_no_other_kind_and_no_other_code(self, client, bundle):
        assert client.get(f"/b/{bundle.code}/qr.exe").status_code == 404
        assert client.get("/b/nothing/qr.svg").status_code == 404


class TestMakers:
    @pytest.fixture
    def owner(self, client, shop):
        user = shop.memberships.get().user
        client.force_login(user)
        return user

    def test_a_shop_makes_one_in_three_fields(self, client, owner, shop, mug):
        address = reverse("orders:shop-links", args=[shop.public_id])
        html = text_of(client.get(address))
        form = html.split("New buy link")[1].split("<details")[0]
        assert form.count('class="input') == 3
        response = client.post(
            address,
            {"thing_1": mug.product.public_id, "quantity_1": "2", "price": "40.00"},
        )
        link = BuyLink.objects.get()
        assert response["Location"] == reverse(
            "orders:shop-link", args=[shop.public_id, link.code]
        )
        assert (link.locked_amount, link.items.get().quantity) == (4000, 2)
        assert link.made_by == owner

    def test_a_bundle_with_a_day_and_a_number(self, client, owner, shop, mug):
        shirt = market.variant(shop, price_amount=1995)
        day = (clock.now() + timedelta(days=3)).date()
        client.post(
            reverse("orders:shop-links", args=[shop.public_id]),
            {
                "thing_1": mug.product.public_id,
                "thing_2": shirt.product.public_id,
                "quantity_2": "3",
                "until": day.isoformat(),
                "uses": "４０",
            },
        )
        link = BuyLink.objects.get()
        assert [item.quantity for item in link.items.order_by("position")] == [1, 3]
        assert link.max_uses == 40
        assert link.state(at=link.expires_at) == "expired"
        assert link.state(at=link.expires_at - timedelta(seconds=1)) == "open"

    def test_what_cannot_be_is_said_in_the_form(self, client, owner, shop, mug):
        response = client.post(
            reverse("orders:shop-links", args=[shop.public_id]),
            {"thing_1": mug.product.public_id, "price": "99.00"},
        )
        assert response.status_code == 422
        assert "at most what it costs today" in text_of(response)
        assert not BuyLink.objects.exists()

    def test_the_list_tells_views_and_paid_orders(
        self, client, owner, shop, bundle, django_assert_max_num_queries
    ):
        page(client, bundle)
        address = reverse("orders:shop-links", args=[shop.public_id])
        with django_assert_max_num_queries(22):
            html = text_of(client.get(address))
        assert f"/b/{bundle.code}" in html
        assert "€75.00" in html

    def test_its_page_has_the_address_a_message_and_the_code(
        self, client, owner, shop, bundle
    ):
        address = reverse("orders:shop-link", args=[shop.public_id, bundle.code])
        html = text_of(client.get(address))
        assert f'value="http://testserver/b/{bundle.code}"' in html
        assert f"for €75.00: http://testserver/b/{bundle.code}" in html
        assert f'src="/b/{bundle.code}/qr.svg"' in html

    def test_it_is_ended_and_opened_again(self, client, owner, shop, bundle):
        address = reverse("orders:shop-link", args=[shop.public_id, bundle.code])
        client.post(address, {"do": "stop"})
        bundle.refresh_from_db()
        assert bundle.stopped_at is not None
        client.post(address, {"do": "reopen"})
        bundle.refresh_from_db()
        assert bundle.stopped_at is None

    def test_a_creator_makes_one_without_a_price(self, client, shop, mug):
        nina = market.creator(shop, is_payable=False)
        client.force_login(nina.user)
        address = reverse("orders:creator-links")
        assert 'name="price"' not in text_of(client.get(address))
        client.post(address, {"thing_1": mug.product.public_id, "price": "1.00"})
        link = BuyLink.objects.get()
        assert (link.creator, link.locked_amount) == (nina, None)
        assert (
            client.get(reverse("orders:creator-link", args=[link.code])).status_code
            == 200
        )
