import threading

import pytest
import stripe

DAY = 86_400


@pytest.fixture
def party(world):
    return world.account()


def sent(world, party, amount=5_368, charge=None, **more):
    params = {"amount": amount, "currency": "eur", "destination": party, **more}
    if charge is not None:
        params["source_transaction"] = charge.id
    return world.v1.transfers.create(params)


def spend(world, party, amount):
    """Pay a party's balance out to its bank."""
    params = {"amount": amount, "currency": "eur"}
    world.v1.payouts.create(params, {"stripe_account": party})


def reverse(world, transfer, amount=None, key=None, **more):
    params = {**({} if amount is None else {"amount": amount}), **more}
    options = {"idempotency_key": key} if key else {}
    return world.v1.transfers.reversals.create(transfer.id, params, options)


def refused(world, transfer, *given, **more):
    """Return the refusal, having checked that nothing changed."""
    before = world.balance(), world.balance(account=transfer.destination)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        reverse(world, transfer, *given, **more)
    assert (world.balance(), world.balance(account=transfer.destination)) == before
    assert world.v1.transfers.retrieve(transfer.id).amount_reversed == (
        transfer.amount_reversed
    )
    return refusal.value


def events(world):
    return [
        event.type
        for event in reversed(world.v1.events.list({"limit": 100}).data)
        if event.type.startswith("transfer.")
    ]


def test_part_of_a_transfer_comes_back(world, party):
    transfer = sent(world, party)

    made = reverse(world, transfer, 1_624, metadata={"reference": "rev_1"})

    assert made.id.startswith("trr_1")
    assert (made.amount, made.currency, made.transfer) == (1_624, "eur", transfer.id)
    assert made.metadata.to_dict() == {"reference": "rev_1"}
    assert world.balance() == (1_000_000 - 5_368 + 1_624, 0)
    assert world.balance(account=party) == (5_368 - 1_624, 0)
    line = world.v1.balance_transactions.retrieve(made.balance_transaction)
    assert (line.type, line.reporting_category) == (
        "transfer_refund",
        "transfer_reversal",
    )
    assert (line.amount, line.fee, line.net, line.source) == (1_624, 0, 1_624, made.id)
    now = world.v1.transfers.retrieve(transfer.id)
    assert (now.amount_reversed, now.reversed) == (1_624, False)
    assert [one.id for one in now.reversals.data] == [made.id]
    assert events(world) == [
        "transfer.created",
        "transfer.updated",
        "transfer.reversed",
    ]


def test_destination_sees_a_refund_of_its_payment(world, party):
    transfer = sent(world, party)
    there = {"stripe_account": party}

    made = reverse(world, transfer, 1_624)

    payment = world.v1.charges.retrieve(transfer.destination_payment, {}, there)
    assert (payment.amount_refunded, payment.refunded) == (1_624, False)
    lines = world.v1.balance_transactions.list({}, there).data
    assert [(line.type, line.amount, line.source) for line in lines] == [
        ("payment_refund", -1_624, made.destination_payment_refund),
        ("payment", 5_368, payment.id),
    ]


def test_without_an_amount_all_that_is_left_comes_back(world, party):
    transfer = sent(world, party)
    reverse(world, transfer, 368)

    assert reverse(world, transfer).amount == 5_000

    now = world.v1.transfers.retrieve(transfer.id)
    assert (now.amount_reversed, now.reversed) == (5_368, True)
    assert world.balance() == (1_000_000, 0)
    assert world.balance(account=party) == (0, 0)
    assert events(world)[-1] == "transfer.reversed"


def test_more_than_is_left_is_refused(world, party):
    transfer = sent(world, party)
    reverse(world, transfer, 5_000)
    transfer = world.v1.transfers.retrieve(transfer.id)

    assert "3.68 EUR" in str(refused(world, transfer, 369))
    reverse(world, transfer, 368)
    transfer = world.v1.transfers.retrieve(transfer.id)

    assert "already fully reversed" in str(refused(world, transfer, 1))


@pytest.mark.parametrize("amount", [0, -1])
def test_amount_is_positive(world, party, amount):
    assert refused(world, sent(world, party), amount).param == "amount"


