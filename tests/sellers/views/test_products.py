import io

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from sellers.models import Photo, Product, StockMove, Variant
from sellers.services import stock
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
NEW = {
    "title": "Tall cup",
    "price": "1 290,50",
    "stock": "２４",
    "category": "kitchen",
    "description": "",
}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def shop(client):
    owner = make.user()
    client.force_login(owner)
    return make.shop(owner=owner)


def picture(name="cup.jpg"):
    out = io.BytesIO()
    Image.new("RGB", (500, 600)).save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def not_a_picture():
    return SimpleUploadedFile("cup.jpg", b"<script>alert(1)</script>", "image/jpeg")


def files(media):
    return [path for path in media.rglob("*") if path.is_file()]


def new(client, shop, **changed):
    return client.post(f"/sell/{shop.public_id}/products/new", {**NEW, **changed})


def at(product, end=""):
    return f"/sell/{product.shop.public_id}/products/{product.public_id}{end}"


class TestNew:
    def test_a_photo_a_title_a_price_and_a_stock_make_a_live_product(
        self, client, shop, media
    ):
        response = new(client, shop, photos=[picture(), picture()], do="publish")
        product = Product.objects.get()
        variant = product.variants.get()
        assert response.status_code == 303
        assert response["Location"] == at(product)
        assert (product.title, product.status) == ("Tall cup", "live")
        assert (variant.price_amount, variant.currency) == (129_050, "SEK")
        assert variant.on_hand == 24
        assert list(product.photos.values_list("position", flat=True)) == [0, 1]
        assert len(files(media)) == 4

    def test_a_new_product_may_be_one_that_cannot_be_withdrawn_from(self, client, shop):
        new(client, shop, do="draft", withdrawal_exception="custom_made")
        assert Product.objects.get().withdrawal_exception == "custom_made"

    def test_a_draft_is_kept_without_a_photo(self, client, shop):
        new(client, shop, do="draft")
        assert Product.objects.get().status == "draft"

    def test_publishing_without_a_photo_keeps_the_draft_and_says_why(
        self, client, shop
    ):
        response = client.post(
            f"/sell/{shop.public_id}/products/new",
            {**NEW, "do": "publish"},
            follow=True,
        )
        assert Product.objects.get().status == "draft"
        assert "Still missing: a photo" in response.content.decode()

    def test_sizes_become_variants_with_the_price_above_where_none_is_given(
        self, client, shop
    ):
        new(
            client,
            shop,
            option_name="Size",
            value_1="M",
            stock_1="3",
            value_2="L",
            price_2="1400",
            stock_2="",
        )
        product = Product.objects.get()
        rows = product.variants.order_by("position")
        assert product.option_names == ["Size"]
        assert list(rows.values_list("options", "price_amount", "on_hand")) == [
            ({"Size": "M"}, 129_050, 3),
            ({"Size": "L"}, 140_000, 0),
        ]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("title", ""),
            ("title", "   "),
            ("title", "x" * 151),
            ("title", "a\x00b"),
            ("price", ""),
            ("price", "0"),
            ("price", "-5"),
            ("price", "NaN"),
            ("price", "Infinity"),
            ("price", "1e400"),
            ("price", "1.999"),
            ("price", "9999999999999999999"),
            ("price", "1000000"),
            ("stock", ""),
            ("stock", "-1"),
            ("stock", "1.5"),
            ("stock", "1e3"),
            ("stock", "1000000000"),
            ("stock", "true"),
            ("category", "weapons"),
        ],
    )
    def test_what_cannot_be_is_refused_by_its_field(
        self, client, shop, media, field, value
    ):
        response = new(client, shop, photos=[picture()], **{field: value})
        assert response.status_code == 422
        assert field in response.context["form"].errors
        assert not Product.objects.exists()
        assert files(media) == []

    @pytest.mark.parametrize(
        ("rows", "field"),
        [
            ({"value_1": "M"}, "option_name"),
            ({"option_name": "Size"}, "value_1"),
            ({"option_name": "Size", "value_1": "M", "value_2": "m"}, "value_2"),
            ({"option_name": "Size", "value_1": "M", "price_1": "-1"}, "price_1"),
            ({"option_name": "Size", "value_1": "M", "stock_1": "x"}, "stock_1"),
        ],
    )
    def test_rows_that_do_not_fit_are_refused_by_their_field(
        self, client, shop, rows, field
    ):
        response = new(client, shop, **rows)
        assert response.status_code == 422
        assert field in response.context["form"].errors
        assert not Product.objects.exists()

    def test_one_bad_photo_names_itself_and_leaves_no_row_and_no_file(
        self, client, shop, media
    ):
        response = new(client, shop, photos=[picture(), not_a_picture()])
        assert response.status_code == 422
        assert response.context["form"].errors["photos"][0].startswith("Photo 2: ")
        assert not Product.objects.exists()
        assert not Photo.objects.exists()
        assert files(media) == []

    def test_eleven_photos_are_too_many(self, client, shop, media):
        response = new(client, shop, photos=[picture() for _ in range(11)])
        assert "photos" in response.context["form"].errors
        assert files(media) == []

    def test_fields_that_are_not_in_the_form_change_nothing(self, client, shop):
        other = make.shop()
        client.post(
            f"/sell/{shop.public_id}/products/new",
            {**NEW, "status": "live", "shop": other.pk, "currency": "EUR"},
        )
        product = Product.objects.get()
        assert (product.shop, product.status) == (shop, "draft")
        assert product.variants.get().currency == "SEK"

    def test_uploads_are_counted(self, client, shop, media, monkeypatch):
        monkeypatch.setattr("sellers.views.products.UPLOADS_PER_HOUR", 2)
        response = new(client, shop, photos=[picture() for _ in range(3)])
        assert response.status_code == 422
        assert not Product.objects.exists()
        assert files(media) == []


