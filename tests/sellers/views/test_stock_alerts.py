"""The form to be told when something is back, on its pages and without scripts."""

import pytest
from django.core.cache import cache
from django.test import Client

from sellers.models import StockAlert
from sellers.services import stock_alerts
from tests.factories import sellers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limits_used():
    cache.clear()


@pytest.fixture
def gone():
    return sellers.variant(title="Cup", stock=0)


def notify(product):
    return f"/en/products/{product.public_id}/notify"


def test_a_sold_out_product_offers_to_tell(client, gone):
    text = client.get(gone.product.get_absolute_url()).content.decode()
    assert f'action="{notify(gone.product)}"' in text
    assert f'name="variant" value="{gone.public_id}"' in text
    assert "style=" not in text.split("data-notify")[1].split("</form>")[0]


def test_a_product_in_stock_offers_nothing(client):
    product = sellers.product()
    assert "data-notify" not in client.get(product.get_absolute_url()).content.decode()


def test_only_what_is_sold_out_can_be_waited_for(client):
    product = sellers.product(sizes=("S", "M", "L"), stock=3)
    small, large = (
        product.variants.order_by("pk")[0],
        product.variants.order_by("pk")[2],
    )
    type(small).objects.filter(pk__in=[small.pk, large.pk]).update(on_hand=0)
    text = client.get(product.get_absolute_url()).content.decode()
    form = text.split("data-notify")[1].split("</form>")[0]
    assert f'<option value="{small.public_id}">S</option>' in form
    assert f'<option value="{large.public_id}">L</option>' in form
    assert ">M<" not in form


def test_the_sheet_of_a_sold_out_product_offers_it_too(client, gone):
    asked = f"{gone.product.get_absolute_url()}?buy={gone.product.public_id}"
    text = client.get(asked).content.decode()
    sheet = text.split('id="buy"')[-1]
    assert "data-notify" in sheet
    assert 'id="sheet-notify-email"' in text


def test_a_signed_in_buyers_address_is_filled_in(client, gone):
    client.force_login(sellers.user("maja@example.com"))
    text = client.get(gone.product.get_absolute_url()).content.decode()
    assert 'value="maja@example.com"' in text


def test_the_answer_is_the_same_whether_the_address_was_known(client, gone):
    given = {"variant": gone.public_id, "email": "maja@example.com"}
    answers = [client.post(notify(gone.product), given) for _time in range(2)]
    for answer in answers:
        assert answer.status_code == 302
        assert answer["Location"] == gone.product.get_absolute_url()
    page = client.get(gone.product.get_absolute_url()).content.decode()
    assert "We write to maja@example.com once, when it is back." in page
    assert "data-told" in page
    assert "data-notify" not in page
    assert 'class="tabbar"' in page
    later = client.get(gone.product.get_absolute_url()).content.decode()
    assert "data-told" not in later
    assert "data-notify" in later
    assert StockAlert.objects.get().language == "en"


def test_it_leads_back_to_where_the_sheet_was_open_and_nowhere_else(client, gone):
    given = {"variant": gone.public_id, "email": "maja@example.com"}
    here = client.post(notify(gone.product), {**given, "back": "/en/search?q=cup"})
    assert here["Location"] == "/en/search?q=cup"
    for elsewhere in (
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
    ):
        answer = client.post(notify(gone.product), {**given, "back": elsewhere})
        assert answer["Location"] == gone.product.get_absolute_url()


@pytest.mark.parametrize("email", ["", "maja", "maja@example.com\nBcc: x@example.com"])
def test_a_wrong_address_is_said_and_nothing_is_kept(client, gone, email):
    answer = client.post(
        notify(gone.product), {"variant": gone.public_id, "email": email}
    )
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert StockAlert.objects.count() == 0


def test_another_products_variant_is_refused(client, gone):
    other = sellers.variant(stock=0)
    answer = client.post(
        notify(gone.product), {"variant": other.public_id, "email": "maja@example.com"}
    )
    assert answer.status_code == 422
    assert StockAlert.objects.count() == 0


def test_too_many_tries_are_refused_with_words(client, gone, monkeypatch):
    monkeypatch.setattr(stock_alerts, "ASKS_PER_ADDRESS", 1)
    given = {"variant": gone.public_id, "email": "maja@example.com"}
    assert client.post(notify(gone.product), given).status_code == 302
    answer = client.post(notify(gone.product), {**given, "email": "elin@example.com"})
    assert answer.status_code == 429
    assert StockAlert.objects.count() == 1


def test_the_link_of_the_mail_ends_it_with_one_press_and_a_visit_changes_nothing(gone):
    alert = StockAlert.objects.create(
        variant=gone, email="maja@example.com", language="en", asked_at=sellers.AT
    )
    url = f"/en/alerts/off/{stock_alerts.token_of(alert)}"
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.get(url).status_code == 200
    assert StockAlert.objects.count() == 1
    pressed = stranger.post(url, {"List-Unsubscribe": "One-Click"})
    assert pressed.status_code == 200
    assert StockAlert.objects.count() == 0
    assert stranger.post(f"{url}x").status_code == 404
