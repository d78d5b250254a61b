"""Sent transfers taken back: planned, sent once, in doubt, refused, made by hand."""

from datetime import timedelta

import pytest

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from payouts.models import (
    AccountKind,
    EntryKind,
    Netting,
    Posting,
    Reversal,
    Transfer,
    WriteOff,
)
from payouts.services import disputes as service
from payouts.services import (
    holds,
    ledger,
    party_accounts,
    reversal_sending,
    reversals,
)
from tests.factories import disputes, market

pytestmark = pytest.mark.django_db

SEND = "POST /v1/transfers/*"


@pytest.fixture
def sold(books):
    """One order of 200.00 and 4.95 delivery, sent to its seller."""
    market.take_in_topups()
    shop = market.shop()
    variant = market.variant(shop, price_amount=10_000)
    order = market.buy(market.cart((variant, 2)))
    market.ship(order)
    market.release_sellers()
    return order


@pytest.fixture
def transfer(sold):
    return Transfer.objects.get()


def names(order):
    return {order.seller_orders.get().shop.public_id: "S"}


def drain_party(transfer) -> None:
    """Let the party's bank receive all there is."""
    sandbox_control.pay_out(transfer.destination, transfer.currency)


def lose(order, **how):
    """Let an order be disputed and lost; what that promises is done by the caller."""
    dispute_id = disputes.open_(order, **how)
    sandbox_control.close_dispute(dispute_id, "lost")
    return service.refresh(provider_id=dispute_id, at=clock.now())


def sent_in_journal() -> list[int]:
    return [
        line["request"]["amount"]
        for line in sandbox_control.journal()
        if line["path"].endswith("/reversals") and line["outcome"] == "executed"
    ]


def test_a_lost_dispute_takes_the_transfer_of_its_sale_back(sold, transfer):
    dispute = lose(sold)

    planned = Reversal.objects.get()
    assert (planned.status, planned.amount, planned.transfer, planned.dispute) == (
        "planned",
        transfer.amount,
        transfer,
        dispute,
    )
    # Spoken for: it is not netted as well.
    assert disputes.balances(names(sold))["receivable:S"] == -transfer.amount
    jobs.drain()

    planned.refresh_from_db()
    assert planned.status == "sent"
    assert sent_in_journal() == [transfer.amount]
    assert "receivable:S" not in disputes.balances(names(sold))


@pytest.mark.parametrize("fault", ["timeout_after_commit", "timeout_before"])
def test_a_lost_answer_is_unknown_and_resolved_to_exactly_one_reversal(
    sold, transfer, fault
):
    lose(sold)
    sandbox_control.arm_fault(match=SEND, do=fault)
    jobs.drain()

    reversal = Reversal.objects.get()
    assert reversal.status == "unknown"
    reversal_sending.resolve(at=market.advance(timedelta(minutes=5)))
    reversal_sending.resolve(at=clock.now())

    reversal.refresh_from_db()
    assert (reversal.status, reversal.attempt) == ("sent", 1)
    assert sent_in_journal() == [transfer.amount]


@pytest.mark.parametrize(("fault", "attempt"), [("500_after", 1), ("500_before", 2)])
def test_a_stored_failure_is_looked_up_and_only_then_asked_anew(
    sold, transfer, fault, attempt
):
    lose(sold)
    sandbox_control.arm_fault(match=SEND, do=fault)
    jobs.drain()
    for _ in range(3):
        reversal_sending.resolve(at=market.advance(timedelta(minutes=5)))

    reversal = Reversal.objects.get()
    assert (reversal.status, reversal.attempt) == ("sent", attempt)
    assert sent_in_journal() == [transfer.amount]


def test_past_the_life_of_keys_a_reversal_is_looked_up_first(sold, transfer):
    lose(sold)
    sandbox_control.arm_fault(match=SEND, do="timeout_after_commit")
    jobs.drain()

    reversal_sending.resolve(at=market.advance(timedelta(hours=25)))

    assert Reversal.objects.get().status == "sent"
    assert sent_in_journal() == [transfer.amount]


def test_a_notice_may_be_faster_than_the_lost_answer(sold, deliver):
    lose(sold)
    sandbox_control.arm_fault(match=SEND, do="timeout_after_commit")
    jobs.drain()

    deliver(copies=2)

    reversal = Reversal.objects.get()
    assert (reversal.status, reversal.is_external) == ("sent", False)
    assert Posting.objects.filter(entry__kind=EntryKind.REVERSAL_SENT).count() == 1


def test_a_busy_provider_leaves_the_reversal_planned(sold):
    lose(sold)
    sandbox_control.arm_fault(match=SEND, do="429")
    jobs.drain()
    assert Reversal.objects.get().status == "planned"

    reversal_sending.send_planned(at=market.advance(timedelta(seconds=2)))

    assert Reversal.objects.get().status == "sent"


