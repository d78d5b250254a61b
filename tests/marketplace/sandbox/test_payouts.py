import datetime

import pytest
import stripe

HOUR, DAY = 3_600, 86_400
# The clock of these tests stands at eight in the morning of a Friday, UTC.
MIDNIGHT = 16 * HOUR


def there(party):
    return {"stripe_account": party}


def funded(world, amount=5_000):
    """Return an account with money that is available."""
    party = world.account()
    give(world, party, amount)
    return party


def give(world, party, amount):
    params = {"amount": amount, "currency": "eur", "destination": party}
    return world.v1.transfers.create(params)


def schedule(world, party, **more):
    params = {"payments": {"payouts": {"schedule": more}}}
    return world.v1.balance_settings.update(params, there(party) if party else {})


def pay_out(world, party, amount, currency="eur"):
    params = {"amount": amount, "currency": currency}
    return world.v1.payouts.create(params, there(party) if party else {})


def payouts(world, party, **filters):
    return world.v1.payouts.list(filters, there(party)).data


def status(world, party, payout):
    return world.v1.payouts.retrieve(payout.id, {}, there(party)).status


def step(world, party, payout, name, **more):
    world.control("POST", f"payouts/{payout.id}/{name}", account=party, **more)
    return world.v1.payouts.retrieve(payout.id, {}, there(party))


def connect_events(world, party):
    return [
        event.type
        for event in reversed(world.v1.events.list({"limit": 100}, there(party)).data)
        if event.type.startswith("payout.")
    ]


def refused(world, party, *given):
    before = world.balance(account=party)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        pay_out(world, party, *given)
    assert world.balance(account=party) == before
    assert payouts(world, party) == []
    return refusal.value


def test_account_is_paid_out_at_midnight_by_itself(world):
    party = funded(world)

    world.advance(MIDNIGHT - 1)
    assert payouts(world, party) == []
    world.advance(1)

    (made,) = payouts(world, party)
    assert (made.amount, made.currency, made.automatic) == (5_000, "eur", True)
    assert (made.status, made.arrival_date) == ("pending", world.now + DAY)
    assert world.balance(account=party) == (0, 0)
    line = world.v1.balance_transactions.retrieve(
        made.balance_transaction, {}, there(party)
    )
    assert (line.type, line.amount, line.source) == ("payout", -5_000, made.id)


def test_payout_goes_its_way_by_the_clock_and_the_connect_endpoint_hears(world):
    party = funded(world)
    made = pay_out(world, party, 5_000)

    assert made.status == "pending"
    world.advance(4 * HOUR)
    assert status(world, party, made) == "in_transit"
    world.advance(20 * HOUR)
    assert status(world, party, made) == "paid"

    assert connect_events(world, party) == [
        "payout.created",
        "payout.updated",
        "payout.paid",
    ]
    pending = world.control("GET", "pending")["deliveries"]
    heard = [one for one in pending if one["type"].startswith("payout.")]
    assert {one["endpoint"] for one in heard} == {"connect"}
    assert all(f'"account": "{party}"' in one["body"] for one in heard)


def test_a_jump_of_the_clock_pays_each_day_on_its_day(world):
    party = funded(world)
    charge = world.paid()
    params = {
        "amount": 700,
        "currency": "eur",
        "destination": party,
        "source_transaction": charge.id,
    }
    world.v1.transfers.create(params)
    start = world.now

    world.advance(30 * DAY)

    found = [
        (made.amount, made.created - start, made.status)
        for made in payouts(world, party)
    ]
    assert found == [
        (700, 2 * DAY + MIDNIGHT, "paid"),
        (5_000, MIDNIGHT, "paid"),
    ]


def test_manual_accounts_keep_their_money(world):
    party = funded(world)
    schedule(world, party, interval="manual")

    world.advance(90 * DAY)

    assert payouts(world, party) == []
    assert world.balance(account=party) == (5_000, 0)


def test_going_back_to_daily_pays_out_what_is_there(world):
    party = funded(world)
    schedule(world, party, interval="manual")
    world.advance(3 * DAY)
    schedule(world, party, interval="daily")

    world.advance(DAY)

    assert [made.amount for made in payouts(world, party)] == [5_000]


