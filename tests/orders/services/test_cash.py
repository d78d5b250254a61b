"""A voucher: issued, kept, paid, run out, made void; and who is reminded, once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import (
    OrderStatus,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Voucher,
)
from orders.services import again, cash, checkout, payments
from orders.services import cart as carts
from orders.tasks import expire_unpaid, remind_of_cash
from payouts.models import Entry, EntryKind
from payouts.services import ledger, settlement
from sellers.models import Reservation
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("japan", "books")]
HOUR = timedelta(hours=1)


@pytest.fixture
def shop():
    return market.shop(country="JP", currency="JPY", delivery_amount=800)


@pytest.fixture
def order(shop):
    variant = market.variant(shop, price_amount=2_000, stock=30)
    return market.place(market.cart((variant, 3)), market.buyer(country="JP"))


@pytest.fixture
def payment(order):
    """A page on which the buyer has chosen to pay in cash, which is known here."""
    return market.choose_cash(order)


def refreshed(payment):
    settlement.refresh(payment_id=payment.pk, at=clock.now())
    payment.refresh_from_db()
    payment.order.refresh_from_db()
    return payment


def variant_of(order):
    return order.seller_orders.get().lines.get().variant


def subjects() -> list[str]:
    jobs.drain()
    return [str(message.subject) for message in mail.outbox]


def test_cash_is_offered_in_yen_in_japan_within_what_a_konbini_takes(settings):
    assert cash.days_for(amount=120, currency="JPY") == 3
    assert cash.days_for(amount=300_000, currency="JPY") == 3
    assert cash.days_for(amount=119, currency="JPY") is None
    assert cash.days_for(amount=300_001, currency="JPY") is None
    assert cash.days_for(amount=5_000, currency="EUR") is None

    settings.PLATFORM_COUNTRY = "SE"
    assert cash.days_for(amount=5_000, currency="JPY") is None


def test_the_deadline_shown_is_earlier_than_the_real_one_and_on_a_half_hour():
    end_of_day = datetime(2026, 11, 24, 14, 59, 59, tzinfo=UTC)

    shown = cash.deadline_of(expires_at=end_of_day)

    assert shown.isoformat() == "2026-11-24T23:00:00+09:00"


def test_a_voucher_makes_order_and_goods_wait_and_frees_the_bag(order):
    placed_until = order.expires_at
    payment = market.choose_cash(order)

    order.refresh_from_db()
    voucher = payment.voucher
    assert (payment.status, payment.method) == (
        PaymentStatus.AWAITING_CASH,
        PaymentMethod.KONBINI,
    )
    assert order.status == OrderStatus.AWAITING_PAYMENT
    assert set(voucher.stores) == {"familymart", "lawson", "ministop", "seicomart"}
    assert len(voucher.stores["lawson"]["confirmation_number"]) == 11
    assert voucher.page_url
    assert order.expires_at == voucher.expires_at + HOUR > placed_until
    assert set(Reservation.objects.values_list("expires_at", flat=True)) == {
        order.expires_at
    }
    order.cart.refresh_from_db()
    assert order.cart.closed_at is not None
    assert payment.page_url == ""


def test_being_told_of_a_voucher_again_changes_nothing(payment):
    for _ in range(3):
        refreshed(payment)

    assert Voucher.objects.count() == 1
    assert payment.status == PaymentStatus.AWAITING_CASH
    assert len(subjects()) == 1


def test_the_voucher_is_mailed_with_its_codes_in_japans_time(payment):
    jobs.drain()

    message = mail.outbox[0]
    code = payment.voucher.stores["familymart"]["payment_code"]
    assert message.subject.startswith("Pay ¥7,480 at a konbini by")
    assert "23:00\N{NO-BREAK SPACE}(Japan)" in message.body
    assert f"{code[:3]}\N{NO-BREAK SPACE}{code[3:]}" in message.body
    assert "/konbini" in message.body


def test_paid_at_the_till_is_paid_like_any_other(payment, deliver):
    sandbox_control.settle_voucher(payment.payment_intent_id)
    deliver()

    refreshed(payment)
    assert payment.status == PaymentStatus.PAID
    assert payment.order.status == OrderStatus.PAID
    assert (variant_of(payment.order).on_hand, variant_of(payment.order).reserved) == (
        27,
        0,
    )
    assert [entry.kind for entry in Entry.objects.order_by("pk")][:1] == [
        EntryKind.CAPTURE
    ]
    assert subjects()[-1].endswith("is confirmed")


def test_with_every_notice_lost_the_poller_finds_voucher_and_payment(order):
    payment = market.open_page(order)
    sandbox_control.pay_konbini(page_url=payment.page_url)

    settlement.resolve_open(at=market.advance(timedelta(minutes=6)))
    jobs.drain()
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.AWAITING_CASH

    sandbox_control.settle_voucher(payment.payment_intent_id)
    settlement.resolve_open(at=market.advance(timedelta(minutes=6)))
    jobs.drain()
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PAID


def test_the_sweep_finds_a_voucher_nobody_told_of_and_lets_it_live(order):
    payment = market.open_page(order)
    sandbox_control.pay_konbini(page_url=payment.page_url)

    expire_unpaid(at=market.advance(HOUR))

    payment.refresh_from_db()
    order.refresh_from_db()
    assert payment.status == PaymentStatus.AWAITING_CASH
    assert order.status == OrderStatus.AWAITING_PAYMENT
    assert variant_of(order).reserved == 3


def test_the_sweep_does_not_touch_a_voucher_before_it_is_over(payment):
    expire_unpaid(at=market.advance(2 * market.DAY))

    refreshed(payment)
    assert payment.status == PaymentStatus.AWAITING_CASH


def test_a_voucher_that_runs_out_cancels_gives_back_and_offers_to_order_again(
    payment, deliver
):
    jobs.drain()
    market.advance(4 * market.DAY)
    deliver()

    refreshed(payment)
    assert payment.status == PaymentStatus.EXPIRED
    assert payment.order.status == OrderStatus.CANCELLED
    assert variant_of(payment.order).reserved == 0
    assert subjects()[1:] == [
        f"Your order {payment.order.public_id} was not paid and is cancelled"
    ]
    assert "Order again: " in mail.outbox[1].body


def test_without_any_notice_the_sweep_makes_a_voucher_void_and_says_so(payment):
    jobs.drain()
    expire_unpaid(at=market.advance_past(payment.order.expires_at))

    refreshed(payment)
    assert payment.order.status == OrderStatus.CANCELLED
    assert market.facts_of(payment).status == "cancelled"
    assert len(subjects()) == 2


def test_a_buyer_who_cancels_makes_the_voucher_void_and_gets_no_mail(payment, deliver):
    jobs.drain()
    checkout.give_up(order=payment.order, at=clock.now(), by_buyer=True)
    deliver()

    refreshed(payment)
    assert payment.order.status == OrderStatus.CANCELLED
    assert market.facts_of(payment).status == "cancelled"
    assert len(subjects()) == 1


def test_a_voucher_that_was_paid_cannot_be_cancelled_any_more(payment):
    sandbox_control.settle_voucher(payment.payment_intent_id)

    with pytest.raises(payments.AlreadyPaid):
        checkout.give_up(order=payment.order, at=clock.now(), by_buyer=True)

    assert refreshed(payment).order.status == OrderStatus.PAID


def test_a_lost_answer_to_the_cancelling_changes_nothing_and_may_be_repeated(payment):
    sandbox_control.arm_fault(
        match=f"POST /v1/payment_intents/{payment.payment_intent_id}/cancel",
        do="timeout_after_commit",
    )

    with pytest.raises(payments.PaymentPageUnavailable):
        checkout.give_up(order=payment.order, at=clock.now(), by_buyer=True)

    payment.order.refresh_from_db()
    assert payment.order.status == OrderStatus.AWAITING_PAYMENT
    checkout.give_up(order=payment.order, at=clock.now(), by_buyer=True)
    payment.order.refresh_from_db()
    assert payment.order.status == OrderStatus.CANCELLED


def test_cancelling_just_after_the_voucher_was_issued_keeps_it_and_says_so(order):
    payment = market.open_page(order)
    sandbox_control.pay_konbini(page_url=payment.page_url)

    with pytest.raises(payments.VoucherIssued):
        checkout.give_up(order=order, at=clock.now())

    payment.refresh_from_db()
    assert payment.status == PaymentStatus.AWAITING_CASH
    assert Voucher.objects.count() == 1


def test_a_changed_order_of_the_same_bag_shows_the_one_that_waits(order):
    market.choose_cash(order)

    with pytest.raises(payments.VoucherIssued):
        market.place(order.cart, market.buyer(country="JP", email="other@example.com"))

    assert order.payments.get().status == PaymentStatus.AWAITING_CASH


def given_up_behind_its_back(payment):
    """The order is cancelled here while its voucher stays good at the provider."""
    checkout.cancel(order_id=payment.order_id, at=clock.now())
    sandbox_control.settle_voucher(payment.payment_intent_id)


def test_paid_late_while_the_goods_are_there_the_order_is_taken_up_again(
    payment, deliver
):
    given_up_behind_its_back(payment)
    deliver()

    refreshed(payment)
    assert payment.order.status == OrderStatus.PAID
    assert (variant_of(payment.order).on_hand, variant_of(payment.order).reserved) == (
        27,
        0,
    )
    assert ledger.balances().get("buyer_refund_due:JPY", 0) == 0


def test_paid_late_when_the_goods_are_gone_the_money_is_owed_back(shop):
    variant = market.variant(shop, price_amount=5_000, stock=10)
    payment = market.choose_cash(
        market.place(market.cart((variant, 8)), market.buyer(country="JP"))
    )
    checkout.cancel(order_id=payment.order_id, at=clock.now())
    other = market.buyer(country="JP", email="other@example.com")
    market.buy(market.cart((variant, 8)), other)

    sandbox_control.settle_voucher(payment.payment_intent_id)
    refreshed(payment)

    assert payment.status == PaymentStatus.PAID
    assert payment.order.status == OrderStatus.PROBLEM
    assert Entry.objects.filter(kind=EntryKind.LATE_CAPTURE).count() == 1
    assert abs(ledger.balances()["buyer_refund_due:JPY"]) == payment.amount
    variant.refresh_from_db()
    assert (variant.on_hand, variant.reserved) == (2, 0)


def test_a_voucher_of_an_order_that_was_given_up_is_made_void(order):
    payment = market.open_page(order)
    sandbox_control.pay_konbini(page_url=payment.page_url)
    checkout.cancel(order_id=order.pk, at=clock.now())

    refreshed(payment)

    assert payment.status == PaymentStatus.EXPIRED
    assert market.facts_of(payment).status == "cancelled"


def test_the_last_day_is_announced_once_and_only_to_those_who_have_not_paid(payment):
    jobs.drain()
    before = payment.voucher.deadline_at - 24 * HOUR
    remind_of_cash(at=before - timedelta(minutes=1))
    assert len(subjects()) == 1

    for minutes in (0, 10, 20):
        remind_of_cash(at=before + timedelta(minutes=minutes))

    assert len(subjects()) == 2
    assert subjects()[1].startswith("Last day to pay ¥7,480")


def test_a_voucher_that_is_paid_is_not_announced(payment):
    sandbox_control.settle_voucher(payment.payment_intent_id)
    refreshed(payment)

    assert cash.remind(at=payment.voucher.deadline_at - HOUR) == 0


def test_a_voucher_that_lives_for_less_than_a_day_is_not_announced(payment):
    Voucher.objects.update(issued_at=payment.voucher.deadline_at - 20 * HOUR)

    assert cash.remind(at=payment.voucher.deadline_at - HOUR) == 0


def ordered_again(payment, *, token: str):
    return again.restore(order=payment.order, token=token, user=None, at=clock.now())


def test_ordering_again_gives_the_same_browser_its_bag_back(shop):
    token = carts.new_token()
    cart = carts.open_cart(token=token, user=None, at=clock.now())
    variant = market.variant(shop, price_amount=2_000, stock=30)
    carts.add(cart=cart, variant=variant, quantity=3, via=None, at=clock.now())
    payment = market.choose_cash(market.place(cart, market.buyer(country="JP")))
    assert carts.cart_of(token=token) is None
    checkout.give_up(order=payment.order, at=clock.now(), by_buyer=True)

    restored = ordered_again(payment, token=token)

    assert restored.cart == carts.cart_of(token=token) == cart
    market.buy(restored.cart, market.buyer(country="JP"))


def test_ordering_again_in_another_browser_copies_what_can_be_had(payment):
    checkout.give_up(order=payment.order, at=clock.now(), by_buyer=True)
    token = carts.new_token()

    restored = ordered_again(payment, token=token)

    assert restored.left_out == ()
    assert restored.cart.pk != payment.order.cart_id
    assert [line.quantity for line in restored.cart.lines.all()] == [3]


def test_what_is_gone_is_left_out_and_named(payment):
    checkout.give_up(order=payment.order, at=clock.now(), by_buyer=True)
    variant = variant_of(payment.order)
    type(variant).objects.filter(pk=variant.pk).update(is_active=False)

    restored = ordered_again(payment, token=carts.new_token())

    assert restored.left_out == (variant.product.title,)
    assert restored.cart.lines.count() == 0


def test_an_order_that_waits_cannot_be_ordered_again(payment):
    with pytest.raises(again.StillWanted):
        ordered_again(payment, token=carts.new_token())

    assert Payment.objects.get().status == PaymentStatus.AWAITING_CASH
