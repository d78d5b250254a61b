"""From a notice to the rows and the ledger: sandbox, real route, real services."""

import itertools
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.test import Client

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import jobs
from marketplace.sandbox import Sandbox
from marketplace.webhooks import handlers
from marketplace.webhooks.models import EventStatus, StripeEvent
from marketplace.webhooks.services import inbox, processing
from orders.models import OrderLine, OrderStatus, Payment, PaymentStatus
from payouts.models import AccountStatus, ConnectedAccount, Entry, EntryKind
from sellers.services import stock
from tests.factories import orders, sellers
from tests.marketplace.gateway import asking, place
from tests.marketplace.webhooks import notices

pytestmark = pytest.mark.django_db(transaction=True)

PAYING = [
    "checkout.session.completed",
    "payment_intent.succeeded",
    "charge.succeeded",
    "charge.updated",
]


def now():
    return datetime.now(UTC)


@pytest.fixture(autouse=True)
def sandbox(settings, monkeypatch):
    """Put a fresh sandbox in Stripe's place, signing with the route's secrets."""
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox_handlers"
    settings.STRIPE_WSGI_APP = place.NAME
    made = Sandbox(":memory:", secrets=notices.SECRETS)
    monkeypatch.setattr(place, "current", made)
    yield made
    made.close()


def opened_payment(*, is_recorded=True):
    """An unpaid order whose payment page is open."""
    order = orders.order(is_paid=False, at=now())
    payment = order.payments.get()
    with transaction.atomic():
        stock.reserve(
            demands=[
                stock.Demand(
                    variant_id=line.variant_id,
                    quantity=line.quantity,
                    reference=str(line.pk),
                )
                for line in OrderLine.objects.filter(seller_order__order=order)
            ],
            order_reference=order.public_id,
            expires_at=order.expires_at,
        )
    page = gateway.open_checkout(
        request=asking.checkout(
            payment_reference=payment.public_id,
            order_reference=order.public_id,
            transfer_group=order.public_id,
            currency=payment.currency,
            total_amount=payment.amount,
            items=(gateway.CheckoutItem(name="Everything", amount=payment.amount),),
            expires_at=order.expires_at,
        ),
        key=payment.key,
    )
    if is_recorded:
        Payment.objects.filter(pk=payment.pk).update(
            status=PaymentStatus.NEEDS_ACTION,
            session_id=page.session_id,
            page_url=page.url,
        )
    return payment, page


def pending(*types):
    found = {notice["type"]: notice for notice in sandbox_control.pending()}
    return [found[wanted] for wanted in types] if types else list(found.values())


def deliver(*delivered):
    """Post notices to the route in this order, and run what they promise each time."""
    for notice in delivered:
        status = notices.send(
            Client(),
            notice["body"].encode(),
            endpoint=notice["endpoint"],
            header=notice["signature"],
        )
        assert status == 200
        jobs.drain()


def forget_pending():
    for notice in sandbox_control.pending():
        sandbox_control.answered(notice["id"], 200)


def booked(payment):
    payment.refresh_from_db()
    payment.order.refresh_from_db()
    entries = Entry.objects.filter(order_reference=payment.order.public_id)
    kinds = sorted(entries.values_list("kind", flat=True))
    return payment.status, payment.order.status, kinds


PAID_ONCE = (
    PaymentStatus.PAID,
    OrderStatus.PAID,
    [EntryKind.CAPTURE, EntryKind.FEE],
)


def test_notices_of_a_payment_book_it_once_in_every_order():
    for order in itertools.permutations(PAYING):
        payment, page = opened_payment()
        sandbox_control.pay(page_url=page.url)
        arriving = pending(*order)
        deliver(*arriving, *arriving)
        assert booked(payment) == PAID_ONCE, order
        forget_pending()
    assert set(StripeEvent.objects.values_list("status", flat=True)) == {"done"}


@pytest.mark.race
def test_notices_of_a_payment_handled_at_one_instant_book_it_once():
    for _ in range(5):
        payment, page = opened_payment()
        sandbox_control.pay(page_url=page.url)
        for notice in pending(*PAYING):
            notices.send(Client(), notice["body"].encode(), header=notice["signature"])
        together = threading.Barrier(len(PAYING))

        def handle(pk, together=together):
            together.wait(10)
            try:
                return processing.process(stripe_event_id=pk, at=now())
            finally:
                connections.close_all()

        arrived = list(StripeEvent.objects.open().values_list("pk", flat=True))
        with ThreadPoolExecutor(len(PAYING)) as threads:
            assert list(threads.map(handle, arrived)) == [EventStatus.DONE] * 4
        assert booked(payment) == PAID_ONCE
        forget_pending()


