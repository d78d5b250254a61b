"""Staff refund an order: chosen, previewed, confirmed once; and a failed one is sent
again or taken back.
"""

import dataclasses
import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from marketplace import gateway
from marketplace.accounts.models import User
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from marketplace.kit.models import AuditEvent
from orders.models import Payment, Refund, RefundStatus
from payouts.services import ledger, refund_sending, settlement
from payouts.services.refunds import Amount
from tests.factories import market, sellers
from tests.factories.refunding import refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(sellers.user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def order(books):
    """Two of 100.00 and delivery of 4.95, with a creator's 12.5 %, not shipped."""
    market.take_in_topups()
    shop = market.shop()
    creator = market.creator(shop)
    variant = market.variant(shop, price_amount=10_000)
    return market.buy(market.cart((variant, 2, creator)))


def staff_email(pk: str) -> str:
    return User.objects.get(pk=pk).email


def url(order) -> str:
    return reverse("admin:order-refund", args=[order.public_id])


def hidden(page, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page.content.decode())
    assert found, f"no field {name}"
    return found[1]


def typed(page, **more):
    return {
        "request_key": hidden(page, "request_key"),
        "reason": "cancelled",
        "funded_by": "parties",
        "is_restocked": "on",
        "note": "sold out",
        **more,
    }


def one_unit(order, page, **more):
    line = order.seller_orders.get().lines.get()
    return typed(page, **{f"line_{line.pk}": "1"}, **more)


def test_the_form_begins_with_what_can_still_happen_to_the_units(staff, order):
    chosen = '<option value="{}" selected>'
    assert chosen.format("cancelled") in staff.get(url(order)).content.decode()

    market.ship(order)

    page = staff.get(url(order)).content.decode()
    assert chosen.format("returned") in page
    assert chosen.format("cancelled") not in page


def test_a_refund_is_previewed_and_confirmed_once(staff, order):
    page = staff.get(url(order))
    fields = one_unit(order, page)
    shown = staff.post(url(order), {**fields, "preview": "1"})

    assert Refund.objects.count() == 0
    assert "Refund €100.00" in shown.content.decode()
    confirmed = {**fields, "shown": hidden(shown, "shown"), "confirm": "1"}
    for _ in range(2):
        answer = staff.post(url(order), confirmed)
        made = Refund.objects.get()
        assert answer.url == reverse("admin:orders_refund_change", args=[made.pk])
        row = staff.get(answer.url).content.decode()
        assert re.search(r'<span class="pill pill-\w+">.*?Requested</span>', row)
        assert staff_email(made.actor) in row

    assert (made.amount, made.door, made.note) == (10_000, "staff", "sold out")
    event = AuditEvent.objects.get()
    assert (event.action, event.reference) == ("refund", made.public_id)
    bearers = {one.role: one.amount for one in shown.context["preview"].bearers}
    assert bearers == dict(made.shares.values_list("role", "amount"))
    assert staff.get(answer.url).status_code == 200
    money_page = staff.get(reverse("admin:order-money", args=[order.public_id]))
    assert made.public_id in money_page.content.decode()
    assert staff.get(reverse("admin:orders_refund_changelist")).status_code == 200


def test_goods_whose_price_was_given_before_are_taken_back_for_nothing(staff, order):
    """The button must not promise to refund €0.00."""
    refund(order, Amount(amount=20_495, currency="EUR"), funded_by="platform")
    fields = one_unit(order, staff.get(url(order)))

    shown = staff.post(url(order), {**fields, "preview": "1"}).content.decode()

    assert "Take the goods back, nothing to refund" in shown
    assert "What the marketplace gave the buyer before, back to it" in shown
    assert "€0.00</button>" not in shown
    assert Refund.objects.count() == 1


def test_what_was_changed_after_the_preview_is_shown_again(staff, order):
    page = staff.get(url(order))
    fields = one_unit(order, page)
    shown = staff.post(url(order), {**fields, "preview": "1"})

    changed = {**fields, "shown": hidden(shown, "shown"), "confirm": "1"}
    changed |= {"reason": "adjustment"}
    again = staff.post(url(order), changed)

    assert "not what was shown" in again.content.decode()
    assert Refund.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": "-5"}, "more than nothing"),
        ({"amount": "0"}, "more than nothing"),
        ({"amount": "1.005"}, "Write an amount in EUR"),
        ({"amount": "100 SEK"}, "Write an amount in EUR"),
        ({"amount": "204.96"}, "€204.95 can be refunded"),
        ({}, "Choose units or deliveries, or an amount"),
        ({"amount": "5", "note": ""}, "required"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(staff, order, fields, words):
    page = staff.get(url(order))
    asked = typed(page, reason="adjustment", **fields) | fields
    answer = staff.post(url(order), {**asked, "preview": "1"})
    assert words in answer.content.decode()
    assert answer.context["preview"] is None
    assert Refund.objects.count() == 0


@pytest.fixture
def strange(books):
    """A payment of 24.90 that names another one than ours: it is set aside."""
    variant = market.variant(market.shop(), price_amount=1995)
    payment = market.open_page(market.place(market.cart((variant, 1))))
    market.pay(payment)
    facts = dataclasses.replace(market.facts_of(payment), payment_reference="pay_other")
    with pytest.raises(settlement.PaymentMismatch):
        settlement.settle(payment_id=payment.pk, facts=facts, at=clock.now())
    return Payment.objects.get(pk=payment.pk)


def test_what_does_not_fit_its_order_is_given_back_once_and_with_a_reason(
    staff, strange
):
    order_page = reverse("admin:order-money", args=[strange.order.public_id])
    give_back = reverse("admin:payment-give-back", args=[strange.pk])
    page = staff.get(order_page).content.decode()
    assert "brought €24.90, which does not fit this order" in page
    assert give_back in page

    without_reason = staff.post(give_back, {"note": "  "}, follow=True)
    assert "reason" in without_reason.content.decode()
    assert Refund.objects.count() == 0

    staff.post(give_back, {"note": "paid for something else"})
    made = Refund.objects.get()
    assert (made.amount, made.funded_by, made.note) == (
        *(2490, "suspense", "paid for something else"),
    )
    event = AuditEvent.objects.get()
    assert (event.action, event.reference) == ("refund", made.public_id)
    assert give_back not in staff.get(order_page).content.decode()

    again = staff.post(give_back, {"note": "once more"}, follow=True)
    assert "not made a second time" in again.content.decode()
    assert Refund.objects.count() == 1


def test_who_may_only_see_gives_nothing_back(client, strange):
    user = sellers.user(is_staff=True)
    for codename in ("view_refund", "view_order", "view_entry"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(user)
    give_back = reverse("admin:payment-give-back", args=[strange.pk])
    order_page = reverse("admin:order-money", args=[strange.order.public_id])

    page = client.get(order_page).content.decode()
    assert "does not fit this order" in page
    assert give_back not in page
    assert client.post(give_back, {"note": "mine"}).status_code == 403
    assert Refund.objects.count() == 0


def test_who_may_only_see_refunds_nothing(client, order):
    user = sellers.user(is_staff=True)
    for codename in ("view_refund", "view_order", "view_entry"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(user)
    assert client.get(url(order)).status_code == 403
    assert client.post(url(order), {}).status_code == 403
    page = client.get(reverse("admin:order-money", args=[order.public_id]))
    assert url(order) not in page.content.decode()
    assert Refund.objects.count() == 0


def test_above_the_limit_somebody_else_is_needed(client, order, settings):
    settings.STAFF_REFUND_LIMIT_AMOUNTS = {"EUR": 9_999}
    user = sellers.user(is_staff=True)
    for codename in ("add_refund", "view_refund"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(user)
    fields = one_unit(order, client.get(url(order)))
    shown = client.post(url(order), {**fields, "preview": "1"})
    confirmed = {**fields, "shown": hidden(shown, "shown"), "confirm": "1"}

    answer = client.post(url(order), confirmed)

    assert "Refunds above €99.99" in answer.content.decode()
    assert Refund.objects.count() == 0
    permission = Permission.objects.get(codename="refund_any_amount")
    user.user_permissions.add(permission)
    assert client.post(url(order), confirmed).status_code == 302
    assert Refund.objects.get().amount == 10_000


@pytest.fixture
def failed(staff, order):
    page = staff.get(url(order))
    fields = typed(page, reason="adjustment", amount="50.00")
    shown = staff.post(url(order), {**fields, "preview": "1"})
    staff.post(url(order), {**fields, "shown": hidden(shown, "shown"), "confirm": "1"})
    jobs.drain()
    refund = Refund.objects.get()
    sandbox_control.fail_refund(refund.provider_id)
    facts = gateway.fetch_refund(refund_id=refund.provider_id)
    return refund_sending.record(refund=refund, facts=facts, at=clock.now())


def test_a_failed_refund_is_sent_again(staff, failed):
    page = staff.get(reverse("admin:orders_refund_change", args=[failed.pk]))
    assert "still owed €50.00" in page.content.decode()

    answer = staff.post(reverse("admin:refund-again", args=[failed.pk]))
    jobs.drain()

    again = Refund.objects.get(replaces=failed)
    assert answer.url == reverse("admin:orders_refund_change", args=[again.pk])
    assert again.status == RefundStatus.SENT
    page = staff.get(reverse("admin:orders_refund_change", args=[failed.pk]))
    assert "still owed" not in page.content.decode()


def test_a_failed_refund_is_taken_back_with_a_reason(staff, failed):
    address = reverse("admin:refund-take-back", args=[failed.pk])
    staff.post(address, {"reason": " "})
    failed.refresh_from_db()
    assert failed.withdrawn_at is None

    staff.post(address, {"reason": "paid by bank"})

    failed.refresh_from_db()
    assert failed.withdrawn_at is not None
    assert ledger.balances()["buyer_refund_due:EUR"] == 0
    assert AuditEvent.objects.latest("pk").reason == "paid by bank"
    assert staff.get(address).status_code == 403
