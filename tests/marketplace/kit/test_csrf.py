"""A form of a browser that keeps no cookie is taken, and no forged one with it."""

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Cart
from tests.factories import sellers as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def strict():
    return Client(enforce_csrf_checks=True)


def send(client, **headers):
    variant = make.product().variants.get()
    return client.post(
        reverse("orders:cart-add"), {"variant": variant.public_id}, headers=headers
    )


def test_a_form_from_here_without_any_cookie_is_taken(strict):
    answer = send(strict, Origin="http://testserver")

    assert answer.status_code == 303
    assert Cart.objects.count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://testserver"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_from_another_site_is_refused(strict, headers):
    assert send(strict, **headers).status_code == 403
    assert Cart.objects.count() == 0


def test_with_any_cookie_the_form_needs_its_token(strict):
    strict.cookies["seen"] = "1"

    assert send(strict, Origin="http://testserver").status_code == 403
    assert Cart.objects.count() == 0


def test_a_view_that_is_not_marked_needs_its_token(strict):
    answer = strict.post(
        reverse("set_language"),
        {"language": "sv"},
        headers={"Origin": "http://testserver"},
    )

    assert answer.status_code == 403