@pytest.mark.parametrize("only", PAYING)
def test_each_notice_of_a_payment_alone_settles_it_with_its_fee(only):
    payment, page = opened_payment()
    sandbox_control.pay(page_url=page.url)
    deliver(*pending(only))
    assert booked(payment) == PAID_ONCE


def test_payment_whose_page_was_never_recorded_is_settled():
    payment, page = opened_payment(is_recorded=False)
    sandbox_control.pay(page_url=page.url)
    deliver(*pending("checkout.session.completed"))
    assert booked(payment) == PAID_ONCE


def test_declined_card_changes_nothing():
    payment, page = opened_payment()
    with pytest.raises(gateway.CardDeclined):
        sandbox_control.pay(page_url=page.url, card="4000000000000002")
    deliver(*pending())
    assert booked(payment) == (
        PaymentStatus.NEEDS_ACTION,
        OrderStatus.AWAITING_PAYMENT,
        [],
    )


def test_page_that_expired_cancels_its_order_and_books_nothing():
    payment, page = opened_payment()
    gateway.expire_checkout(session_id=page.session_id)
    deliver(*pending("checkout.session.expired"))
    assert booked(payment) == (PaymentStatus.EXPIRED, OrderStatus.CANCELLED, [])


def test_payment_of_another_platform_is_ignored():
    page = gateway.open_checkout(request=asking.checkout(), key=asking.key())
    sandbox_control.pay(page_url=page.url)
    deliver(*pending(*PAYING))
    assert set(StripeEvent.objects.values_list("status", flat=True)) == {"ignored"}
    assert Entry.objects.count() == 0


def test_old_news_of_a_paid_page_does_not_cancel_the_order():
    payment, page = opened_payment()
    sandbox_control.pay(page_url=page.url)
    deliver(*pending("payment_intent.succeeded"))
    (late,) = pending("checkout.session.completed")
    forged_type = late["body"].replace("session.completed", "session.expired")
    assert notices.send(Client(), forged_type.encode()) == 200
    jobs.drain()
    assert booked(payment) == PAID_ONCE


def test_stripe_that_does_not_answer_puts_the_notice_off_until_it_does():
    payment, page = opened_payment()
    sandbox_control.pay(page_url=page.url)
    sandbox_control.arm_fault(match="GET /v1/checkout/sessions/*", do="timeout_before")
    deliver(*pending("checkout.session.completed"))
    event = StripeEvent.objects.get()
    assert (event.status, event.attempts) == (EventStatus.DEFERRED, 1)
    assert event.last_error.startswith("OutcomeUnknown: Stripe did not answer.")
    assert booked(payment)[0] == PaymentStatus.NEEDS_ACTION
    assert processing.retry_due(at=now() + timedelta(seconds=6)) == 1
    assert booked(payment) == PAID_ONCE


def test_outage_of_the_endpoint_is_made_good_by_the_poller():
    payment, page = opened_payment()
    sandbox_control.set_deliveries(mode="drop")
    sandbox_control.pay(page_url=page.url)
    assert sandbox_control.pending() == []
    assert inbox.poll(at=now()) == len(PAYING)
    jobs.drain()
    assert booked(payment) == PAID_ONCE
    assert inbox.poll(at=now()) == 0


def test_onboarded_party_becomes_payable_and_a_stranger_is_ignored():
    shop = sellers.shop()
    ours, strange = (
        gateway.create_account(request=asking.account(), key=asking.key())
        for _ in range(2)
    )
    account = ConnectedAccount.objects.create(
        shop=shop,
        status=AccountStatus.NEEDS_INFORMATION,
        provider_id=ours.account_id,
    )
    for facts in (ours, strange):
        sandbox_control.onboard(account_id=facts.account_id)
    deliver(
        *(notice for notice in sandbox_control.pending() if notice["endpoint"] == "v2")
    )
    account.refresh_from_db()
    shop.refresh_from_db()
    assert (account.status, account.requirements) == (AccountStatus.ACTIVE, [])
    assert shop.is_payable is True
    changed = "v2.core.account[requirements].updated"
    by_object = StripeEvent.objects.filter(type=changed).values_list(
        "object_id", "status"
    )
    assert set(by_object) == {
        (ours.account_id, "done"),
        (strange.account_id, "ignored"),
    }


def test_the_readme_asks_stripe_for_every_notice_that_is_acted_on():
    """What is not asked for never comes, and only the poller would find it."""
    rows = re.findall(
        r"^\| `/stripe/webhook/\w+` \|.*\|(.*)\|$",
        (settings.BASE_DIR / "README.md").read_text(),
        re.MULTILINE,
    )
    asked = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert sorted(asked) == sorted(handlers.HANDLERS)
