"""The admin's frame: what stands in the side nav, and the promised work staff can read."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from marketplace.kit import clock, jobs
from marketplace.kit.models import AuditEvent, Outbox
from tests.factories import sellers

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(sellers.user(is_staff=True, is_superuser=True))
    return client


def test_the_side_nav_has_the_four_groups_and_says_sandbox(staff):
    text = staff.get(reverse("admin:index")).content.decode()
    for words in ("Money", "Selling", "People", "System", "Sandbox"):
        assert words in text
    assert reverse("admin:kit_clockoffset_changelist") in text


def test_without_a_sandbox_nothing_says_sandbox_and_there_is_no_clock(staff, settings):
    settings.STRIPE_WSGI_APP = ""
    text = staff.get(reverse("admin:index")).content.decode()
    assert "Sandbox" not in text
    assert reverse("admin:kit_clockoffset_changelist") not in text


def test_the_side_nav_shows_only_what_one_may_see(client):
    user = sellers.user(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_outbox"))
    client.force_login(user)
    text = client.get(reverse("admin:index")).content.decode()
    assert reverse("admin:kit_outbox_changelist") in text
    assert reverse("admin:payouts_entry_changelist") not in text
    assert reverse("admin:accounts_user_changelist") not in text


def test_promised_work_is_read_and_found_by_its_argument(staff):
    jobs.enqueue("payouts.tasks.send_transfer", transfer_id=4711)
    page = staff.get(reverse("admin:kit_outbox_changelist"), {"q": "4711"})
    assert "payouts.tasks.send_transfer" in page.content.decode()


@pytest.mark.parametrize("model", ["outbox", "auditevent"])
def test_no_promise_and_no_audit_event_is_written_by_hand(staff, model):
    jobs.enqueue("payouts.tasks.send_transfer", transfer_id=1)
    AuditEvent.objects.create(
        actor="1", action="clock.move", reference="1 day", at=clock.now()
    )
    row = {"outbox": Outbox, "auditevent": AuditEvent}[model].objects.get()
    before = type(row).objects.values().get()
    for name, args in (("add", []), ("change", [row.pk]), ("delete", [row.pk])):
        url = reverse(f"admin:kit_{model}_{name}", args=args)
        assert staff.post(url, {"post": "yes", "action": "x"}).status_code == 403
    assert type(row).objects.values().get() == before
