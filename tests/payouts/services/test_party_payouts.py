"""What banks do with the parties' money is shown to them, and is nobody's booking."""

import pytest

from marketplace.gateway import sandbox_control
from marketplace.kit import clock
from payouts.models import CredentialChange, Entry, PartyPayout
from payouts.services import onboarding, party_payouts
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def paid():
    """A seller whose transfer has arrived in their balance at the provider."""
    shop = market.shop()
    market.take_in_topups()
    market.ship(market.buy(market.cart((market.variant(shop, price_amount=1995), 3))))
    market.release_sellers()
    market.advance(8 * market.DAY)
    return shop.connected_account


def pay_out(account) -> str:
    return sandbox_control.pay_out(account.provider_id, "EUR")


def test_notices_bring_a_payout_from_pending_to_paid_and_back_to_failed(paid, deliver):
    entries = Entry.objects.count()
    payout_id = pay_out(paid)
    deliver()
    seen = [PartyPayout.objects.get().status]
    for _ in range(2):
        sandbox_control.advance_payout(paid.provider_id, payout_id)
        deliver()
        seen.append(PartyPayout.objects.get().status)
    sandbox_control.fail_payout(paid.provider_id, payout_id, "account_closed")
    deliver()

    payout = PartyPayout.objects.get()
    assert seen == ["pending", "in_transit", "paid"]
    assert (payout.status, payout.failure_code) == ("failed", "account_closed")
    assert (payout.account, payout.amount) == (paid, 5_986)
    assert Entry.objects.count() == entries


def test_a_late_notice_changes_nothing_as_the_payout_is_fetched_again(paid, deliver):
    payout_id = pay_out(paid)
    sandbox_control.advance_payout(paid.provider_id, payout_id)
    sandbox_control.fail_payout(paid.provider_id, payout_id, "account_closed")

    deliver(copies=2, order=lambda notice: -int(notice["id"].split("_")[-1], 36))

    assert PartyPayout.objects.get().status == "failed"


def test_without_any_notice_a_poll_copies_the_same(paid):
    payout_id = pay_out(paid)
    sandbox_control.advance_payout(paid.provider_id, payout_id)

    party_payouts.poll(at=clock.now())
    party_payouts.poll(at=clock.now())

    payout = PartyPayout.objects.get()
    assert (payout.provider_id, payout.status) == (payout_id, "in_transit")


def test_another_bank_account_holds_payouts_back_and_the_first_one_does_not(
    paid, deliver
):
    onboarding.refresh(account=paid, at=clock.now())
    paid.refresh_from_db()
    assert paid.external_account
    assert not CredentialChange.objects.exists()

    sandbox_control.change_bank_account(paid.provider_id)
    deliver()
    onboarding.refresh(account=paid, at=clock.now())

    change = CredentialChange.objects.get()
    assert (change.account, change.what) == (paid, "payout_account")
