"""What happens outside the API: a buyer's bank, a party's bank, Stripe itself, and a
person at Stripe's dashboard.

Each is one step of a sandbox, written into the journal, taken by a button of the
dashboard or through the control plane.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from marketplace.sandbox import journal
from marketplace.sandbox.calls import Call
from marketplace.sandbox.errors import Invalid, Refused, missing_object
from marketplace.sandbox.resources import (
    accounts,
    balance_settings,
    balances,
    banks,
    disputes,
    payments,
    payouts,
    reversals,
    topups,
    transfers,
)
from marketplace.sandbox.store import PLATFORM, Record

if TYPE_CHECKING:
    from marketplace.sandbox.app import Sandbox

Step = Callable[["Sandbox", dict[str, Any], dict[str, str]], dict[str, Any]]
_Work = Callable[[Call], dict[str, Any]]

# Switches of behaviour where Stripe's documentation leaves more than one reading.
SWITCHES = {
    "reversals": ("strict", "lenient"),
    "dispute_fee": ("kept", "returned"),
}


def _take(
    sandbox: "Sandbox",
    path: str,
    asked: dict[str, Any],
    work: _Work,
    *,
    account: str = PLATFORM,
) -> dict[str, Any]:
    """Do one step, all of it or nothing, and write it into the journal.

    :raises ApiError: the step is refused; nothing changed.
    """
    with sandbox.store.transaction():
        sandbox.settle()
        call = sandbox.call()
        call.account = account
        with sandbox.store.savepoint():
            result = work(call)
        journal.append(
            call.store,
            at=call.now,
            method="POST",
            path=f"/_sandbox/{path}",
            outcome="executed",
            account=account or None,
            result=result,
            request=asked,
        )
        return result


def charge_of(call: Call, intent_id: str) -> Record:
    """Return the charge that paid a PaymentIntent; a charge's own id is taken too.

    :raises ApiError: there is none.
    """
    if intent_id.startswith("ch_"):
        found = call.store.get(payments.CHARGE, intent_id)
        if found is not None:
            return found
    intent = call.store.get(payments.INTENT, intent_id)
    latest = intent.body["latest_charge"] if intent else None
    charge = call.store.get(payments.CHARGE, latest) if latest else None
    if charge is None:
        raise missing_object("charge", intent_id)
    return charge


def open_dispute(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """The buyer's bank disputes a payment."""

    def work(call: Call) -> dict[str, Any]:
        record = disputes.open_on(
            call,
            charge_of(call, _text(asked, "payment_intent")),
            reason=str(asked.get("reason") or "fraudulent"),
            amount=_optional_amount(asked),
            inquiry=asked.get("inquiry") is True,
            prevented=asked.get("prevented") is True,
        )
        return record.body

    return _take(sandbox, "disputes", asked, work)