@pytest.mark.parametrize(
    ("more", "day"),
    [
        ({"interval": "weekly", "weekly_payout_days": ["wednesday"]}, "2027-01-20"),
        (
            {"interval": "weekly", "weekly_payout_days": ["friday", "monday"]},
            "2027-01-18",
        ),
        ({"interval": "monthly", "monthly_payout_days": [31]}, "2027-01-31"),
        ({"interval": "monthly", "monthly_payout_days": [1, 20]}, "2027-01-20"),
    ],
)
def test_weekly_and_monthly_days_are_kept(world, more, day):
    party = funded(world)
    schedule(world, party, **more)

    world.advance(20 * DAY)

    (made,) = payouts(world, party)
    moment = datetime.datetime.fromtimestamp(made.created, tz=datetime.UTC)
    assert moment.isoformat() == f"{day}T00:00:00+00:00"


def test_last_day_of_a_short_month_stands_for_the_31st(world):
    world.advance(20 * DAY)
    party = funded(world)
    schedule(world, party, interval="monthly", monthly_payout_days=[31])

    world.advance(30 * DAY)

    (made,) = payouts(world, party)
    moment = datetime.datetime.fromtimestamp(made.created, tz=datetime.UTC)
    assert moment.date() == datetime.date(2027, 2, 28)


@pytest.mark.parametrize(
    "more",
    [
        {"interval": "weekly"},
        {"interval": "monthly"},
        {"interval": "daily", "weekly_payout_days": ["monday"]},
        {"interval": "monthly", "monthly_payout_days": [0]},
        {"interval": "monthly", "monthly_payout_days": [32]},
        {"interval": "hourly"},
        {"weekly_payout_days": ["monday"]},
    ],
)
def test_schedule_that_says_no_day_is_refused(world, more):
    party = world.account()

    with pytest.raises(stripe.InvalidRequestError):
        schedule(world, party, **more)

    kept = world.v1.balance_settings.retrieve({}, there(party))
    assert kept.payments.payouts.schedule.interval == "daily"


def test_settings_belong_to_one_account_and_the_platforms_are_manual(world):
    party = world.account()

    answer = schedule(world, party, interval="manual")

    other = world.v1.balance_settings.retrieve({}, there(world.account()))
    platform = world.v1.balance_settings.retrieve()
    assert answer.payments.payouts.schedule.interval == "manual"
    assert other.payments.payouts.schedule.interval == "daily"
    assert platform.payments.payouts.schedule.interval == "manual"
    assert platform.payments.payouts.status == "enabled"
    events = world.v1.events.list({"type": "balance_settings.updated"}, there(party))
    assert [event.account for event in events.data] == [party]


def test_platform_keeps_its_minimum_when_it_is_paid_out_by_itself(world):
    payouts_of = {
        "schedule": {"interval": "daily"},
        "minimum_balance_by_currency": {"eur": 400_000, "sek": 2_000_000},
    }
    world.v1.balance_settings.update({"payments": {"payouts": payouts_of}})

    world.advance(DAY)

    made = {one.currency: one.amount for one in world.v1.payouts.list().data}
    assert made == {"eur": 600_000, "jpy": 1_000_000, "usd": 1_000_000}
    assert world.balance("eur") == (400_000, 0)
    assert world.balance("sek") == (1_000_000, 0)


def test_minimums_are_merged_and_unset(world):
    def minimums(value):
        payouts_of = {"minimum_balance_by_currency": value}
        answer = world.v1.balance_settings.update({"payments": {"payouts": payouts_of}})
        found = answer.payments.payouts.minimum_balance_by_currency
        return found.to_dict() if found else None

    assert minimums({"eur": 5, "sek": 7}) == {"eur": 5, "sek": 7}
    assert minimums({"eur": ""}) == {"sek": 7}
    assert minimums({"eur": 0}) == {"eur": 0, "sek": 7}
    assert minimums("") is None
    for wrong in ({"eur": -1}, {"xxx": 1}):
        with pytest.raises(stripe.InvalidRequestError):
            minimums(wrong)


