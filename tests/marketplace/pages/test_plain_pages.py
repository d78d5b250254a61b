"""Legal pages, the question for consent, and what a phone keeps."""

import json
import re

import pytest
from django.db import DatabaseError, connection, transaction

from marketplace.kit import consent
from marketplace.kit.models import ConsentRecord
from marketplace.pages import legal
from orders.models import CartLine
from tests.factories import creators as make_creators
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db


def page(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


# --- legal ------------------------------------------------------------------------
def test_each_legal_page_carries_its_version_and_leads_to_the_others(client):
    for name in legal.PAGES:
        html = page(client, f"/en/legal/{name}")
        assert "Version of 21\xa0Nov\xa02026" in html
        for other in legal.PAGES:
            assert f"/en/legal/{other}" in html


def test_the_operator_is_named_from_the_settings(client, settings):
    missing = "To be named by the operator before the site opens"
    assert missing in page(client, "/en/legal/imprint")
    settings.PLATFORM_LEGAL = {
        **dict.fromkeys(settings.PLATFORM_LEGAL, "x"),
        "name": "Salu Market AB",
    }
    html = page(client, "/en/legal/imprint")
    assert "Salu Market AB" in html
    assert missing not in html


def rows(html):
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html, re.DOTALL)
    return {label: words.strip() for label, words in pairs}


def test_a_seller_is_never_without_details(client):
    shop = make.shop(kind="business")
    html = page(client, f"/en/@{shop.handle}/legal")
    found = rows(html)
    assert all(found.values())
    assert found["Name"] == shop.name
    assert found["Sells as"] == "A business"
    assert found["Address"] == ("Given without delay when you ask: shop@example.com")
    assert "14 days to withdraw" in html
    full = make.shop(
        kind="business",
        legal_name="Lera AB",
        legal_address="Gatan 1\n123 45 Lund",
    )
    full.registration_number = "556000-0000"
    full.save()
    found = rows(page(client, f"/en/@{full.handle}/legal"))
    assert found["Name"] == "Lera AB"
    assert found["Address"] == "Gatan 1<br>123 45 Lund"
    assert found["Registration number"] == "556000-0000"


def test_a_seller_in_japan_states_what_the_act_asks_for(client, japan):
    shop = make.shop(country="JP", currency="JPY", delivery_amount=600)
    html = page(client, f"/en/@{shop.handle}/legal")
    found = rows(html)
    for label in (
        *("Seller", "Person responsible", "Address", "Phone", "E-mail"),
        *("Selling price", "Charges besides the price", "Ways to pay"),
        *("When to pay", "When it is delivered", "Returns and exchange"),
        "How long an offer stands",
    ):
        assert found[label], label
    assert "Delivery to Japan" in found["Charges besides the price"]
    assert "convenience store" in found["Ways to pay"]


def test_a_creator_is_told_apart_from_a_seller(client):
    creator = make_creators.make_creator(name="Nina Berg")
    html = page(client, f"/en/@{creator.handle}/legal")
    assert rows(html)["Name"] == "Nina Berg"
    assert "earns the creator a share" in html
    assert creator.user.email not in html
    assert client.get("/en/@nobody/legal").status_code == 404


def test_a_product_leads_to_its_sellers_details_and_to_a_report(client):
    product = make.product()
    html = page(client, product.get_absolute_url())
    assert f"/en/@{product.shop.handle}/legal" in html
    assert f"/en/report/product/{product.public_id}" in html


# --- consent ----------------------------------------------------------------------
@pytest.fixture
def asking(settings, stripe):
    settings.CONSENT_PURPOSES = ["attribution"]


def test_nobody_is_asked_when_only_the_necessary_is_used(client):
    assert 'class="consent"' not in page(client, "/en/")
    assert "nothing to choose" in page(client, "/en/consent")


def test_reject_and_accept_are_the_same_button(client, asking):
    html = page(client, "/en/")
    aside = html.partition('<aside class="consent"')[2].partition("</aside>")[0]
    buttons = re.findall(r'<button class="([^"]*)"[^>]*value="(\w+)"', aside)
    assert [value for _classes, value in buttons] == ["reject", "accept"]
    assert buttons[0][0] == buttons[1][0]
    assert "checked" not in aside


