"""What every mail has, whatever it says: clean headers, two parts, one button, sent once."""

from datetime import timedelta
from email import message_from_bytes

import pytest
from django.core import mail
from django.utils import timezone

from marketplace.kit import mails
from marketplace.kit.errors import NotFound
from marketplace.kit.models import MailRefusal, SentMail
from tests.factories.orders import AT


def notice(**fields):
    return mails.Notice(
        **{
            "subject": "Hello",
            "heading": "Hello",
            "words": ("First words.", "More words."),
            "reason": "You asked.",
            "button_url": "http://testserver/o/x",
            "button_text": "Open",
            **fields,
        }
    )


def html_of(message):
    return message.alternatives[0][0]


def test_a_mail_has_both_parts_one_button_and_its_address_in_each():
    made = mails.compose(to="maja@example.com", notice=notice())
    assert made.to == ["maja@example.com"]
    assert "Open: http://testserver/o/x" in made.body
    assert html_of(made).count('class="button"') == 1
    assert html_of(made).count('href="http://testserver/o/x"') == 1
    assert made.alternatives[0][1] == "text/html"


def test_without_a_preheader_the_first_words_are_it():
    assert ">First words.</div>" in html_of(mails.compose(to="a@b.se", notice=notice()))
    made = mails.compose(to="a@b.se", notice=notice(preheader="In short"))
    assert ">In short</div>" in html_of(made)


def test_names_with_newlines_and_unseen_signs_add_no_header_and_no_line():
    evil = "Shop\r\nBcc: all@example.com\n\nDear\u202egpj.exe\x00 ü\u2028X"
    made = mails.compose(
        to="maja@example.com",
        notice=notice(
            subject=f"{evil} writes",
            heading=evil,
            preheader=evil,
            facts=((evil, evil),),
            groups=(mails.Group(name=evil, items=(mails.Item(title=evil),)),),
            rows=((evil, evil),),
            parties=(evil,),
            address=(evil,),
            reply_to="shop@example.com\nBcc: all@example.com",
        ),
    )
    clean = "Shop Bcc: all@example.com Deargpj.exe ü X"
    assert made.subject == f"{clean} writes"
    parsed = message_from_bytes(made.message().as_bytes())
    assert parsed.get_all("Bcc") is None
    assert parsed["To"] == "maja@example.com"
    assert made.recipients() == ["maja@example.com"]
    assert made.reply_to == []
    assert f"\n  {clean}\n" in made.body
    assert "\nBcc" not in made.body
    assert "\u202e" not in made.body + html_of(made)


def test_markup_in_every_field_is_inert():
    evil = '<img src=x onerror=alert(1)>"><script>alert(1)</script>{{ 7|add:7 }}'
    made = mails.compose(
        to="maja@example.com",
        notice=notice(
            **dict.fromkeys(
                ("subject", "heading", "preheader", "code", "reason", "button_text"),
                evil,
            ),
            words=(evil,),
            after=(evil,),
            quotes=((evil, evil),),
            facts=((evil, evil),),
            rows=((evil, evil), (evil, "")),
            below_total=((evil, evil),),
            address=(evil,),
            parties=(evil,),
            links=((evil, "http://testserver/"),),
            groups=(
                mails.Group(
                    name=evil,
                    items=(mails.Item(title=evil, detail=evil, amount=evil),),
                    rows=((evil, evil),),
                    codes=((evil, evil),),
                ),
            ),
        ),
    )
    html = html_of(made)
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("&lt;script&gt;") == 28
    assert "14" not in made.subject
    assert "<script>" in made.body


@pytest.mark.parametrize(
    ("platform", "notices", "found"),
    [
        ("", "", []),
        ("help@salu.example", "", ["help@salu.example"]),
        ("help@salu.example", "shop@example.com", ["shop@example.com"]),
        ("help@salu.example", "not an address", ["help@salu.example"]),
    ],
)
def test_an_answer_reaches_the_seller_or_the_platform(
    settings, platform, notices, found
):
    settings.PLATFORM_LEGAL = {**settings.PLATFORM_LEGAL, "email": platform}
    made = mails.compose(to="a@b.se", notice=notice(reply_to=notices))
    assert made.reply_to == found
    assert made.from_email == settings.DEFAULT_FROM_EMAIL


def test_a_mail_of_a_purchase_cannot_be_switched_off_and_another_with_one_press():
    bought = mails.compose(to="a@b.se", notice=notice())
    assert "List-Unsubscribe" not in bought.extra_headers
    assert bought.extra_headers["Auto-Submitted"] == "auto-generated"
    url = mails.unsubscribe_url(email="a@b.se", kind="reviews")
    asked = mails.compose(to="a@b.se", notice=notice(unsubscribe_url=url))
    assert asked.extra_headers["List-Unsubscribe"] == f"<{url}>"
    assert asked.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in asked.body
    assert url in html_of(asked)
    assert "a@b.se" not in url


