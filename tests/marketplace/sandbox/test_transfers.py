import pytest
import stripe


def transfer(world, destination, amount, charge=None, key=None, **more):
    params = {"amount": amount, "currency": "eur", "destination": destination, **more}
    if charge is not None:
        params["source_transaction"] = charge.id
    options = {"idempotency_key": key} if key else {}
    return world.v1.transfers.create(params, options)


def refused(world, *given, **more):
    """Return the refusal, having checked that no money moved."""
    before = world.balance()
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        transfer(world, *given, **more)
    assert world.balance() == before
    return refusal.value


def test_transfer_from_the_balance_moves_available_money_now(world):
    party = world.account()

    made = transfer(world, party, 618, transfer_group="run_1", metadata={"item": "7"})

    assert made.id.startswith("tr_1")
    assert (made.amount, made.currency, made.destination) == (618, "eur", party)
    assert (made.source_transaction, made.transfer_group) == (None, "run_1")
    assert made.metadata.to_dict() == {"item": "7"}
    assert (made.reversed, made.amount_reversed) == (False, 0)
    assert world.balance() == (999_382, 0)
    assert world.balance(account=party) == (618, 0)
    line = world.v1.balance_transactions.retrieve(made.balance_transaction)
    assert (line.type, line.amount, line.fee, line.net) == ("transfer", -618, 0, -618)
    assert line.source == made.id


def test_destination_gets_a_payment_with_its_own_line(world):
    party = world.account()
    made = transfer(world, party, 618)
    there = {"stripe_account": party}

    payment = world.v1.charges.retrieve(made.destination_payment, {}, there)

    assert payment.id.startswith("py_1")
    assert (payment.amount, payment.source_transfer) == (618, made.id)
    lines = world.v1.balance_transactions.list({}, there).data
    found = [(line.type, line.amount, line.fee, line.source) for line in lines]
    assert found == [("payment", 618, 0, payment.id)]
    with pytest.raises(stripe.InvalidRequestError, match="No such charge"):
        world.v1.charges.retrieve(payment.id)


def test_transfer_beyond_the_available_balance_is_refused(world):
    party = world.account()
    world.paid()

    refusal = refused(world, party, 1_000_001)

    assert refusal.code == "balance_insufficient"
    assert refusal.http_status == 400
    assert world.balance(account=party) == (0, 0)
    assert world.outcomes("/v1/transfers") == ["refused:balance_insufficient"]


def test_all_of_the_available_balance_can_go(world):
    transfer(world, world.account(), 1_000_000)

    assert world.balance() == (0, 0)


def test_transfer_from_a_pending_charge_waits_for_it_on_both_sides(world):
    party = world.account()
    charge = world.paid()

    made = transfer(world, party, 5_368, charge)

    assert made.source_transaction == charge.id
    assert made.transfer_group == "order_1"
    assert world.balance() == (1_000_000, 8_580 - 5_368)
    assert world.balance(account=party) == (0, 5_368)
    world.advance(2 * 86_400)
    assert world.balance() == (1_003_212, 0)
    assert world.balance(account=party) == (5_368, 0)


def test_transfer_from_an_available_charge_is_available_now(world):
    party = world.account()
    charge = world.paid()
    world.advance(3 * 86_400)

    transfer(world, party, 5_368, charge)

    assert world.balance(account=party) == (5_368, 0)


def test_transfers_of_one_charge_cannot_exceed_it(world):
    party = world.account()
    charge = world.paid()
    transfer(world, party, 5_368, charge)
    transfer(world, party, 3_368, charge)

    refusal = refused(world, party, 1, charge)

    assert "0.00 EUR is left" in str(refusal)
    assert world.balance(account=party) == (0, 8_736)


def test_one_transfer_cannot_exceed_the_charge(world):
    refusal = refused(world, world.account(), 8_737, world.paid())

    assert refusal.param == "amount"


def test_currency_must_be_the_charges(world):
    refusal = refused(world, world.account(), 100, world.paid(), currency="sek")

    assert refusal.param == "currency"


def test_a_failed_charge_gives_nothing(world):
    session = world.session()
    world.pay(session, "4000000000000002")
    charge = world.v1.charges.list().data[0]

    assert refused(world, world.account(), 100, charge).param == "source_transaction"


def test_a_payment_of_a_connected_account_is_no_source(world):
    party = world.account()
    made = transfer(world, party, 618)

    refusal = refused(world, party, 100, source_transaction=made.destination_payment)

    assert refusal.code == "resource_missing"


