"""What pages tell search engines and other sites: safe to write, and nothing unknown."""

import json
import re

from marketplace.kit import found


def read(script):
    return json.loads(
        re.fullmatch(r'<script type="application/ld\+json">(.*)</script>', script)[1]
    )


def test_what_is_not_known_is_left_out():
    node = found.node("Product", name="Cup", gtin="", image=[], weight=None, number=0)
    assert node == {"@type": "Product", "name": "Cup", "number": 0}


def test_no_text_can_end_the_block_or_begin_markup():
    text = "</script><script>alert(1)</script><!-- & \u2028 å"
    script = found.script(found.node("Product", name=text))
    inner = script.removeprefix('<script type="application/ld+json">')
    inner = inner.removesuffix("</script>")
    assert not set("<>&\u2028\u2029") & set(inner)
    assert read(script)["name"] == text
    assert "å" in script


def test_an_address_of_another_storage_stays(settings):
    settings.SITE_URL = "https://shop.example"
    assert found.absolute("/en/") == "https://shop.example/en/"
    assert found.absolute("https://cdn.example/a.webp") == "https://cdn.example/a.webp"


def test_a_long_text_becomes_one_line():
    assert found.one_line(" a\n b ") == "a b"
    assert found.one_line("x" * 300) == "x" * 199 + "…"


def test_the_way_to_a_page_counts_from_one(settings):
    settings.SITE_URL = "https://shop.example"
    way = found.breadcrumbs(("Home", "/en/"), ("Lighting", "/en/c/lighting"))
    assert [step["position"] for step in way["itemListElement"]] == [1, 2]
    assert way["itemListElement"][1]["item"] == "https://shop.example/en/c/lighting"
