import pytest
import stripe


def test_new_platform_has_a_top_up_of_each_currency(world):
    lines = world.v1.balance_transactions.list({"type": "topup"}).data

    top_up = (1_000_000, 0, "available")
    found = {line.currency: (line.amount, line.fee, line.status) for line in lines}
    assert found == dict.fromkeys(("eur", "jpy", "sek", "usd"), top_up)
    assert [world.balance(name) for name in ("eur", "jpy")] == [(1_000_000, 0)] * 2


def test_balance_is_the_sum_of_its_lines(world):
    party = world.account()
    charge = world.paid()
    source = {"source_transaction": charge.id}
    params = {"amount": 100, "currency": "eur", "destination": party}
    world.v1.transfers.create({**params, **source})
    world.v1.transfers.create(params)

    lines = world.v1.balance_transactions.list({"currency": "eur"}).auto_paging_iter()

    assert sum(line.net for line in lines) == sum(world.balance())


def test_lines_are_found_by_type_source_and_time(world):
    charge = world.paid()
    world.advance(10)
    world.paid()
    lines = world.v1.balance_transactions

    assert len(lines.list({"type": "charge"}).data) == 2
    assert [line.source for line in lines.list({"source": charge.id}).data] == [
        charge.id
    ]
    until = {"created": {"lte": charge.created}, "type": "charge"}
    assert [line.source for line in lines.list(until).data] == [charge.id]


def test_account_without_money_has_a_balance_of_zero(world):
    party = world.account(country="JP")

    balance = world.v1.balance.retrieve({}, {"stripe_account": party})

    assert [(part.currency, part.amount) for part in balance.available] == [("jpy", 0)]


def test_account_of_nobody_is_no_access(world):
    with pytest.raises(stripe.PermissionError) as refusal:
        world.v1.balance.retrieve({}, {"stripe_account": "acct_none"})

    assert refusal.value.json_body["error"]["code"] == "account_invalid"
    assert refusal.value.http_status == 403


def test_accounts_do_not_see_each_others_lines(world):
    one, other = world.account(), world.account()
    params = {"amount": 100, "currency": "eur", "destination": one}
    world.v1.transfers.create(params)

    there = {"stripe_account": other}
    assert world.v1.balance_transactions.list({}, there).data == []
    assert world.v1.charges.list({}, there).data == []
