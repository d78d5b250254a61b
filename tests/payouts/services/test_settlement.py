"""A payment that came is booked once, whole, and as what it is."""

import dataclasses
import itertools

import pytest

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from marketplace.kit.models import Outbox
from orders.models import OrderStatus, PaymentStatus
from orders.services import checkout
from payouts.models import Accrual, Entry, EntryKind, WithheldShare
from payouts.services import ledger, settlement
from sellers.models import StockMove
from sellers.services import stock
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def variant():
    return market.variant(market.shop(), price_amount=1995, stock=30)


@pytest.fixture
def paid(variant):
    """An order whose page was paid, of which the platform does not know yet."""
    order = market.place(market.cart((variant, 3)))
    payment = market.open_page(order)
    market.pay(payment)
    return payment


def entries() -> list[str]:
    return sorted(Entry.objects.values_list("kind", flat=True))


def test_a_payment_is_settled_once_however_often_it_is_told(paid, variant):
    facts = market.facts_of(paid)

    settlement.settle(payment_id=paid.pk, facts=facts, at=clock.now())
    with pytest.raises(settlement.AlreadySettled):
        settlement.settle(payment_id=paid.pk, facts=facts, at=clock.now())
    settlement.refresh(payment_id=paid.pk, at=clock.now())

    variant.refresh_from_db()
    assert entries() == ["capture", "fee"]
    assert (variant.on_hand, variant.reserved) == (27, 0)
    assert StockMove.objects.filter(kind="sale").count() == 1
    assert Accrual.objects.count() == 2


ORDERS = list(
    itertools.permutations(
        ["checkout.session.completed", "payment_intent.succeeded", "charge.succeeded"]
    )
)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(order))
@pytest.mark.parametrize("copies", [1, 3])
def test_notices_in_every_order_and_repeated_make_the_same_books(
    paid, deliver, order, copies
):
    def place_of(notice) -> int:
        return order.index(notice["type"]) if notice["type"] in order else 9

    deliver(copies=copies, order=place_of)

    paid.refresh_from_db()
    assert paid.status == PaymentStatus.PAID
    assert entries() == ["capture", "fee"]
    balances = {
        code.split(":")[0]: amount for code, amount in ledger.balances().items()
    }
    # 5,985 with 1,039 tax in it: 494 of the base of 4,946 are the platform's.
    assert balances == {
        "order_clearing": 0,
        "platform_commission": 494,
        "processing_fee": -122,
        "seller_held": 5_986,
        "stripe_balance": -(6_480 - 122),
    }


