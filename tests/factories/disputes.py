"""Banks that take payments back, for tests: what happens at the sandbox, and what we
make of it when we are told.
"""

from typing import Literal

from marketplace.gateway import sandbox_outside
from marketplace.kit import clock, jobs
from orders.models import Order
from payouts.models import Dispute
from payouts.services import disputes, ledger, releases

Outcome = Literal["won", "lost", "warning_closed", "escalated"]


def open_(order: Order, **how) -> str:
    """Let the buyer's bank dispute an order's payment; nobody tells the platform yet."""
    intent = order.payments.get(status="paid").payment_intent_id
    assert intent
    return sandbox_outside.open_dispute(intent, **how)


def fetched(dispute_id: str) -> Dispute:
    """Fetch a dispute as a notice would make us, and do what that promised."""
    found = disputes.refresh(provider_id=dispute_id, at=clock.now())
    jobs.drain()
    return found


def opened(order: Order, **how) -> Dispute:
    """Let the bank dispute an order, and hear of it."""
    return fetched(open_(order, **how))


def decided(dispute: Dispute, outcome: Outcome) -> Dispute:
    """Let the bank decide, and hear of it."""
    sandbox_outside.close_dispute(dispute.provider_id, outcome)
    return fetched(dispute.provider_id)


def appealed(dispute: Dispute, outcome: Outcome = "won") -> Dispute:
    """Appeal a dispute that was lost, let that be decided, and hear of it."""
    sandbox_outside.appeal_dispute(dispute.provider_id)
    fetched(dispute.provider_id)
    return decided(dispute, outcome)


def send_waiting() -> None:
    """Plan and send what is payable to sellers."""
    releases.plan_waiting(at=clock.now())
    jobs.drain()


def balances(
    names: dict[str, str] | None = None, *, currency: str = "EUR"
) -> dict[str, int]:
    """Every account of a currency that is not empty, parties by the names given."""

    def named(code: str) -> str:
        account, *party = code.split(":")[:-1]
        return ":".join([account, *((names or {}).get(one, one) for one in party)])

    return {
        named(code): amount
        for code, amount in ledger.balances().items()
        if amount and code.endswith(f":{currency}")
    }
