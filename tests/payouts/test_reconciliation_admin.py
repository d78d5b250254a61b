"""Staff see what differs and resolve it; nobody else does."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from marketplace.gateway import sandbox_control
from payouts.models import Discrepancy, Transfer
from payouts.services import ledger, reconciliation, seals
from tests.factories import market, sellers

pytestmark = pytest.mark.django_db


@pytest.fixture
def stray(books) -> Discrepancy:
    """A transfer of 9.00 EUR from the dashboard, set aside; the ledger sealed."""
    market.take_in_topups()
    account = market.shop().connected_account
    sandbox_control.transfer_from_dashboard(account.provider_id or "", 900, "EUR")
    at = market.advance(timedelta(hours=1))
    seals.seal(at=at)
    reconciliation.run_light(at=at)
    return Discrepancy.objects.get()


@pytest.fixture
def staff(client):
    client.force_login(sellers.user(is_staff=True, is_superuser=True))
    return client


def resolve(client, row: Discrepancy, **fields):
    url = reverse("admin:discrepancy-resolve", args=[row.pk])
    return client.post(url, fields, follow=True)


@pytest.mark.parametrize("model", ["reconciliationrun", "discrepancy", "seal"])
def test_lists_and_pages_open(staff, stray, model):
    url = reverse(f"admin:payouts_{model}_changelist")
    assert staff.get(url).status_code == 200
    page = staff.get(reverse(f"admin:payouts_{model}_change", args=[stray.pk]))
    assert page.status_code in (200, 302)


def test_the_page_of_a_difference_names_both_sides_and_adopts(staff, stray):
    url = reverse("admin:payouts_discrepancy_change", args=[stray.pk])
    text = staff.get(url).content.decode()
    assert stray.reference in text
    assert stray.object_id in text
    assert "Adopt it" in text

    page = resolve(staff, stray, how="adopt", reason="Paid by hand")

    assert "It is a row of ours now." in page.content.decode()
    assert Transfer.objects.get().provider_id == stray.object_id


def test_a_correction_waits_for_another_member_of_staff(staff, stray, client):
    resolve(staff, stray, how="propose", account="goodwill", reason="A gift")
    page = resolve(staff, stray, how="approve")
    assert "second person" in page.content.decode()
    assert ledger.balances()["suspense:EUR"] == -900

    client.force_login(sellers.user(is_staff=True, is_superuser=True))
    page = resolve(client, stray, how="approve")

    assert "The correction is booked." in page.content.decode()
    assert ledger.balances()["suspense:EUR"] == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"how": "adopt", "reason": ""},
        {"how": "propose", "account": "seller_payable", "reason": "so"},
        {"how": "explain", "reason": "so"},
        {"how": "sing", "reason": "so"},
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(staff, stray, fields):
    page = resolve(staff, stray, **fields)

    assert "Nothing was changed" in page.content.decode()
    stray.refresh_from_db()
    assert (stray.resolved_at, stray.requested_by) == (None, "")


def test_staff_who_may_only_look_resolve_nothing(client, stray):
    looking = sellers.user(is_staff=True)
    looking.user_permissions.add(Permission.objects.get(codename="view_discrepancy"))
    client.force_login(looking)
    url = reverse("admin:payouts_discrepancy_change", args=[stray.pk])

    assert "Adopt it" not in client.get(url).content.decode()
    assert resolve(client, stray, how="adopt", reason="so").status_code == 403
    assert not Transfer.objects.exists()