def saved(product, **changed):
    data = {
        "title": product.title,
        "description": product.description,
        "category": product.category,
    }
    for variant in product.variants.order_by("position"):
        data |= {
            f"{variant.public_id}-price": "320",
            f"{variant.public_id}-stock": str(variant.on_hand),
            f"{variant.public_id}-seen": str(variant.on_hand),
            f"{variant.public_id}-is_active": "on",
        }
    return data | changed


class TestEdit:
    def test_words_price_and_stock_are_saved_together(self, client, shop):
        product = make.product(shop=shop)
        key = product.variants.get().public_id
        response = client.post(
            at(product),
            saved(
                product, title="Cup", **{f"{key}-price": "３３０", f"{key}-stock": "8"}
            ),
        )
        assert response.status_code == 302
        variant = Variant.objects.get()
        assert (variant.price_amount, variant.on_hand) == (33_000, 8)
        assert Product.objects.get().title == "Cup"
        assert StockMove.objects.last().delta == -2

    def test_why_it_cannot_be_withdrawn_from_is_chosen_and_kept(self, client, shop):
        product = make.product(shop=shop)
        variant = product.variants.get()
        words = {
            **NEW,
            f"{variant.public_id}-price": "320",
            f"{variant.public_id}-stock": "10",
            f"{variant.public_id}-seen": "10",
        }
        client.post(at(product), {**words, "withdrawal_exception": "perishable"})
        product.refresh_from_db()
        assert product.withdrawal_exception == "perishable"
        page = client.get(at(product)).content.decode()
        assert '<option value="perishable" selected>' in page

        refused = client.post(at(product), {**words, "withdrawal_exception": "mine"})
        product.refresh_from_db()
        assert refused.status_code == 422
        assert product.withdrawal_exception == "perishable"
        client.post(at(product), {**words, "withdrawal_exception": ""})
        product.refresh_from_db()
        assert product.withdrawal_exception == ""

    def test_an_edit_of_the_words_moves_no_stock_that_sold_meanwhile(
        self, client, shop
    ):
        product = make.product(shop=shop, stock=10)
        data = saved(product, title="New words")
        sell(product.variants.get(), 3)
        assert client.post(at(product), data).status_code == 302
        assert Variant.objects.get().on_hand == 7
        assert Product.objects.get().title == "New words"

    def test_a_count_made_before_a_sale_is_refused_and_nothing_is_saved(
        self, client, shop
    ):
        product = make.product(shop=shop, stock=10)
        key = product.variants.get().public_id
        data = saved(product, title="New words", **{f"{key}-stock": "12"})
        sell(product.variants.get(), 3)
        response = client.post(at(product), data)
        assert response.status_code == 422
        assert "from 10 to 7" in response.content.decode()
        assert Variant.objects.get().on_hand == 7
        assert Product.objects.get().title == "Stoneware cup"

    def test_stock_below_what_orders_hold_is_refused_by_its_field(self, client, shop):
        product = make.product(shop=shop, stock=10)
        variant = product.variants.get()
        hold(variant, 4)
        response = client.post(
            at(product), saved(product, **{f"{variant.public_id}-stock": "3"})
        )
        assert response.status_code == 422
        assert "enter 4 or more" in response.content.decode()
        assert Variant.objects.get().on_hand == 10

    def test_one_refused_row_saves_none(self, client, shop):
        product = make.product(shop=shop, sizes=("S", "M"))
        small, medium = product.variants.order_by("position")
        response = client.post(
            at(product),
            saved(
                product,
                **{
                    f"{small.public_id}-price": "100",
                    f"{medium.public_id}-price": "-1",
                },
            ),
        )
        assert response.status_code == 422
        assert list(Variant.objects.values_list("price_amount", flat=True)) == [
            32_000,
            32_000,
        ]

    def test_the_last_size_on_sale_may_change_places_but_not_go(self, client, shop):
        product = make.product(shop=shop, sizes=("S", "M"))
        small, medium = product.variants.order_by("position")
        only_small = saved(product)
        del only_small[f"{medium.public_id}-is_active"]
        assert client.post(at(product), only_small).status_code == 302
        only_medium = saved(product)
        del only_medium[f"{small.public_id}-is_active"]
        assert client.post(at(product), only_medium).status_code == 302
        assert list(Variant.objects.live()) == [medium]
        none = saved(product)
        del none[f"{small.public_id}-is_active"], none[f"{medium.public_id}-is_active"]
        assert client.post(at(product), none).status_code == 422
        assert list(Variant.objects.live()) == [medium]

    def test_the_page_shows_what_is_kept(self, client, shop):
        product = make.product(shop=shop, sizes=("S", "M"))
        text = client.get(at(product)).content.decode()
        assert 'value="320"' in text
        assert "Stoneware cup" in text


