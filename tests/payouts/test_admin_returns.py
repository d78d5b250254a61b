"""A seller does not answer for what comes back: staff take it over, both sides are told,
and staff decide for the buyer or for the seller, once and with a reason.
"""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse

from marketplace.kit import clock, jobs
from marketplace.kit.models import AuditEvent
from orders.models import OrderStatus, Refund, Return
from orders.services import links, overdue
from orders.tasks import take_over_returns
from payouts.services import refund_doors
from tests.factories import market, sellers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
DAYS = 14
OURS = "Now we decide"


@pytest.fixture
def staff(client):
    client.force_login(sellers.user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def order():
    """Two of 19.95 and delivery of 4.95 that have arrived."""
    market.take_in_topups()
    shop = market.shop()
    made = market.buy(
        market.cart((market.variant(shop, price_amount=1995), 2, market.creator(shop)))
    )
    market.ship(made)
    jobs.drain()
    return made


def sent_back(order, kind="return"):
    part = order.seller_orders.get()
    if kind == "return":
        made = refund_doors.request_return(
            seller_order=part, quantities=None, note="A crack", at=clock.now()
        )
    else:
        made = refund_doors.withdraw(
            seller_order=part,
            quantities=None,
            actor="link",
            request_key="w",
            at=clock.now(),
        ).parcel
    jobs.drain()
    mail.outbox.clear()
    return made


def unanswered(order, kind="return"):
    """What was asked for, past the time of its seller."""
    parcel = sent_back(order, kind)
    market.advance_past(parcel.answer_by)
    take_over_returns(at=clock.now())
    jobs.drain()
    parcel.refresh_from_db()
    return parcel


def told(to):
    return [one for one in mail.outbox if one.to == [to]]


def page(order, client):
    token = links.make(order=order, at=clock.now())
    return client.get(reverse("orders:order", args=[token])).content.decode()


def at(parcel, what="change"):
    if what == "decide":
        return reverse("admin:return-decide", args=[parcel.pk])
    return reverse("admin:orders_return_change", args=[parcel.pk])


def shown_amount(client, parcel, query=""):
    text = client.get(at(parcel) + query).content.decode()
    found = re.search(r'name="shown" value="(\d+)"', text)
    assert found, "no preview"
    return found[1]


def decide(client, parcel, what, **fields):
    return client.post(at(parcel, "decide"), {"what": what, **fields})


# --- the time of the seller ------------------------------------------------------------
@pytest.mark.parametrize("kind", ["return", "withdrawal"])
def test_what_nobody_answers_is_ours_after_fourteen_days_and_both_are_told(
    client, order, kind
):
    parcel = sent_back(order, kind)
    assert parcel.answer_by == parcel.requested_at + timedelta(days=DAYS)
    assert "If the seller has neither refunded nor answered by" in page(order, client)
    market.advance(timedelta(days=DAYS, minutes=-1))
    assert overdue.take_over(at=clock.now()) == 0
    assert not overdue.waiting().exists()

    market.advance(timedelta(minutes=2))
    for _run in range(2):
        take_over_returns(at=clock.now())
    jobs.drain()
    parcel.refresh_from_db()
    assert parcel.taken_over_at is not None
    assert parcel.status == "open"
    assert list(overdue.waiting()) == [parcel]
    [to_buyer] = told(order.email)
    assert OURS in to_buyer.body
    [to_seller] = told(parcel.seller_order.shop.contact_email)
    assert OURS in to_seller.body
    assert order.email not in to_seller.body
    assert "we took this over on" in page(order, client)


def test_what_was_answered_in_time_is_never_taken_over(order):
    parcel = sent_back(order)
    refund_doors.decline_return(parcel=parcel, actor="1", note="Worn.", at=clock.now())
    market.advance(timedelta(days=DAYS + 1))
    assert overdue.take_over(at=clock.now()) == 0


def test_its_seller_may_answer_until_we_have_decided(order):
    parcel = unanswered(order)
    refund_doors.receive_return(parcel=parcel, door="seller", actor="1", at=clock.now())
    assert not overdue.waiting().exists()
    with pytest.raises(overdue.NotTakenOver):
        overdue.give_time(parcel=parcel, at=clock.now())


# --- what staff decide -----------------------------------------------------------------
def test_the_list_shows_what_waits_for_us(staff, order):
    parcel = unanswered(order)
    address = reverse("admin:orders_return_changelist")
    assert parcel.public_id in staff.get(address + "?waits=1").content.decode()
    overdue.give_time(parcel=parcel, at=clock.now())
    assert parcel.public_id not in staff.get(address + "?waits=1").content.decode()
    assert parcel.public_id in staff.get(address).content.decode()


def test_for_the_buyer_it_is_refunded_as_shown_and_once(staff, order):
    parcel = unanswered(order)
    shown = shown_amount(staff, parcel, "?with_delivery=1")
    assert shown == "4485"
    wish = {"reason": "The photo shows it.", "shown": shown, "with_delivery": "1"}
    for _press in range(2):
        decide(staff, parcel, "refund", **wish)
    made = Refund.objects.get()
    assert (made.amount, made.door, made.reason) == (4485, "staff", "returned")
    parcel.refresh_from_db()
    assert parcel.status == "refunded"
    assert order.seller_orders.get().status == OrderStatus.REFUNDED
    said = AuditEvent.objects.get(reference=parcel.public_id)
    assert (said.action, said.reason) == ("refund_return", "The photo shows it.")
    jobs.drain()
    assert any("€44.85" in one.body for one in told(order.email))
    assert not any(market.broken_invariants().values())


def test_for_the_seller_it_is_declined_and_the_buyer_reads_why(staff, order):
    parcel = unanswered(order)
    decide(staff, parcel, "decline", reason="It was used for a year.")
    parcel.refresh_from_db()
    jobs.drain()
    assert parcel.status == "declined"
    assert order.seller_orders.get().status == OrderStatus.DELIVERED
    assert any("It was used for a year." in one.body for one in told(order.email))
    assert Refund.objects.count() == 0


def test_a_withdrawal_is_not_declined_by_staff_either(staff, order):
    parcel = unanswered(order, "withdrawal")
    assert "For the seller: why?" not in staff.get(at(parcel)).content.decode()
    decide(staff, parcel, "decline", reason="No.")
    parcel.refresh_from_db()
    assert parcel.status == "open"


def test_its_seller_gets_time_again_where_nothing_was_sent(staff, order):
    parcel = unanswered(order)
    now = clock.now()
    decide(staff, parcel, "time", reason="The buyer has not sent it yet.")
    parcel.refresh_from_db()
    assert parcel.taken_over_at is None
    assert parcel.answer_by >= now + timedelta(days=DAYS)
    market.advance(timedelta(days=DAYS, minutes=5))
    mail.outbox.clear()
    take_over_returns(at=clock.now())
    jobs.drain()
    assert OURS in told(order.email)[0].body


@pytest.mark.parametrize(
    "wish",
    [
        {"what": "refund", "reason": "", "shown": "3990"},
        {"what": "refund", "reason": "Why", "shown": "3989"},
        {"what": "refund", "reason": "Why", "shown": "3990", "with_delivery": "1"},
        {"what": "refund", "reason": "Why"},
        {"what": "decline", "reason": "  "},
        {"what": "time", "reason": ""},
    ],
)
def test_without_a_reason_or_another_amount_than_shown_nothing_changes(
    staff, order, wish
):
    parcel = unanswered(order)
    staff.post(at(parcel, "decide"), wish)
    after = Return.objects.get()
    assert (after.status, after.taken_over_at) == ("open", parcel.taken_over_at)
    assert Refund.objects.count() == 0
    assert not AuditEvent.objects.filter(reference=parcel.public_id).exists()


def test_more_than_one_person_may_refund_alone_is_refused(client, order, settings):
    parcel = unanswered(order)
    settings.STAFF_REFUND_LIMIT_AMOUNTS = {"EUR": 3_989}
    user = sellers.user(is_staff=True)
    names = ["add_refund", "view_return", "view_refund"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    decide(client, parcel, "refund", reason="Why", shown="3990")
    assert Refund.objects.count() == 0
    assert Return.objects.get().status == "open"


def test_who_may_only_look_decides_nothing(client, order):
    parcel = unanswered(order)
    user = sellers.user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_return"))
    client.force_login(user)
    text = client.get(at(parcel)).content.decode()
    assert "For the buyer: why?" not in text
    assert decide(client, parcel, "refund", reason="x", shown="3990").status_code == 403
    assert client.get(at(parcel, "decide")).status_code == 403
    assert Refund.objects.count() == 0