def test_debits_are_kept_for_accounts_and_other_settings_refused(world):
    party = world.account()
    no_debits = {"payments": {"debit_negative_balances": False}}
    timing = {"payments": {"settlement_timing": {"delay_days_override": 7}}}

    answer = world.v1.balance_settings.update(no_debits, there(party))

    assert answer.payments.debit_negative_balances is False
    for params, options in ((no_debits, {}), (timing, there(party))):
        with pytest.raises(stripe.InvalidRequestError, match="does not offer"):
            world.v1.balance_settings.update(params, options)


def test_more_than_is_available_is_refused(world):
    party = funded(world)

    refusal = refused(world, party, 5_001)

    assert (refusal.code, refusal.http_status) == ("balance_insufficient", 400)


@pytest.mark.parametrize("amount", [0, -1])
def test_amount_is_positive(world, amount):
    assert refused(world, funded(world), amount).param == "amount"


def test_account_without_onboarding_is_paid_out_nothing(world):
    refusal = refused(world, world.account(outcome="incomplete"), 1)

    assert refusal.code == "payouts_not_allowed"


def test_restricted_account_keeps_its_money_until_it_is_free_again(world):
    party = funded(world)
    world.control("POST", f"accounts/{party}/restrict")

    assert refused(world, party, 1).code == "payouts_not_allowed"
    world.advance(3 * DAY)
    assert payouts(world, party) == []
    settings = world.v1.balance_settings.retrieve({}, there(party))
    assert settings.payments.payouts.status == "disabled"

    world.control("POST", f"accounts/{party}/unrestrict")
    world.advance(DAY)
    assert [made.amount for made in payouts(world, party)] == [5_000]


def test_failed_payout_brings_the_money_back_even_after_it_was_paid(world):
    party = funded(world)
    made = pay_out(world, party, 5_000)
    world.advance(3 * DAY)
    assert status(world, party, made) == "paid"

    failed = step(world, party, made, "fail", code="no_account")

    assert (failed.status, failed.failure_code) == ("failed", "no_account")
    assert failed.failure_message
    assert world.balance(account=party) == (5_000, 0)
    line = world.v1.balance_transactions.retrieve(
        failed.failure_balance_transaction, {}, there(party)
    )
    assert (line.type, line.amount, line.source) == ("payout_failure", 5_000, made.id)
    assert connect_events(world, party)[-2:] == ["payout.paid", "payout.failed"]


def test_after_a_failure_nothing_goes_out_until_the_bank_account_is_changed(world):
    party = funded(world)
    made = pay_out(world, party, 2_000)
    step(world, party, made, "fail")
    before = world.v1.accounts.external_accounts.list(party).data[0]

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        pay_out(world, party, 1)
    world.advance(3 * DAY)
    assert refusal.value.code == "bank_account_unusable"
    assert world.balance(account=party) == (5_000, 0)
    assert before.status == "errored"

    world.control("POST", f"accounts/{party}/bank")
    world.advance(DAY)
    assert world.balance(account=party) == (0, 0)
    (after,) = world.v1.accounts.external_accounts.list(party).data
    assert (after.status, after.account) == ("new", party)
    assert after.fingerprint != before.fingerprint
    found = world.v1.accounts.external_accounts.retrieve(party, after.id)
    assert found.last4 == after.last4
    heard = [
        event.type
        for event in world.v1.events.list({"limit": 100}, there(party)).data
        if event.type.startswith("account.external_account.")
    ]
    assert heard[:2] == [
        "account.external_account.updated",
        "account.external_account.deleted",
    ]


def test_payout_fails_once(world):
    party = funded(world)
    made = pay_out(world, party, 5_000)
    step(world, party, made, "fail")

    with pytest.raises(AssertionError, match="cannot fail"):
        step(world, party, made, "fail")

    assert world.balance(account=party) == (5_000, 0)


def test_pending_payout_can_be_cancelled(world):
    party = funded(world)
    made = pay_out(world, party, 5_000)

    cancelled = world.v1.payouts.cancel(made.id, {}, there(party))

    assert cancelled.status == "canceled"
    assert world.balance(account=party) == (5_000, 0)
    assert connect_events(world, party)[-1] == "payout.canceled"
    with pytest.raises(stripe.InvalidRequestError, match="only a pending one"):
        world.v1.payouts.cancel(made.id, {}, there(party))