class TestVariants:
    def test_a_size_is_added(self, client, shop):
        product = make.product(shop=shop, sizes=("S",))
        data = {"add-option_0": "M", "add-price": "300", "add-stock": "5"}
        assert client.post(at(product, "/variants"), data).status_code == 302
        assert [str(v.label) for v in product.variants.order_by("position")] == [
            "S",
            "M",
        ]

    def test_a_product_of_one_size_gets_its_first_axis(self, client, shop):
        product = make.product(shop=shop)
        data = {
            "add-option_name": "Colour",
            "add-current": "Sand",
            "add-option_0": "Ink",
            "add-price": "300",
            "add-stock": "5",
        }
        assert client.post(at(product, "/variants"), data).status_code == 302
        assert [v.options for v in product.variants.order_by("position")] == [
            {"Colour": "Sand"},
            {"Colour": "Ink"},
        ]

    def test_the_same_value_twice_is_refused_and_the_axis_not_kept(self, client, shop):
        product = make.product(shop=shop)
        data = {
            "add-option_name": "Colour",
            "add-current": "Sand",
            "add-option_0": "sand",
            "add-price": "300",
            "add-stock": "5",
        }
        response = client.post(at(product, "/variants"), data)
        assert response.status_code == 422
        assert Product.objects.get().option_names == []
        assert Variant.objects.get().options == {}


class TestPhotos:
    def test_photos_are_added_made_cover_described_and_removed(
        self, client, shop, media
    ):
        product = make.product(shop=shop, is_live=False)
        client.post(at(product, "/photos"), {"photos": [picture(), picture()]})
        first, second = product.photos.order_by("position")
        client.post(at(product, f"/photos/{second.pk}"), {"do": "cover"})
        assert list(product.photos.order_by("position")) == [second, first]
        client.post(
            at(product, f"/photos/{second.pk}"), {"do": "describe", "alt": "Cup"}
        )
        client.post(at(product, f"/photos/{first.pk}"), {"do": "remove"})
        assert list(product.photos.values_list("alt", flat=True)) == ["Cup"]

    def test_of_several_photos_all_are_added_or_none(self, client, shop, media):
        product = make.product(shop=shop, is_live=False)
        response = client.post(
            at(product, "/photos"), {"photos": [picture(), not_a_picture()]}
        )
        assert response.status_code == 422
        assert "Photo 2: " in response.content.decode()
        assert not Photo.objects.exists()
        assert files(media) == []

    def test_the_last_photo_of_a_live_product_stays(self, client, shop):
        product = make.product(shop=shop)
        photo = product.photos.get()
        response = client.post(
            at(product, f"/photos/{photo.pk}"), {"do": "remove"}, follow=True
        )
        assert "keeps one photo" in response.content.decode()
        assert Photo.objects.count() == 1

    def test_another_products_photo_is_not_there(self, client, shop):
        mine, other = make.product(shop=shop), make.product()
        photo = other.photos.get()
        response = client.post(at(mine, f"/photos/{photo.pk}"), {"do": "remove"})
        assert response.status_code == 404
        assert Photo.objects.count() == 2


