"""The front page, the style guide and the pages of what went wrong."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from marketplace.kit.errors import page as error_page
from marketplace.pages import legal, states
from marketplace.pages.views import failures

INLINE = re.compile(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)")


@pytest.fixture
def guide(client):
    return client.get("/en/styleguide").content.decode()


def test_the_front_page_answers_in_every_language(client, db):
    for language in ("en", "sv", "nl", "ja"):
        response = client.get(f"/{language}/")
        assert response.status_code == 200
        assert f'<html lang="{language}"' in response.content.decode()


def test_a_path_without_language_leads_to_the_readers(client):
    response = client.get("/", headers={"accept-language": "nl,en;q=0.5"})
    assert response.status_code == 302
    assert response["Location"] == "/nl/"


def test_a_visitor_who_does_nothing_opens_no_session(client, db):
    client.get("/en/")
    assert "sessionid" not in client.cookies


def test_the_style_guide_carries_nothing_inline(guide):
    assert INLINE.findall(guide) == []


def test_the_style_guide_shows_every_state_word(guide):
    for table in states.TABLES.values():
        for pill in table.values():
            assert str(pill.word) in guide


def test_no_component_tag_is_left_undrawn(guide):
    assert "<c-" not in guide
    assert "{{" not in guide


def test_the_style_guide_shows_every_component(settings):
    templates = settings.BASE_DIR / "marketplace" / "templates"
    shown = (
        "".join(
            path.read_text()
            for path in (templates / "pages").glob("styleguide*/*.html")
        )
        + (templates / "pages" / "styleguide.html").read_text()
    )
    components = [
        str(path.relative_to(templates / "cotton").with_suffix(""))
        .replace("/", ".")
        .replace("_", "-")
        for path in (templates / "cotton").rglob("*.html")
    ]
    assert len(components) >= 50
    assert [name for name in components if f"<c-{name}" not in shown] == []


def test_ids_on_the_style_guide_are_unique_per_form_set(guide):
    ids = re.findall(r'\sid="(sg-[^"]+)"', guide)
    assert len(ids) == len(set(ids))


def test_the_style_guide_takes_a_theme_and_ignores_others(client):
    dark = client.get("/en/styleguide?theme=dark").content.decode()
    assert 'data-theme="dark"' in dark
    odd = client.get('/en/styleguide?theme="><script>').content.decode()
    assert "data-theme" not in odd


def test_a_page_that_is_not_there_says_so_in_words(client):
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 410, 413, 429, 503])
def test_an_error_page_shows_the_words_of_the_case(status):
    request = RequestFactory().get("/cart")
    response = error_page(request, status, "Only 2 are left.", reference="ab12")
    assert response.status_code == status
    html = response.content.decode()
    assert "Only 2 are left." in html
    assert "ab12" in html


def test_the_page_of_a_fault_needs_nothing_and_names_a_reference(caplog):
    response = failures.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    reference = re.search(r'error-code">([0-9a-f]{10})<', response.content.decode())
    assert reference is not None
    assert reference[1] in caplog.text


def test_the_page_of_a_fault_renders_with_an_empty_context():
    assert "500" in render_to_string("500.html")
    assert "503" in render_to_string("503.html")


def test_a_form_that_was_open_too_long_is_refused_with_words():
    response = Client(enforce_csrf_checks=True).post("/language", {"language": "sv"})
    assert response.status_code == 403
    assert "Nothing was changed" in response.content.decode()


def test_choosing_a_language_is_remembered_and_leads_back(client):
    response = client.post("/language", {"language": "sv", "next": "/en/styleguide"})
    assert response.status_code == 302
    assert response["Location"] == "/sv/styleguide"
    assert client.cookies["django_language"].value == "sv"


@pytest.mark.parametrize(
    "path",
    [
        "/account/login/",
        "/account/signup/",
        "/account/login/code/",
        "/account/password/reset/",
    ],
)
def test_the_account_pages_look_like_the_rest(client, path):
    html = client.get(path).content.decode()
    assert '<header class="topbar">' in html
    assert 'class="btn btn-solid btn-wide' in html
    assert INLINE.findall(html) == []


def test_signing_in_offers_the_code_before_the_password(client):
    html = client.get("/account/login/").content.decode()
    assert html.index('action="/account/login/code/"') < html.index(
        'action="/account/login/"'
    )


@pytest.mark.parametrize("name", sorted(legal.PAGES))
def test_every_legal_page_of_the_footer_is_there(client, name):
    html = client.get(f"/en/legal/{name}").content.decode()
    assert str(legal.PAGES[name]) in html
    assert INLINE.findall(html) == []


def test_a_legal_page_that_does_not_exist_is_not_found(client):
    assert client.get("/en/legal/secrets").status_code == 404