@pytest.mark.parametrize(
    ("answer", "allowed"), [("accept", ["attribution"]), ("reject", []), ("odd", [])]
)
def test_an_answer_is_kept_shown_no_more_and_logged(client, asking, answer, allowed):
    response = client.post("/en/consent", {"answer": answer, "next": "/en/"})
    assert (response.status_code, response["Location"]) == (302, "/en/")
    assert 'class="consent"' not in page(client, "/en/")
    row = ConsentRecord.objects.get()
    assert (row.version, row.allowed) == (consent.VERSION, allowed)
    assert row.offered == ["attribution"]
    assert response.cookies["consent"]["httponly"]


def test_a_change_is_a_second_row_of_the_same_browser(client, asking):
    client.post("/en/consent", {"answer": "accept"})
    client.post("/en/consent", {"answer": "save"})
    first, second = ConsentRecord.objects.order_by("pk")
    assert first.subject == second.subject
    assert second.allowed == []


def test_the_log_is_only_added_to(client, asking):
    client.post("/en/consent", {"answer": "accept"})
    for sql in (
        "UPDATE kit_consentrecord SET allowed='[]'",
        "DELETE FROM kit_consentrecord",
    ):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


@pytest.mark.parametrize(
    "there", ["//evil.example", "https://evil.example/", "javascript:x", "\\evil"]
)
def test_an_answer_leads_nowhere_else(client, asking, there):
    response = client.post("/en/consent", {"answer": "accept", "next": there})
    assert response["Location"] == "/en/consent"


def test_a_browser_that_says_no_by_itself_is_not_asked(client, asking):
    html = client.get("/en/", headers={"sec-gpc": "1"}).content.decode()
    assert 'class="consent"' not in html


@pytest.mark.parametrize(
    "value", ["x", "2020-01-01.con_23456789.attribution", "a" * 900]
)
def test_an_odd_or_old_answer_is_none(client, asking, value):
    client.cookies["consent"] = value
    assert 'class="consent"' in page(client, "/en/")


def test_a_tracking_link_sets_nothing_before_consent(client, asking):
    creator = make_creators.make_creator()
    assert client.get(f"/go/{creator.link.slug}").cookies == {}
    client.post("/en/consent", {"answer": "reject"})
    assert "led_by" not in client.get(f"/go/{creator.link.slug}").cookies


def test_with_consent_the_link_is_remembered_for_its_window_and_used_last(
    client, asking
):
    creator = make_creators.make_creator()
    product = make.product()
    variant = product.variants.get()
    client.post("/en/consent", {"answer": "accept"})
    cookie = client.get(f"/go/{creator.link.slug}").cookies["led_by"]
    assert cookie["max-age"] == 30 * 24 * 3600
    client.post("/cart/add", {"variant": variant.public_id, "quantity": 1})
    line = CartLine.objects.get()
    assert (line.source_type, line.source_id) == ("link", creator.public_id)
    response = client.post("/en/consent", {"answer": "reject"})
    assert response.cookies["led_by"]["max-age"] == 0


# --- kept on a phone -----------------------------------------------------------------
def test_the_manifest_names_the_platform_its_icons_and_its_ways_in(client):
    response = client.get("/manifest.webmanifest", headers={"accept-language": "sv"})
    assert response["Content-Type"] == "application/manifest+json"
    said = json.loads(response.content)
    assert said["start_url"] == "/sv/"
    assert {icon["sizes"] for icon in said["icons"]} == {"192x192", "512x512"}
    assert {icon["purpose"] for icon in said["icons"]} == {"any", "maskable"}
    assert [one["url"] for one in said["shortcuts"]][0] == "/cart"
    assert said["share_target"]["action"] == "/create/posts/new"
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page(client, "/en/")


def test_the_service_worker_keeps_the_offline_page_and_files_and_nothing_else(client):
    response = client.get("/sw.js")
    assert response["Content-Type"] == "text/javascript"
    script = response.content.decode()
    assert '"/ja/offline"' in script or "/ja/offline" in script.replace("\\u002D", "-")
    kept = re.search(r"const FILES = \[(.*?)\]", script)[1]
    assert "app.css" in kept
    assert "/cart" not in script


@pytest.mark.parametrize("language", ["en", "sv", "nl", "ja"])
def test_the_offline_page_is_the_same_for_everyone(client, language):
    client.force_login(make.user("nina@example.com"))
    response = client.get(f"/{language}/offline")
    assert response.status_code == 200
    html = response.content.decode()
    assert "nina@example.com" not in html
    assert "csrf" not in html
    assert "<script" not in html


def test_the_old_address_of_the_icon_leads_to_it(client):
    assert client.get("/favicon.ico")["Location"] == "/static/build/icon-48.png"
