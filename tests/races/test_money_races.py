"""Two who do the same with money at the same moment: one does it."""

import threading
import time
from datetime import timedelta
from unittest import mock

import pytest
from django.db import transaction

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Order, OrderStatus, Payment
from orders.services import payments
from orders.tasks import expire_unpaid
from payouts.models import Entry, PayoutItem, PayoutRun, Transfer, TransferStatus
from payouts.services import (
    asking,
    ledger,
    payout_runs,
    releases,
    settlement,
    transfers,
)
from payouts.services.payout_runs import executing, figures
from sellers.models import StockMove
from tests.factories import market

pytestmark = pytest.mark.race
THREADS = 6


@pytest.fixture
def paid(market_day):
    """A page that was paid, of which the platform does not know yet."""
    variant = market.variant(market.shop(), price_amount=1995, stock=30)
    payment = market.open_page(market.place(market.cart((variant, 3))))
    market.pay(payment)
    return payment


def entries(kind: str) -> int:
    return Entry.objects.filter(kind=kind).count()


def test_settling_without_the_orders_lock_ends_in_an_error_not_in_a_word(paid, at_once):
    """The harm: all read the payment before anyone has booked it. What the lock keeps
    orderly, the net of unique rows refuses with an error for a good payment.
    """
    facts = market.facts_of(paid)
    read = threading.Barrier(THREADS)

    def lock_nothing(payment_id):
        found = Payment.objects.select_related("order").get(pk=payment_id)
        read.wait(timeout=20)
        return found, found.order

    def settle(number):
        settlement.settle(payment_id=paid.pk, facts=facts, at=clock.now())
        return "settled"

    with mock.patch.object(settlement, "_lock", lock_nothing):
        outcomes = at_once(THREADS, settle)

    assert outcomes["settled"] == 1
    assert outcomes["AlreadySettled"] == 0
    assert outcomes["Raced"] == THREADS - 1


def test_settling_at_once_books_one_capture_and_the_others_hear_so(paid, at_once):
    facts = market.facts_of(paid)

    def settle(number):
        settlement.settle(payment_id=paid.pk, facts=facts, at=clock.now())
        return "settled"

    assert at_once(THREADS, settle) == {"settled": 1, "AlreadySettled": THREADS - 1}
    assert entries("capture") == entries("fee") == 1
    assert StockMove.objects.filter(kind="sale").count() == 1


def test_the_buyer_coming_back_and_the_notices_at_once_make_one_capture(paid, at_once):
    def tell(number):
        settlement.refresh(payment_id=paid.pk, at=clock.now())
        return Payment.objects.get(pk=paid.pk).status

    assert at_once(THREADS, tell) == {"paid": THREADS}
    assert entries("capture") == 1
    assert ledger.trial_balance() == {"EUR": 0}


@pytest.mark.parametrize("round_", range(3))
def test_the_expiry_sweep_and_a_payment_at_once_end_paid_with_the_goods_sold_once(
    paid, at_once, round_
):
    """The page is complete at Stripe, so the sweep must find that out and stand back."""
    late = paid.order.expires_at + timedelta(minutes=1)

    def either(number):
        if number % 2:
            expire_unpaid(at=late)
            return "swept"
        settlement.refresh(payment_id=paid.pk, at=clock.now())
        return "told"

    assert at_once(4, either) == {"swept": 2, "told": 2}
    order = Order.objects.get()
    variant = order.seller_orders.get().lines.get().variant
    assert order.status == OrderStatus.PAID
    assert (variant.on_hand, variant.reserved) == (27, 0)
    assert entries("capture") == 1


def test_a_sweep_that_does_not_ask_stripe_gives_the_paid_goods_away(paid):
    """The harm: without closing the page first, a paid order is cancelled, and its
    goods are free for somebody else until the payment is told.
    """
    with mock.patch.object(payments, "close_session", return_value=None):
        expire_unpaid(at=paid.order.expires_at + timedelta(minutes=1))

    order = Order.objects.get()
    variant = order.seller_orders.get().lines.get().variant
    assert order.status == OrderStatus.CANCELLED
    assert variant.reserved == 0
    # It is honoured all the same when the payment is told, while there is stock.
    settlement.refresh(payment_id=paid.pk, at=clock.now())
    assert Order.objects.get().status == OrderStatus.PAID


@pytest.fixture
def planned(market_day):
    shop = market.shop()
    market.take_in_topups()
    market.ship(market.buy(market.cart((market.variant(shop, price_amount=1995), 3))))
    releases.release_sellers(at=market.advance(8 * market.DAY))
    return Transfer.objects.get()


def calls() -> list[str]:
    return [
        line["outcome"]
        for line in sandbox_control.journal()
        if line["path"] == "/v1/transfers"
    ]


