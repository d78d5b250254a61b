"""Cash and time: whoever tells of it, and whatever else happens at that moment."""

from datetime import timedelta
from unittest import mock

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock
from marketplace.kit.models import Outbox
from orders.models import Order, OrderStatus, Payment, PaymentStatus, Voucher
from orders.services import cash, checkout, payments
from orders.tasks import expire_unpaid, remind_of_cash
from payouts.models import Entry
from payouts.services import ledger, settlement
from tests.factories import market

pytestmark = [pytest.mark.race, pytest.mark.usefixtures("japan", "market_day")]
THREADS = 6


@pytest.fixture
def goods():
    shop = market.shop(country="JP", currency="JPY", delivery_amount=500)
    return market.variant(shop, price_amount=4_000, stock=10)


@pytest.fixture
def page(goods):
    """A page on which the buyer chose cash, of which the platform does not know yet."""
    placed = market.place(market.cart((goods, 3)), market.buyer(country="JP"))
    payment = market.open_page(placed)
    sandbox_control.pay_konbini(page_url=payment.page_url)
    return payment


@pytest.fixture
def waiting(page):
    settlement.refresh(payment_id=page.pk, at=clock.now())
    page.refresh_from_db()
    return page


def promised(job: str) -> int:
    return Outbox.objects.filter(function=f"orders.tasks.{job}").count()


def test_told_of_a_voucher_many_times_at_once_it_is_kept_and_mailed_once(page, at_once):
    def tell(number):
        settlement.refresh(payment_id=page.pk, at=clock.now())
        return Payment.objects.get().status

    assert at_once(THREADS, tell) == {PaymentStatus.AWAITING_CASH: THREADS}
    assert Voucher.objects.count() == promised("send_voucher") == 1


def test_voucher_and_payment_told_at_once_end_paid(page, at_once):
    issued = market.facts_of(page)
    sandbox_control.settle_voucher(issued.payment_intent_id)
    paid = market.facts_of(page)

    def tell(number):
        facts = issued if number % 2 else paid
        settlement.apply(
            payment=Payment.objects.get(pk=page.pk), facts=facts, at=clock.now()
        )
        return "told"

    assert at_once(THREADS, tell) == {"told": THREADS}
    assert Payment.objects.get().status == PaymentStatus.PAID
    assert Entry.objects.filter(kind="capture").count() == 1


@pytest.mark.parametrize("round_", range(3))
def test_the_till_and_the_sweep_at_once_end_paid_or_given_up_never_both(
    waiting, goods, at_once, round_
):
    intent = waiting.payment_intent_id
    late = waiting.order.expires_at + timedelta(minutes=1)

    def either(number):
        if number % 2 == round_ % 2:
            expire_unpaid(at=late)
            return "swept"
        try:
            sandbox_control.settle_voucher(intent)
        except gateway.GatewayError:
            return "void"
        return "paid"

    outcomes = at_once(2, either)
    settlement.refresh(payment_id=waiting.pk, at=clock.now())

    order = Order.objects.get()
    goods.refresh_from_db()
    if outcomes["paid"]:
        assert order.status == OrderStatus.PAID
        assert (goods.on_hand, goods.reserved) == (7, 0)
    else:
        assert order.status == OrderStatus.CANCELLED
        assert (goods.on_hand, goods.reserved) == (10, 0)
        assert Entry.objects.count() == 0


def sold_to_another(goods):
    other = market.buyer(country="JP", email="other@example.com")
    market.buy(market.cart((goods, 5)), other)
    third = market.buyer(country="JP", email="third@example.com")
    market.buy(market.cart((goods, 3)), third)


def test_a_sweep_that_leaves_the_voucher_alive_takes_cash_for_what_is_gone(
    waiting, goods
):
    """The harm: without asking the provider, the order is cancelled, its goods are
    sold, and the till still takes the cash. What is left is to owe it back.
    """
    with mock.patch.object(payments, "close_session", return_value=None):
        expire_unpaid(at=waiting.order.expires_at)
    sold_to_another(goods)

    sandbox_control.settle_voucher(waiting.payment_intent_id)
    settlement.refresh(payment_id=waiting.pk, at=clock.now())

    assert Order.objects.get(pk=waiting.order_id).status == OrderStatus.PROBLEM
    assert abs(ledger.balances()["buyer_refund_due:JPY"]) == waiting.amount
    goods.refresh_from_db()
    assert (goods.on_hand, goods.reserved) == (2, 0)


