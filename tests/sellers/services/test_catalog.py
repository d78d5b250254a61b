from datetime import timedelta

import pytest

from marketplace.kit import states
from sellers.models import Product, StockMove, Variant
from sellers.services import catalog, stock
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
CUP = {
    "title": "Stoneware  cup",
    "description": " Holds 3 dl. ",
    "category": "kitchen",
    "variants": [catalog.VariantInput(options={}, price_amount=32_000, stock=7)],
    "at": make.AT,
}


def variants_of(product):
    rows = product.variants.order_by("position")
    return list(rows.values_list("options", "price_amount", "currency", "on_hand"))


class TestAdding:
    def test_a_product_begins_as_a_draft_with_journalled_stock(self):
        product = catalog.add_product(shop=make.shop(), **CUP)
        assert (product.title, product.slug) == ("Stoneware cup", "stoneware-cup")
        assert (product.status, product.description) == ("draft", "Holds 3 dl.")
        assert variants_of(product) == [({}, 32_000, "SEK", 7)]
        move = StockMove.objects.get()
        assert (move.kind, move.delta, move.at) == ("received", 7, make.AT)

    def test_variants_keep_their_order_and_the_order_of_the_axes(self):
        product = catalog.add_product(
            shop=make.shop(),
            **CUP
            | {
                "option_names": ["Size", "Colour"],
                "variants": [
                    catalog.VariantInput({"Colour": "Sand", "Size": "M"}, 100, 0),
                    catalog.VariantInput({"Size": "L", "Colour": "Sand"}, 200, 1),
                ],
            },
        )
        assert [v.label for v in product.variants.order_by("position")] == [
            "M, Sand",
            "L, Sand",
        ]
        assert product.option_names == ["Size", "Colour"]

    def test_a_title_without_latin_letters_still_has_an_address(self):
        product = catalog.add_product(shop=make.shop(), **CUP | {"title": "湯のみ"})
        assert product.slug == "product"

    @pytest.mark.parametrize("title", ["", "   ", "x" * 151])
    def test_a_title_that_is_none_is_refused(self, title):
        with pytest.raises(catalog.EmptyTitle):
            catalog.add_product(shop=make.shop(), **CUP | {"title": title})
        assert not Product.objects.exists()

    @pytest.mark.parametrize("price", [0, -1, 100_000_000, 10**18, True, 1.5, "100"])
    def test_a_price_that_is_none_is_refused(self, price):
        variants = [catalog.VariantInput({}, price, 1)]
        with pytest.raises(catalog.BadPrice):
            catalog.add_product(shop=make.shop(), **CUP | {"variants": variants})
        assert not Product.objects.exists()
        assert not Variant.objects.exists()

    @pytest.mark.parametrize("units", [-1, 10**9])
    def test_a_stock_that_is_none_is_refused(self, units):
        variants = [catalog.VariantInput({}, 100, units)]
        with pytest.raises(stock.BadQuantity):
            catalog.add_product(shop=make.shop(), **CUP | {"variants": variants})
        assert not Product.objects.exists()
        assert not StockMove.objects.exists()

    @pytest.mark.parametrize(
        ("names", "options"),
        [
            ([], []),
            ([], [{}, {}]),
            ([], [{"Size": "M"}]),
            (["Size"], [{}]),
            (["Size"], [{"Size": ""}]),
            (["Size"], [{"Size": "x" * 41}]),
            (["Size"], [{"Size": "M"}, {"Size": "m"}]),
            (["Size", "Size"], [{"Size": "M"}]),
            (["Size", "B", "C", "D"], [{"Size": "M", "B": "b", "C": "c", "D": "d"}]),
            (["Size"], [{"Size": str(n)} for n in range(51)]),
        ],
    )
    def test_options_that_do_not_fit_are_refused(self, names, options):
        variants = [catalog.VariantInput(one, 100, 1) for one in options]
        with pytest.raises(catalog.BadOptions):
            catalog.add_product(
                shop=make.shop(), **CUP | {"option_names": names, "variants": variants}
            )
        assert not Product.objects.exists()