def test_an_empty_account_leaves_a_debt_that_the_next_sale_makes_good(sold, transfer):
    """The balance was paid to the bank: nothing can be taken back any more."""
    drain_party(transfer)
    lose(sold)
    jobs.drain()

    reversal = Reversal.objects.get()
    assert (reversal.status, reversal.failure_code) == (
        "failed",
        "balance_insufficient",
    )
    assert disputes.balances(names(sold))["receivable:S"] == -transfer.amount
    assert not Netting.objects.exists()

    shop = sold.seller_orders.get().shop
    variant = shop.products.get().variants.get()
    second = market.buy(
        market.cart((variant, 3)), market.buyer(email="second@example.com")
    )
    market.ship(second)
    market.release_sellers()

    earned = Posting.objects.get(
        entry__kind=EntryKind.SELLER_RELEASE,
        entry__order_reference=second.public_id,
    ).amount
    netting = Netting.objects.get()
    assert (netting.amount, netting.seller_order) == (
        transfer.amount,
        second.seller_orders.get(),
    )
    sent = Transfer.objects.exclude(pk=transfer.pk).get()
    assert (sent.amount, sent.status) == (earned - transfer.amount, "sent")
    assert "receivable:S" not in disputes.balances(names(sold))
    # Refused once, it is not tried again: it was netted.
    assert sent_in_journal() == []


def test_a_reversal_whose_debt_went_meanwhile_is_not_asked_for(sold, transfer):
    """Staff wrote the debt off in the moment before it was sent."""
    lose(sold)
    account = transfer.account
    ledger.post(
        kind=EntryKind.CORRECTION,
        reference="staff",
        currency="EUR",
        moves=[
            ledger.Move(
                ledger.Name(AccountKind.BAD_DEBT),
                party_accounts.receivable_name(account),
                transfer.amount,
            )
        ],
        at=clock.now(),
    )

    jobs.drain()

    reversal = Reversal.objects.get()
    assert (reversal.status, reversal.failure_code) == (
        "failed",
        reversals.NO_LONGER_OWED,
    )
    assert sent_in_journal() == []


def test_never_more_is_planned_than_is_not_reversed_yet(sold, transfer):
    sandbox_control.reverse_from_dashboard(transfer.provider_id, 1_000)
    reversal_sending.adopt(transfer=transfer, at=clock.now())
    lose(sold)

    planned = Reversal.objects.get(is_external=False)

    # The 1 000 made by hand are payable to him and were taken first.
    assert planned.amount == transfer.amount - 1_000
    jobs.drain()
    assert "receivable:S" not in disputes.balances(names(sold))
    assert reversals.unreversed_amount(transfer) == 0


def test_a_reversal_made_by_hand_pays_what_is_owed_first(sold, transfer, deliver):
    drain_party(transfer)
    lose(sold)
    jobs.drain()
    sandbox_control.switch("reversals", "lenient")
    deliver()

    sandbox_control.reverse_from_dashboard(transfer.provider_id, 2_000)
    deliver(copies=2)

    made = Reversal.objects.get(is_external=True)
    assert (made.status, made.amount) == ("sent", 2_000)
    left = disputes.balances(names(sold))
    assert left["receivable:S"] == -(transfer.amount - 2_000)
    assert "seller_payable:S" not in left


def test_a_reversal_made_by_hand_of_what_was_not_owed_is_payable_again(
    sold, transfer, deliver
):
    """The money is his. It is not sent again before a person has looked at it."""
    deliver()
    sandbox_control.reverse_from_dashboard(transfer.provider_id, 2_000)
    deliver(copies=2)

    left = disputes.balances(names(sold))
    assert left["seller_payable:S"] == 2_000
    assert "receivable:S" not in left
    hold = transfer.account.holds.get()
    assert "by hand" in hold.reason
    disputes.send_waiting()
    assert disputes.balances(names(sold))["seller_payable:S"] == 2_000

    holds.lift(hold=hold, reason="A mistake of ours", actor="7", at=clock.now())
    disputes.send_waiting()

    again = Transfer.objects.exclude(pk=transfer.pk).get()
    assert (again.kind, again.amount, again.status) == ("restored", 2_000, "sent")


def test_a_debt_above_the_most_falls_on_the_platform(sold, transfer, settings):
    settings.MAX_DEBT_AMOUNTS = {"seller": {"EUR": 5_000}, "creator": {}}
    drain_party(transfer)
    lose(sold)
    jobs.drain()

    written = WriteOff.objects.get()
    left = disputes.balances(names(sold))
    assert left["receivable:S"] == -5_000
    assert left["bad_debt"] == -(transfer.amount - 5_000)
    assert (written.amount, written.is_policy, written.status) == (
        transfer.amount - 5_000,
        True,
        "approved",
    )