def test_a_sweep_makes_the_voucher_void_first_so_that_no_till_takes_it(waiting, goods):
    expire_unpaid(at=waiting.order.expires_at)
    sold_to_another(goods)

    with pytest.raises(gateway.GatewayError):
        sandbox_control.settle_voucher(waiting.payment_intent_id)

    assert "buyer_refund_due:JPY" not in ledger.balances()


def test_cancelling_and_paying_at_once_end_paid_or_cancelled_never_both(
    waiting, goods, at_once
):
    def either(number):
        if number:
            try:
                checkout.give_up(order=waiting.order, at=clock.now(), by_buyer=True)
            except payments.AlreadyPaid:
                return "too late"
            return "cancelled"
        try:
            sandbox_control.settle_voucher(waiting.payment_intent_id)
        except gateway.GatewayError:
            return "void"
        return "paid"

    outcomes = at_once(2, either)
    settlement.refresh(payment_id=waiting.pk, at=clock.now())

    assert outcomes in ({"paid": 1, "too late": 1}, {"void": 1, "cancelled": 1})
    wanted = OrderStatus.PAID if outcomes["paid"] else OrderStatus.CANCELLED
    assert Order.objects.get().status == wanted


def test_four_beats_at_once_remind_a_buyer_once(waiting, at_once):
    at = waiting.voucher.deadline_at - timedelta(hours=1)

    at_once(4, lambda number: remind_of_cash(at=at))

    assert promised("send_voucher_reminder") == 1


def test_reminding_without_noting_it_reminds_at_every_beat(waiting):
    """The harm: the note on the voucher is what makes it one mail."""
    at = waiting.voucher.deadline_at - timedelta(hours=1)

    for _ in range(3):
        cash.remind(at=at)
        Voucher.objects.update(reminded_at=None)

    assert promised("send_voucher_reminder") == 3


THREE_D_SECURE = "4000002500003155"


def challenged(payment) -> str:
    """Type the card and stop at the bank's question; returns the bank's page."""
    card = {"card_number": THREE_D_SECURE, "expiry": "12/34", "cvc": "123"}
    _status, target, _text = sandbox_control._form(
        payment.page_url, {**card, "action": "pay"}
    )
    assert "/3ds/" in target
    return target


def finish(bank_page: str) -> None:
    sandbox_control._form(bank_page, {"action": "authenticate"})


@pytest.fixture
def at_the_bank(goods):
    """A buyer who left the bank's page open and went away."""
    placed = market.place(market.cart((goods, 3)), market.buyer(country="JP"))
    payment = market.open_page(placed)
    return payment, challenged(payment)


def test_a_card_confirmed_late_but_in_time_is_a_sale(at_the_bank, goods):
    payment, bank_page = at_the_bank
    market.advance(timedelta(minutes=20))
    finish(bank_page)

    settlement.resolve_open(at=clock.now())
    settlement.refresh(payment_id=payment.pk, at=clock.now())

    goods.refresh_from_db()
    assert Order.objects.get().status == OrderStatus.PAID
    assert (goods.on_hand, goods.reserved) == (7, 0)


def test_a_card_confirmed_after_the_sweep_is_not_charged(at_the_bank, goods):
    payment, bank_page = at_the_bank
    expire_unpaid(at=market.advance(timedelta(minutes=36)))
    finish(bank_page)

    settlement.refresh(payment_id=payment.pk, at=clock.now())

    assert Order.objects.get().status == OrderStatus.CANCELLED
    assert Entry.objects.count() == 0
    goods.refresh_from_db()
    assert (goods.on_hand, goods.reserved) == (10, 0)


@pytest.mark.parametrize("are_gone", [True, False])
def test_without_closing_the_page_a_card_confirmed_late_is_money_for_given_up_goods(
    at_the_bank, goods, are_gone
):
    """The harm of a sweep that does not ask Stripe. Never an oversell all the same:
    the goods are taken up again, or the money is owed back.
    """
    payment, bank_page = at_the_bank
    with mock.patch.object(payments, "close_session", return_value=None):
        expire_unpaid(at=payment.order.expires_at)
    assert Order.objects.get().status == OrderStatus.CANCELLED
    if are_gone:
        sold_to_another(goods)
    finish(bank_page)

    settlement.refresh(payment_id=payment.pk, at=clock.now())

    wanted = OrderStatus.PROBLEM if are_gone else OrderStatus.PAID
    assert Order.objects.get(pk=payment.order_id).status == wanted
    owed = abs(ledger.balances().get("buyer_refund_due:JPY", 0))
    assert owed == (payment.amount if are_gone else 0)
    goods.refresh_from_db()
    assert (goods.on_hand, goods.reserved) == (2 if are_gone else 7, 0)
