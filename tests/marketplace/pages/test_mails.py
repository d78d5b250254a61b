"""Every mail of the project, as its preview shows it, and switching a kind of them off."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.test.signals import template_rendered
from django.utils.translation import override

from marketplace.kit import mails
from marketplace.kit.models import MailRefusal
from marketplace.pages import sample_mails, sample_orders
from tests.factories import sellers

LANGUAGES = [code for code, _name in settings.LANGUAGES]
by_name = pytest.mark.parametrize(
    "sample", sample_mails.SAMPLES, ids=lambda sample: sample.name
)


@by_name
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_is_whole_in_each_language(sample, language):
    with override(language):
        shown = sample_mails.shown(sample)
    assert f'<html lang="{language}"' in shown.html
    assert shown.html.count('class="button"') == 1
    assert shown.html.count(f'href="{shown.button_url}"') == 1
    assert shown.button_url.startswith("http://testserver/")
    assert shown.button_url in shown.text
    assert shown.preheader.strip()
    assert 0 < len(shown.subject) < 78
    assert shown.size < 100_000
    assert "<script" not in shown.html
    assert "@import" not in shown.html
    assert "@font-face" not in shown.html
    resources = re.findall(r'(?:src|href|background)="([^"]*)"', shown.html)
    assert all(one.startswith("http://testserver/") for one in resources)
    assert "url(" not in shown.html
    assert "{{" not in shown.html + shown.text
    assert "%(" not in shown.html + shown.text + shown.subject
    assert "&amp;" not in shown.text
    assert "display:none" in shown.html.split("preheader")[1][:60]


def test_a_picture_is_shown_and_none_counts_who_reads():
    images = [
        image
        for sample in sample_mails.SAMPLES
        for image in re.findall(r"<img[^>]*>", sample_mails.shown(sample).html)
    ]
    assert len(images) > 10
    for image in images:
        assert 'width="56"' in image
        assert 'height="70"' in image
        assert "?" not in image


def test_every_mail_template_is_in_the_previews():
    used = set()

    def note(sender, template, **rest):
        used.add(template.name)

    template_rendered.connect(note)
    try:
        for sample in sample_mails.SAMPLES:
            sample_mails.shown(sample)
    finally:
        template_rendered.disconnect(note)
    root = Path(settings.BASE_DIR)
    there = {
        re.sub(r"^.*?/templates/", "", path.as_posix())
        for app in ("marketplace", "sellers", "creators", "orders", "payouts")
        for folder in ("mail", "email")
        for path in (root / app).rglob(f"templates/**/{folder}/*.*")
    }
    assert there == {
        f"mail/{name}"
        for name in (
            *("base.html", "base.txt", "notice.html", "notice.txt"),
            *("details.html", "details.txt", "facts.html", "group.html"),
        )
    }
    assert there <= used


def test_everything_that_composes_a_mail_is_in_the_previews():
    """Each function of an emails module that gives a notice is called by a sample."""
    root = Path(settings.BASE_DIR)
    composing = set()
    for app in ("marketplace", "sellers", "orders", "payouts", "creators"):
        for path in (
            *(root / app).rglob("emails.py"),
            *(root / app).rglob("emails/*.py"),
        ):
            found = re.findall(
                r"^def ([a-z]\w*)\((?:[^()]|\([^()]*\))*\) -> (?:\w+\.)?Notice:",
                path.read_text(),
                re.M,
            )
            composing.update(found)
    written = (root / "marketplace/pages/sample_mails.py").read_text()
    by_allauth = (root / "marketplace/accounts/emails.py").read_text()
    assert len(composing) > 20
    for name in composing:
        shown = re.search(rf"\.{name}\b", written)
        assert shown or f": {name}," in by_allauth, name


def evil(attack):
    """A world in which every word that people write is an attack."""
    real = sample_orders.ENGLISH
    kept = {"currency", "country", "prices"}
    words = {one.name: attack for one in fields(real) if one.name not in kept}
    attacked = replace(real, **{**words, "products": (attack,) * 3})
    return sample_orders.World(attacked, "en")


@by_name
def test_what_people_write_is_inert_in_every_mail(sample):
    attack = '"><img src=x onerror=alert(1)><script>alert(1)</script>{{ 7 }}'
    shown = sample_mails.shown(sample, evil(attack))
    assert "<script" not in shown.html
    assert "<img src=x" not in shown.html
    assert shown.html.count('class="button"') == 1


@by_name
def test_what_people_write_adds_no_header_to_any_mail(sample):
    world = evil("A\r\nBcc: all@example.com\r\n\r\nB")
    message = sample_mails.compose(sample, world)
    assert message.recipients() == ["maja@example.com"]
    assert len(message.subject.splitlines()) == 1
    sent = message.message()
    assert sent.get_all("Bcc") is None
    assert sent.get_all("To") == ["maja@example.com"]


@pytest.mark.django_db
def test_the_previews_list_every_mail_and_show_each(client):
    listed = client.get("/en/styleguide/mails").content.decode()
    for sample in sample_mails.SAMPLES:
        assert f"/en/styleguide/mails/{sample.name}" in listed
    page = client.get("/en/styleguide/mails/confirmation?language=sv&width=desktop")
    text = page.content.decode()
    assert "<iframe" in text
    assert "sandbox" in text
    assert "Din beställning" in text
    assert client.get("/en/styleguide/mails/no-such-mail").status_code == 404


@pytest.mark.django_db
def test_a_mail_in_its_frame_can_do_nothing(client):
    page = client.get("/en/styleguide/mails/shipped/html?language=nl")
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src 'none'" in policy
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert 'lang="nl"' in page.content.decode()


@pytest.mark.django_db
def test_the_previews_are_not_there_where_real_buyers_are(client, settings):
    settings.STRIPE_WSGI_APP = settings.STRIPE_API_BASE = ""
    for path in ("mails", "mails/shipped", "mails/shipped/html"):
        assert client.get(f"/en/styleguide/{path}").status_code == 404
    settings.DEBUG = True
    assert client.get("/en/styleguide/mails/shipped/html").status_code == 200


@pytest.mark.django_db
def test_a_kind_of_mail_is_switched_off_by_its_link_and_a_visit_changes_nothing():
    url = mails.unsubscribe_url(email="maja@example.com", kind="reviews")
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.get(url).status_code == 200
    assert MailRefusal.objects.count() == 0
    # As a mail program presses it: no page, no cookie.
    pressed = stranger.post(url, {"List-Unsubscribe": "One-Click"})
    assert pressed.status_code == 200
    assert mails.is_refused(email="maja@example.com", kind="reviews")
    stranger.post(url, {"wish": "on"})
    assert not mails.is_refused(email="maja@example.com", kind="reviews")


@pytest.mark.django_db
def test_a_forged_link_switches_nothing_off(client):
    url = mails.unsubscribe_url(email="maja@example.com", kind="reviews")
    assert client.post(f"{url}x").status_code == 404
    assert client.get("/en/mails/off/x").status_code == 404
    assert MailRefusal.objects.count() == 0


@pytest.mark.django_db
def test_the_sign_in_code_comes_in_the_design_and_the_persons_language(client):
    sellers.user("maja@example.com", language="sv")
    client.post("/account/login/code/", {"email": "maja@example.com"})
    (message,) = mail.outbox
    html = message.alternatives[0][0]
    assert '<html lang="sv"' in html
    code = re.search(r"\n([A-Z0-9-]{6,9})\n", message.body)
    assert code is not None
    assert code.group(1) in html
    assert code.group(1) in message.subject
    assert html.count('class="button"') == 1


@pytest.mark.django_db
def test_an_unknown_address_is_told_so_by_mail_alone(client):
    client.post("/account/login/code/", {"email": "nobody@example.com"})
    (message,) = mail.outbox
    assert message.to == ["nobody@example.com"]
    assert message.subject == "There is no account with this e-mail"
    assert "/account/signup/" in message.body
