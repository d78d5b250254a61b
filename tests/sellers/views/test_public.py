from datetime import timedelta

import pytest
from django.urls import reverse

from marketplace.kit import clock
from sellers.models import Variant
from sellers.services import catalog, shops
from sellers.views import public
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db


def page(client, product, query=""):
    return client.get(product.get_absolute_url() + query)


def test_a_live_product_shows_what_a_buyer_must_know(client):
    shop = make.shop(
        name="Lera", kind="business", legal_name="Lera AB", legal_address="Gatan 1"
    )
    product = make.product(shop=shop, title="Tall cup", price_amount=32_050, stock=9)
    response = page(client, product)
    text = response.content.decode()
    assert response.status_code == 200
    assert "Tall cup" in text
    assert "320,50\xa0kr" in text
    assert "incl. VAT" in text
    assert "Delivery to Sweden, Netherlands: 49\xa0kr" in text
    assert "2–4 days" in text
    assert "14 days to change your mind" in text
    assert "Lera AB" in text
    assert "Sold by a business" in text
    assert "In stock" in text


def test_a_private_seller_is_named_as_one(client):
    text = page(client, make.product()).content.decode()
    assert "Sold by a private person" in text
    assert "does not apply between private persons" in text
    assert "change your mind" not in text


def test_what_is_not_live_is_not_there(client):
    hidden, draft = make.product(), make.product(is_live=False)
    catalog.hide(product=hidden, at=make.AT)
    blocked, closed = make.product(), make.product()
    catalog.block(product=blocked, at=make.AT)
    closed.shop.is_open = False
    closed.shop.save()
    for product in (hidden, draft, closed):
        assert page(client, product).status_code == 404
    assert page(client, blocked).status_code == 410
    assert client.get("/en/products/prod_nothing-x").status_code == 404


def test_what_is_gone_shows_what_is_close_to_it_and_is_not_listed(client):
    gone, removed = make.product(title="Old cup"), make.product(title="Bad cup")
    near = make.product(title="New cup")
    make.product(title="Last cup", stock=0)
    catalog.hide(product=gone, at=make.AT)
    catalog.block(product=removed, at=make.AT)
    for product, words in (
        (gone, "not for sale now"),
        (removed, "taken off the marketplace"),
    ):
        text = page(client, product).content.decode()
        assert words in text
        assert near.get_absolute_url() in text
        assert product.title not in text
        assert "Last cup" not in text
        assert '<meta name="robots" content="noindex">' in text


def test_a_draft_is_nothing_to_anybody_and_shows_nothing_close(client):
    make.product(title="New cup")
    text = page(client, make.product(is_live=False)).content.decode()
    assert "New cup" not in text


def test_not_even_its_seller_sees_a_draft_at_the_public_address(client):
    owner = make.user()
    draft = make.product(shop=make.shop(owner=owner), is_live=False)
    client.force_login(owner)
    assert page(client, draft).status_code == 404


@pytest.mark.parametrize("slug", ["-old-name", "-", ""])
def test_another_slug_leads_to_the_one_address_and_keeps_the_source(client, slug):
    product = make.product(title="Tall cup")
    response = client.get(f"/en/products/{product.public_id}{slug}?via=tok")
    assert response.status_code == 301
    assert response["Location"] == f"/en/products/{product.public_id}-tall-cup?via=tok"


def test_a_source_goes_along_with_the_form_and_not_into_the_address_to_share(client):
    response = page(client, make.product(), '?via=h1.abc"><script>')
    text = response.content.decode()
    assert 'name="via" value="h1.abc&quot;&gt;&lt;script&gt;"' in text
    assert "via=" not in text.partition('rel="canonical"')[2].partition(">")[0]
    assert 'name="via"' not in page(client, make.product()).content.decode()
    long = page(client, make.product(), "?via=" + "x" * 5000).content.decode()
    assert f'name="via" value="{"x" * 200}"' in long


