"""Components, as a page builder calls them."""

import re

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django.utils import translation
from django_cotton.compiler_regex import (  # type: ignore[import-untyped]
    CottonCompiler,
)


def drawn(source, **context):
    template = engines["django"].from_string(
        CottonCompiler().process("{% load i18n ui %}" + source)
    )
    return template.render(context, RequestFactory().get("/en/cart?q=1"))


def test_a_button_with_an_address_is_a_link():
    html = drawn('<c-btn href="/cart" variant="solid" hx-boost="true">Bag</c-btn>')
    assert html.startswith('<a class="btn btn-solid')
    assert 'href="/cart"' in html
    assert 'hx-boost="true"' in html


def test_a_button_without_one_submits_and_can_be_switched_off():
    html = drawn('<c-btn disabled="1" name="do" value="pay">Pay</c-btn>')
    assert '<button class="btn' in html
    assert 'type="submit" disabled' in html
    assert 'name="do" value="pay"' in html


def test_words_from_people_are_escaped_in_attributes_and_slots():
    evil = '"><script>alert(1)</script>'
    html = drawn(
        '<c-product-card href="/p" name="{{ name }}" by="{{ name }}" :amount="5" '
        'currency="SEK" /><c-banner title="{{ name }}">{{ name }}</c-banner>'
        '<c-seller :name="name" kind="private" />',
        name=evil,
    )
    assert "<script" not in html


def test_a_reduced_price_always_says_the_low_of_thirty_days():
    html = drawn('<c-price :amount="38900" :was="41900" currency="EUR" />')
    assert "€389.00" in html
    assert "Lowest price in 30 days: €419.00" in html


def test_a_price_without_reduction_strikes_nothing():
    html = drawn('<c-price :amount="38900" currency="EUR" tax="1" />')
    assert "<s>" not in html
    assert "incl. VAT" in html


def test_a_price_of_zero_is_written():
    assert "0\u00a0kr" in drawn('<c-price :amount="0" currency="SEK" />')


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "from €1,290.00"),
        ("sv", "från 1\u00a0290\u00a0€"),
        ("nl", "vanaf €\u00a01.290,00"),
        ("ja", "€1,290.00〜"),
    ],
)
def test_a_lowest_price_is_said_where_the_language_says_it(language, words):
    with translation.override(language):
        html = drawn('<c-price :amount="129000" currency="EUR" from="1" />')
    assert re.sub("<[^>]+>", "", html).strip() == words
    assert '<span class="font-normal" data-from>' in html


def test_japanese_writes_the_tax_word_behind_the_yen():
    with translation.override("ja"):
        html = drawn('<c-price :amount="12900" currency="JPY" tax="1" />')
    assert "12,900円" in html
    assert "（" in html


def test_a_product_card_is_one_link():
    html = drawn(
        '<c-product-card href="/p" name="Mug" by="Norr" src="/m.webp" alt="A mug" '
        ':amount="34900" currency="SEK" :ad="True" :few_left="True" />'
    )
    assert html.count("<a ") == 1
    assert "tagword-ad" in html
    assert "Few left" in html


def test_a_sold_out_card_says_so_and_not_that_few_are_left():
    html = drawn(
        '<c-product-card href="/p" name="Mug" :amount="1" currency="SEK" '
        ':sold_out="True" :few_left="True" />'
    )
    assert "Sold out" in html
    assert "Few left" not in html


def test_a_card_without_commission_carries_no_label():
    html = drawn('<c-product-card href="/p" name="M" :amount="1" currency="SEK" />')
    assert "tagword-ad" not in html


def test_hotspots_stand_by_attributes_and_lead_to_their_rows():
    html = drawn(
        '<c-tagged-photo src="/s.webp" alt="Rail" :tags="tags" />'
        '<c-product-row name="Shirt" :amount="1" currency="SEK" :number="1" />',
        tags=[
            {"x": 35, "y": 46.5, "number": 1, "name": "Shirt"},
            {"x": 70, "y": 80, "number": 2, "name": "Bag", "gone": True},
        ],
    )
    assert '<svg x="35%" y="46.5%">' in html
    assert 'href="#tag-1"' in html
    assert 'id="tag-1"' in html
    assert 'aria-label="2, Bag, sold out"' in html
    assert "style=" not in html


