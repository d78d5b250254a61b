"""Disputes: what they freeze, when the money leaves and comes back, who bears it."""

from datetime import timedelta

import pytest
from django.db import transaction

from marketplace import gateway
from marketplace.gateway import sandbox_control, sandbox_outside
from marketplace.kit import clock, jobs
from marketplace.webhooks import handlers
from marketplace.webhooks.models import StripeEvent
from orders.services import checkout
from payouts.models import Dispute, Entry, EntryKind, ReversedShare, Transfer
from payouts.services import disputes as service
from payouts.services import freezes, releases, settlement, transfers
from tests.factories import disputes, market

pytestmark = pytest.mark.django_db

GOODS, DELIVERY = 20_000, 495
SELLER, CREATOR, PLATFORM = 14_132, 2_066, 1_653


@pytest.fixture
def sold(books):
    """Two units of 100.00 and 4.95 delivery, 21 % tax inside, a creator at 12.5 %."""
    market.take_in_topups()
    shop = market.shop()
    creator = market.creator(shop)
    variant = market.variant(shop, price_amount=10_000)
    return market.buy(market.cart((variant, 2, creator)))


@pytest.fixture
def sent(sold):
    """The same, shipped and sent to the seller; the creator's share is held."""
    market.ship(sold)
    market.release_sellers()
    return sold


def named(order):
    shop = order.seller_orders.get().shop
    creator = order.seller_orders.get().lines.get().creator
    return {shop.public_id: "S", creator.public_id: "C"}


def events(kind: str) -> list[str]:
    return list(
        StripeEvent.objects.filter(type__startswith=kind)
        .order_by("type")
        .values_list("type", flat=True)
    )


def test_the_money_leaves_when_stripe_takes_it_and_nothing_is_taken_from_anyone(sold):
    before = disputes.balances(named(sold))

    dispute = disputes.opened(sold)

    after = disputes.balances(named(sold))
    assert after == before | {
        "stripe_balance": before["stripe_balance"] + 20_495 + 1_500,
        "dispute_clearing": -20_495,
        "dispute_fee": -1_500,
    }
    assert (dispute.status, dispute.amount, dispute.currency) == (
        "needs_response",
        20_495,
        "EUR",
    )
    assert dispute.closed_at is None
    assert not ReversedShare.objects.exists()


def test_a_disputed_order_releases_and_sends_nothing_until_it_is_won(sold):
    market.ship(sold)
    dispute = disputes.opened(sold)

    # Past both holds, and before the bank's patience ends.
    at = market.advance(13 * market.DAY)
    releases.release_sellers(at=at)
    releases.release_creators(at=at, before=at)
    releases.plan_waiting(at=at)
    jobs.drain()

    assert service.is_frozen(sold)
    assert not Transfer.objects.exists()
    assert not Entry.objects.filter(kind=EntryKind.SELLER_RELEASE).exists()
    assert not Entry.objects.filter(kind=EntryKind.CREATOR_RELEASE).exists()

    dispute = disputes.decided(dispute, "won")
    assert (dispute.status, service.is_frozen(sold)) == ("won", False)
    at = market.advance(2 * market.DAY)
    releases.release_sellers(at=at)
    releases.release_creators(at=at, before=at)
    jobs.drain()

    assert [row.status for row in Transfer.objects.all()] == ["sent"]
    assert Entry.objects.filter(kind=EntryKind.CREATOR_RELEASE).count() == 1


def test_what_is_lost_during_the_hold_comes_out_of_what_is_held(sold):
    dispute = disputes.decided(disputes.opened(sold), "lost")

    left = disputes.balances(named(sold))
    assert {
        name: left[name] for name in left if name not in ("bank", "stripe_balance")
    } == {
        "processing_fee": left["processing_fee"],
        "dispute_fee": -1_500,
    }
    assert dispute.lost_at is not None
    shares = ReversedShare.objects.filter(dispute=dispute)
    assert all(
        share.from_held_amount == share.amount
        for share in shares
        if share.role in ("seller", "creator")
    )


def test_a_planned_transfer_of_a_disputed_order_goes_back_to_payable(sold):
    market.ship(sold)
    at = market.advance(8 * market.DAY)
    releases.release_sellers(at=at)
    planned = Transfer.objects.get()
    dispute_id = disputes.open_(sold)
    service.refresh(provider_id=dispute_id, at=at)

    jobs.drain()

    planned.refresh_from_db()
    assert (planned.status, planned.failure_code) == ("failed", "disputed")
    names = named(sold)
    assert disputes.balances(names)["seller_payable:S"] == planned.amount
    assert "clearing_transfer" not in disputes.balances(names)
    disputes.send_waiting()
    assert Transfer.objects.count() == 1

    disputes.decided(Dispute.objects.get(), "won")
    disputes.send_waiting()

    again = Transfer.objects.exclude(pk=planned.pk).get()
    assert (again.kind, again.status, again.amount) == (
        "seller",
        "sent",
        planned.amount,
    )