def test_automatic_payout_cannot_be_cancelled(world):
    party = funded(world)
    world.advance(MIDNIGHT)
    (made,) = payouts(world, party)

    with pytest.raises(stripe.InvalidRequestError, match="Automatic"):
        world.v1.payouts.cancel(made.id, {}, there(party))


def test_payout_reverses_in_the_united_states_alone(make_world):
    world = make_world(country="US")
    party = world.account(country="US")
    give_usd = {"amount": 900, "currency": "usd", "destination": party}
    world.v1.transfers.create(give_usd)
    made = pay_out(world, party, 900, "usd")
    with pytest.raises(stripe.InvalidRequestError, match="cannot be reversed"):
        world.v1.payouts.reverse(made.id, {}, there(party))
    world.advance(2 * DAY)

    back = world.v1.payouts.reverse(made.id, {}, there(party))

    assert (back.original_payout, back.amount) == (made.id, -900)
    assert world.balance("usd", account=party) == (900, 0)
    original = world.v1.payouts.retrieve(made.id, {}, there(party))
    assert original.reversed_by == back.id


def test_payout_reverses_nowhere_else(world):
    party = funded(world)
    made = pay_out(world, party, 5_000)
    world.advance(2 * DAY)

    with pytest.raises(stripe.InvalidRequestError, match="US and Canada"):
        world.v1.payouts.reverse(made.id, {}, there(party))


def test_instant_payouts_and_other_banks_are_refused(world):
    party = funded(world)
    params = {"amount": 1, "currency": "eur"}

    with pytest.raises(stripe.InvalidRequestError, match="only standard"):
        world.v1.payouts.create({**params, "method": "instant"}, there(party))
    with pytest.raises(stripe.InvalidRequestError, match="No such external account"):
        world.v1.payouts.create({**params, "destination": "ba_x"}, there(party))


def test_platform_pays_out_to_its_own_bank(world):
    made = pay_out(world, None, 250_000)

    assert made.destination.startswith("ba_")
    assert world.balance() == (750_000, 0)
    (line,) = world.v1.balance_transactions.list({"type": "payout"}).data
    assert (line.amount, line.source) == (-250_000, made.id)
    types = [event.type for event in world.v1.events.list().data]
    assert types[0] == "payout.created"


def test_lines_of_an_automatic_payout_are_found_by_it(world):
    party = funded(world, 300)
    give(world, party, 200)
    world.advance(MIDNIGHT)
    (made,) = payouts(world, party)
    give(world, party, 100)

    lines = world.v1.balance_transactions.list({"payout": made.id}, there(party)).data

    assert [(line.type, line.amount) for line in lines] == [
        ("payout", -500),
        ("payment", 200),
        ("payment", 300),
    ]


def test_payouts_are_found_by_status_and_time(world):
    party = funded(world)
    first = pay_out(world, party, 1)
    world.advance(5 * HOUR)
    second = pay_out(world, party, 2)

    def found(**filters):
        return [one.id for one in payouts(world, party, **filters)]

    assert found() == [second.id, first.id]
    assert found(status="in_transit") == [first.id]
    assert found(created={"gte": second.created}) == [second.id]
    assert [one.id for one in world.v1.payouts.list().data] == []


def test_by_hand_all_that_is_available_goes_out(world):
    party = funded(world)

    made = world.control("POST", "payouts", account=party, currency="eur")

    assert made["amount"] == 5_000
    assert world.balance(account=party) == (0, 0)
    made = world.control("POST", "payouts", currency="sek", amount=999_999)
    assert world.balance("sek") == (1, 0)


def test_transfer_reversal_after_the_payout_finds_nothing(world):
    party = funded(world)
    (transfer,) = world.v1.transfers.list().data
    world.advance(DAY)

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        world.v1.transfers.reversals.create(transfer.id, {})

    assert refusal.value.code == "balance_insufficient"
    assert world.balance(account=party) == (0, 0)


def test_sandbox_can_be_set_up_to_leave_the_money_where_it_is(make_world):
    world = make_world(party_payouts="manual")
    party = funded(world)

    world.advance(30 * DAY)

    assert world.balance(account=party) == (5_000, 0)
    settings = world.v1.balance_settings.retrieve({}, there(party))
    assert settings.payments.payouts.schedule.interval == "manual"
