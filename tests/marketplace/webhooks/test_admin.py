import datetime

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from marketplace.accounts.models import User
from marketplace.webhooks.admin import StripeEventAdmin
from marketplace.webhooks.models import StripeEvent

AT = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC)


@pytest.fixture
def request_of_staff(db):
    request = RequestFactory().post("/admin/webhooks/stripeevent/")
    request.user = User.objects.create_user(
        email="staff@example.com", is_staff=True, is_superuser=True
    )
    request.session = SessionStore()
    request._messages = FallbackStorage(request)
    return request


def event(event_id, status, **more):
    return StripeEvent.objects.create(
        endpoint="platform",
        event_id=event_id,
        type="test.happened",
        body="{}",
        is_polled=False,
        status=status,
        received_at=AT,
        handled_at=AT if status == "dead" else None,
        **more,
    )


def test_inbox_can_only_be_read(request_of_staff):
    page = StripeEventAdmin(StripeEvent, admin.site)
    assert page.has_add_permission(request_of_staff) is False
    assert page.has_change_permission(request_of_staff) is False
    assert page.has_delete_permission(request_of_staff) is False
    assert page.has_view_permission(request_of_staff) is True


def test_closed_events_are_handled_again_and_open_ones_said_to_be_open(
    request_of_staff,
):
    event("evt_dead", "dead")
    event("evt_open", "deferred")
    page = StripeEventAdmin(StripeEvent, admin.site)
    page.handle_again(request_of_staff, StripeEvent.objects.order_by("pk"))
    assert [str(message) for message in get_messages(request_of_staff)] == [
        "This event is still being tried; there is nothing to replay yet.",
        "1 event is handled again.",
    ]
    assert set(StripeEvent.objects.values_list("event_id", "status")) == {
        ("evt_dead", "received"),
        ("evt_open", "deferred"),
    }


@pytest.mark.django_db
def test_event_of_another_version_is_flagged():
    page = StripeEventAdmin(StripeEvent, admin.site)
    assert page.is_of_our_version(StripeEvent(api_version="2020-01-01")) is False
    assert page.is_of_our_version(StripeEvent(api_version="2026-10-28.endive")) is True
    assert page.is_of_our_version(StripeEvent(api_version="")) is True


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 10])
def test_inbox_is_shown_with_as_many_queries_for_one_event_as_for_ten(
    client, rows, django_assert_num_queries
):
    staff = User.objects.create_user(
        email="staff@example.com", is_staff=True, is_superuser=True
    )
    for row in range(rows):
        event(f"evt_{row}", "dead", last_error="RuntimeError: poison")
    client.force_login(staff)
    # Session, user, count, the page of events, and the filter's list of types.
    with django_assert_num_queries(5):
        page = client.get("/admin/webhooks/stripeevent/")
    assert page.status_code == 200
    assert page.content.decode().count("evt_") >= rows
    one = StripeEvent.objects.first()
    page = client.get(f"/admin/webhooks/stripeevent/{one.pk}/change/")
    assert "RuntimeError: poison" in page.content.decode()
