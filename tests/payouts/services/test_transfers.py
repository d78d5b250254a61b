"""Money leaves once: whatever the provider answers, or does not."""

from datetime import timedelta

import pytest

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from payouts import queries
from payouts.models import Entry, Transfer, TransferStatus
from payouts.services import ledger, onboarding, refunds, releases, transfers
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
SEND = "POST /v1/transfers"


@pytest.fixture
def shop():
    return market.shop()


@pytest.fixture
def planned(shop):
    """A released seller order whose transfer is planned and not sent."""
    variant = market.variant(shop, price_amount=1995)
    market.take_in_topups()
    market.ship(market.buy(market.cart((variant, 3))))
    releases.release_sellers(at=market.advance(8 * market.DAY))
    return Transfer.objects.get()


def send(transfer: Transfer) -> Transfer:
    return transfers.send(transfer_id=transfer.pk, at=clock.now())


def resolve(*, after: timedelta = timedelta(minutes=3)) -> None:
    transfers.resolve(at=market.advance(after))


def created() -> list[str]:
    """The transfers that exist at the provider, by the platform's name."""
    return [
        line["request"]["metadata"]["reference"]
        for line in sandbox_control.journal()
        if line["path"] == "/v1/transfers" and line["object_id"]
        if line["outcome"] != "replayed"
    ]


def balances() -> dict[str, int]:
    wanted = ("seller_payable", "clearing_transfer")
    return {
        code.split(":")[0]: amount
        for code, amount in ledger.balances().items()
        if code.startswith(wanted)
    }


def test_a_planned_transfer_reserves_its_money_before_anything_is_sent(planned):
    assert (planned.status, planned.kind, planned.amount) == (
        TransferStatus.PLANNED,
        "seller",
        5_986,
    )
    assert balances() == {"seller_payable": 0, "clearing_transfer": 5_986}
    assert created() == []


def test_a_sent_transfer_is_recorded_once_and_a_second_sender_does_nothing(planned):
    send(planned)
    send(planned)
    jobs.drain()

    planned.refresh_from_db()
    assert planned.status == TransferStatus.SENT
    assert planned.provider_id
    assert created() == [planned.public_id]
    assert balances() == {"seller_payable": 0, "clearing_transfer": 0}


@pytest.mark.parametrize("fault", ["timeout_after_commit", "timeout_before"])
def test_a_lost_answer_is_unknown_and_resolved_to_exactly_one_transfer(planned, fault):
    sandbox_control.arm_fault(match=SEND, do=fault)

    send(planned)

    planned.refresh_from_db()
    assert planned.status == TransferStatus.UNKNOWN
    assert balances()["clearing_transfer"] == 5_986
    resolve()
    planned.refresh_from_db()
    assert (planned.status, planned.attempt) == (TransferStatus.SENT, 1)
    assert created() == [planned.public_id]
    assert balances() == {"seller_payable": 0, "clearing_transfer": 0}


@pytest.mark.parametrize(("fault", "attempt"), [("500_before", 2), ("500_after", 1)])
def test_a_stored_failure_is_looked_up_and_ends_as_exactly_one_transfer(
    planned, fault, attempt
):
    sandbox_control.arm_fault(match=SEND, do=fault)

    send(planned)
    for _ in range(3):
        resolve()

    planned.refresh_from_db()
    assert (planned.status, planned.attempt) == (TransferStatus.SENT, attempt)
    made = [line for line in sandbox_control.journal() if line["object_id"]]
    assert {line["object_id"] for line in made if line["path"] == "/v1/transfers"} == {
        planned.provider_id
    }


def test_past_the_life_of_keys_a_transfer_is_looked_up_before_it_is_sent_again(planned):
    sandbox_control.arm_fault(match=SEND, do="timeout_after_commit")
    send(planned)

    resolve(after=timedelta(hours=25))

    planned.refresh_from_db()
    assert planned.status == TransferStatus.SENT
    assert created() == [planned.public_id]
    assert (
        len([x for x in sandbox_control.journal() if x["path"] == "/v1/transfers"]) == 1
    )


def test_a_worker_that_died_between_claim_and_call_is_taken_over(planned):
    Transfer.objects.filter(pk=planned.pk).update(
        status=TransferStatus.SUBMITTED, submitted_at=clock.now()
    )
    transfers.send_planned(at=clock.now())
    transfers.resolve(at=clock.now())
    assert created() == []

    resolve()

    planned.refresh_from_db()
    assert planned.status == TransferStatus.SENT
    assert created() == [planned.public_id]