def test_two_senders_without_the_claim_both_ask_and_only_the_key_saves_the_money(
    planned, at_once
):
    """The harm: with the compare-and-set off every sender calls; were the keys its
    own, as the SDK's are by default, each call would be money.
    """
    together = threading.Barrier(4)

    def claim_all(transfer, *, at):
        # Before the row changes: a late one must still find it planned.
        together.wait(timeout=60)
        transfer.status = TransferStatus.SUBMITTED
        transfer.claimed_at = time.monotonic()
        Transfer.objects.filter(pk=transfer.pk).update(
            status=TransferStatus.SUBMITTED, submitted_at=at
        )
        return True

    with mock.patch.object(asking, "claim", claim_all):
        at_once(4, lambda n: transfers.send(transfer_id=planned.pk, at=clock.now()).pk)

    assert len(calls()) > 1
    assert calls().count("executed") == 1
    transfers.resolve(at=market.advance(timedelta(minutes=5)))


def test_many_senders_of_one_transfer_make_one_call(planned, at_once):
    at = clock.now()

    at_once(THREADS, lambda n: transfers.send(transfer_id=planned.pk, at=at).pk)

    planned.refresh_from_db()
    assert planned.status == TransferStatus.SENT
    assert calls() == ["executed"]
    assert entries("transfer_sent") == 1


def test_many_resolvers_of_one_lost_answer_make_one_transfer(planned, at_once):
    sandbox_control.arm_fault(match="POST /v1/transfers", do="timeout_after_commit")
    transfers.send(transfer_id=planned.pk, at=clock.now())
    at = market.advance(timedelta(minutes=5))

    at_once(THREADS, lambda n: transfers.resolve(at=at))

    planned.refresh_from_db()
    assert planned.status == TransferStatus.SENT
    assert calls().count("executed") == 1
    assert entries("transfer_sent") == 1


def test_releases_at_once_release_once(market_day, at_once):
    shop = market.shop()
    market.ship(market.buy(market.cart((market.variant(shop, price_amount=1995), 3))))
    at = market.advance(8 * market.DAY)

    outcomes = at_once(THREADS, lambda n: releases.release_sellers(at=at))

    assert outcomes == {1: 1, 0: THREADS - 1}
    assert entries("seller_release") == Transfer.objects.count() == 1


@pytest.fixture
def earned(market_day, settings):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    shop = market.shop()
    nina = market.creator(shop)
    market.take_in_topups()
    variant = market.variant(shop, price_amount=1995)
    for number in range(3):
        buyer = market.buyer(email=f"b{number}@example.com")
        market.ship(market.buy(market.cart((variant, 3, nina)), buyer))
    return nina


def test_payout_runs_started_at_once_are_one_run_that_pays_once(earned, at_once):
    at = market.advance(16 * market.DAY)
    cut_off_at = at.replace(hour=0, minute=0, second=0, microsecond=0)

    def start(number):
        payout_runs.start(currency="EUR", cut_off_at=cut_off_at, at=at)
        return "started"

    assert at_once(THREADS, start) == {"started": 1, "RunExists": THREADS - 1}
    jobs.drain()

    assert PayoutRun.objects.count() == 1
    assert PayoutItem.objects.get().amount == 3 * 618
    assert calls() == ["executed"]


def test_two_runs_with_two_cut_offs_at_once_do_not_take_the_same_balance(
    earned, at_once
):
    at = market.advance(16 * market.DAY)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)

    def start(number):
        cut_off_at = midnight - number * market.DAY / 24
        payout_runs.start(currency="EUR", cut_off_at=cut_off_at, at=at)
        return "started"

    assert at_once(4, start) == {"started": 4}
    jobs.drain()

    assert sum(PayoutItem.objects.values_list("amount", flat=True)) == 3 * 618
    assert ledger.balances()[f"creator_payable:{earned.public_id}:EUR"] == 0


def test_without_the_payees_lock_two_runs_take_the_same_balance(earned, at_once):
    """The harm: both read 1,854 before either has taken it."""
    at = market.advance(16 * market.DAY)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    runs = [
        payout_runs.compute(
            currency="EUR",
            cut_off_at=midnight - number * market.DAY,
            schedule="manual",
            at=at,
        )
        for number in range(2)
    ]
    both_read = threading.Barrier(2)
    read = figures.read

    def read_together(**asked):
        rows = read(**asked)
        both_read.wait(timeout=20)
        return rows

    taken = []

    def execute(number):
        with transaction.atomic():
            executing._carry_out(runs[number], approved_by="policy", at=at)
            taken.append(runs[number].items.get().amount)
            transaction.set_rollback(True)
        return "taken"

    with (
        mock.patch.object(figures, "lock", return_value=None),
        mock.patch.object(figures, "read", read_together),
    ):
        assert at_once(2, execute) == {"taken": 2}

    assert taken == [3 * 618, 3 * 618]