def test_a_mail_of_very_many_things_stays_whole_and_says_what_it_leaves_out():
    pictured = mails.Picture(src="http://testserver/a.webp", width=56, height=70)
    item = mails.Item(title="x" * 150, detail="y" * 120, amount="1", picture=pictured)
    groups = (mails.Group(name="One", items=(item,) * 70),) + (
        mails.Group(name="Two", items=(item,) * 3),
    )
    made = mails.compose(to="a@b.se", notice=notice(groups=groups))
    html = html_of(made)
    assert len(html.encode()) < 100_000
    assert html.count("<img") == 40
    assert "And 30 more" in made.body
    assert "And 3 more" in made.body


def test_a_market_names_its_own_legal_page(settings):
    assert "/legal/imprint" in mails.compose(to="a@b.se", notice=notice()).body
    settings.PLATFORM_COUNTRY = "JP"
    made = mails.compose(to="a@b.se", notice=notice())
    assert "/legal/tokushoho" in made.body
    assert "/legal/imprint" not in html_of(made)


def test_who_runs_the_platform_stands_in_every_mail(settings):
    settings.PLATFORM_LEGAL = {
        **settings.PLATFORM_LEGAL,
        "name": "Salu AB",
        "address": "Storgatan 1\n111 22 Stockholm",
    }
    made = mails.compose(to="a@b.se", notice=notice())
    for part in (made.body, html_of(made)):
        assert "Salu AB · Storgatan 1 111 22 Stockholm" in part


@pytest.mark.django_db
def test_a_mail_is_sent_once_however_often_its_job_runs():
    sent = []
    assert mails.once("shipped:1", lambda: sent.append(1)) is True
    assert mails.once("shipped:1", lambda: sent.append(2)) is False
    assert mails.once("shipped:2", lambda: sent.append(3)) is True
    assert sent == [1, 3]


@pytest.mark.django_db
def test_a_mail_that_could_not_be_sent_is_tried_again():
    def fail():
        raise OSError("no server")

    with pytest.raises(OSError, match="no server"):
        mails.once("shipped:1", fail)
    assert SentMail.objects.count() == 0
    assert mails.once("shipped:1", lambda: None) is True


@pytest.mark.django_db
def test_another_worker_waits_and_takes_over_when_the_first_has_died():
    now = timezone.now()
    row = SentMail.objects.create(key="shipped:1", claimed_at=now)
    sent = []
    with pytest.raises(mails.BeingSent):
        mails.once("shipped:1", lambda: sent.append(1))
    assert sent == []
    SentMail.objects.filter(pk=row.pk).update(claimed_at=now - timedelta(minutes=11))
    assert mails.once("shipped:1", lambda: sent.append(1)) is True
    assert sent == [1]


@pytest.mark.django_db
def test_a_kind_is_switched_off_for_one_address_and_on_again():
    url = mails.unsubscribe_url(email="Maja@example.com", kind="reviews")
    token = url.rpartition("/")[2]
    mails.refuse(token=token, at=AT)
    mails.refuse(token=token, at=AT)
    assert MailRefusal.objects.count() == 1
    assert mails.is_refused(email="maja@example.com ", kind="reviews")
    assert not mails.is_refused(email="elin@example.com", kind="reviews")
    mails.allow(token=token)
    assert not mails.is_refused(email="maja@example.com", kind="reviews")


@pytest.mark.django_db
def test_a_token_that_is_not_ours_switches_nothing_off():
    url = mails.unsubscribe_url(email="maja@example.com", kind="reviews")
    token = url.rpartition("/")[2]
    for forged in ("x", token[:-1] + ("A" if token[-1] != "A" else "B"), ""):
        with pytest.raises(NotFound):
            mails.refuse(token=forged, at=AT)
    other = mails.unsubscribe_url(email="maja@example.com", kind="orders")
    with pytest.raises(NotFound):
        mails.refuse(token=other.rpartition("/")[2], at=AT)
    assert MailRefusal.objects.count() == 0


def test_a_notice_is_sent():
    mails.send_notice(to="maja@example.com", notice=notice())
    (message,) = mail.outbox
    assert message.subject == "Hello"


def test_to_an_erased_address_nothing_goes():
    mails.send_notice(to="erased-ord_1@erased.invalid", notice=notice())
    assert mail.outbox == []


def test_where_mails_lead_nowhere_none_is_written(settings, monkeypatch):
    settings.EMAIL_BACKEND = mails.NOWHERE
    monkeypatch.setattr(mails, "compose", None)
    mails.send_notice(to="maja@example.com", notice=notice())
    assert not mail.outbox