def test_variants_are_radios_and_a_sold_out_one_says_so(client):
    product = make.product(sizes=("S", "M", "L"), stock=9)
    small, medium, large = product.variants.order_by("position")
    Variant.objects.filter(pk=small.pk).update(on_hand=0)
    Variant.objects.filter(pk=medium.pk).update(on_hand=4, reserved=1)
    catalog.change_price(variant=large, price_amount=40_000, at=make.AT)
    response = page(client, product)
    options = response.context["options"]
    assert [one["label"] for one in options] == ["S", "M", "L"]
    assert [one["disabled"] for one in options] == [True, False, False]
    assert [one["note"] for one in options] == ["", "3 left", "400\xa0kr"]
    text = response.content.decode()
    assert text.count('type="radio"') == 3
    assert "sold out" in text
    assert "from" in text


def test_a_variant_taken_off_sale_is_not_offered(client):
    product = make.product(sizes=("S", "M"))
    catalog.set_on_sale(variant=product.variants.first(), on_sale=False, at=make.AT)
    response = page(client, product)
    assert response.context["options"][0]["label"] == "M"
    assert response.context["only"].label == "M"


@pytest.mark.parametrize(
    ("left", "words"),
    [(0, "Sold out"), (1, "Only 1 left"), (5, "Only 5 left"), (6, "In stock")],
)
def test_the_exact_number_is_told_from_five_down(left, words):
    assert public.stock_words(left) == words


def test_a_sold_out_product_stays_readable_and_cannot_be_bought(client):
    text = page(client, make.product(stock=0)).content.decode()
    assert "Sold out" in text
    assert 'value="checkout"' not in text
    assert "?buy=" not in text


def test_buying_opens_the_sheet_of_this_page_with_who_led_here(client):
    product = make.product()
    text = client.get(f"{product.get_absolute_url()}?via=abc").content.decode()
    assert text.count(f'href="?buy={product.public_id}&amp;via=abc"') == 2
    assert 'value="checkout"' not in text


def test_what_is_not_for_quick_buy_is_bought_from_its_page(client):
    product = make.product()
    type(product).objects.update(needs_full_page=True)
    text = client.get(product.get_absolute_url()).content.decode()
    assert "?buy=" not in text
    assert text.count('value="checkout"') == 2


def test_prices_follow_the_language(client):
    shop = make.shop(currency="EUR", country="NL")
    product = make.product(shop=shop, price_amount=5990)
    address = reverse("sellers:product", args=[product.public_id, product.slug])
    assert "€\xa059,90" in client.get(address.replace("/en/", "/nl/")).content.decode()


def test_words_of_a_seller_are_shown_as_words(client):
    product = make.product(title="<b>Cup</b>")
    catalog.edit(
        product=product,
        title="<b>Cup</b>",
        description="<script>x</script>",
        category="home",
        needs_full_page=False,
        withdrawal_exception="",
    )
    text = page(client, product).content.decode()
    assert "<b>Cup" not in text
    assert "<script>x" not in text


@pytest.mark.parametrize("size", [1, 10])
def test_the_product_page_takes_twelve_queries(client, django_assert_num_queries, size):
    product = make.product(sizes=tuple(f"S{n}" for n in range(size)))
    for position in range(1, size):
        make.photo(product, position=position)
    clock.now()  # its one row is not the page's
    # product with its shop, photos, variants, delivery prices, prices of 30 days; stars;
    # the shop's stars, parcels and answers; questions; bought together, more like this
    with django_assert_num_queries(12):
        assert page(client, product).status_code == 200


def test_the_page_is_the_same_for_a_payable_and_an_unpayable_shop(client):
    product = make.product()
    before = page(client, product).status_code
    shops.set_payable(shop=product.shop, payable=True)
    assert before == page(client, product).status_code == 200


def test_a_reduced_price_is_struck_with_the_lowest_of_30_days(client):
    now = clock.now()
    variant = make.variant(price_amount=41_900)
    Variant.objects.update(offered_at=now - timedelta(days=50))
    catalog.change_price(
        variant=variant, price_amount=38_900, at=now - timedelta(days=3)
    )
    text = page(client, variant.product).content.decode()
    assert "419\xa0kr</s>" in text
    assert "Lowest price in 30 days: 419\xa0kr" in text
    assert "Price in the last 30 days" in text
    assert 'class="price-history' in text
    assert 'd="M0,10 H' in text


def test_a_price_that_never_changed_has_no_history_to_show(client):
    text = page(client, make.product()).content.decode()
    assert "<s>" not in text
    assert "30 days:" not in text
    assert "price-history" not in text
