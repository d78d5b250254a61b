"""Debt given up: by policy when it is too much or too old, by two people otherwise."""

import random
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from marketplace.kit import clock
from marketplace.kit.models import AuditEvent
from payouts.models import AccountKind, EntryKind, Netting, WriteOff
from payouts.services import clawbacks, ledger, party_accounts, reversals, write_offs
from payouts.services.ledger import Move, Name
from tests.factories import market

pytestmark = pytest.mark.django_db
K = AccountKind


@pytest.fixture
def account(books, settings):
    settings.MAX_DEBT_AMOUNTS = {"seller": {"EUR": 5_000}, "creator": {"EUR": 2_000}}
    shop = market.shop()
    market.buy(market.cart((market.variant(shop, price_amount=1_000), 1)))
    return shop.connected_account


_count = iter(range(1, 10**6))


def owe(account, amount, *, at=None):
    """A debt out of nothing: what was taken back of a sale that had been sent."""
    _move(account, Name(K.RECEIVABLE, account), Name(K.GOODWILL), amount, at)


def earn(account, amount, *, at=None):
    """Something becomes payable, and is netted as every credit to payable is."""
    payable = party_accounts.payable_name(account)
    _move(account, Name(K.STRIPE_BALANCE), payable, amount, at)


def _move(account, debit, credit, amount, at):
    at = at or clock.now()
    sale = account.shop and account.shop.seller_orders.get().order.public_id
    with transaction.atomic():
        ledger.lock_payable(party_accounts.payable(account, "EUR"))
        ledger.post(
            kind=EntryKind.CORRECTION,
            reference=f"test-{next(_count)}",
            currency="EUR",
            moves=[Move(debit, credit, amount)],
            at=at,
            order_reference=sale or "",
        )
        reversals.settle(
            account=account, currency="EUR", part=None, refund=None, dispute=None, at=at
        )


def owed(account) -> int:
    return clawbacks.owed_amount(account=account, currency="EUR")


def request(account, amount, actor="1"):
    return write_offs.request(
        account=account,
        currency="EUR",
        amount=amount,
        reason="Closed shop",
        actor=actor,
        at=clock.now(),
    )


def decide(row, *, approve=True, actor="2"):
    write_offs.decide(write_off=row, approve=approve, actor=actor, at=clock.now())


def test_a_debt_never_exceeds_the_most_and_the_platform_bears_the_rest(account):
    owe(account, 4_999)
    assert not WriteOff.objects.exists()
    owe(account, 3_000)

    row = WriteOff.objects.get()
    assert (row.amount, row.is_policy, row.status) == (2_999, True, "approved")
    assert owed(account) == 5_000
    assert ledger.balances()["bad_debt:EUR"] == -2_999


@pytest.mark.parametrize("seed", range(12))
def test_at_random_no_debt_exceeds_the_most_and_no_cent_is_lost(books, settings, seed):
    """Debts, earnings and days at random for a seller and a creator: after each step no
    debt is above the most or beside money that could pay it, and all sums agree.
    """
    settings.MAX_DEBT_AMOUNTS = {"seller": {"EUR": 5_000}, "creator": {"EUR": 2_000}}
    chance = random.Random(seed)
    shop = market.shop(is_payable=False)
    market.buy(market.cart((market.variant(shop, price_amount=1_000), 1)))
    made = market.creator(shop, is_payable=False)
    accounts = [market.onboarding.account_of(one) for one in (shop, made)]
    most = {accounts[0]: 5_000, accounts[1]: 2_000}
    debts = dict.fromkeys(accounts, 0)
    earned = dict.fromkeys(accounts, 0)
    at = clock.now()
    for _ in range(25):
        account, amount = chance.choice(accounts), chance.randrange(1, 3_000)
        match chance.choice(["owe", "owe", "earn", "days"]):
            case "owe":
                owe(account, amount, at=at)
                debts[account] += amount
            case "earn":
                earn(account, amount, at=at)
                earned[account] += amount
            case "days":
                at += timedelta(days=chance.randrange(1, 60))
                write_offs.write_off_old(at=at)
        for one in accounts:
            left = owed(one)
            payable = ledger.balance(party_accounts.payable(one, "EUR"))
            netted = sum(
                Netting.objects.filter(account=one).values_list("amount", flat=True)
            )
            forgiven = sum(
                WriteOff.objects.filter(account=one).values_list("amount", flat=True)
            )
            assert 0 <= left <= most[one]
            assert left == 0 or payable == 0
            assert debts[one] == left + netted + forgiven
            assert earned[one] == payable + netted
    bad = -ledger.balances().get("bad_debt:EUR", 0)
    assert bad == sum(WriteOff.objects.values_list("amount", flat=True))
    assert ledger.trial_balance()["EUR"] == 0


