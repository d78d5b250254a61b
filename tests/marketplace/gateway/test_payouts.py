"""What parties have at Stripe and what reaches their banks; the platform's own payout."""

import datetime

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from tests.marketplace.gateway import asking, moving

pytestmark = pytest.mark.usefixtures("sandbox")

DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def party():
    account_id = moving.party()
    gateway.set_payout_schedule(account_id=account_id, interval="manual")
    return account_id


@pytest.fixture
def since():
    return datetime.datetime.now(datetime.UTC) - DAY


def balance(account_id):
    facts = gateway.fetch_party_balance(account_id=account_id)["EUR"]
    return facts.available_amount, facts.pending_amount


def test_party_has_what_it_was_sent(party):
    payment = moving.paid(transfer_group="ord_paid")
    moving.sent(party, amount=618)
    moving.sent(party, source_charge_id=payment.charge_id, transfer_group="ord_paid")

    assert balance(party) == (618, 5_368)


def test_daily_schedule_pays_out_by_the_clock_and_manual_does_not(party, since):
    moving.sent(party)
    sandbox_control.advance_clock(seconds=3 * DAY)
    assert gateway.list_party_payouts(account_id=party, since=since) == []

    gateway.set_payout_schedule(account_id=party, interval="daily")
    sandbox_control.advance_clock(seconds=3 * DAY)

    (payout,) = gateway.list_party_payouts(account_id=party, since=since)
    assert payout == gateway.PartyPayoutFacts(
        payout_id=payout.payout_id,
        account_id=party,
        status="paid",
        amount=5_368,
        currency="EUR",
        arrival_at=payout.created_at + DAY,
        failure_code=None,
        failure_message=None,
        created_at=payout.created_at,
    )
    assert balance(party) == (0, 0)


@pytest.mark.parametrize(("interval", "days"), [("weekly", 8), ("monthly", 32)])
def test_longer_schedules_pay_out_too(party, since, interval, days):
    gateway.set_payout_schedule(account_id=party, interval=interval)
    moving.sent(party)

    sandbox_control.advance_clock(seconds=days * DAY)

    assert balance(party) == (0, 0)


def test_payout_that_was_paid_can_fail_and_brings_the_money_back(party):
    moving.sent(party)
    payout_id = sandbox_control.pay_out(party, "EUR")
    for expected in ("in_transit", "paid"):
        sandbox_control.advance_payout(party, payout_id)
        facts = gateway.fetch_party_payout(account_id=party, payout_id=payout_id)
        assert facts.status == expected
    assert balance(party) == (0, 0)

    sandbox_control.fail_payout(party, payout_id, code="no_account")

    facts = gateway.fetch_party_payout(account_id=party, payout_id=payout_id)
    assert (facts.status, facts.failure_code) == ("failed", "no_account")
    assert facts.failure_message
    assert balance(party) == (5_368, 0)


def test_cancelled_and_missing_payouts(party):
    with pytest.raises(gateway.NotFound):
        gateway.fetch_party_payout(account_id=party, payout_id="po_none")


def test_notices_of_a_payout_name_the_account_on_the_connect_endpoint(party):
    moving.sent(party)
    payout_id = sandbox_control.pay_out(party, "EUR", 1_000)

    (notice,) = [
        one for one in sandbox_control.pending() if one["type"] == "payout.created"
    ]

    read = gateway.parse_event(
        endpoint="connect", body=notice["body"].encode(), header=notice["signature"]
    )
    assert (read.account, read.object_id) == (party, payout_id)


def test_another_bank_account_is_seen(party):
    before = gateway.fetch_account(account_id=party).external_account
    assert before
    assert gateway.fetch_account(account_id=party).external_account == before

    sandbox_control.change_bank_account(party)

    after = gateway.fetch_account(account_id=party).external_account
    assert after not in (None, before)
    types = {one["type"] for one in sandbox_control.pending()}
    assert "account.external_account.updated" in types


def test_restricted_and_closed_accounts_are_seen(party):
    sandbox_control.restrict_account(party, payouts_only=True)
    facts = gateway.fetch_account(account_id=party)
    assert (facts.transfers_active, facts.payouts_active) == (True, False)
    sandbox_control.restrict_account(party)
    facts = gateway.fetch_account(account_id=party)
    assert (facts.transfers_active, facts.payouts_active) == (False, False)
    assert facts.requirements_due
    with pytest.raises(gateway.AccountNotReady):
        moving.sent(party)
    sandbox_control.unrestrict_account(party)
    facts = gateway.fetch_account(account_id=party)
    assert (facts.transfers_active, facts.payouts_active) == (True, True)

    sandbox_control.close_account(party)

    facts = gateway.fetch_account(account_id=party)
    assert (facts.is_closed, facts.transfers_active) == (True, False)
    with pytest.raises(gateway.AccountNotReady):
        moving.sent(party)


def test_platform_pays_its_own_bank_once_per_key():
    key = asking.key()
    asked = {"amount": 250_000, "currency": "EUR", "reference": "bank_1", "key": key}

    made = gateway.payout_to_bank(**asked)

    assert gateway.payout_to_bank(**asked) == made
    assert moving.available() == 750_000
    with pytest.raises(gateway.InsufficientBalance):
        gateway.payout_to_bank(**{**asked, "amount": 750_001, "key": asking.key()})
    assert moving.available() == 750_000


def test_platform_is_drained_and_topped_up_by_hand():
    sandbox_control.drain_platform("EUR", 999_000)
    assert moving.available() == 1_000
    sandbox_control.top_up("EUR", 500)
    assert moving.available() == 1_500
    sandbox_control.drain_platform("EUR")
    assert moving.available() == 0


def test_minimum_balance_stays_when_the_platform_is_paid_out(sandbox):
    gateway.set_minimum_balance(minimums={"EUR": 400_000, "SEK": 0})
    gateway.set_minimum_balance(minimums={})
    call = sandbox.call()
    kept = call.store.get("balance_settings", "settings_of_platform").body["minimums"]

    assert kept == {"eur": 400_000, "sek": 0}


def test_login_link_is_for_onboarded_accounts(party):
    assert gateway.login_link(account_id=party).endswith(f"/express/{party}")
    made = gateway.create_account(request=asking.account(), key=asking.key())
    with pytest.raises(gateway.Refused):
        gateway.login_link(account_id=made.account_id)
    with pytest.raises(gateway.NotFound):
        gateway.login_link(account_id="acct_none")