class TestPublishing:
    def test_a_live_product_is_hidden_and_published_again(self, client, shop):
        product = make.product(shop=shop)
        client.post(at(product, "/hide"))
        assert Product.objects.get().status == "hidden"
        client.post(at(product, "/publish"))
        assert Product.objects.get().status == "live"

    def test_a_blocked_product_stays_blocked(self, client, shop):
        product = make.product(shop=shop)
        product.move_to("blocked", at=make.AT)
        response = client.post(at(product, "/publish"))
        assert response.status_code == 302
        assert Product.objects.get().status == "blocked"

    def test_reading_the_address_changes_nothing(self, client, shop):
        product = make.product(shop=shop)
        assert client.get(at(product, "/hide")).status_code == 405
        assert Product.objects.get().status == "live"


@pytest.mark.parametrize("end", ["", "/publish", "/hide", "/variants", "/photos"])
def test_someone_elses_product_is_not_there(client, shop, end):
    foreign = make.product()
    assert client.post(at(foreign, end), {"title": "Mine"}).status_code == 404
    # Nor through one's own shop.
    mixed = f"/sell/{shop.public_id}/products/{foreign.public_id}{end}"
    assert client.post(mixed, {"title": "Mine"}).status_code == 404
    assert Product.objects.get().title == "Stoneware cup"
    assert Product.objects.get().status == "live"


class TestReceives:
    def receives(self, client, shop, price):
        address = f"/sell/{shop.public_id}/receives?price={price}"
        return client.get(address).content.decode()

    def test_a_private_person_reads_the_exact_amount(self, client, shop, settings):
        settings.PLATFORM_COMMISSION_BPS = 1000
        text = self.receives(client, shop, "1290.05")
        assert "1\xa0161,05\xa0kr" in text  # 129005 - floor(12900.5)
        assert "at least" not in text

    def test_a_business_reads_the_least_for_the_fee_leaves_the_tax_alone(self, client):
        owner = make.user()
        client.force_login(owner)
        text = self.receives(client, make.shop(owner=owner, kind="business"), "1290")
        assert "at least" in text
        assert "1\xa0161\xa0kr" in text

    def test_what_is_no_price_is_asked_for(self, client, shop):
        for typed in ("", "abc", "-1", "NaN"):
            assert "Enter a price" in self.receives(client, shop, typed)


class TestList:
    def test_products_are_found_by_state_and_words(self, client, shop):
        make.product(shop=shop, title="Tall cup")
        make.product(shop=shop, title="Bowl", is_live=False)
        make.product(title="Foreign cup")
        base = f"/sell/{shop.public_id}/products"

        def titles(query):
            rows = client.get(base + query).context["rows"]
            return [row["product"].title for row in rows]

        assert titles("") == ["Bowl", "Tall cup"]
        assert titles("?state=draft") == ["Bowl"]
        assert titles("?q=CUP") == ["Tall cup"]
        assert titles("?state=nonsense&page=99&q=%00") == ["Bowl", "Tall cup"]

    def test_a_live_product_without_stock_reads_sold_out(self, client, shop):
        make.product(shop=shop, stock=0)
        response = client.get(f"/sell/{shop.public_id}/products")
        assert response.context["rows"][0]["state"] == "sold_out"

    @pytest.mark.parametrize("size", [1, 10])
    def test_the_list_takes_nine_queries(
        self, client, shop, django_assert_num_queries, size
    ):
        for _ in range(size):
            make.product(shop=shop, sizes=("S", "M"))
        # session, user, runs a shop, shop, count by state, count, rows, photos, variants
        with django_assert_num_queries(9):
            assert client.get(f"/sell/{shop.public_id}/products").status_code == 200


def hold(variant, quantity):
    stock.reserve(
        demands=[stock.Demand(variant.pk, quantity, f"line{variant.pk}")],
        order_reference="ord_one",
        expires_at=make.AT,
    )


def sell(variant, quantity):
    hold(variant, quantity)
    stock.consume(order_reference="ord_one", at=make.AT)