def test_a_busy_provider_leaves_the_transfer_planned(planned):
    sandbox_control.arm_fault(match=SEND, do="429")

    send(planned)

    planned.refresh_from_db()
    assert (planned.status, planned.tries) == (TransferStatus.PLANNED, 1)
    assert planned.not_before > clock.now()
    send(planned)
    assert created() == []
    market.advance(timedelta(seconds=2))
    send(planned)
    planned.refresh_from_db()
    assert (planned.status, planned.attempt) == (TransferStatus.SENT, 1)


def test_an_account_that_is_not_active_any_more_makes_the_money_payable_again(
    planned, shop
):
    account = planned.account
    sandbox_control.onboard(account_id=account.provider_id, outcome="restrict")
    onboarding.refresh(account=account, at=clock.now())

    send(planned)

    planned.refresh_from_db()
    assert (planned.status, planned.failure_code) == (
        TransferStatus.FAILED,
        "account_not_active",
    )
    assert balances() == {"seller_payable": 5_986, "clearing_transfer": 0}
    sandbox_control.onboard(account_id=account.provider_id, outcome="complete")
    onboarding.refresh(account=account, at=clock.now())
    releases.plan_waiting(at=clock.now())
    jobs.drain()

    again = Transfer.objects.exclude(pk=planned.pk).get()
    assert (again.status, again.amount) == (TransferStatus.SENT, 5_986)
    assert created() == [again.public_id]


def test_a_refusal_of_the_provider_closes_the_row_and_gives_the_money_back(planned):
    sandbox_control.onboard(account_id=planned.account.provider_id, outcome="restrict")

    send(planned)

    planned.refresh_from_db()
    assert planned.status == TransferStatus.FAILED
    assert planned.failure_code
    assert balances() == {"seller_payable": 5_986, "clearing_transfer": 0}
    assert created() == []


def test_a_destination_changed_after_planning_is_not_paid(planned):
    account = planned.account
    account.provider_id = "acct_someone_else"
    account.save(update_fields=["provider_id"])

    send(planned)

    planned.refresh_from_db()
    assert planned.status == TransferStatus.FAILED
    assert created() == []
    assert balances() == {"seller_payable": 5_986, "clearing_transfer": 0}


def test_what_the_platform_adds_is_a_second_transfer_without_the_charge():

    shop = market.shop(is_business=False, delivery_amount=0)
    variant = market.variant(shop, price_amount=20_000)
    market.code("NINETY", rate_bps=9_000)
    market.take_in_topups()
    order = market.buy(market.cart((variant, 1), code="NINETY"))
    market.ship(order)
    releases.release_sellers(at=market.advance(8 * market.DAY))

    rows = Transfer.objects.order_by("pk").values_list("kind", "amount")
    assert list(rows) == [("seller", 2_000), ("subsidy", 16_000)]
    charge = order.payments.get().charge_id
    jobs.drain()
    assert list(
        Transfer.objects.order_by("pk").values_list("status", "source_charge_id")
    ) == [("sent", charge), ("sent", "")]
    assert Entry.objects.filter(kind="transfer_sent").count() == 2


def test_an_answer_lost_before_the_account_was_paused_is_not_paid_a_second_time(
    planned, shop
):
    sandbox_control.arm_fault(match=SEND, do="timeout_after_commit")
    send(planned)
    account = planned.account
    sandbox_control.onboard(account_id=account.provider_id, outcome="restrict")
    onboarding.refresh(account=account, at=clock.now())

    resolve()

    planned.refresh_from_db()
    assert planned.status == TransferStatus.SENT
    assert balances() == {"seller_payable": 0, "clearing_transfer": 0}
    sandbox_control.onboard(account_id=account.provider_id, outcome="complete")
    onboarding.refresh(account=account, at=clock.now())
    releases.plan_waiting(at=clock.now())
    jobs.drain()
    assert created() == [planned.public_id]


def test_a_transfer_that_never_arrived_is_closed_when_its_account_is_paused(planned):
    sandbox_control.arm_fault(match=SEND, do="timeout_before")
    send(planned)
    account = planned.account
    sandbox_control.onboard(account_id=account.provider_id, outcome="restrict")
    onboarding.refresh(account=account, at=clock.now())

    resolve()

    planned.refresh_from_db()
    assert planned.status == TransferStatus.FAILED
    assert balances() == {"seller_payable": 5_986, "clearing_transfer": 0}
    assert created() == []


