"""The commands that show money from outside: what is compared, exported, and pending."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from payouts.models import Transfer
from payouts.services import ledger, reconciliation
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def sold():
    market.take_in_topups()
    shop = market.shop()
    return market.buy(market.cart((market.variant(shop, price_amount=1995), 3)))


def told(*words: str, fails: bool = False) -> dict:
    out = io.StringIO()
    if fails:
        with pytest.raises(SystemExit) as exited:
            call_command(*words, "--json", stdout=out)
        assert exited.value.code == 1
    else:
        call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())


def stray(order) -> str:
    shop = order.seller_orders.get().shop
    account = shop.connected_account.provider_id
    made = sandbox_control.transfer_from_dashboard(account, 900, "EUR")
    market.advance(timedelta(hours=1))
    return made


def test_reconcile_prints_equal_sums_and_succeeds(sold):
    found = told("reconcile", "--since", "2d")

    assert (found["equal"], found["differences"]) == (True, [])
    assert all(day["our_amount"] == day["their_amount"] for day in found["days"])


def test_reconcile_exits_1_and_names_the_row(sold):
    transfer = stray(sold)

    found = told("reconcile", "--since", "2d", fails=True)

    assert [one["object_id"] for one in found["differences"]] == [transfer]
    assert [one["their_amount"] for one in found["differences"]] == [-900]
    assert found["booked"] == 1


def test_reconcile_compares_a_named_day_and_takes_in_what_no_notice_told(sold):
    day = clock.now().date()
    sandbox_control.set_deliveries(mode="drop")
    mug = market.variant(sold.seller_orders.get().shop, price_amount=2450)
    order = market.place(market.cart((mug, 1)), market.buyer(email="late@example.com"))
    market.pay(market.open_page(order))
    market.advance(timedelta(hours=1))

    found = told("reconcile", "--day", day.isoformat())
    jobs.drain()

    order.refresh_from_db()
    assert found["equal"]
    assert order.status == "paid"


@pytest.mark.parametrize("said", ["yesterday", "4x", "d"])
def test_reconcile_refuses_a_time_it_cannot_read(sold, said):
    with pytest.raises(CommandError, match="no day and no duration"):
        call_command("reconcile", "--since", said)


def test_external_rules_are_equal_and_each_bites(sold):
    assert told("check_invariants", "--external") == {
        "R1": [],
        "R2": [],
        "R3": [],
        "L6": [],
    }
    market.ship(sold)
    market.release_sellers()
    sent = Transfer.objects.get()
    Transfer.objects.update(amount=sent.amount - 1)
    stray(sold)

    found = told("check_invariants", "--external", fails=True)

    assert found["R1"][0].startswith("unbooked txn_")
    assert any(sent.provider_id in row for row in found["R2"])
    assert [sent.destination in row for row in found["R3"]] == [True]
    assert found["L6"][0].startswith("balance stripe_balance:EUR")
    assert ledger.balances().get("suspense:EUR", 0) == 0
    Transfer.objects.update(amount=sent.amount)


def test_only_what_happened_since_is_looked_at(sold):
    found = told("check_invariants", "--since", "2h", "--only", "I07")

    assert found == {"I07": []}
    with pytest.raises(CommandError, match="no duration"):
        call_command("check_invariants", "--since", "soon")


def test_export_money_is_what_the_sandbox_has_written_down(sold):
    market.ship(sold)
    market.release_sellers()
    sandbox_control.reverse_from_dashboard(Transfer.objects.get().provider_id, 500)
    reconciliation.run_light(at=market.advance(timedelta(hours=1)))

    found = told("export_money")

    payment, transfer = sold.payments.get(), Transfer.objects.get()
    assert found["charges"] == [
        {
            "id": payment.charge_id,
            "payment_intent_id": payment.payment_intent_id,
            "amount": 6_480,
            "currency": "EUR",
        }
    ]
    assert found["transfers"] == [
        {
            "id": transfer.provider_id,
            "destination": transfer.destination,
            "source_charge_id": payment.charge_id,
            "reversed_amount": 500,
            "amount": transfer.amount,
            "currency": "EUR",
        }
    ]
    assert [row["amount"] for row in found["reversals"]] == [500]
    assert (found["refunds"], found["disputes"]) == ([], [])


def test_pending_names_what_is_on_its_way_and_nothing_at_rest(sold):
    market.ship(sold)
    sandbox_control.arm_fault(match="POST /v1/transfers", do="timeout_before", times=1)
    market.release_sellers()
    transfer = Transfer.objects.get()

    found = told("pending")
    assert found["transfers"] == [transfer.public_id]
    assert found["total"] >= 1

    reconciliation.run_light(at=market.advance(timedelta(minutes=15)))
    jobs.drain()
    found = told("pending")
    assert (found["total"], found["transfers"], found["outbox"]) == (0, [], [])


def test_readyz_tells_the_last_results_only_when_asked(sold, client):
    reconciliation.run_light(at=clock.now())

    assert "reconciliation" not in client.get("/readyz").json()
    deep = client.get("/readyz?deep=1").json()

    assert deep["reconciliation"]["ok"] is True
    assert deep["invariants"] is None
