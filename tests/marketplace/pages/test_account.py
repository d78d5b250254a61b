"""The account's own pages: their navigation, choices, and the way to a copy or an end."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from marketplace.accounts import confirming, privacy
from marketplace.accounts.models import PrivacyKind, PrivacyRequest, PrivacyStatus
from marketplace.kit import clock, consent, jobs
from tests.factories import sellers

pytestmark = pytest.mark.django_db
PAGES = [
    *("account:home", "orders:mine", "orders:addresses", "orders:cards"),
    *("create:following", "account:place", "account:privacy", "account:sign-in"),
]


@pytest.fixture(autouse=True)
def _clean():
    cache.clear()
    mail.outbox.clear()


@pytest.fixture
def user(client):
    made = sellers.user("maja@example.com", name="Maja Nyström")
    client.force_login(made)
    return made


def shown(client, name, *args):
    return client.get(reverse(name, args=args)).content.decode()


def code(client, what):
    """Ask for a code and read it in the mail."""
    client.post(reverse("account:confirm", args=[what]), {"does": "send"})
    return re.findall(r"Your code: (\d{6})", mail.outbox[-1].subject)[0]


@pytest.mark.parametrize("name", PAGES)
def test_each_page_has_the_navigation_to_all_others(client, user, name):
    text = shown(client, name)
    for other in PAGES[1:]:
        assert f'href="{reverse(other)}"' in text
    if name != "account:home":
        assert re.search(rf'href="{reverse(name)}" aria-current="page"', text)


def test_each_tab_of_an_empty_account_offers_one_thing_to_do(client, user):
    for name in ("orders:mine", "orders:addresses", "orders:cards", "create:following"):
        text = shown(client, name)
        empty = text[text.index('<div class="empty">') : text.index("</main>")]
        assert len(re.findall(r'<(?:a|button)[^>]*class="btn', empty)) == 1, name


def test_language_country_and_currency_are_chosen_apart_and_kept(client, user):
    client.post(
        reverse("account:place"), {"language": "ja", "country": "NL", "currency": "EUR"}
    )

    user.refresh_from_db()
    assert (user.language, user.country, user.currency) == ("ja", "NL", "EUR")
    kept = {name: client.cookies[name].value for name in ("country", "currency")}
    assert kept == {"country": "NL", "currency": "EUR"}
    assert '<html lang="ja"' in shown(client, "account:place")
    found = client.get(reverse("sellers:search"), {"min": "10"})
    assert found.context["asked"].currency == "EUR"


def test_a_country_that_is_not_served_is_refused_and_nothing_kept(client, user):
    answer = client.post(
        reverse("account:place"), {"language": "sv", "country": "US", "currency": "SEK"}
    )

    assert answer.status_code == 422
    user.refresh_from_db()
    assert (user.language, user.country, user.currency) == ("", "", "")


def test_where_all_pay_in_one_currency_none_is_chosen(client, user, settings):
    settings.PLATFORM_COUNTRY = "JP"
    assert 'name="currency"' not in shown(client, "account:place")
    client.post(reverse("account:place"), {"language": "ja", "country": "JP"})
    user.refresh_from_db()
    assert (user.country, user.currency) == ("JP", "")


def test_the_sign_in_page_leads_to_where_each_thing_is_changed(client, user):
    text = shown(client, "account:sign-in")
    assert reverse("account_email") in text
    assert reverse("account_set_password") in text
    assert "maja@example.com" in text


@pytest.mark.parametrize(
    "name", ["account_email", "account_set_password", "account_logout"]
)
def test_what_leads_on_from_the_sign_in_keeps_the_navigation(client, user, name):
    text = shown(client, name)
    assert 'class="account-nav' in text
    for other in PAGES[1:]:
        assert f'href="{reverse(other)}"' in text
    assert re.search(rf'href="{reverse("account:sign-in")}" aria-current="true"', text)


def test_the_only_address_is_not_offered_as_the_main_one(client, user):
    first, second = "maja@example.com", "maja@example.org"
    user.emailaddress_set.create(email=first, verified=True, primary=True)
    assert "Make it the main one" not in shown(client, "account_email")
    user.emailaddress_set.create(email=second, verified=True)
    assert "Make it the main one" in shown(client, "account_email")


def test_a_code_that_was_sent_is_told_once(client):
    asked = {"email": "nobody@example.com"}
    answer = client.post(reverse("account_request_login_code"), asked, follow=True)
    text = answer.content.decode()
    assert "We sent a code to nobody@example.com" in text
    assert list(answer.context["messages"]) == []


def test_the_consent_of_this_browser_is_shown(client, user, settings):
    settings.CONSENT_PURPOSES = ["attribution"]
    value = consent.record(
        allowed=["attribution"], subject="", language="en", at=clock.now()
    )
    client.cookies[consent.COOKIE] = value
    assert "Remember which creator led me here" in shown(client, "account:privacy")


def test_a_copy_is_asked_for_with_a_code_and_fetched(client, user):
    url = reverse("account:confirm", args=["export"])
    assert "Send me a code" in client.get(url).content.decode()

    answer = client.post(url, {"code": code(client, "export")}, follow=True)

    assert "We make the copy now" in answer.content.decode()
    jobs.drain()
    asked = PrivacyRequest.objects.get()
    link = reverse("account:export-file", args=[asked.public_id])
    assert link in shown(client, "account:privacy")
    answer = client.get(link)
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"].count("no-store") == 1
    assert answer.content.startswith(b"PK")
    client.force_login(sellers.user())
    assert client.get(link).status_code == 404


def test_a_wrong_code_asks_for_nothing_and_five_end_it(client, user, monkeypatch):
    right = code(client, "export")
    url = reverse("account:confirm", args=["export"])
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(confirming.TRIES):
        assert client.post(url, {"code": wrong}).status_code == 422

    answer = client.post(url, {"code": right})

    assert answer.status_code == 409
    assert "The code is no longer valid" in answer.content.decode()
    assert not PrivacyRequest.objects.exists()


def test_a_code_for_one_thing_does_not_do_another(client, user):
    given = code(client, "export")
    answer = client.post(
        reverse("account:confirm", args=["erase"]),
        {"code": given, "email": user.email},
    )
    assert answer.status_code == 409
    assert not PrivacyRequest.objects.exists()


def test_a_code_in_full_width_digits_counts(client, user):
    given = code(client, "export")
    wide = given.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    client.post(reverse("account:confirm", args=["export"]), {"code": wide})
    assert PrivacyRequest.objects.get().kind == PrivacyKind.EXPORT


def test_the_end_needs_the_address_typed_out_and_can_be_taken_back(client, user):
    url = reverse("account:confirm", args=["erase"])
    given = code(client, "erase")
    answer = client.post(url, {"code": given, "email": "anna@example.com"})
    assert answer.status_code == 422
    assert not PrivacyRequest.objects.exists()

    client.post(url, {"code": given, "email": "MAJA@example.com"})

    asked = PrivacyRequest.objects.get()
    assert asked.due_at - asked.asked_at == timedelta(days=14)
    text = shown(client, "account:privacy")
    assert "Your account will be deleted on" in text
    assert "Keep my account" in text
    answer = client.post(reverse("account:keep"), follow=True)
    assert "Your account stays." in answer.content.decode()
    asked.refresh_from_db()
    assert asked.status == PrivacyStatus.TAKEN_BACK


def test_who_was_erased_is_signed_out_everywhere(client, user):
    at = clock.now()
    privacy.ask_erase(user=user, language="en", at=at)
    privacy.erase_due(at=at + timedelta(days=14))

    answer = client.get(reverse("account:home"))

    assert answer.status_code == 302
    assert "/account/login/" in answer["Location"]


def test_staff_see_what_was_asked_for_and_change_nothing(client, user):
    staff = sellers.user(is_staff=True, is_superuser=True)
    privacy.ask_erase(user=user, language="en", at=clock.now())
    client.force_login(staff)
    asked = PrivacyRequest.objects.get()

    text = client.get(reverse("admin:accounts_privacyrequest_changelist"))
    page = client.get(reverse("admin:accounts_privacyrequest_change", args=[asked.pk]))

    assert asked.public_id in text.content.decode()
    assert "maja@example.com" in text.content.decode()
    assert 'name="_save"' not in page.content.decode()