def test_a_busy_provider_leaves_a_transfer_in_doubt_in_doubt(planned):
    sandbox_control.arm_fault(match=SEND, do="timeout_after_commit")
    send(planned)
    sandbox_control.arm_fault(match=SEND, do="429")

    resolve()

    planned.refresh_from_db()
    assert planned.status == TransferStatus.UNKNOWN
    resolve()
    planned.refresh_from_db()
    assert planned.status == TransferStatus.SENT
    assert created() == [planned.public_id]


def test_a_long_outage_does_not_outlive_the_key_of_a_transfer(planned):
    sandbox_control.arm_fault(match=SEND, do="timeout_after_commit")
    send(planned)
    for _ in range(3):
        sandbox_control.arm_fault(match=SEND, do="timeout_before")
        sandbox_control.arm_fault(match="GET /v1/transfers", do="timeout_before")
        resolve(after=timedelta(hours=15))
        sandbox_control.clear_faults()

    resolve(after=timedelta(hours=1))

    planned.refresh_from_db()
    assert planned.status == TransferStatus.SENT
    assert created() == [planned.public_id]


def test_an_addition_that_the_balance_did_not_cover_is_sent_later_by_itself():
    shop = market.shop(is_business=False, delivery_amount=0)
    variant = market.variant(shop, price_amount=20_000)
    market.code("NINETY", rate_bps=9_000)
    market.take_in_topups()
    order = market.buy(market.cart((variant, 1), code="NINETY"))
    market.ship(order)
    releases.release_sellers(at=market.advance(8 * market.DAY))
    own, addition = Transfer.objects.order_by("pk")
    send(own)
    sandbox_control.onboard(account_id=own.account.provider_id, outcome="restrict")
    send(addition)
    sandbox_control.onboard(account_id=own.account.provider_id, outcome="complete")
    addition.refresh_from_db()
    assert addition.status == TransferStatus.FAILED
    assert balances() == {"seller_payable": 16_000, "clearing_transfer": 0}
    (owed,) = queries.balances(addition.account)
    assert (owed.available, owed.paid) == (16_000, 2_000)

    releases.plan_waiting(at=clock.now())
    releases.plan_waiting(at=clock.now())
    jobs.drain()

    again = Transfer.objects.exclude(pk__in=[own.pk, addition.pk]).get()
    assert (again.kind, again.status, again.amount) == ("subsidy", "sent", 16_000)
    assert created() == [own.public_id, again.public_id]
    assert balances() == {"seller_payable": 0, "clearing_transfer": 0}
    (owed,) = queries.balances(addition.account)
    assert (owed.available, owed.paid) == (0, 18_000)


def test_a_seller_whose_buyer_got_back_more_than_he_paid_is_sent_what_he_earned():
    """The platform gave most of an order's price out of its own, then goods of one part
    came back: together more than that part had cost.
    """
    market.take_in_topups()
    shops = [market.shop(delivery_amount=0) for _ in range(2)]
    variants = [market.variant(shop, price_amount=2_500) for shop in shops]
    order = market.buy(market.cart(*((variant, 2) for variant in variants)))
    market.ship(order)
    part = order.seller_orders.get(shop=shops[1])
    asked = {"door": "staff", "actor": "7", "note": "late", "at": clock.now()}
    refunds.refund(
        order=order,
        wanted=refunds.Amount(amount=8_000, currency="EUR"),
        reason="adjustment",
        funded_by="platform",
        request_key="wish-1",
        **asked,
    )
    given = refunds.refund(
        order=order,
        wanted=refunds.Units(lines={part.lines.get().pk: 1}),
        reason="returned",
        request_key="wish-2",
        **asked,
    )
    assert given.amount == 2_000
    taken = sum(given.shares.filter(role="seller").values_list("amount", flat=True))

    releases.release_sellers(at=market.advance(8 * market.DAY))

    earned = sum(part.accruals.values_list("amount", flat=True)) - taken
    assert earned > 0
    assert [one.amount for one in part.transfers.all()] == [earned]
    assert not any(balances()[name] for name in balances() if name == "seller_payable")