@pytest.mark.parametrize("outcome", [None, "incomplete"])
def test_destination_must_be_active(world, outcome):
    party = world.account(outcome=outcome)

    refusal = refused(world, party, 100)

    assert (refusal.code, refusal.param) == ("capability_not_active", "destination")


def test_restricted_destination_receives_nothing_more(world):
    party = world.account()
    transfer(world, party, 100)
    world.control("POST", f"accounts/{party}/onboard", outcome="restrict")

    assert refused(world, party, 100).code == "capability_not_active"
    assert world.balance(account=party) == (100, 0)


@pytest.mark.parametrize(
    ("platform", "party"), [("SE", "JP"), ("SE", "US"), ("JP", "SE")]
)
def test_other_regions_receive_nothing(make_world, platform, party):
    world = make_world(country=platform)
    account = world.account(country=party)

    assert refused(world, account, 100).code == "transfers_not_allowed"


def test_the_same_region_receives(make_world):
    world = make_world(country="SE")
    party = world.account(country="NL")

    assert transfer(world, party, 100).destination == party


def test_missing_destination_is_named(world):
    refusal = refused(world, "acct_none", 100)

    assert (refusal.code, refusal.param) == ("resource_missing", "destination")


@pytest.mark.parametrize("amount", [0, -1])
def test_amount_is_positive(world, amount):
    assert refused(world, world.account(), amount).param == "amount"


def test_amount_must_be_given(world):
    params = {"currency": "eur", "destination": world.account()}
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param"):
        world.v1.transfers.create(params)


def test_group_must_be_the_charges(world):
    charge = world.paid()

    refusal = refused(world, world.account(), 100, charge, transfer_group="other")

    assert refusal.param == "transfer_group"


def test_charge_without_a_group_gets_one(world):
    charge = world.paid(payment_intent_data={})

    made = transfer(world, world.account(), 100, charge)

    assert made.transfer_group == f"group_{charge.payment_intent}"
    assert world.v1.charges.retrieve(charge.id).transfer_group == made.transfer_group


def test_transfers_are_found_by_group_destination_and_time(world):
    party, other = world.account(), world.account()
    first = transfer(world, party, 1, transfer_group="a")
    world.advance(10)
    second = transfer(world, party, 2, transfer_group="b")
    third = transfer(world, other, 3, transfer_group="b")

    def found(**filters):
        return [one.id for one in world.v1.transfers.list(filters).data]

    assert found() == [third.id, second.id, first.id]
    assert found(transfer_group="b") == [third.id, second.id]
    assert found(destination=party) == [second.id, first.id]
    assert found(created={"lt": second.created}) == [first.id]
    assert found(limit=1, starting_after=third.id) == [second.id]
    assert found(limit=1, ending_before=first.id) == [second.id]


def test_pages_join_without_gap_or_repeat(world):
    party = world.account()
    made = [transfer(world, party, 1).id for _ in range(25)]

    listed = world.v1.transfers.list({"limit": 7}).auto_paging_iter()

    assert [one.id for one in listed] == made[::-1]


@pytest.mark.parametrize("limit", [0, 101, -1])
def test_page_size_is_1_to_100(world, limit):
    with pytest.raises(stripe.InvalidRequestError, match="between 1 and 100"):
        world.v1.transfers.list({"limit": limit})


def test_transfer_can_be_retrieved_with_its_parts(world):
    made = transfer(world, world.account(), 100, world.paid())

    found = world.v1.transfers.retrieve(
        made.id, {"expand": ["balance_transaction", "source_transaction"]}
    )

    assert found.balance_transaction.amount == -100
    assert found.source_transaction.amount == 8_736


def test_transfer_on_behalf_of_an_account_is_refused(world):
    party = world.account()
    params = {"amount": 1, "currency": "eur", "destination": party}

    with pytest.raises(stripe.InvalidRequestError, match="only the platform"):
        world.v1.transfers.create(params, {"stripe_account": party})


def test_the_worked_example_of_two_sellers_and_a_creator(world):
    seller, other, creator = world.account(), world.account(), world.account()
    charge = world.paid()
    world.advance(2 * 86_400)

    transfer(world, seller, 5_368, charge)
    transfer(world, other, 2_855, charge)
    transfer(world, creator, 618)

    # 8,580 came in after the fee; 261 of the creator's share is the platform's.
    assert world.balance() == (1_000_000 + 8_580 - 5_368 - 2_855 - 618, 0)
    received = [world.balance(account=party) for party in (seller, other, creator)]
    assert received == [(5_368, 0), (2_855, 0), (618, 0)]
