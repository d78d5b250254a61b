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


def restrict_account(account_id: str, payouts_only: bool = False) -> None:
    """Let Stripe take an account's capabilities away, or those to be paid out alone."""
    path = f"/_sandbox/accounts/{account_id}/restrict"
    sandbox_wire.ask("POST", path, {"payouts_only": payouts_only})


def unrestrict_account(account_id: str) -> None:
    """Let a party hand in what was missing: its capabilities are back."""
    sandbox_wire.ask("POST", f"/_sandbox/accounts/{account_id}/unrestrict", {})


def close_account(account_id: str) -> None:
    """Let Stripe close an account, whatever is in it."""
    sandbox_wire.ask("POST", f"/_sandbox/accounts/{account_id}/close", {})


def change_bank_account(account_id: str) -> str:
    """Let a party name another bank account; returns its id."""
    return _id(sandbox_wire.ask("POST", f"/_sandbox/accounts/{account_id}/bank", {}))


def pay_out(account_id: str, currency: str, amount: int | None = None) -> str:
    """Pay a party's balance out to its bank; returns the payout's id.

    `amount` in minor units, None for all that is available.
    """
    asked = {"account": account_id, "currency": currency.lower(), "amount": amount}
    return _id(sandbox_wire.ask("POST", "/_sandbox/payouts", asked))


def advance_payout(account_id: str, payout_id: str) -> None:
    """Let a payout take its next step now: on its way, then paid."""
    path = f"/_sandbox/payouts/{payout_id}/advance"
    sandbox_wire.ask("POST", path, {"account": account_id})


def fail_payout(account_id: str, payout_id: str, code: str = "account_closed") -> None:
    """Let the bank send a payout back, also one that was paid."""
    path = f"/_sandbox/payouts/{payout_id}/fail"
    sandbox_wire.ask("POST", path, {"account": account_id, "code": code})


def top_up(currency: str, amount: int) -> str:
    """Put money of the platform's own into its balance, there at once; returns its id."""
    asked = {"currency": currency.lower(), "amount": amount}
    return _id(sandbox_wire.ask("POST", "/_sandbox/topups", asked))


def drain_platform(currency: str, amount: int | None = None) -> str:
    """Pay the platform's balance out by hand, all of it by default, to make it short."""
    asked = {"currency": currency.lower(), "amount": amount}
    return _id(sandbox_wire.ask("POST", "/_sandbox/payouts", asked))


def switch(name: str, value: str) -> None:
    """Choose where more than one behaviour is possible: `reversals` are `strict` or
    `lenient`, a won dispute's `dispute_fee` is `kept` or `returned`."""
    sandbox_wire.ask("POST", f"/_sandbox/switches/{name}", {"value": value})


def _id(answer: Any) -> str:
    return str(answer["id"])
