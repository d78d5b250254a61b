"""Whatever happens to payments and refunds, in whatever order: the sums hold."""

import random

import pytest
import stripe

from marketplace.sandbox import buttons
from marketplace.sandbox.errors import ApiError
from marketplace.sandbox.resources import refunding
from tests.marketplace.sandbox import client as hands

DAY = 86_400
CARDS = (
    "4242424242424242",
    "4242424242424242",
    "4000000000000077",
    "4000000000005126",
    "4000000000007726",
)
# A refund whose money has left the balance and not come back.
GONE = ("succeeded", "requires_action")


class Walk:
    """One platform in Japan, and a person who does anything that comes to mind."""

    def __init__(self, world, seed):
        self.world = world
        self.random = random.Random(seed)
        self.refused = 0

    def step(self):
        """Do one thing; what is refused must not matter."""
        action = self.random.choice(
            (
                self.pay,
                self.take_voucher,
                self.end_voucher,
                self.refund,
                self.refund,
                self.refund_by_hand,
                self.finish_refund,
                self.cancel_refund,
                self.send_away,
                self.advance,
            )
        )
        try:
            action()
        except (stripe.InvalidRequestError, ApiError):
            self.refused += 1

    def session(self):
        return self.world.session(
            currency="jpy",
            line_items=[hands.line("Tea", self.random.randint(120, 5_000), "jpy")],
        )

    def pay(self):
        self.world.pay(self.session(), self.random.choice(CARDS))

    def take_voucher(self):
        hands.submit(self.world.sandbox, self.session().url, action="konbini")

    def intent(self):
        found = self.world.v1.payment_intents.list({"limit": 100}).data
        return self.random.choice(found).id if found else "pi_none"

    def made(self):
        found = self.world.v1.refunds.list({"limit": 100}).data
        return self.random.choice(found).id if found else "re_none"

    def end_voucher(self):
        end = self.random.choice((buttons.settle_voucher, buttons.expire_voucher))
        end(self.world.sandbox, self.intent())

    def refund(self):
        amount = self.random.randint(1, 4_000)
        params = {"payment_intent": self.intent(), "amount": amount}
        self.world.v1.refunds.create(params)

    def refund_by_hand(self):
        buttons.refund_from_dashboard(self.world.sandbox, self.intent())

    def finish_refund(self):
        end = self.random.choice((buttons.complete_refund, buttons.fail_refund))
        end(self.world.sandbox, self.made())

    def cancel_refund(self):
        self.world.v1.refunds.cancel(self.made())

    def send_away(self):
        """Leave the platform short, so that refunds must wait."""
        available, _ = self.world.balance("jpy")
        if available > 2_000:
            params = {"amount": available - 1_000, "currency": "jpy"}
            self.world.v1.transfers.create({**params, "destination": self.party})

    def advance(self):
        self.world.advance(self.random.randint(1, 4 * DAY))


def every(service, **params):
    return list(service.list({"limit": 100, **params}).auto_paging_iter())


def check(world):
    """Compare charges, refunds, lines and balances with each other."""
    v1 = world.v1
    lines = every(v1.balance_transactions, currency="jpy")
    assert sum(world.balance("jpy")) == sum(line.net for line in lines)
    refunds = every(v1.refunds)
    for made in refunds:
        moved = sum(line.net for line in lines if line.source == made.id)
        is_gone = made.status in GONE or made.pending_reason == "processing"
        assert moved == (-made.amount if is_gone else 0), made
        assert (made.failure_balance_transaction is None) or not is_gone
    waiting = [
        one.amount for one in refunds if one.pending_reason == "insufficient_funds"
    ]
    assert all(amount > world.balance("jpy")[0] for amount in waiting)
    for charge in every(v1.charges):
        live = [
            made.amount
            for made in refunds
            if made.charge == charge.id and made.status not in ("failed", "canceled")
        ]
        assert charge.amount_refunded == sum(live) <= charge.amount
        assert charge.refunded == (sum(live) == charge.amount)
        moved = [line.amount for line in lines if line.source == charge.id]
        assert moved == [charge.amount]
    paid = {charge.payment_intent for charge in every(v1.charges)}
    for intent in every(v1.payment_intents):
        assert (intent.status == "succeeded") == (intent.id in paid)


@pytest.mark.parametrize("seed", range(6))
def test_sums_hold_after_a_hundred_steps_in_any_order(make_world, seed):
    world = make_world(country="JP")
    walk = Walk(world, seed)
    walk.party = world.account(country="JP")

    for _ in range(100):
        walk.step()

    check(world)
    world.advance(60 * DAY)
    check(world)
    statuses = {made.status for made in every(world.v1.refunds)}
    assert {"succeeded", "failed"} <= statuses
    assert walk.refused < 80


def test_a_failed_refund_that_forgets_its_charge_is_caught(make_world, monkeypatch):
    world = make_world(country="JP")
    walk = Walk(world, 0)
    walk.pay()
    made = world.v1.refunds.create({"payment_intent": walk.intent(), "amount": 100})
    check(world)
    monkeypatch.setattr(refunding, "_count", lambda *given: None)

    buttons.fail_refund(world.sandbox, made.id)

    with pytest.raises(AssertionError):
        check(world)
