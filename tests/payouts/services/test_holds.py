"""What keeps earned money back: holds, days after a change, reserves, longer holds."""

from datetime import timedelta

import pytest
from django.urls import reverse

from marketplace.kit import clock, jobs
from marketplace.kit.models import AuditEvent
from payouts import queries
from payouts.models import (
    Accrual,
    CredentialChange,
    Entry,
    Hold,
    Reserve,
    SkipReason,
    Transfer,
)
from payouts.services import (
    holds,
    ledger,
    refund_doors,
    releases,
    reserves,
    terms,
)
from payouts.services.refunds import Units
from tests.factories import market, sellers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def sold(settings):
    """An order of 3 shirts with a creator's share of 618 cents, delivered."""
    settings.PAYOUT_MINIMUM_AMOUNTS = {"EUR": 1}
    market.take_in_topups()
    shop = market.shop()
    nina = market.creator(shop)
    variant = market.variant(shop, price_amount=1995)
    order = market.buy(market.cart((variant, 3, nina)))
    market.ship(order)
    return order


@pytest.fixture
def part(sold):
    return sold.seller_orders.get()


@pytest.fixture
def seller(part):
    return part.shop.connected_account


@pytest.fixture
def share(sold):
    return Accrual.objects.get(kind="share")


def place(account, **on) -> Hold:
    return holds.place(
        account=account, reason="looks odd", actor="7", at=clock.now(), **on
    )


def lift(hold: Hold) -> Hold:
    return holds.lift(hold=hold, reason="all well", actor="7", at=clock.now())


def balance(kind: str, account) -> int:
    return ledger.balances().get(f"{kind}:{account.reference}:EUR", 0)


# --- holds ----------------------------------------------------------------------------
def test_a_held_seller_order_is_not_released_until_it_is_lifted(part, seller):
    hold = place(seller, seller_order=part)

    market.release_sellers()
    assert balance("seller_held", seller) > 0
    assert not Transfer.objects.exists()

    lift(hold)
    releases.release_sellers(at=clock.now())
    jobs.drain()
    assert Transfer.objects.get().status == "sent"


def test_a_held_line_of_a_seller_holds_its_whole_seller_order(part, seller):
    place(seller, accrual=seller.accruals.get(kind="goods"))

    market.release_sellers()

    assert balance("seller_payable", seller) == 0
    assert not Transfer.objects.exists()


def test_a_held_share_is_not_released_and_the_sellers_part_is(share, seller):
    place(share.account, accrual=share)

    market.release_sellers()
    run = market.run_creators()

    assert Transfer.objects.get().kind == "seller"
    assert run.items.count() == 0
    assert queries.earnings(share.account).get().state == "held"
    assert balance("creator_held", share.account) == 618


def test_a_payee_on_hold_has_money_released_and_not_paid(seller):
    hold = place(seller)

    market.release_sellers()
    assert balance("seller_payable", seller) > 0
    assert not Transfer.objects.exists()

    lift(hold)
    releases.plan_waiting(at=clock.now())
    jobs.drain()
    assert balance("seller_payable", seller) == 0


def test_a_planned_transfer_of_a_payee_put_on_hold_is_payable_again(seller):
    releases.release_sellers(at=market.advance(8 * market.DAY))
    place(seller)

    jobs.drain()

    transfer = Transfer.objects.get()
    assert (transfer.status, transfer.failure_code) == ("failed", "held")
    assert balance("seller_payable", seller) == transfer.amount


def test_what_was_released_cannot_be_held_and_nothing_is_written(part, seller):
    market.release_sellers()

    with pytest.raises(holds.AlreadyReleased):
        place(seller, seller_order=part)

    assert not Hold.objects.exists()


def test_a_hold_needs_a_reason_and_a_target_of_the_payee(seller, share):
    with pytest.raises(holds.ReasonMissing):
        holds.place(account=seller, reason="  ", actor="7", at=clock.now())
    with pytest.raises(holds.NotTheirs):
        place(seller, accrual=share)

    assert not Hold.objects.exists()


def test_a_hold_is_lifted_once_and_stays_readable_for_ever(seller):
    hold = place(seller)
    lift(hold)

    with pytest.raises(holds.NotOnHold):
        lift(hold)

    assert (hold.reason, hold.release_reason) == ("looks odd", "all well")
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["hold.place", "hold.lift"]


# --- the days after a change ----------------------------------------------------------
def test_a_change_of_password_holds_payouts_for_seventy_two_hours(share):
    at = market.advance(15 * market.DAY)
    holds.note_change_of_user(
        user_id=share.account.creator.user_id, what="password", at=at
    )
    account = share.account

    just_before = at + timedelta(hours=72) - timedelta(seconds=1)
    reason = holds.blocking_reason(account=account, at=just_before)
    assert reason == SkipReason.ACCOUNT_CHANGED
    after = at + timedelta(hours=72)
    assert holds.blocking_reason(account=account, at=after) is None
    assert holds.waits_until(account=account, at=at) == after


