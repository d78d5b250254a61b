"""Who is told that something is back: once, oldest wish first, not more than there is."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache

from marketplace.kit import jobs
from marketplace.kit.errors import NotFound
from marketplace.kit.limits import TooMany
from sellers import tasks
from sellers.models import ProductStatus, StockAlert
from sellers.services import stock, stock_alerts
from tests.factories import sellers
from tests.factories.sellers import AT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limits_used():
    cache.clear()


@pytest.fixture
def gone():
    """A cup that is sold out."""
    return sellers.variant(title="Cup", stock=0)


def ask(variant, email="maja@example.com", *, at=AT, language="en", ip="10.0.0.1"):
    stock_alerts.ask(variant=variant, email=email, language=language, ip=ip, at=at)


def back(variant, units, *, at=AT):
    stock.receive(variant=variant, quantity=units, at=at)


def told():
    jobs.drain()
    return [message.to[0] for message in mail.outbox]


def test_who_waits_is_told_once_when_it_is_back(gone):
    ask(gone, "Maja@Example.com", language="sv")
    assert stock_alerts.promise(at=AT) == 0
    back(gone, 3)
    assert stock_alerts.promise(at=AT) == 1
    assert stock_alerts.promise(at=AT) == 0
    assert told() == ["maja@example.com"]
    alert = StockAlert.objects.get()
    assert alert.sent_at == AT
    tasks.send_back_in_stock(alert_id=alert.pk)
    assert len(mail.outbox) == 1
    (message,) = mail.outbox
    html = message.alternatives[0][0]
    assert '<html lang="sv"' in html
    assert "320\N{NO-BREAK SPACE}kr" in message.body
    assert f"/sv/products/{gone.product.public_id}" in message.body
    assert message.extra_headers["List-Unsubscribe"].startswith(
        "<http://testserver/sv/alerts/off/"
    )


def test_asking_again_is_as_once_however_the_address_is_written(gone):
    ask(gone)
    ask(gone, " MAJA@example.com")
    assert StockAlert.objects.count() == 1


def test_after_the_mail_one_may_ask_again(gone):
    ask(gone)
    back(gone, 1)
    stock_alerts.promise(at=AT)
    ask(gone)
    assert StockAlert.objects.count() == 2


def test_no_more_are_told_than_there_are_units_the_oldest_first(gone):
    for number in range(5):
        ask(gone, f"p{number}@example.com", at=AT + timedelta(minutes=5 - number))
    back(gone, 2)
    assert stock_alerts.promise(at=AT) == 2
    assert told() == ["p4@example.com", "p3@example.com"]
    # Nobody has bought: a day later the next have their chance.
    assert stock_alerts.promise(at=AT + timedelta(hours=23)) == 0
    assert stock_alerts.promise(at=AT + timedelta(hours=25)) == 2
    assert told()[2:] == ["p2@example.com", "p1@example.com"]


def test_what_others_are_paying_for_is_not_promised(gone):
    ask(gone)
    back(gone, 1)
    type(gone).objects.filter(pk=gone.pk).update(reserved=1)
    assert stock_alerts.promise(at=AT) == 0


def test_a_product_that_is_not_for_sale_is_not_told_of(gone):
    ask(gone)
    back(gone, 1)
    type(gone.product).objects.update(status=ProductStatus.HIDDEN)
    assert stock_alerts.promise(at=AT) == 0


def test_a_run_sends_so_many_mails_and_the_next_goes_on(gone, monkeypatch):
    monkeypatch.setattr(stock_alerts, "MAILS_PER_RUN", 2)
    other = sellers.variant(title="Vase", stock=0)
    for number in range(3):
        ask(gone, f"p{number}@example.com")
        ask(other, f"p{number}@example.com")
    back(gone, 9)
    back(other, 9)
    assert [stock_alerts.promise(at=AT) for _run in range(4)] == [2, 2, 2, 0]


def test_the_address_is_deleted_thirty_days_after_its_mail(gone):
    ask(gone)
    back(gone, 1)
    stock_alerts.promise(at=AT)
    assert stock_alerts.forget(at=AT + timedelta(days=30)) == 0
    assert stock_alerts.forget(at=AT + timedelta(days=30, seconds=1)) == 1
    assert StockAlert.objects.count() == 0


def test_who_waited_half_a_year_in_vain_is_forgotten(gone):
    ask(gone)
    assert stock_alerts.forget(at=AT + timedelta(days=180)) == 0
    assert stock_alerts.forget(at=AT + timedelta(days=181)) == 1


def test_the_link_of_the_mail_ends_all_wishes_of_its_address(gone):
    ask(gone)
    ask(sellers.variant(stock=0))
    ask(gone, "elin@example.com")
    token = stock_alerts.token_of(StockAlert.objects.order_by("pk")[0])
    assert stock_alerts.stop(token=token) == 2
    assert stock_alerts.stop(token=token) == 0
    assert StockAlert.objects.get().email == "elin@example.com"
    with pytest.raises(NotFound):
        stock_alerts.stop(token=f"{token}x")


def test_a_wish_that_was_taken_back_sends_nothing(gone):
    ask(gone)
    back(gone, 1)
    stock_alerts.promise(at=AT)
    stock_alerts.erase("maja@example.com")
    assert told() == []


def test_an_address_can_be_asked_for_so_often_an_hour(gone):
    for _time in range(stock_alerts.ASKS_PER_EMAIL):
        ask(gone)
    with pytest.raises(TooMany):
        ask(gone)
    ask(gone, "elin@example.com")


def test_an_address_waits_for_so_many_things_and_nothing_tells(gone, monkeypatch):
    monkeypatch.setattr(stock_alerts, "OPEN_PER_EMAIL", 1)
    ask(gone)
    ask(sellers.variant(stock=0))
    assert StockAlert.objects.count() == 1


def test_what_is_known_of_an_address_is_exported_and_erased(gone):
    ask(gone)
    ask(gone, "elin@example.com")
    assert stock_alerts.export_of("MAJA@example.com") == [
        {
            "product": "Cup",
            "variant": "",
            "asked_at": AT.isoformat(),
            "sent_at": None,
        }
    ]
    assert stock_alerts.erase("MAJA@example.com") == 1
    assert stock_alerts.export_of("maja@example.com") == []
    assert StockAlert.objects.count() == 1
