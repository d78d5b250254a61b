"""What went wrong, in words, with a reference that stands in the log; and the site closed
for maintenance.
"""

import logging
import re
from datetime import UTC, datetime

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from marketplace.kit import switches
from marketplace.pages.views import failures, front
from tests.factories import sellers as make

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
REFERENCE = re.compile(r'error-code">([0-9a-f]{10})<')


@pytest.fixture
def maintenance(db, stripe, django_capture_on_commit_callbacks):
    def turn(on):
        with django_capture_on_commit_callbacks(execute=True):
            switches.turn(
                name=switches.MAINTENANCE, on=on, actor="7", reason="upgrade", at=AT
            )

    turn(True)
    yield turn
    turn(False)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/en/nothing", "get", 404), ("/cart", "delete", 405)],
)
def test_a_page_of_what_went_wrong_has_a_reference_that_stands_in_the_log(
    client, db, caplog, path, method, status
):
    caplog.set_level(logging.INFO)
    response = getattr(client, method)(path)
    assert response.status_code == status
    html = response.content.decode()
    reference = REFERENCE.search(html)[1]
    assert reference in caplog.text
    assert "Your bag is kept." in html


def test_a_refused_method_names_those_that_are_taken(client, db):
    assert client.delete("/cart")["Allow"] == "GET"


def test_a_database_that_is_away_is_an_outage_with_a_time_to_return(
    client, monkeypatch, caplog
):
    def broken(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr(front.seller_queries, "newest_of_each_shop", broken)
    response = client.get("/en/")
    assert response.status_code == 503
    assert response["Retry-After"] == "15"
    assert REFERENCE.search(response.content.decode())[1] in caplog.text


def test_a_database_that_is_away_before_the_page_begins_is_an_outage_too():
    request = RequestFactory().get("/cart")
    try:
        raise OperationalError("gone")
    except OperationalError:
        response = failures.server_error(request)
    assert response.status_code == 503
    assert response["Retry-After"] == "15"


def test_a_fault_and_an_outage_ask_the_database_nothing():
    """No database is allowed in this test: a query would raise."""
    request = RequestFactory().get("/")
    assert failures.server_error(request).status_code == 500


def test_the_public_is_told_when_to_come_back(client, maintenance):
    product = make.product()
    for path in ("/en/", product.get_absolute_url(), "/cart"):
        response = client.get(path)
        assert response.status_code == 503
        assert response["Retry-After"] == "600"
        assert "We are working on the shop" in response.content.decode()
    maintenance(False)
    assert client.get("/en/").status_code == 200


def _notice(client):
    return client.post(
        "/stripe/webhook/platform", b"{}", content_type="application/json"
    )


def test_staff_signing_in_and_payment_notices_go_on(client, maintenance):
    assert client.get("/account/login/").status_code == 200
    assert client.get("/livez").status_code == 200
    assert _notice(client).status_code == 400
    assert client.get("/admin/login/").status_code in (200, 302)
    owner = make.user()
    client.force_login(owner)
    assert client.get("/en/").status_code == 503
    owner.is_staff = True
    owner.save()
    assert client.get("/en/").status_code == 200


def test_a_cache_that_lost_the_switch_is_told_again(client, maintenance):
    switches.cache.clear()
    switches._seen.clear()
    assert client.get("/en/").status_code == 200
    switches.publish()
    assert client.get("/en/").status_code == 503
