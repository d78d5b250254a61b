"""Transfers taken back, and what is found of transfers and reversals afterwards."""

import datetime

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from tests.marketplace.gateway import asking, moving

pytestmark = pytest.mark.usefixtures("sandbox")


def reversal(transfer, **more):
    given = {
        "reference": "rev_1",
        "transfer_id": transfer.transfer_id,
        "amount": 1_624,
        "currency": "EUR",
        **more,
    }
    return gateway.ReversalRequest(**given)


def send(request, key=None):
    return gateway.send_reversal(request=request, key=key or asking.key())


def test_part_of_a_transfer_comes_back_and_is_found_by_reference():
    transfer = moving.sent(moving.party())

    made = send(reversal(transfer))

    assert made == gateway.ReversalFacts(
        reversal_id=made.reversal_id,
        transfer_id=transfer.transfer_id,
        reference="rev_1",
        amount=1_624,
        currency="EUR",
        balance_line_id=made.balance_line_id,
        created_at=made.created_at,
    )
    assert made.balance_line_id is not None
    where = {"transfer_id": transfer.transfer_id}
    assert gateway.find_reversal(reference="rev_1", **where) == made
    assert gateway.find_reversal(reference="rev_2", **where) is None
    assert gateway.reversals_of(**where) == [made]
    assert gateway.fetch_transfer(**where).reversed_amount == 1_624
    assert moving.available() == 1_000_000 - 5_368 + 1_624


def test_one_key_takes_it_back_once_even_when_the_answer_was_lost():
    transfer = moving.sent(moving.party())
    path = f"/v1/transfers/{transfer.transfer_id}/reversals"
    sandbox_control.arm_fault(match=f"POST {path}", do="timeout_after_commit")
    key = asking.key()

    with pytest.raises(gateway.OutcomeUnknown):
        send(reversal(transfer), key)
    made = send(reversal(transfer), key)

    assert gateway.reversals_of(transfer_id=transfer.transfer_id) == [made]
    assert moving.available() == 1_000_000 - 5_368 + 1_624


def test_more_than_is_left_is_refused():
    transfer = moving.sent(moving.party())
    send(reversal(transfer, amount=5_000))

    with pytest.raises(gateway.Refused):
        send(reversal(transfer, amount=369))

    found = gateway.fetch_transfer(transfer_id=transfer.transfer_id)
    assert found.reversed_amount == 5_000


def test_transfer_that_is_not_there_is_not_found():
    with pytest.raises(gateway.NotFound):
        gateway.fetch_transfer(transfer_id="tr_none")
    with pytest.raises(gateway.NotFound):
        gateway.reversals_of(transfer_id="tr_none")


def test_transfers_are_listed_since_a_moment_whoever_made_them():
    party = moving.party()
    first = moving.sent(party)
    sandbox_control.advance_clock(seconds=60)
    by_hand = sandbox_control.transfer_from_dashboard(
        account_id=party, amount=250, currency="EUR"
    )

    listed = gateway.list_transfers(since=first.created_at)

    assert [one.transfer_id for one in listed] == [by_hand, first.transfer_id]
    assert (listed[0].reference, listed[0].amount) == (None, 250)
    later = first.created_at + datetime.timedelta(seconds=30)
    assert [one.transfer_id for one in gateway.list_transfers(since=later)] == [by_hand]


def test_reversal_by_hand_has_no_reference():
    transfer = moving.sent(moving.party())

    made = sandbox_control.reverse_from_dashboard(
        transfer_id=transfer.transfer_id, amount=50
    )

    (found,) = gateway.reversals_of(transfer_id=transfer.transfer_id)
    assert (found.reversal_id, found.reference, found.amount) == (made, None, 50)


def test_lines_are_listed_by_type():
    transfer = moving.sent(moving.party())
    made = send(reversal(transfer))
    since = transfer.created_at

    lines = list(gateway.list_balance_lines(since=since, type="transfer_refund"))

    assert [(line.id, line.net_amount, line.source_id) for line in lines] == [
        (made.balance_line_id, 1_624, made.reversal_id)
    ]