class TestChanging:
    def test_an_edit_changes_words_and_the_address(self):
        product = make.product()
        catalog.edit(
            product=product,
            title="Tall cup",
            description="New.",
            category="home",
            needs_full_page=True,
            withdrawal_exception="",
        )
        row = Product.objects.get()
        assert row.needs_full_page
        assert (row.title, row.slug, row.description, row.category) == (
            "Tall cup",
            "tall-cup",
            "New.",
            "home",
        )

    def test_an_edit_without_a_title_changes_nothing(self):
        product = make.product()
        with pytest.raises(catalog.EmptyTitle):
            catalog.edit(
                product=product,
                title=" ",
                description="",
                category="home",
                needs_full_page=False,
                withdrawal_exception="",
            )
        assert Product.objects.get().title == "Stoneware cup"

    def test_a_price_changes_for_one_variant(self):
        product = make.product(sizes=("S", "M"))
        small = product.variants.get(options={"Size": "S"})
        catalog.change_price(variant=small, price_amount=30_000, at=make.AT)
        assert [price for _, price, _, _ in variants_of(product)] == [30_000, 32_000]

    @pytest.mark.parametrize("price", [0, -100, 10**9])
    def test_a_price_that_is_none_leaves_the_old_one(self, price):
        variant = make.variant()
        with pytest.raises(catalog.BadPrice):
            catalog.change_price(variant=variant, price_amount=price, at=make.AT)
        assert Variant.objects.get().price_amount == 32_000

    def test_a_variant_is_added_after_the_others(self):
        product = make.product(sizes=("S", "M"))
        catalog.add_variant(
            product=product,
            variant=catalog.VariantInput({"Size": "L"}, 33_000, 2),
            at=make.AT,
        )
        assert variants_of(product)[2] == ({"Size": "L"}, 33_000, "SEK", 2)

    @pytest.mark.parametrize("options", [{"Size": "m"}, {}, {"Colour": "Red"}])
    def test_a_variant_that_does_not_fit_is_not_added(self, options):
        product = make.product(sizes=("S", "M"))
        with pytest.raises(catalog.BadOptions):
            catalog.add_variant(
                product=product,
                variant=catalog.VariantInput(options, 33_000, 2),
                at=make.AT,
            )
        assert product.variants.count() == 2

    def test_a_product_of_one_size_is_given_sizes(self):
        product = make.product()
        catalog.name_option(product=product, name=" Size ", value=" M ")
        catalog.add_variant(
            product=product,
            variant=catalog.VariantInput({"Size": "L"}, 33_000, 2),
            at=make.AT,
        )
        assert Product.objects.get().option_names == ["Size"]
        assert [options for options, *_ in variants_of(product)] == [
            {"Size": "M"},
            {"Size": "L"},
        ]

    def test_the_last_variant_of_a_live_product_stays_on_sale(self):
        product = make.product(sizes=("S", "M"))
        small, medium = product.variants.order_by("position")
        catalog.set_on_sale(variant=small, on_sale=False, at=make.AT)
        with pytest.raises(catalog.LastVariant):
            catalog.set_on_sale(variant=medium, on_sale=False, at=make.AT)
        assert list(Variant.objects.live()) == [medium]


class TestPublishing:
    def test_a_draft_says_all_it_lacks_and_stays_a_draft(self):
        shop = make.shop(kind="business", delivery_amount=None)
        product = make.product(shop=shop, is_live=False)
        with pytest.raises(catalog.NotReady) as refused:
            catalog.publish(product=product, at=make.AT)
        assert refused.value.missing == ["photo", "delivery", "legal_details"]
        assert Product.objects.get().status == "draft"

    def test_a_draft_goes_live_and_counts_as_listed_from_then(self):
        product = make.product(is_live=False)
        make.photo(product)
        later = make.AT + timedelta(days=1)
        catalog.publish(product=product, at=later)
        row = Product.objects.get()
        assert (row.status, row.listed_at) == ("live", later)

    def test_a_hidden_product_comes_back_without_looking_new(self):
        product = make.product()
        catalog.hide(product=product, at=make.AT)
        assert not Product.objects.live().exists()
        catalog.publish(product=product, at=make.AT + timedelta(days=9))
        row = Product.objects.get()
        assert (row.status, row.listed_at) == ("live", make.AT)

    def test_what_is_live_is_not_published_again_nor_a_draft_hidden(self):
        with pytest.raises(states.NotAllowed):
            catalog.publish(product=make.product(), at=make.AT)
        with pytest.raises(states.NotAllowed):
            catalog.hide(product=make.product(is_live=False), at=make.AT)

    def test_staff_have_the_last_word(self):
        product = make.product()
        product.move_to("blocked", at=make.AT)
        with pytest.raises(states.NotAllowed):
            catalog.publish(product=product, at=make.AT)
