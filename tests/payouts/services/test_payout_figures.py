"""What each payee of a run could be sent: who is listed, and with which figures."""

import pytest

from marketplace.kit import clock
from payouts.models import AccountKind, ConnectedAccount, EntryKind
from payouts.services import ledger
from payouts.services.ledger import Move, Name
from payouts.services.payout_runs import figures
from tests.factories import market

pytestmark = pytest.mark.django_db
K = AccountKind
BANK = Name(K.BANK)


@pytest.fixture(autouse=True)
def _minimum(settings):
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 500}


def payee(*, payable: int = 0, owed: int = 0) -> ConnectedAccount:
    """A creator who earned once, with so much payable and so much debt now."""
    creator = market.creator(is_payable=False)
    account = ConnectedAccount.objects.create(
        creator=creator, status="active", provider_id=f"acct_{creator.pk}"
    )
    held = Name(K.CREATOR_HELD, account)
    ledger.post(
        kind=EntryKind.TOPUP,
        reference=f"txn_{account.pk}",
        currency="EUR",
        moves=[
            Move(BANK, held, 618),
            Move(held, Name(K.CREATOR_PAYABLE, account), payable),
            Move(Name(K.RECEIVABLE, account), BANK, owed),
        ],
        at=clock.now(),
    )
    return account


def read(**more) -> list[tuple[int, int, int]]:
    """Each listed payee: their account, what is payable and what they owe."""
    found = figures.read(currency="EUR", schedule="manual", at=clock.now(), **more)
    return [(one.account_id, one.amount, one.owed_amount) for one in found]


def test_who_has_nothing_to_be_paid_and_owes_nothing_is_not_listed():
    payee()

    assert read() == []


def test_a_single_cent_to_be_paid_or_to_be_paid_back_is_listed():
    earner, debtor = payee(payable=1), payee(owed=1)

    assert sorted(read()) == [(earner.pk, 1, 0), (debtor.pk, 0, 1)]


def test_a_single_cent_of_debt_keeps_a_payee_from_being_paid():
    payee(payable=500)
    payee(payable=500, owed=1)

    found = figures.read(currency="EUR", schedule="manual", at=clock.now())

    assert {one.owed_amount: one.reason for one in found} == {
        0: None,
        1: "owes",
    }


def test_whose_account_is_known_at_stripe_and_not_active_is_not_paid():
    account = payee(payable=500)
    ConnectedAccount.objects.filter(pk=account.pk).update(status="in_review")

    (found,) = figures.read(currency="EUR", schedule="manual", at=clock.now())

    assert found.reason == "account_not_active"


def test_what_would_be_released_first_counts_as_payable():
    waiting, earner = payee(), payee(payable=2)

    assert sorted(read(due={waiting.pk: 1, earner.pk: 5})) == [
        (waiting.pk, 1, 0),
        (earner.pk, 7, 0),
    ]


def test_only_the_payees_asked_for_are_listed():
    payee(payable=2)
    asked = payee(payable=3)

    assert read(accounts=[asked.pk]) == [(asked.pk, 3, 0)]