def test_destination_that_has_spent_it_is_short(world, party):
    transfer = sent(world, party, 618)
    reverse(world, sent(world, party, 100), 100)
    spend(world, party, 600)

    refusal = refused(world, transfer, 19)

    assert (refusal.code, refusal.http_status) == ("balance_insufficient", 400)
    assert "0.18 EUR available" in str(refusal)
    assert reverse(world, transfer, 18).amount == 18


def test_lenient_switch_lets_the_destination_go_below_zero(world, party):
    transfer = sent(world, party, 618)
    spend(world, party, 618)
    world.control("POST", "switches/reversals", value="lenient")

    reverse(world, transfer)

    assert world.balance(account=party) == (-618, 0)
    world.control("POST", "switches/reversals", value="strict")
    refused(world, sent(world, party, 100))


def test_pending_transfer_is_reversed_out_of_what_is_pending(world, party):
    charge = world.paid()
    transfer = sent(world, party, 5_368, charge)

    reverse(world, transfer, 1_624)

    assert world.balance() == (1_000_000, 8_580 - 5_368 + 1_624)
    assert world.balance(account=party) == (0, 5_368 - 1_624)
    world.advance(2 * DAY)
    assert world.balance() == (1_000_000 + 8_580 - 5_368 + 1_624, 0)


def test_reversed_money_is_not_free_for_another_transfer_of_the_charge(world, party):
    charge = world.paid()
    reverse(world, sent(world, party, 8_736, charge))

    with pytest.raises(stripe.InvalidRequestError, match=r"0\.00 EUR is left"):
        sent(world, party, 1, charge)


def test_one_key_reverses_once(world, party):
    transfer = sent(world, party)

    made = reverse(world, transfer, 100, key="trr:1")
    again = reverse(world, transfer, 100, key="trr:1")

    assert again.id == made.id
    assert world.balance(account=party) == (5_268, 0)


def test_parallel_reversals_never_take_more_than_the_transfer(world, party):
    transfer = sent(world, party)
    outcomes = []

    def take(number):
        try:
            outcomes.append(reverse(world, transfer, 1_000, key=f"trr:{number}").amount)
        except stripe.InvalidRequestError:
            outcomes.append(None)

    threads = [threading.Thread(target=take, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes, key=str) == [1_000] * 5 + [None] * 15
    assert world.balance(account=party) == (368, 0)
    assert world.balance() == (1_000_000 - 368, 0)


def test_reversals_are_listed_and_retrieved(world, party):
    transfer, other = sent(world, party), sent(world, party)
    made = [reverse(world, transfer, 1).id for _ in range(12)]
    reverse(world, other, 1)

    listed = world.v1.transfers.reversals.list(transfer.id, {"limit": 5})
    shown = world.v1.transfers.retrieve(transfer.id).reversals
    one = world.v1.transfers.reversals.retrieve(transfer.id, made[0])

    assert [item.id for item in listed.auto_paging_iter()] == made[::-1]
    assert ([item.id for item in shown.data], shown.has_more) == (made[:1:-1], True)
    assert (one.id, one.amount) == (made[0], 1)
    with pytest.raises(stripe.InvalidRequestError, match="No such transfer reversal"):
        world.v1.transfers.reversals.retrieve(other.id, made[0])


def test_transfer_that_is_not_there_cannot_be_reversed(world):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        world.v1.transfers.reversals.create("tr_none", {})

    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_restricted_destination_can_still_give_back(world, party):
    transfer = sent(world, party, 618)
    world.control("POST", f"accounts/{party}/onboard", outcome="restrict")

    assert reverse(world, transfer).amount == 618


def test_transfer_and_reversal_by_hand_carry_no_label(world, party):
    made = world.control(
        "POST", "transfers", destination=party, amount=250, currency="eur"
    )
    back = world.control("POST", f"transfers/{made['id']}/reversals", amount=50)

    assert (made["amount"], made["metadata"]) == (250, {})
    assert (back["amount"], back["transfer"]) == (50, made["id"])
    assert world.balance(account=party) == (200, 0)
    assert world.outcomes("/_sandbox/transfers") == ["executed"]
