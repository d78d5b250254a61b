"""Staff read orders; nothing is changed by hand."""

import pytest
from django.urls import reverse

from orders.models import Discount, OrderStatus, TaxRate
from tests.factories import orders, sellers

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(sellers.user(is_staff=True, is_superuser=True))
    return client


def test_an_order_is_read_with_its_parts_payment_and_history(staff):
    order = orders.order()
    page = staff.get(reverse("admin:orders_order_change", args=[order.pk]))
    text = page.content.decode()
    assert page.status_code == 200
    assert order.seller_orders.get().public_id in text
    assert order.payments.get().public_id in text
    assert "Kungsgatan 31" in text


@pytest.mark.parametrize(
    "model",
    [
        *("order", "sellerorder", "orderline", "payment", "shipment", "cart"),
        *("taxrate", "discount"),
    ],
)
def test_every_list_opens_and_is_searched(staff, model):
    orders.order()
    url = reverse(f"admin:orders_{model}_changelist")
    assert staff.get(url).status_code == 200
    assert staff.get(url, {"q": "x"}).status_code in (200, 302)


def test_an_order_is_not_changed_by_hand(staff):
    order = orders.order()
    url = reverse("admin:orders_order_change", args=[order.pk])
    assert staff.post(url, {"status": "cancelled"}).status_code == 403
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


def test_a_discount_is_made_through_its_service(staff):
    staff.post(
        reverse("admin:orders_discount_add"),
        {
            "word": "spring10",
            "rate_bps": "1000",
            "funded_by": "platform",
            "starts_at_0": "2026-11-01",
            "starts_at_1": "00:00:00",
        },
    )
    assert Discount.objects.get().word == "SPRING10"


def test_a_tax_rate_is_set_through_its_service(staff):
    staff.post(
        reverse("admin:orders_taxrate_add"),
        {
            "country": "SE",
            "rate_bps": "2500",
            "is_included": "on",
            "collected_by": "seller",
        },
    )
    assert TaxRate.objects.get().rate_bps == 2500


def test_who_is_no_staff_does_not_get_in(client):
    client.force_login(sellers.user())
    page = client.get(reverse("admin:orders_order_changelist"))
    assert page.status_code == 302
