import pytest
import stripe

DAY = 86_400


def test_opening_balance_is_a_topup_per_currency(world):
    found = world.v1.topups.list().data

    assert {(one.currency, one.amount, one.status) for one in found} == {
        (currency, 1_000_000, "succeeded") for currency in ("eur", "jpy", "sek", "usd")
    }
    (line,) = world.v1.balance_transactions.list({"source": found[0].id}).data
    assert (line.type, line.id) == ("topup", found[0].balance_transaction)
    assert world.v1.events.list().data == []


def test_topup_takes_a_day(world):
    made = world.v1.topups.create({"amount": 5_000, "currency": "eur"})

    assert (made.status, made.expected_availability_date) == (
        "pending",
        world.now + DAY,
    )
    assert world.balance() == (1_000_000, 5_000)
    world.advance(DAY)
    assert world.v1.topups.retrieve(made.id).status == "succeeded"
    assert world.balance() == (1_005_000, 0)
    types = {event.type for event in world.v1.events.list().data}
    assert {"topup.created", "topup.succeeded", "balance.available"} == types


def test_by_hand_the_money_is_there_at_once(world):
    made = world.control("POST", "topups", amount=5_000, currency="EUR")

    assert (made["status"], made["amount"]) == ("succeeded", 5_000)
    assert world.balance() == (1_005_000, 0)
    listed = world.v1.topups.list({"status": "succeeded", "limit": 1}).data
    assert [one.id for one in listed] == [made["id"]]


@pytest.mark.parametrize("amount", [0, -1])
def test_amount_is_positive(world, amount):
    with pytest.raises(stripe.InvalidRequestError):
        world.v1.topups.create({"amount": amount, "currency": "eur"})

    assert world.balance() == (1_000_000, 0)


def test_accounts_do_not_top_up(world):
    with pytest.raises(stripe.InvalidRequestError, match="only the platform"):
        world.v1.topups.create(
            {"amount": 1, "currency": "eur"}, {"stripe_account": world.account()}
        )
