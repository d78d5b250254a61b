"""What staff do about a difference: new entries, a reason, and two people where money is
booked by hand.
"""

from datetime import timedelta

import pytest

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, switches
from marketplace.kit.models import AuditEvent
from payouts.models import (
    AccountKind,
    Discrepancy,
    Entry,
    EntryKind,
    Netting,
    ReconciliationScope,
    Reversal,
    Transfer,
    TransferKind,
)
from payouts.services import adoption, clawbacks, ledger, reconciliation
from payouts.services.ledger import Move, Name
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
ASTRID, BO = "1", "2"


@pytest.fixture
def shop():
    return market.shop()


@pytest.fixture
def sent(shop):
    """A sale whose seller was sent 59.86 EUR."""
    market.take_in_topups()
    variant = market.variant(shop, price_amount=1995)
    market.ship(market.buy(market.cart((variant, 3))))
    market.release_sellers()
    return Transfer.objects.get()


@pytest.fixture
def stray(shop, sent) -> Discrepancy:
    """A transfer of 9.00 EUR from the dashboard, set aside."""
    sandbox_control.transfer_from_dashboard(
        shop.connected_account.provider_id, 900, "EUR"
    )
    run()
    return Discrepancy.objects.get()


@pytest.fixture
def invented(sent) -> Discrepancy:
    """An entry of 7.00 EUR the provider has no line for, and so a balance too high."""
    ledger.post(
        kind=EntryKind.TOPUP,
        reference="txn_invented",
        currency="EUR",
        moves=[Move(Name(AccountKind.STRIPE_BALANCE), Name(AccountKind.BANK), 700)],
        at=clock.now(),
    )
    run()
    return Discrepancy.objects.get(reference="topup/txn_invented")


def run() -> reconciliation.Result:
    at = market.advance(timedelta(hours=1))
    return reconciliation.run(
        scope=ReconciliationScope.SINCE, since=at - timedelta(days=60), until=at, at=at
    )


def adopt(row: Discrepancy, *, reason: str = "Paid by hand, see mail") -> Discrepancy:
    return adoption.adopt(
        discrepancy_id=row.pk, actor=ASTRID, reason=reason, at=clock.now()
    )


def propose(row: Discrepancy, kind: AccountKind = AccountKind.GOODWILL) -> Discrepancy:
    return adoption.request_correction(
        discrepancy_id=row.pk,
        account_kind=kind,
        actor=ASTRID,
        reason="A gift to the shop",
        at=clock.now(),
    )


def approve(row: Discrepancy, *, actor: str = BO) -> Discrepancy:
    return adoption.approve_correction(
        discrepancy_id=row.pk, actor=actor, at=clock.now()
    )


def explain(row: Discrepancy) -> Discrepancy:
    return adoption.explain(
        discrepancy_id=row.pk, actor=ASTRID, reason="It was mended", at=clock.now()
    )


def balance(code: str) -> int:
    return ledger.balances().get(code, 0)


def test_an_adopted_transfer_is_a_row_of_ours_and_a_debt_of_its_receiver(stray, shop):
    account = shop.connected_account

    adopt(stray)

    made = Transfer.objects.get(kind=TransferKind.ADOPTED)
    assert (made.amount, made.account, made.provider_id) == (
        900,
        account,
        stray.object_id,
    )
    assert balance("suspense:EUR") == 0
    assert clawbacks.owed_amount(account=account, currency="EUR") == 900
    assert run().differences == []
    stray.refresh_from_db()
    assert (stray.resolution, stray.resolved_by) == ("adopted", ASTRID)
    audit = AuditEvent.objects.get(action="discrepancy_adopted")
    assert (audit.actor, audit.reason) == (ASTRID, "Paid by hand, see mail")
    assert switches.is_on(switches.PAYOUTS)


def test_a_debt_by_adoption_is_netted_from_the_receivers_next_sale(stray, shop):
    adopt(stray)
    variant = market.variant(shop, price_amount=1995)
    market.ship(market.buy(market.cart((variant, 1))))

    market.release_sellers()

    account = shop.connected_account
    assert Netting.objects.get().amount == 900
    assert clawbacks.owed_amount(account=account, currency="EUR") == 0


def test_what_is_taken_back_of_a_stray_transfer_pays_its_receivers_debt(stray, shop):
    sandbox_control.reverse_from_dashboard(stray.object_id, 900)
    run()
    back = Discrepancy.objects.get(their_amount=900)
    with pytest.raises(adoption.NotAdoptable):
        adopt(back)
    assert balance("suspense:EUR") == 0

    adopt(stray)
    adopt(back)

    assert Reversal.objects.get().is_external
    assert balance("suspense:EUR") == 0
    account = shop.connected_account
    assert clawbacks.owed_amount(account=account, currency="EUR") == 0
    assert balance(f"seller_payable:{shop.public_id}:EUR") == 0
    assert run().differences == []


def test_a_second_adoption_and_one_without_a_reason_change_nothing(stray):
    with pytest.raises(adoption.ReasonMissing):
        adopt(stray, reason=" ")
    assert not Transfer.objects.filter(kind=TransferKind.ADOPTED).exists()

    adopt(stray)
    entries = Entry.objects.count()
    with pytest.raises(adoption.AlreadyResolved):
        adopt(stray)
    assert Entry.objects.count() == entries


def test_a_correction_takes_two_people_and_empties_suspense(stray):
    propose(stray)
    with pytest.raises(adoption.SamePerson):
        approve(stray, actor=ASTRID)
    assert balance("suspense:EUR") == -900

    approve(stray)

    assert balance("suspense:EUR") == 0
    assert balance("goodwill:EUR") == -900
    assert run().differences == []
    stray.refresh_from_db()
    assert (stray.resolution, stray.requested_by, stray.resolved_by) == (
        "corrected",
        ASTRID,
        BO,
    )


def test_an_entry_without_a_line_is_taken_back_by_a_correction(invented):
    propose(invented, AccountKind.BANK)
    approve(invented)

    found = run()

    assert found.differences == []
    assert found.balances[0][1] == found.balances[0][2]
    assert Entry.objects.filter(kind=EntryKind.CORRECTION).count() == 1


def test_nobody_approves_what_nobody_proposed(stray):
    with pytest.raises(adoption.SamePerson):
        approve(stray)
    assert balance("suspense:EUR") == -900


def test_a_correction_to_a_partys_account_is_refused(stray):
    with pytest.raises(adoption.NotCorrectable):
        propose(stray, AccountKind.SELLER_PAYABLE)
    stray.refresh_from_db()
    assert stray.requested_by == ""


def test_only_what_is_no_longer_found_can_be_explained(invented):
    balance_row = Discrepancy.objects.get(kind="balance")
    with pytest.raises(adoption.StillFound):
        explain(balance_row)
    propose(invented, AccountKind.BANK)
    approve(invented)
    run()

    assert explain(balance_row).resolution == "explained"
    assert not Discrepancy.objects.filter(resolved_at=None).exists()