def test_a_variant_that_is_gone_says_so_in_its_name():
    html = drawn(
        '<c-choice legend="Size" name="variant" :options="options" />',
        options=[
            {"value": "7", "label": "M", "checked": True},
            {"value": "8", "label": "XL", "disabled": True},
        ],
    )
    assert re.search(r'value="7"\s+checked', html)
    assert re.search(r'value="8" disabled', html)
    assert "sold out" in html


def test_a_quantity_works_without_buttons():
    html = drawn('<c-quantity name="n" :value="2" :max="10" />')
    assert 'type="number"' in html
    assert 'min="1" max="10"' in html
    assert html.count(" hidden>") == 2


def test_free_delivery_is_a_word_and_a_total_is_marked():
    html = drawn(
        '<c-sums><c-sum term="Delivery" :amount="0" currency="SEK" free="1" />'
        '<c-sum term="Total" :amount="5900" currency="SEK" total="1" /></c-sums>'
    )
    assert "<dd>Free</dd>" in html
    assert 'class="total"' in html


def test_a_sheet_from_the_server_opens_and_knows_its_way_back():
    html = drawn(
        '<c-sheet id="buy" title="Shirt" open="1" close_url="/p/1">Body'
        '<c-slot name="foot">Pay</c-slot></c-sheet>'
    )
    assert 'open data-modal data-close-url="/p/1"' in html
    assert 'aria-labelledby="buy-title"' in html
    assert '<div class="sheet-foot">Pay</div>' in html


def test_pages_keep_the_query():
    html = drawn('<c-pagination :page="p" />', p=Paginator(range(50), 24).get_page(2))
    assert 'href="?q=1&amp;page=1"' in html
    assert "25–48 of 50" in html


def test_a_list_of_nothing_has_no_pages():
    html = drawn('<c-pagination :page="p" />', p=Paginator([], 24).get_page(1))
    assert "<nav" not in html


def test_the_waterfall_draws_bars_by_attributes():
    html = drawn(
        '<c-studio.waterfall caption="Split" :rows="rows" currency="SEK" />',
        rows=[
            {"label": "Paid", "amount": 129000, "start": 0, "width": 100},
            {"label": "You", "amount": 12384, "width": 9.6, "tone": 1, "sum": True},
        ],
    )
    assert 'class="fill-1" x="0" width="9.6"' in html
    assert "1\u00a0290,00" in html


@pytest.mark.parametrize("language", ["sv", "nl", "ja"])
def test_bars_keep_their_decimal_point_in_every_language(language):
    with translation.override(language):
        html = drawn(
            '<c-studio.waterfall caption="S" :rows="rows" currency="SEK" />'
            '<c-tagged-photo src="/s" alt="" :tags="tags" />',
            rows=[{"label": "You", "amount": 1, "start": 9.6, "width": 70.4}],
            tags=[{"x": 35.5, "y": 46.5, "name": "Shirt"}],
        )
    assert 'x="9.6" width="70.4"' in html
    assert 'x="35.5%" y="46.5%"' in html


def test_a_tile_that_opens_something_is_a_link():
    html = drawn(
        '<c-studio.tile label="Pending" value="6 kr" href="/create/earnings" />'
    )
    assert html.startswith('<a href="/create/earnings" class="tile">')
    html = drawn(
        '<c-studio.tile label="Pending" value="6 kr" :points="points" />', points=[1]
    )
    assert html.startswith('<div class="tile">')
    assert "<svg" not in html


def test_a_question_in_the_summary_of_errors_gets_no_colon():
    class Asked(forms.Form):
        what = forms.CharField(label="What is the matter?")
        city = forms.CharField(label="City")

    html = drawn('<c-form-errors :form="form" />', form=Asked({}))
    assert "What is the matter? This field is required." in html
    assert "City: This field is required." in html