def test_a_debt_that_is_too_old_falls_on_the_platform_oldest_first(account, settings):
    settings.MAX_DEBT_AGE_DAYS = {"seller": 180, "creator": 90}
    at = clock.now()
    owe(account, 1_000, at=at - timedelta(days=200))
    owe(account, 800, at=at - timedelta(days=10))
    earn(account, 300, at=at - timedelta(days=5))

    assert write_offs.write_off_old(at=at) == 1
    assert write_offs.write_off_old(at=at) == 0

    # The 300 paid for the oldest, of which 700 were left.
    assert WriteOff.objects.get().amount == 700
    assert owed(account) == 800


def test_a_write_off_needs_a_second_person(account):
    owe(account, 4_000)
    row = request(account, 1_500)
    assert owed(account) == 4_000

    with pytest.raises(write_offs.SecondPersonNeeded):
        decide(row, actor="1")
    assert owed(account) == 4_000
    decide(row, actor="2")

    assert owed(account) == 2_500
    assert ledger.balances()["bad_debt:EUR"] == -1_500
    actions = AuditEvent.objects.order_by("pk").values_list("action", "actor", "reason")
    assert list(actions) == [
        ("write_off.request", "1", "Closed shop"),
        ("write_off.approved", "2", ""),
    ]
    with pytest.raises(write_offs.AlreadyDecided):
        decide(row, approve=False, actor="3")


def test_the_database_itself_refuses_one_person_for_both(account):
    owe(account, 4_000)
    row = request(account, 1_500)
    with pytest.raises(IntegrityError), transaction.atomic():
        WriteOff.objects.filter(pk=row.pk).update(status="approved", decided_by="1")


def test_one_may_decline_what_one_asked_for(account):
    owe(account, 4_000)
    row = request(account, 1_500)

    decide(row, approve=False, actor="1")

    assert (row.status, owed(account)) == ("declined", 4_000)


@pytest.mark.parametrize("amount", [0, -1, 4_001])
def test_more_than_is_owed_is_refused_with_what_is_possible(account, amount):
    owe(account, 4_000)
    with pytest.raises(write_offs.WriteOffExceeds) as refusal:
        request(account, amount)
    assert refusal.value.possible_amount == 4_000
    assert not WriteOff.objects.exists()


def test_what_is_asked_for_already_cannot_be_asked_for_again(account):
    owe(account, 4_000)
    request(account, 3_000)
    with pytest.raises(write_offs.WriteOffExceeds) as refusal:
        request(account, 1_001)
    assert refusal.value.possible_amount == 1_000


def test_less_is_owed_when_it_is_approved(account):
    owe(account, 4_000)
    row = request(account, 3_000)
    earn(account, 2_000)

    with pytest.raises(write_offs.WriteOffExceeds) as refusal:
        decide(row)

    assert refusal.value.possible_amount == 2_000
    row.refresh_from_db()
    assert (row.status, owed(account)) == ("requested", 2_000)


def test_a_request_needs_a_reason(account):
    owe(account, 4_000)
    with pytest.raises(write_offs.ReasonNeeded):
        write_offs.request(
            account=account,
            currency="EUR",
            amount=1,
            reason="  ",
            actor="1",
            at=clock.now(),
        )


def test_what_was_forgiven_is_owed_again_before_anything_is_given_back(account):
    owe(account, 4_000)
    decide(request(account, 1_500))
    again = {
        "account": account,
        "currency": "EUR",
        "cause": "dsp_1",
        "order_reference": "",
        "at": clock.now(),
    }

    with transaction.atomic():
        assert write_offs.reinstate(at_most=1_000, **again) == 1_000
    with transaction.atomic():
        assert write_offs.reinstate(at_most=9_000, **again | {"cause": "dsp_2"}) == 500
        assert write_offs.reinstate(at_most=9_000, **again | {"cause": "dsp_3"}) == 0

    assert owed(account) == 4_000
    assert ledger.balances()["recovered_debt:EUR"] == 1_500