def test_an_unpaid_page_settles_nothing(variant):
    payment = market.open_page(market.place(market.cart((variant, 1))))

    settlement.refresh(payment_id=payment.pk, at=clock.now())

    payment.refresh_from_db()
    assert payment.status == PaymentStatus.NEEDS_ACTION
    assert entries() == []


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 6_479}, {"currency": "SEK"}, {"payment_reference": "pay_other"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_payment_that_does_not_fit_goes_to_suspense_and_the_order_to_staff(
    paid, variant, wrong
):
    facts = dataclasses.replace(market.facts_of(paid), **wrong)

    with pytest.raises(settlement.PaymentMismatch):
        settlement.settle(payment_id=paid.pk, facts=facts, at=clock.now())
    with pytest.raises(settlement.AlreadySettled):
        settlement.settle(payment_id=paid.pk, facts=facts, at=clock.now())

    paid.refresh_from_db()
    variant.refresh_from_db()
    assert paid.order.status == OrderStatus.PROBLEM
    assert entries() == ["fee", "mismatch"]
    assert ledger.balances()[f"suspense:{facts.currency}"] == facts.amount
    assert not Accrual.objects.exists()
    assert (variant.on_hand, variant.reserved) == (30, 0)


def test_a_late_payment_is_honoured_while_the_goods_are_there(paid, variant):
    market.code(max_redemptions=1)
    checkout.cancel(order_id=paid.order_id, at=clock.now())

    settlement.refresh(payment_id=paid.pk, at=clock.now())

    paid.order.refresh_from_db()
    variant.refresh_from_db()
    assert paid.order.status == OrderStatus.PAID
    assert (variant.on_hand, variant.reserved) == (27, 0)
    assert entries() == ["capture", "fee"]


def test_a_late_payment_for_goods_that_are_gone_is_owed_back(paid, variant):
    checkout.cancel(order_id=paid.order_id, at=clock.now())
    stock.correct(variant=variant, on_hand=2, at=clock.now())

    settlement.refresh(payment_id=paid.pk, at=clock.now())

    paid.refresh_from_db()
    paid.order.refresh_from_db()
    variant.refresh_from_db()
    assert (paid.status, paid.order.status) == (
        PaymentStatus.PAID,
        OrderStatus.PROBLEM,
    )
    assert entries() == ["fee", "late_capture"]
    assert ledger.balances()["buyer_refund_due:EUR"] == 6_480
    assert not Accrual.objects.exists()
    assert (variant.on_hand, variant.reserved) == (2, 0)


def test_an_order_of_total_0_is_settled_without_the_provider(settings, variant):
    free = market.variant(market.shop(delivery_amount=0), price_amount=1)
    market.code("HALF", rate_bps=9_000)
    # 1 cent less 90 %, half up, is nothing.
    order = market.place(market.cart((free, 1), code="HALF"))
    assert order.total_amount == 0

    market.open_page(order)
    settlement.settle(payment_id=order.payments.get().pk, facts=None, at=clock.now())

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert sandbox_sessions() == 0
    assert Entry.objects.get().kind == EntryKind.CAPTURE
    assert ledger.balances()["platform_discounts:EUR"] == -1


def sandbox_sessions() -> int:
    return len(
        [x for x in sandbox_control.journal() if x["path"] == "/v1/checkout/sessions"]
    )


def test_a_creator_known_by_the_card_earns_nothing_on_his_own_purchase(variant):
    nina = market.creator(variant.product.shop)
    market.buy(
        market.cart((variant, 1)),
        market.buyer(email="nina@example.com", user=nina.user),
    )

    market.buy(
        market.cart((variant, 1, nina)), market.buyer(email="cousin@example.com")
    )

    assert WithheldShare.objects.get().reason == "self_purchase_card"
    assert not Accrual.objects.filter(kind="share").exists()
    assert ledger.trial_balance() == {"EUR": 0}


def test_with_every_notice_lost_the_poller_settles_and_books_the_fee(paid):
    settlement.resolve_open(at=clock.now() + settlement.ASK_OPEN_EVERY)
    market.jobs.drain()

    paid.refresh_from_db()
    assert paid.status == PaymentStatus.PAID
    assert entries() == ["capture", "fee"]


def test_a_sale_is_settled_though_the_commission_fell_below_a_share_agreed_before(
    settings,
):
    shop = market.shop()
    variant = market.variant(shop, price_amount=10_000)
    creator = market.creator(shop, rate_bps=1_000, funded_by="platform")
    settings.PLATFORM_COMMISSION_BPS = 800

    order = market.buy(market.cart((variant, 1, creator)))

    share = Accrual.objects.get(kind="share")
    assert (share.base_amount, share.amount) == (8_265, 661)
    assert order.status == OrderStatus.PAID
    assert ledger.trial_balance() == {"EUR": 0}


def test_a_charge_without_a_fee_is_settled_and_has_no_fee_entry(paid):
    facts = market.facts_of(paid)
    assert facts.balance_line is not None
    line = dataclasses.replace(
        facts.balance_line, fee_amount=0, net_amount=facts.balance_line.amount
    )

    settlement.settle(
        payment_id=paid.pk,
        facts=dataclasses.replace(facts, balance_line=line),
        at=clock.now(),
    )

    paid.refresh_from_db()
    assert paid.fee_booked_at is not None
    assert entries() == ["capture"]


@pytest.mark.parametrize("given_up", [False, True])
def test_a_payment_set_aside_leaves_the_provider_s_fee_in_the_books(paid, given_up):
    facts = dataclasses.replace(market.facts_of(paid), amount=5_000)
    assert facts.balance_line is not None
    if given_up:
        checkout.cancel(order_id=paid.order_id, at=clock.now())

    with pytest.raises(settlement.PaymentMismatch):
        settlement.settle(payment_id=paid.pk, facts=facts, at=clock.now())
    with pytest.raises(settlement.AlreadySettled):
        settlement.settle(payment_id=paid.pk, facts=facts, at=clock.now())

    paid.refresh_from_db()
    assert paid.status == PaymentStatus.FAILED
    assert entries() == ["fee", "mismatch"]
    fee = facts.balance_line.fee_amount
    assert ledger.balances()["stripe_balance:EUR"] == fee - 5_000


def test_a_free_order_that_was_given_up_is_not_taken_up_by_a_late_job():
    shop = market.shop(is_business=False, delivery_amount=0)
    cent = market.variant(shop, price_amount=1, stock=30)
    market.code("ALL", rate_bps=9_000)
    order = market.place(market.cart((cent, 1), code="ALL"))
    payment = order.payments.get()
    assert payment.amount == 0
    market.open_page(order)
    checkout.give_up(order=order, at=clock.now())

    jobs.drain()

    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert not Outbox.objects.filter(done_at=None).exists()
