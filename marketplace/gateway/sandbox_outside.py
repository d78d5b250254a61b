"""What happens outside the platform at the sandbox: a buyer's bank, a party's bank,
Stripe itself, and a person at Stripe's dashboard.

Used through `sandbox_control`, which names all of it.
"""

from typing import Any, Literal

from marketplace.gateway import sandbox_wire


def open_dispute(
    payment_intent_id: str,
    reason: str = "fraudulent",
    amount: int | None = None,
    inquiry: bool = False,
    prevented: bool = False,
) -> str:
    """Let the buyer's bank dispute a payment; returns the dispute's id.

    `amount` in minor units, None for all that is not refunded. An `inquiry` moves no
    money; what is `prevented` takes the amount without a fee and asks nothing.
    """
    asked = {
        "payment_intent": payment_intent_id,
        "reason": reason,
        "amount": amount,
        "inquiry": inquiry,
        "prevented": prevented,
    }
    return _id(sandbox_wire.ask("POST", "/_sandbox/disputes", asked))


def close_dispute(
    dispute_id: str,
    outcome: Literal["won", "lost", "warning_closed", "escalated"],
) -> None:
    """Let the bank decide; an inquiry is closed, or `escalated` to a chargeback."""
    sandbox_wire.ask(
        "POST", f"/_sandbox/disputes/{dispute_id}/close", {"outcome": outcome}
    )


def appeal_dispute(dispute_id: str) -> None:
    """Open the appeal of a dispute that was lost."""
    sandbox_wire.ask("POST", f"/_sandbox/disputes/{dispute_id}/appeal", {})


def transfer_from_dashboard(account_id: str, amount: int, currency: str) -> str:
    """Send a party money by hand, with no label of ours; returns the transfer's id."""
    asked = {"destination": account_id, "amount": amount, "currency": currency.lower()}
    return _id(sandbox_wire.ask("POST", "/_sandbox/transfers", asked))


def reverse_from_dashboard(transfer_id: str, amount: int | None = None) -> str:
    """Take money back by hand, all that is left by default; returns the reversal's id."""
    path = f"/_sandbox/transfers/{transfer_id}/reversals"
    return _id(sandbox_wire.ask("POST", path, {"amount": amount}))


def switch(name: str, value: str) -> None:
    """Choose where more than one behaviour is possible: `reversals` are `strict` or
    `lenient`, a won dispute's `dispute_fee` is `kept` or `returned`."""
    sandbox_wire.ask("POST", f"/_sandbox/switches/{name}", {"value": value})


def _id(answer: Any) -> str:
    return str(answer["id"])
