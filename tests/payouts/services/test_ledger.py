"""Writing the ledger: whole entries, once each, with balances that are sums."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.kit import clock
from payouts.models import AccountKind, Entry, EntryKind, Posting
from payouts.services import ledger
from payouts.services.ledger import Move, Name

pytestmark = pytest.mark.django_db
K = AccountKind
STRIPE, CLEARING, BANK = Name(K.STRIPE_BALANCE), Name(K.ORDER_CLEARING), Name(K.BANK)
COMMISSION, SUSPENSE = Name(K.PLATFORM_COMMISSION), Name(K.SUSPENSE)


def post(*moves: Move, reference: str = "txn_1", currency: str = "EUR") -> Entry:
    return ledger.post(
        kind=EntryKind.TOPUP,
        reference=reference,
        currency=currency,
        moves=moves,
        at=clock.now(),
    )


def test_an_entry_is_written_with_a_posting_for_each_move_that_is_not_zero():
    entry = post(Move(STRIPE, BANK, 500), Move(STRIPE, SUSPENSE, 0))

    assert [(p.debit.code, p.credit.code, p.amount) for p in entry.postings.all()] == [
        ("stripe_balance:EUR", "bank:EUR", 500)
    ]


def test_the_same_effect_is_posted_once_and_the_transaction_goes_on():
    post(Move(STRIPE, BANK, 500))

    with pytest.raises(ledger.AlreadyPosted):
        post(Move(STRIPE, BANK, 500))

    post(Move(STRIPE, BANK, 7), reference="txn_2")
    assert ledger.balances() == {"bank:EUR": 507, "stripe_balance:EUR": -507}


@pytest.mark.parametrize(
    "moves",
    [
        [],
        [Move(STRIPE, BANK, 0)],
        [Move(STRIPE, BANK, -1)],
        [Move(STRIPE, CLEARING, 10), Move(CLEARING, COMMISSION, 9)],
        [Move(CLEARING, COMMISSION, 1)],
    ],
    ids=["none", "nothing", "negative", "a rest in clearing", "clearing in debt"],
)
def test_an_entry_that_is_not_whole_is_refused_and_leaves_nothing(moves):
    with pytest.raises(ledger.EntryRefused):
        post(*moves)

    assert Entry.objects.count() == Posting.objects.count() == 0


def test_what_goes_through_clearing_leaves_it_whole():
    post(Move(STRIPE, CLEARING, 10), Move(CLEARING, COMMISSION, 10))

    assert ledger.balances() == {
        "order_clearing:EUR": 0,
        "platform_commission:EUR": 10,
        "stripe_balance:EUR": -10,
    }


def test_each_currency_has_accounts_and_a_trial_balance_of_its_own():
    post(Move(STRIPE, BANK, 500))
    post(Move(STRIPE, BANK, 70), currency="JPY", reference="txn_2")

    assert ledger.balances()["bank:EUR"] == 500
    assert ledger.balances()["bank:JPY"] == 70
    assert ledger.trial_balance() == {"EUR": 0, "JPY": 0}


def test_a_balance_up_to_a_posting_leaves_later_ones_out():
    first = post(Move(STRIPE, BANK, 500)).postings.get()
    post(Move(STRIPE, BANK, 20), reference="txn_2")
    bank = ledger.accounts([BANK], "EUR")[BANK]

    assert ledger.balance(bank) == 520
    assert ledger.balance(bank, up_to_posting=first.pk) == 500


def test_a_side_that_was_never_posted_to_counts_as_nothing():
    post(Move(STRIPE, BANK, 500))
    names = [STRIPE, BANK, SUSPENSE]
    rows = ledger.accounts(names, "EUR")

    assert [ledger.balance(rows[name]) for name in names] == [-500, 500, 0]


def test_a_refusal_carries_the_status_of_its_answer():
    assert ledger.AlreadyPosted("").status_code == 409
    assert ledger.EntryRefused("").status_code == 500


NAMES = [STRIPE, BANK, COMMISSION, SUSPENSE, Name(K.TAX_PAYABLE, jurisdiction="JP")]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    moves=st.lists(
        st.tuples(
            st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True),
            st.integers(min_value=1, max_value=10**12),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_is_posted_the_books_balance(db, moves):
    reference = f"txn_{Entry.objects.count() + 1}"

    post(*(Move(a, b, amount) for (a, b), amount in moves), reference=reference)

    assert ledger.trial_balance() == {"EUR": 0}


def test_new_accounts_are_opened_in_one_order_whoever_opens_them():
    kinds = [K.SUSPENSE, K.STRIPE_BALANCE, K.BANK, K.PROCESSING_FEE, K.ORDER_CLEARING]

    found = ledger.accounts([ledger.Name(kind) for kind in kinds], "SEK")

    opened = sorted(found.values(), key=lambda account: account.pk)
    assert [account.kind for account in opened] == sorted(kinds)