def test_a_transfer_in_doubt_when_the_dispute_opens_is_looked_up_and_taken_back(sold):
    market.ship(sold)
    at = market.advance(8 * market.DAY)
    releases.release_sellers(at=at)
    sandbox_control.arm_fault(match="POST /v1/transfers", do="timeout_after_commit")
    jobs.drain()
    transfer = Transfer.objects.get()
    assert transfer.status == "unknown"

    dispute = disputes.decided(disputes.opened(sold), "lost")
    assert dispute.lost_at is not None
    names = named(sold)
    assert disputes.balances(names)["receivable:S"] == -transfer.amount
    transfers.resolve(at=market.advance(timedelta(minutes=5)))
    jobs.drain()

    transfer.refresh_from_db()
    assert transfer.status == "sent"
    assert [(row.amount, row.status) for row in transfer.reversals.all()] == [
        (transfer.amount, "sent")
    ]
    assert "receivable:S" not in disputes.balances(names)


def test_a_part_that_is_disputed_is_borne_in_proportion(sent):
    before = disputes.balances(named(sent))
    dispute = disputes.decided(disputes.opened(sent, amount=10_000), "lost")

    shares = ReversedShare.objects.filter(dispute=dispute)
    taken = sum(share.amount for share in shares if share.role != "subsidy")
    assert taken == 10_000
    assert not freezes.is_frozen(sent)
    disputes.appealed(dispute)
    disputes.send_waiting()

    after = disputes.balances(named(sent))
    fee = {"dispute_fee": -1_500, "stripe_balance": before["stripe_balance"] + 1_500}
    assert after == before | fee


def test_an_inquiry_moves_no_money_but_holds_it_back(sold):
    before = disputes.balances(named(sold))
    market.ship(sold)

    dispute = disputes.opened(sold, inquiry=True)
    releases.release_sellers(at=market.advance(9 * market.DAY))

    assert dispute.status == "warning_needs_response"
    assert disputes.balances(named(sold)) == before
    assert service.is_frozen(sold)
    assert not freezes.blocks_refund(sold)

    dispute = disputes.decided(dispute, "warning_closed")

    assert dispute.closed_at is not None
    assert not service.is_frozen(sold)
    assert disputes.balances(named(sold)) == before


def test_an_inquiry_that_becomes_a_dispute_takes_the_money(sold):
    dispute = disputes.decided(disputes.opened(sold, inquiry=True), "escalated")

    assert dispute.status == "needs_response"
    assert disputes.balances(named(sold))["dispute_clearing"] == -20_495
    assert freezes.blocks_refund(sold)


def test_a_prevented_dispute_is_borne_as_its_balance_lines_say(sold):
    dispute = disputes.opened(sold, prevented=True)

    assert (dispute.status, dispute.closed_at is None) == ("prevented", False)
    left = disputes.balances(named(sold))
    assert "dispute_clearing" not in left
    assert "dispute_fee" not in left
    assert not [name for name in left if name.endswith((":S", ":C"))]
    assert dispute.lost_at is not None


def test_money_that_came_too_late_and_is_disputed_is_the_buyers_own(books):
    """What we owed him the bank has paid him: nobody else bears it."""
    market.take_in_topups()
    shop = market.shop()
    variant = market.variant(shop, price_amount=10_000, stock=1)
    order = market.place(market.cart((variant, 1)))
    payment = market.open_page(order)
    market.pay(payment)
    facts = market.facts_of(payment)
    checkout.cancel(order_id=order.pk, at=clock.now())
    market.buy(market.cart((variant, 1)), market.buyer(email="second@example.com"))
    settlement.settle(payment_id=payment.pk, facts=facts, at=clock.now())
    assert disputes.balances()["buyer_refund_due"] == 10_495

    disputes.decided(disputes.opened(order), "lost")

    left = disputes.balances()
    assert "buyer_refund_due" not in left
    assert "dispute_clearing" not in left
    assert "dispute_loss" not in left