def test_changing_the_password_on_its_page_is_noted(client, share):
    user = share.account.creator.user
    user.set_password("Gamla-lösenord-9")
    user.save()
    client.force_login(user)

    client.post(
        reverse("account_change_password"),
        {
            "oldpassword": "Gamla-lösenord-9",
            "password1": "Nytt-lösenord-77",
            "password2": "Nytt-lösenord-77",
        },
    )
    jobs.drain()

    change = CredentialChange.objects.get()
    assert (change.account, change.what) == (share.account, "password")


def test_a_change_of_an_owner_reaches_the_shop_and_of_a_clerk_does_not(seller):
    owner = seller.shop.memberships.get(role="owner").user
    clerk = sellers.user("clerk@example.com")
    seller.shop.memberships.create(user=clerk, role="staff")

    for user in (clerk, owner):
        holds.note_change_of_user(user_id=user.pk, what="email", at=clock.now())

    assert CredentialChange.objects.get().account == seller


# --- reserves and longer holds --------------------------------------------------------
def set_terms(account, **given) -> None:
    terms.change(
        **{
            "account": account,
            "schedule": "",
            "minimum_amounts": {},
            "reserve_bps": 0,
            "reserve_days": 0,
            "extra_hold_days": 0,
            "reason": "new shop",
            "actor": "7",
            "at": clock.now(),
            **given,
        }
    )


def test_a_sellers_reserve_stays_held_and_is_sent_on_its_day(part, seller):
    set_terms(seller, reserve_bps=1_000, reserve_days=30)
    owed = balance("seller_held", seller)

    market.release_sellers()

    reserve = Reserve.objects.get()
    assert reserve.amount == owed // 10 == balance("seller_held", seller)
    assert Transfer.objects.get().amount == owed - owed // 10
    at = market.advance(29 * market.DAY)
    assert reserves.release_due(at=at) == 0
    assert reserves.release_due(at=market.advance(2 * market.DAY)) == 1
    jobs.drain()
    sent = list(Transfer.objects.order_by("pk").values_list("kind", "amount", "status"))
    assert sum(amount for _kind, amount, _status in sent) == owed
    assert {status for _kind, _amount, status in sent} == {"sent"}
    assert balance("seller_held", seller) == balance("seller_payable", seller) == 0


def test_a_creators_reserve_is_in_a_later_run(share):
    set_terms(share.account, reserve_bps=2_000, reserve_days=10)

    first = market.run_creators()
    reserves.release_due(at=market.advance(11 * market.DAY))
    second = market.run_creators()

    assert first.items.get().amount == 618 - 123
    assert second.items.get().amount == 123
    assert Entry.objects.filter(kind="reserve_release").count() == 1


def test_a_refund_takes_the_reserve_before_it_makes_a_debt(share, part, seller):
    set_terms(share.account, reserve_bps=2_000, reserve_days=30)
    market.run_creators()
    line = part.lines.get()

    refund_doors.refund_by_staff(
        order=part.order,
        wanted=Units(lines={line.pk: 1}),
        reason="adjustment",
        note="torn",
        actor="7",
        request_key="one",
        at=clock.now(),
        is_unlimited=True,
    )

    back = share.reversed_shares.get()
    assert (back.amount, back.from_held_amount, back.from_receivable_amount) == (
        206,
        123,
        83,
    )
    assert balance("creator_held", share.account) == 0
    reserves.release_due(at=market.advance(31 * market.DAY))
    assert not Entry.objects.filter(kind="reserve_release").exists()


def test_terms_that_do_not_fit_are_refused_and_change_nothing(seller):
    for given in (
        {"reserve_bps": 1_000},
        {"reserve_bps": 9_001, "reserve_days": 5},
        {"schedule": "manual"},
        {"minimum_amounts": {"EUR": -1}},
        {"extra_hold_days": 366},
        {"reason": ""},
    ):
        with pytest.raises(terms.TermsRefused):
            set_terms(seller, **given)

    assert terms.of(seller) is None


def test_longer_holds_are_frozen_on_what_is_sold_from_then_on(sold, seller):
    set_terms(seller, extra_hold_days=10)

    variant = market.variant(seller.shop, price_amount=1995)
    buyer = market.buyer(email="later@example.com")
    later = market.buy(market.cart((variant, 1)), buyer)

    days = {
        row.seller_order.order_id: row.hold_days
        for row in seller.accruals.filter(kind="goods")
    }
    assert days == {sold.pk: 7, later.pk: 17}