def close_dispute(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """The bank decides: won, lost, warning_closed, escalated."""

    def work(call: Call) -> dict[str, Any]:
        record = disputes.find(call, path["id"])
        disputes.resolve(call, record, str(asked.get("outcome", "")))
        return record.body

    return _take(sandbox, f"disputes/{path['id']}/close", asked, work)


def appeal_dispute(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """A dispute that was lost may be appealed."""

    def work(call: Call) -> dict[str, Any]:
        record = disputes.find(call, path["id"])
        disputes.appeal(call, record)
        return record.body

    return _take(sandbox, f"disputes/{path['id']}/appeal", asked, work)


def submit_dispute(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """Somebody at Stripe's dashboard sends the bank an answer, or an appeal."""

    def work(call: Call) -> dict[str, Any]:
        text = _text(asked, "text")
        evidence: dict[str, Any] = {"uncategorized_text": text}
        if disputes.find(call, path["id"]).body["status"] == "appeal_needs_response":
            evidence = {"appeal": {"card": {"reason_for_filing": text}}}
        call.path, call.params = path, {"evidence": evidence}
        return disputes.update(call)

    return _take(sandbox, f"disputes/{path['id']}/submit", asked, work)


def transfer(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """Somebody sends money by hand: a transfer that the platform did not ask for."""

    def work(call: Call) -> dict[str, Any]:
        call.params = {
            "amount": _amount(asked),
            "currency": _text(asked, "currency"),
            "destination": _text(asked, "destination"),
        }
        return transfers.create(call)

    return _take(sandbox, "transfers", asked, work)


def reverse(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """Somebody takes money back by hand."""

    def work(call: Call) -> dict[str, Any]:
        call.path = path
        amount = _optional_amount(asked)
        call.params = {} if amount is None else {"amount": amount}
        return reversals.create(call)

    return _take(sandbox, f"transfers/{path['id']}/reversals", asked, work)


def restrict(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """Stripe takes an account's capabilities away, or those to be paid out alone."""

    def work(call: Call) -> dict[str, Any]:
        account = accounts.find(call, path["id"])
        if account.body["closed"]:
            raise Refused("This account is closed.", code="account_closed")
        if asked.get("payouts_only") is True:
            accounts.hold_payouts(call, account, held=True)
        else:
            accounts.restrict(call, account)
        return {"id": account.id}

    return _take(sandbox, f"accounts/{path['id']}/restrict", asked, work)


def unrestrict(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """The party handed in what was missing: its capabilities are back."""

    def work(call: Call) -> dict[str, Any]:
        account = accounts.find(call, path["id"])
        if account.body["closed"]:
            raise Refused("This account is closed.", code="account_closed")
        if account.extra.get("payouts_held"):
            accounts.hold_payouts(call, account, held=False)
        accounts.onboard(call, account, "complete")
        return {"id": account.id}

    return _take(sandbox, f"accounts/{path['id']}/unrestrict", asked, work)


def close_account(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """Stripe closes an account, whatever is in it."""

    def work(call: Call) -> dict[str, Any]:
        account = accounts.find(call, path["id"])
        accounts.end(call, account)
        return {"id": account.id}

    return _take(sandbox, f"accounts/{path['id']}/close", asked, work)


def change_bank(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """A party names another bank account."""

    def work(call: Call) -> dict[str, Any]:
        account = accounts.find(call, path["id"])
        bank = banks.change(call, account.id)
        balance_settings.plan(call, account.id)
        return bank.body

    return _take(sandbox, f"accounts/{path['id']}/bank", asked, work)


def pay_out(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """Somebody pays a balance out to its bank, all that is available by default."""
    account = str(asked.get("account") or PLATFORM)

    def work(call: Call) -> dict[str, Any]:
        currency = _text(asked, "currency").lower()
        amount = _optional_amount(asked)
        if amount is None:
            amount = balances.available(call, account, currency)
            if amount <= 0:
                raise Refused("Nothing is available to pay out.")
        call.params = {"amount": amount, "currency": currency}
        return payouts.create(call)

    return _take(sandbox, "payouts", asked, work, account=account)


def step_payout(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """The bank takes the next step of a payout, or sends it back (`fail`)."""
    account = str(asked.get("account") or PLATFORM)

    def work(call: Call) -> dict[str, Any]:
        record = payouts.find(call, path["id"])
        if path["step"] == "fail":
            payouts.fail(call, record, str(asked.get("code") or "account_closed"))
        elif path["step"] == "advance":
            payouts.advance(call, record)
        else:
            raise missing_object("step", path["step"])
        return record.body

    return _take(
        sandbox, f"payouts/{path['id']}/{path['step']}", asked, work, account=account
    )


def top_up(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """The platform's own money comes in at once."""

    def work(call: Call) -> dict[str, Any]:
        return topups.at_once(call, _amount(asked), _text(asked, "currency"))

    return _take(sandbox, "topups", asked, work)


def switch(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    """Choose how the sandbox behaves where more than one reading is possible."""
    name, value = path["name"], str(asked.get("value", ""))
    if value not in SWITCHES.get(name, ()):
        raise Invalid(
            f"There is no such choice: {name} {value!r}. There are {SWITCHES}.",
            param="value",
        )
    sandbox.store.set_setting(name, value)
    return {name: value}


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value:
        raise Invalid(f"Missing required param: {name}.", param=name)
    return value


def _amount(asked: dict[str, Any]) -> int:
    amount = _optional_amount(asked)
    if amount is None:
        raise Invalid("Missing required param: amount.", param="amount")
    return amount


def _optional_amount(asked: dict[str, Any]) -> int | None:
    amount = asked.get("amount")
    if amount is not None and (not isinstance(amount, int) or isinstance(amount, bool)):
        raise Invalid("`amount` must be a whole number of minor units.", param="amount")
    return amount


STEPS: tuple[tuple[str, Step], ...] = (
    ("disputes", open_dispute),
    ("disputes/{id}/submit", submit_dispute),
    ("disputes/{id}/close", close_dispute),
    ("disputes/{id}/appeal", appeal_dispute),
    ("transfers", transfer),
    ("transfers/{id}/reversals", reverse),
    ("accounts/{id}/restrict", restrict),
    ("accounts/{id}/unrestrict", unrestrict),
    ("accounts/{id}/close", close_account),
    ("accounts/{id}/bank", change_bank),
    ("payouts", pay_out),
    ("payouts/{id}/{step}", step_payout),
    ("topups", top_up),
    ("switches/{name}", switch),
)
