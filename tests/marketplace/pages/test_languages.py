"""A page in each language has its words, and the right one is found for a reader."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse
from django.utils import translation

from marketplace.accounts.forms import LoginCodeForm
from marketplace.accounts.models import User
from marketplace.kit import errors
from orders import tasks
from orders.forms.buying import CheckoutForm
from orders.services import tax as taxes
from orders.views import browser
from tests.factories import orders, sellers

pytestmark = pytest.mark.django_db


def in_language(client, path, language, **headers):
    return client.get(path, headers={"accept-language": language, **headers})


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def bag(client):
    """A bag with a cup of a business; whoever goes to checkout adds another."""
    for country in ("SE", "NL"):
        taxes.set_rate(
            country=country, rate_bps=2500, is_included=True, collected_by="seller"
        )
    shop = sellers.shop(kind="business", legal_name="Lera AB", legal_address="Gatan 1")
    cup = sellers.variant(shop=shop, title="Cup", price_amount=129_000, stock=30)
    client.post(reverse("orders:cart-add"), {"variant": cup.public_id})
    return cup


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Your bag", "Go to payment", "You pay once."]),
        ("sv", ["Varukorg", "Gå till betalning", "Du betalar en gång."]),
        ("nl", ["Winkelwagen", "Afrekenen", "Je betaalt één keer."]),
        ("ja", ["カート", "ご購入手続きへ", "お支払いは一度だけです。"]),
    ],
)
def test_the_bag_speaks_the_readers_language(client, bag, language, words):
    text = text_of(in_language(client, reverse("orders:cart"), language))
    assert f'<html lang="{language}"' in text
    for word in words[1:]:
        assert word in text
    if language != "en":
        assert "Go to payment" not in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Continue to payment, 2 629 kr"),
        ("sv", "Fortsätt till betalning, 2 629 kr"),
        ("nl", "Doorgaan naar betalen, 2 629 kr"),
        ("ja", "お支払いへ進む（2 629 kr）"),
    ],
)
def test_the_button_of_checkout_says_what_it_does_and_the_amount(
    client, bag, language, words
):
    sold = {"variant": bag.public_id, "then": "checkout"}
    checkout = client.post(reverse("orders:cart-add"), sold)["Location"]
    assert words in text_of(in_language(client, checkout, language))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sv", ["inkl. moms", "Säljs av företag", "Lägg i varukorgen"]),
        ("nl", ["incl. btw", "Verkoper: bedrijf", "In winkelwagen"]),
        ("ja", ["（税込）", "事業者の出品", "カートに入れる"]),
    ],
)
def test_a_product_shows_the_words_the_law_asks_for(client, bag, language, words):
    address = bag.product.get_absolute_url().replace("/en/", f"/{language}/")
    text = text_of(client.get(address))
    for word in words:
        assert word in text


def test_yen_have_no_decimals_in_any_language(client, settings):
    settings.PLATFORM_COUNTRY = "JP"
    shop = sellers.shop(currency="JPY", country="JP")
    kettle = sellers.product(shop=shop, price_amount=12_900)
    address = kettle.get_absolute_url()
    for language, written in (("ja", "12,900円"), ("en", "¥12,900")):
        text = text_of(client.get(address.replace("/en/", f"/{language}/")))
        assert written in text
        assert "12,900.00" not in text


@pytest.mark.parametrize(
    ("language", "subject", "one", "two"),
    [
        ("sv", "är bekräftad", "En säljare förbereder", "2 säljare förbereder"),
        ("nl", "is bevestigd", "Eén verkoper bereidt", "2 verkopers bereiden"),
        ("ja", "を承りました", "1名の販売者が", "2名の販売者が"),
    ],
)
def test_a_mail_is_in_the_language_the_order_was_made_in(language, subject, one, two):
    for shops, words in ((1, one), (2, two)):
        mail.outbox.clear()
        things = [
            (sellers.variant(shop=sellers.shop(name=f"Shop {number}")), 1)
            for number in range(shops)
        ]
        order = orders.order(*things)
        order.language = language
        order.save()
        with translation.override("en"):
            tasks.send_confirmation(order_id=order.pk)
        (message,) = mail.outbox
        html, _kind = message.alternatives[0]
        assert subject in message.subject
        assert f'<html lang="{language}"' in html
        assert words in html


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        ("nl-BE", "nl"),
        ("ja-JP,en;q=0.5", "ja"),
        ("fr-FR,de;q=0.9", "en"),
        ("", "en"),
        ("fr,ja;q=0.4,sv;q=0.2", "ja"),
    ],
)
def test_a_path_without_a_language_leads_to_the_one_the_browser_likes(
    client, accepted, language
):
    response = in_language(client, "/legal/terms?a=1", accepted)
    assert response.status_code == 302
    assert response["Location"] == f"/{language}/legal/terms?a=1"
    assert "Accept-Language" in response["Vary"]
    assert "django_language" not in client.cookies


def test_a_chosen_language_comes_before_the_browsers(client):
    client.post("/language", {"language": "ja", "next": "/"})
    assert in_language(client, "/legal/terms", "sv")["Location"] == "/ja/legal/terms"


def test_the_bag_keeps_the_language_of_the_page_before(client):
    came = {"referer": "http://testserver/sv/products/1-cup"}
    response = in_language(client, reverse("orders:cart"), "en", **came)
    assert '<html lang="sv"' in text_of(response)
    assert client.cookies["django_language"].value == "sv"
    again = in_language(client, reverse("orders:cart"), "en")
    assert '<html lang="sv"' in text_of(again)


@pytest.mark.parametrize(
    "referer",
    [
        "https://elsewhere.example/sv/",
        "http://testserver/account/login/",
        "http://[::1/sv/",
        "//testserver",
    ],
)
def test_no_other_page_before_changes_the_language(client, referer):
    response = in_language(client, reverse("orders:cart"), "en", referer=referer)
    assert '<html lang="en"' in text_of(response)
    assert "django_language" not in client.cookies


def test_a_page_in_the_browsers_own_language_sets_no_cookie(client):
    came = {"referer": "http://testserver/en/"}
    in_language(client, reverse("orders:cart"), "en", **came)
    assert "django_language" not in client.cookies


def test_language_and_country_are_chosen_apart(client, rf):
    client.post("/language", {"language": "sv", "country": "NL", "next": "/en/"})
    client.post("/language", {"language": "en", "next": "/sv/"})
    assert client.cookies["country"].value == "NL"
    request = rf.get("/cart", headers={"accept-language": "sv-SE"})
    request.COOKIES = {"country": client.cookies["country"].value}
    assert browser.country_of(request) == "NL"
    assert browser.country_of(rf.get("/cart", {"country": "SE"})) == "SE"


def test_a_country_that_is_not_served_is_not_kept(client):
    client.post("/language", {"language": "sv", "country": "US", "next": "/en/"})
    assert "country" not in client.cookies


def test_the_choice_stays_with_the_account(client):
    user = sellers.user()
    client.force_login(user)
    client.post("/language", {"language": "ja", "country": "NL", "next": "/en/"})
    user.refresh_from_db()
    assert (user.language, user.country) == ("ja", "NL")


def test_nobody_elses_account_takes_an_unknown_language(client):
    client.force_login(sellers.user())
    client.post("/language", {"language": "xx", "country": "QQ", "next": "/en/"})
    assert set(User.objects.values_list("language", "country")) == {("", "")}


def sign_in(client, user):
    EmailAddress.objects.create(
        user=user, email=user.email, verified=True, primary=True
    )
    client.post(
        reverse("account_login"), {"login": user.email, "password": "long enough 1"}
    )
    assert "_auth_user_id" in client.session


def test_a_sign_in_brings_the_choice_to_another_browser(client):
    user = sellers.user(password="long enough 1")
    User.objects.filter(pk=user.pk).update(language="nl", country="NL")
    sign_in(client, user)
    assert client.cookies["django_language"].value == "nl"
    assert client.cookies["country"].value == "NL"


def test_a_sign_in_writes_down_what_was_chosen_before(client):
    user = sellers.user(password="long enough 1")
    client.cookies["django_language"] = "ja"
    sign_in(client, user)
    user.refresh_from_db()
    assert user.language == "ja"


def test_the_footer_leads_back_to_the_same_page_in_the_chosen_language(client):
    text = text_of(client.get("/en/legal/terms?a=1"))
    assert '<input type="hidden" name="next" value="/en/legal/terms?a=1">' in text
    response = client.post(
        "/language", {"language": "ja", "next": "/en/legal/terms?a=1"}
    )
    assert response["Location"] == "/ja/legal/terms?a=1"


def test_an_error_speaks_the_readers_language():
    with translation.override("ja"):
        said = errors.NotFound().message
    assert said == "ここには何もないか、表示する権限がありません。"


def test_full_width_letters_and_digits_are_taken():
    typed = {
        "email": "ｍａｊａ＠example.com",
        "name": "山田花子",
        "country": "JP",
        "line1": "１－２－３",
        "postal_code": "１２３－４５６７",
        "city": "千代田区",
        "region": "東京都",
    }
    form = CheckoutForm(typed, countries=["JP"])
    assert form.is_valid(), form.errors
    assert form.cleaned_data["email"] == "maja@example.com"
    assert form.cleaned_data["postal_code"] == "123-4567"
    assert form.cleaned_data["line1"] == "1-2-3"


@pytest.mark.parametrize(
    ("typed", "is_taken"), [("１２３４５６", True), ("123456", True), ("123457", False)]
)
def test_a_sign_in_code_is_taken_in_full_width_digits(typed, is_taken):
    assert LoginCodeForm({"code": typed}, code="123456").is_valid() is is_taken