def test_a_dispute_of_another_platforms_payment_is_not_ours(books):
    shop = market.shop()
    order = market.buy(market.cart((market.variant(shop, price_amount=5_000), 1)))
    dispute_id = disputes.open_(order)
    facts = gateway.fetch_dispute(dispute_id=dispute_id)
    stranger = type(facts)(
        **{name: getattr(facts, name) for name in facts.__slots__}
        | {"charge_id": "ch_other", "payment_intent_id": "pi_other"}
    )

    with pytest.raises(service.UnknownPayment):
        service.apply(facts=stranger, at=clock.now())

    assert not Dispute.objects.exists()


def in_every_order(steps, take):
    """Take the steps in each order there is, and give it when it is done. Orders that
    begin alike share what came of their beginning.
    """
    if not steps:
        yield
    for number, step in enumerate(steps):
        before = transaction.savepoint()
        take(step)
        yield from in_every_order([*steps[:number], *steps[number + 1 :]], take)
        transaction.savepoint_rollback(before)


def test_all_120_orders_of_five_notices_end_in_the_same_books(sent, deliver):
    """Opened, taken, answered, decided, given back: each of them makes us fetch."""
    deliver()
    dispute_id = disputes.open_(sent)
    gateway.submit_evidence(
        dispute_id=dispute_id,
        evidence={"uncategorized_text": "winning_evidence"},
        submit=True,
        key="evidence",
    )
    notices = sandbox_control.pending()
    assert sorted({one["type"] for one in notices}) == [
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
    ]

    def hear(notice) -> None:
        event = StripeEvent(type=notice["type"], object_id=dispute_id)
        handlers.HANDLERS[event.type](event=event, at=clock.now())

    ends = []
    for _order in in_every_order(notices, hear):
        ends.append(tuple(sorted(disputes.balances(named(sent)).items())))
        dispute = Dispute.objects.get()
        assert (dispute.status, dispute.closed_at is None) == ("won", False)
    assert (len(ends), len(set(ends))) == (120, 1)


def test_a_slow_worker_does_not_put_an_older_state_over_a_newer_one(sent):
    """What was fetched at five moments of a life is applied in all 120 orders."""
    names = named(sent)
    stages = []
    dispute_id = disputes.open_(sent)

    def note() -> None:
        at = market.advance(timedelta(minutes=1))
        stages.append((gateway.fetch_dispute(dispute_id=dispute_id), at))

    note()
    gateway.submit_evidence(
        dispute_id=dispute_id, evidence={"receipt": ""}, submit=False, key="nothing"
    )
    note()
    sandbox_outside.close_dispute(dispute_id, "lost")
    note()
    sandbox_outside.appeal_dispute(dispute_id)
    note()
    sandbox_outside.close_dispute(dispute_id, "won")
    note()
    ends = []
    for _order in in_every_order(
        stages, lambda stage: service.apply(facts=stage[0], at=stage[1])
    ):
        dispute = Dispute.objects.get()
        assert dispute.status == "won"
        assert dispute.closed_at is not None
        left = disputes.balances(names)
        ends.append(
            ("dispute_clearing" in left, left["dispute_fee"], left["creator_held:C"])
        )
    assert len(ends) == 120
    assert set(ends) == {(False, -1_500, CREATOR)}


def test_a_dispute_that_nobody_told_us_of_is_found(sold):
    dispute_id = disputes.open_(sold)

    service.poll(at=clock.now())

    assert Dispute.objects.get().provider_id == dispute_id
    sandbox_outside.close_dispute(dispute_id, "lost")
    service.poll(at=market.advance(10 * market.DAY))
    assert Dispute.objects.get().lost_at is not None
    sandbox_outside.appeal_dispute(dispute_id)
    sandbox_outside.close_dispute(dispute_id, "won")
    service.poll_lost(at=market.advance(10 * market.DAY))
    assert Dispute.objects.get().restored_at is not None


def test_notices_of_a_dispute_arrive_twice_and_are_booked_once(sent, deliver):
    deliver()
    dispute_id = disputes.open_(sent)
    deliver(copies=2)
    sandbox_outside.close_dispute(dispute_id, "lost")
    deliver(copies=2)

    assert Entry.objects.filter(kind=EntryKind.DISPUTE).count() == 1
    assert Entry.objects.filter(kind=EntryKind.DISPUTE_LOST).count() == 1
    assert Entry.objects.filter(kind=EntryKind.REVERSAL_SENT).count() == 1
    assert set(events("charge.dispute")) == {
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    }
    assert not StripeEvent.objects.exclude(status="done").exclude(status="ignored")


def test_an_appeal_that_is_lost_changes_nothing(sent):
    dispute = disputes.decided(disputes.opened(sent), "lost")
    after = disputes.balances(named(sent))

    dispute = disputes.appealed(dispute, "lost")

    assert disputes.balances(named(sent)) == after
    assert dispute.closed_at is not None
