"""What a search finds, in which order, and what its filters count."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from sellers.models import Category, SearchMiss, StockMove, Variant
from sellers.services import catalog, delivery, indexing, search, shops, suggestions
from sellers.services.search import Asked, Sort
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def found(**asked):
    return [product.title for product in search.products(Asked(**asked))]


def shirt(*variants, title="Linen shirt", shop=None, **fields):
    """A live product of (size, colour, price, stock)."""
    product = catalog.add_product(
        shop=shop or make.shop(),
        title=title,
        description="",
        category=Category.CLOTHING,
        option_names=["Size", "Colour"],
        variants=[
            catalog.VariantInput({"Size": size, "Colour": colour}, price, stock)
            for size, colour, price, stock in variants
        ],
        at=make.AT,
    )
    make.photo(product)
    catalog.publish(product=product, at=make.AT)
    return product


class TestWords:
    @pytest.mark.parametrize(
        ("title", "text"),
        [
            ("Bordslampa Grön", "gron"),
            ("Bordslampa Grön", "GRÖN"),
            ("Bordslampa", "lampa"),
            ("Café crème cup", "creme cafe"),
            ("Kop en schotel Één", "een"),
            ("常滑焼の急須", "急須"),
            ("常滑焼の急須", "焼"),
            ("湯のみ", "湯"),
            ("マグカップ", "まぐ"),
            ("ﾏｸﾞｶｯﾌﾟ", "マグ"),
            ("リネン シャツ", "リネンシャツ"),
            ("リネンシャツ", "リネン シャツ"),
            ("Mug 12", "１２"),
            ("Mug １２ cl", "12"),
            ("Lamp X2", "x2"),
            ("Ø-lampa", "o"),
            ("100% wool", "100%"),
            ("Throw_rug", "throw rug"),
        ],
    )
    def test_a_title_is_found_however_it_is_typed(self, title, text):
        make.product(title=title)
        make.product(title="Kettle Brick")
        assert found(text=text) == [title]

    @pytest.mark.parametrize("text", ["%", "_", "%%%", "a_b", "\\", "c%p", "___"])
    def test_wildcards_are_no_wildcards(self, text):
        make.product(title="Cup")
        words = Asked(text=text).words
        assert found(text=text) == ([] if words else ["Cup"])

    def test_every_word_must_be_there(self):
        make.product(title="Blue cup")
        make.product(title="Blue bowl")
        assert found(text="blue cup") == ["Blue cup"]
        assert found(text="blue spoon") == []

    def test_the_description_the_options_and_the_shop_are_searched(self):
        product = shirt(("M", "Havsblå", 100, 1), shop=make.shop(name="Måla & Co"))
        make.product(title="Other")
        catalog.edit(
            product=product,
            title=product.title,
            description="Woven in Klintehamn",
            category="clothing",
            needs_full_page=False,
            withdrawal_exception="",
        )
        for text in ("klintehamn", "havsbla", "mala", "linen mala havsblå"):
            assert found(text=text) == ["Linen shirt"], text

    def test_a_new_name_is_found_and_the_old_one_is_not(self):
        product = make.product(title="Old cup")
        catalog.edit(
            product=product,
            title="New cup",
            description="",
            category="home",
            needs_full_page=False,
            withdrawal_exception="",
        )
        assert (found(text="new"), found(text="old")) == (["New cup"], [])

    def test_a_new_variant_is_found_by_its_options(self):
        product = make.product(sizes=("Small",))
        catalog.add_variant(
            product=product,
            variant=catalog.VariantInput({"Size": "Enormous"}, 100, 1),
            at=make.AT,
        )
        assert found(text="enormous") == [product.title]
        assert found(sizes=("enormous",)) == [product.title]

    def test_a_shop_that_is_renamed_takes_its_products_along(self):
        product = make.product(shop=make.shop(name="Before"))
        shop = product.shop
        shops.update_profile(
            shop=shop,
            name="Efteråt",
            about="",
            contact_email="a@example.com",
            kind=shop.kind,
            legal_name="",
            legal_address="",
            registration_number="",
            return_days=14,
        )
        assert (len(found(text="efterat")), found(text="before")) == (1, [])
        assert search.shops_named(Asked(text="efteråt")) == [shop]

    def test_what_is_not_public_is_not_found(self):
        make.product(title="Draft cup", is_live=False)
        hidden, closed = (
            make.product(title="Hidden cup"),
            make.product(title="Shut cup"),
        )
        catalog.hide(product=hidden, at=make.AT)
        type(closed.shop).objects.filter(pk=closed.shop_id).update(is_open=False)
        assert found(text="cup") == []
        assert found() == []

    def test_what_is_typed_is_bounded(self):
        asked = Asked(text=search.clean("a\x00b " + "x" * 10_000))
        assert len(asked.text) == 200
        assert asked.words == ["a", "b", "x" * 40]
        assert len(Asked(text=search.clean("w " * 5_000)).words) == 8
        assert found(text=asked.text) == []


class TestFilters:
    def test_all_filters_hold_for_one_variant(self):
        shirt(("XL", "Red", 300, 5), ("M", "Blue", 300, 5), title="Two halves")
        shirt(("XL", "Blue", 300, 0), ("M", "Red", 300, 5), title="Sold out in it")
        shirt(("XL", "Blue", 900, 5), ("M", "Red", 300, 5), title="Too dear in it")
        shirt(("XL", "Blue", 300, 5), ("M", "Red", 900, 5), title="Whole")
        both = {"sizes": ("xl",), "colours": ("blue",)}
        assert set(found(**both)) == {"Sold out in it", "Too dear in it", "Whole"}
        assert set(found(**both, in_stock=True)) == {"Too dear in it", "Whole"}
        assert found(
            **both, in_stock=True, currency="SEK", least_amount=200, most_amount=400
        ) == ["Whole"]

    def test_two_sizes_are_either_of_them(self):
        shirt(("S", "Red", 100, 1), title="Small")
        shirt(("M", "Red", 100, 1), title="Middle")
        shirt(("L", "Red", 100, 1), title="Large")
        assert set(found(sizes=("s", "m"))) == {"Small", "Middle"}

    def test_a_variant_taken_off_sale_is_no_match(self):
        product = shirt(("S", "Red", 100, 1), ("M", "Red", 100, 1))
        small = product.variants.get(position=0)
        catalog.set_on_sale(variant=small, on_sale=False, at=make.AT)
        assert found(sizes=("s",)) == []

    def test_what_others_hold_is_not_in_stock(self):
        variant = make.variant(stock=3)
        Variant.objects.filter(pk=variant.pk).update(reserved=3)
        assert found(in_stock=True) == []

    def test_the_seller_and_the_country_it_delivers_to(self):
        one = make.shop(handle="one.shop")
        make.product(shop=one, title="One")
        make.product(title="Two")
        nowhere = make.product(title="Nowhere")
        nowhere.shop.delivery_profiles.all().delete()
        assert found(sellers=("one.shop",)) == ["One"]
        assert set(found(country="NL")) == {"One", "Two"}
        assert found(country="DE") == []

    def test_prices_are_compared_within_one_currency(self):
        euro = make.shop(currency="EUR", country="NL")
        make.product(shop=euro, title="Euro", price_amount=2_000)
        make.product(title="Kronor", price_amount=9_000)
        assert found(currency="SEK", sort=Sort.PRICE_UP) == ["Kronor"]
        assert found(currency="EUR", most_amount=5_000) == ["Euro"]

    def test_options_are_known_in_the_languages_of_the_platform(self):
        for name in ("Size", "Storlek", "Maat", "サイズ", "ｻｲｽﾞ", "SIZE"):
            assert indexing.facets({name: "M"}) == ["size:m"], name
        for name in ("Colour", "Color", "Färg", "Kleur", "色", "カラー"):
            assert indexing.facets({name: "Blå"}) == ["colour:blå"], name
        assert indexing.facets({"Wood": "Oak", "Size": "ＸＬ"}) == ["size:xl"]


class TestOrder:
    def listed(self, title, hours, **fields):
        product = make.product(title=title, **fields)
        type(product).objects.filter(pk=product.pk).update(
            listed_at=make.AT + hours * HOUR
        )
        return product

    def test_words_in_the_title_come_first_then_the_newest(self):
        self.listed("Blue cup", 1)
        self.listed("Cup, blue", 2)
        described = self.listed("Saucer", 3)
        catalog.edit(
            product=described,
            title="Saucer",
            description="blue cup",
            category="home",
            needs_full_page=False,
            withdrawal_exception="",
        )
        assert found(text="blue cup") == ["Cup, blue", "Blue cup", "Saucer"]
        assert found(text="blue cup", sort=Sort.NEWEST)[0] == "Saucer"

    def test_without_words_the_newest_comes_first(self):
        self.listed("Old", 1)
        self.listed("New", 2)
        assert found() == ["New", "Old"]
        assert found(sort=Sort.RELEVANCE) == ["New", "Old"]

    def test_the_price_of_the_variant_that_matches_decides(self):
        shirt(("S", "Red", 100, 1), ("M", "Red", 900, 1), title="Cheap when small")
        shirt(("M", "Red", 500, 1), title="Middle")
        asked = {"sizes": ("m",), "currency": "SEK"}
        assert found(**asked, sort=Sort.PRICE_UP) == ["Middle", "Cheap when small"]
        assert found(**asked, sort=Sort.PRICE_DOWN) == ["Cheap when small", "Middle"]


class TestNumbers:
    def test_each_choice_counts_products_with_the_other_filters_kept(self):
        shirt(("S", "Red", 100, 1), ("M", "Blue", 100, 1), title="A")
        shirt(("M", "Red", 100, 0), title="B")
        numbers = search.numbers(Asked(colours=("red",)))
        assert {(one.value, one.number) for one in numbers.sizes} == {
            ("s", 1),
            ("m", 1),
        }
        assert {(one.value, one.number) for one in numbers.colours} == {
            ("red", 2),
            ("blue", 1),
        }
        assert numbers.in_stock == 1

    def test_sellers_countries_and_prices_are_counted(self):
        one = make.shop(name="One", handle="one.shop")
        make.product(shop=one, price_amount=100)
        make.product(shop=one, price_amount=300, sizes=("S", "M"))
        make.product(shop=make.shop(currency="EUR", country="NL"), price_amount=50)
        numbers = search.numbers(Asked())
        assert numbers.sellers[0] == search.Choice("one.shop", 2, "One")
        assert {(each.value, each.number) for each in numbers.countries} == {
            ("SE", 3),
            ("NL", 3),
        }
        assert numbers.prices == [
            search.Range("SEK", 2, 100, 300),
            search.Range("EUR", 1, 50, 50),
        ]

    def test_a_number_is_what_choosing_it_would_find(self):
        """Each choice of each filter, under every combination of the others."""
        one = make.shop(name="One", handle="one.shop")
        far = make.shop(name="Far", handle="far.shop")
        delivery.set_delivery(
            shop=far,
            name="Parcel",
            countries=["NL"],
            price_amount=100,
            days_min=1,
            days_max=2,
        )
        shirt(("S", "Red", 100, 1), ("M", "Blue", 900, 0), shop=one)
        shirt(("S", "Blue", 500, 0), ("M", "Red", 200, 4), shop=far)
        shirt(("M", "Red", 300, 0), ("L", "Red", 300, 2), shop=one, title="Wool vest")
        shirt(("S", "Red", 700, 3), shop=far, title="Linen vest")
        given = {
            "text": ("", "linen"),
            "sizes": ((), ("m", "l")),
            "colours": ((), ("red",)),
            "sellers": ((), ("one.shop",)),
            "country": ("", "SE"),
            "most_amount": (None, 400),
            "in_stock": (False, True),
        }
        for chosen in itertools.product(*given.values()):
            asked = Asked(currency="SEK", **dict(zip(given, chosen, strict=True)))
            numbers = search.numbers(asked)

            def would_find(asked=asked, **more):
                return search.products(replace(asked, **more)).count()

            for choice in numbers.sizes:
                assert choice.number == would_find(sizes=(choice.value,)), asked
            for choice in numbers.colours:
                assert choice.number == would_find(colours=(choice.value,)), asked
            for choice in numbers.sellers:
                assert choice.number == would_find(sellers=(choice.value,)), asked
            for choice in numbers.countries:
                assert choice.number == would_find(country=choice.value), asked
            assert numbers.in_stock == would_find(in_stock=True), asked
            whole = would_find(most_amount=None)
            assert [one.number for one in numbers.prices] == [whole] * bool(whole)

    def test_two_queries_at_any_number_of_products(self, django_assert_num_queries):
        for number in range(5):
            shirt(("S", "Red", 100, 1), title=f"Shirt {number}")
        with django_assert_num_queries(2):
            search.numbers(Asked(text="shirt", colours=("red",), country="SE"))


class TestNothingFound:
    def suggested(self, text):
        words = Asked(text=text).words
        near = suggestions.nearest(words=words, limit=8)
        return suggestions.spelling(words=words, near=near)

    def test_the_spelling_of_a_title_is_suggested(self):
        make.product(title="Stoneware Cup")
        make.product(title="Bordslampa Skymning")
        assert self.suggested("stonwear cup") == "stoneware cup"
        assert self.suggested("bordslmpa") == "bordslampa"
        assert self.suggested("zzzzqqq") == ""

    def test_the_suggestion_keeps_its_accents_and_finds_the_product(self):
        make.product(title="Grön kåpa")
        meant = self.suggested("grönn kåpa")
        assert meant == "grön kåpa"
        assert found(text=meant) == ["Grön kåpa"]

    def test_what_sold_in_most_lines_is_popular(self):
        often, once = make.variant(title="Often"), make.variant(title="Once")
        make.variant(title="Never")
        sold_out = make.variant(title="Sold out", stock=0)
        sales = [often, often, once, sold_out, sold_out, sold_out]
        for number, variant in enumerate(sales):
            StockMove.objects.create(
                variant=variant,
                kind="sale",
                delta=-1,
                reference=f"line{number}",
                at=make.AT,
            )
        asked = {"at": make.AT + HOUR, "limit": 5}
        assert suggestions.popular(**asked) == [often.product_id, once.product_id]
        late = make.AT + timedelta(days=31)
        assert suggestions.popular(at=late, limit=5) == []

    def note(self, text, at=make.AT):
        suggestions.note_miss(asked=Asked(text=text), at=at)

    def test_what_was_looked_for_in_vain_is_counted_by_day(self):
        for text in ("Grön Lampa", "gron lampa", "ＧＲＯＮ lampa"):
            self.note(text)
        self.note("gron lampa", at=make.AT + timedelta(days=1))
        assert list(
            SearchMiss.objects.order_by("day").values_list("words", "number")
        ) == [("gron lampa", 3), ("gron lampa", 1)]

    @pytest.mark.parametrize(
        "text", ["maja@example.com", "070-123 45 67", "19811228-9874", "%%%", ""]
    )
    def test_what_may_name_a_person_is_not_kept(self, text):
        self.note(text)
        assert not SearchMiss.objects.exists()

    def test_the_log_of_a_day_is_bounded(self, monkeypatch):
        monkeypatch.setattr(suggestions, "MOST_MISSES_PER_DAY", 2)
        for text in ("one", "two", "three", "one"):
            self.note(text)
        assert set(SearchMiss.objects.values_list("words", "number")) == {
            ("one", 2),
            ("two", 1),
        }

    def test_old_misses_are_forgotten(self):
        self.note("lamp")
        assert suggestions.forget_misses(at=make.AT + timedelta(days=90)) == 0
        assert suggestions.forget_misses(at=make.AT + timedelta(days=91)) == 1
