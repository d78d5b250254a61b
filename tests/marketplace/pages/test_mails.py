"""The layout of mails, and the mails of signing in."""

import pytest
from django.template import engines
from django.template.loader import render_to_string


@pytest.mark.parametrize("end", ["txt", "html"])
def test_a_sign_in_code_is_in_both_parts_of_its_mail(end):
    words = render_to_string(
        f"account/email/login_code_message.{end}",
        {"code": "K7Q2-9M", "SITE_NAME": "Salu"},
    )
    assert "K7Q2-9M" in words
    assert "Salu" in words


def test_a_subject_is_one_line():
    for name in ("login_code", "email_confirmation", "password_reset_key"):
        subject = render_to_string(f"account/email/{name}_subject.txt", {"code": "A1"})
        assert len(subject.strip().splitlines()) == 1


def test_a_mail_has_one_button_and_its_address_in_plain_text():
    context = {
        "button_url": "https://a.test/o/x",
        "button_text": "Open",
        "SITE_NAME": "S",
    }
    html = render_to_string("mail/base.html", context)
    assert html.count("<a ") == 1
    text = render_to_string("mail/base.txt", context)
    assert "Open: https://a.test/o/x" in text


def test_a_plain_mail_is_not_escaped():
    template = engines["django"].from_string(
        '{% extends "mail/base.txt" %}{% block body %}{{ name }}{% endblock %}'
    )
    assert "Hout & Zoon" in template.render({"name": "Hout & Zoon"})
