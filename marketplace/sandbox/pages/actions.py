"""What the buttons of the dashboard do. Each takes the fields of its form and returns
the words that say what happened.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from marketplace.sandbox import (
    buttons,
    control,
    deliveries,
    money,
    outside,
    pushing,
)
from marketplace.sandbox.errors import Invalid
from marketplace.sandbox.pushing import Knobs
from marketplace.sandbox.resources import checks

if TYPE_CHECKING:
    from marketplace.sandbox.app import Sandbox

Fields = dict[str, str]
Action = Callable[["Sandbox", Fields], str]


def take(sandbox: "Sandbox", fields: Fields) -> str:
    """Do what a form asks for.

    :raises ApiError: it is refused; nothing changed.
    """
    action = ACTIONS.get(fields.get("action", ""))
    return action(sandbox, fields) if action else "Nothing was asked for."


def read_amount(text: str, currency: str) -> int:
    """Return what was typed, `1,995.00` or `1500`, in minor units.

    :raises Invalid: it is no amount of the currency.
    """
    code = checks.currency(currency)
    places = money.exponent(code)
    decimals = rf"(?:\.([0-9]{{1,{places}}}))?" if places else "()"
    found = re.fullmatch(rf"([0-9]{{1,12}}){decimals}", re.sub(r"[,\s]", "", text))
    if found is None:
        raise Invalid(f"{text[:20]!r} is no amount of {code.upper()}.", param="amount")
    return int(found[1] + (found[2] or "").ljust(places, "0"))


def _amount(fields: Fields) -> int:
    return read_amount(fields.get("amount", ""), fields.get("currency", ""))


def _count(fields: Fields, name: str) -> int:
    text = fields.get(name, "")
    if not text.isdecimal() or len(text) > 9:
        raise Invalid(f"`{name}` must be a whole number.", param=name)
    return int(text)


def _shown(fields: Fields) -> str:
    return money.format_amount(_amount(fields), fields["currency"])


def _arm(sandbox: "Sandbox", fields: Fields) -> str:
    times = fields.get("times", "1")
    fault = sandbox.faults.arm(
        fields.get("match", ""),
        fields.get("do", ""),
        times=int(times) if times.isdecimal() else 0,
    )
    return f"Armed: {fault.do} on {fault.match}."


def _clear(sandbox: "Sandbox", fields: Fields) -> str:
    sandbox.faults.clear()
    return "Every fault is disarmed."


def _switch(sandbox: "Sandbox", fields: Fields) -> str:
    name = fields.get("name", "")
    outside.switch(sandbox, {"value": fields.get("value")}, {"name": name})
    return f"{name.replace('_', ' ').capitalize()}: {fields['value']}."


def _onboard(sandbox: "Sandbox", fields: Fields) -> str:
    account, outcome = fields.get("account", ""), fields.get("outcome", "")
    control.onboard(sandbox, account, outcome)
    return f"Onboarding of {account}: {outcome}."


def _hold_payouts(sandbox: "Sandbox", fields: Fields) -> str:
    path = {"id": fields.get("account", "")}
    outside.restrict(sandbox, {"payouts_only": True}, path)
    return f"{path['id']} is paid out nothing; it can still receive."


def _unrestrict(sandbox: "Sandbox", fields: Fields) -> str:
    path = {"id": fields.get("account", "")}
    outside.unrestrict(sandbox, {}, path)
    return f"{path['id']} may do everything again."


def _close_account(sandbox: "Sandbox", fields: Fields) -> str:
    path = {"id": fields.get("account", "")}
    outside.close_account(sandbox, {}, path)
    return f"{path['id']} is closed."


def _change_bank(sandbox: "Sandbox", fields: Fields) -> str:
    path = {"id": fields.get("account", "")}
    bank = outside.change_bank(sandbox, {}, path)
    return f"{path['id']} has a new bank account, …{bank['last4']}."


def _refund(sandbox: "Sandbox", fields: Fields) -> str:
    intent = fields.get("intent", "")
    refund = buttons.refund_from_dashboard(sandbox, intent, _amount(fields))
    return f"Refund of {_shown(fields)}: {refund['status']}."


def _complete_refund(sandbox: "Sandbox", fields: Fields) -> str:
    refund = buttons.complete_refund(sandbox, fields.get("refund", ""))
    return f"The refund {refund['id']} has arrived."


def _fail_refund(sandbox: "Sandbox", fields: Fields) -> str:
    refund_id, reason = fields.get("refund", ""), fields.get("reason", "")
    buttons.fail_refund(sandbox, refund_id, reason)
    return f"The refund {refund_id} has failed; its money is back in the balance."


def _settle_voucher(sandbox: "Sandbox", fields: Fields) -> str:
    intent = fields.get("intent", "")
    buttons.settle_voucher(sandbox, intent)
    return f"The buyer has paid {intent} at the store."


def _expire_voucher(sandbox: "Sandbox", fields: Fields) -> str:
    intent = fields.get("intent", "")
    buttons.expire_voucher(sandbox, intent)
    return f"The voucher of {intent} has run out."


def _open_dispute(sandbox: "Sandbox", fields: Fields) -> str:
    asked = {
        "payment_intent": fields.get("intent", ""),
        "reason": fields.get("reason", ""),
        "amount": _amount(fields),
        "inquiry": fields.get("kind") == "inquiry",
        "prevented": fields.get("kind") == "prevented",
    }
    dispute = outside.open_dispute(sandbox, asked, {})
    return f"The bank disputes {_shown(fields)}: {dispute['status']}."


def _submit_dispute(sandbox: "Sandbox", fields: Fields) -> str:
    path = {"id": fields.get("dispute", "")}
    asked = {"text": fields.get("text", "")}
    dispute = outside.submit_dispute(sandbox, asked, path)
    return f"The evidence is with the bank: {dispute['status']}."


def _close_dispute(sandbox: "Sandbox", fields: Fields) -> str:
    path = {"id": fields.get("dispute", "")}
    dispute = outside.close_dispute(sandbox, {"outcome": fields.get("to")}, path)
    return f"The bank has decided: {dispute['status']}."


def _appeal_dispute(sandbox: "Sandbox", fields: Fields) -> str:
    outside.appeal_dispute(sandbox, {}, {"id": fields.get("dispute", "")})
    return "The dispute can be appealed now."


def _transfer(sandbox: "Sandbox", fields: Fields) -> str:
    asked = {
        "destination": fields.get("account", ""),
        "amount": _amount(fields),
        "currency": fields.get("currency", ""),
    }
    made = outside.transfer(sandbox, asked, {})
    return f"Sent {_shown(fields)} by hand: {made['id']}."


def _reverse(sandbox: "Sandbox", fields: Fields) -> str:
    path = {"id": fields.get("transfer", "")}
    made = outside.reverse(sandbox, {"amount": _amount(fields)}, path)
    return f"Took {_shown(fields)} back by hand: {made['id']}."


def _pay_out(sandbox: "Sandbox", fields: Fields) -> str:
    asked = {
        "account": fields.get("account", ""),
        "currency": fields.get("currency", ""),
        "amount": _amount(fields) if fields.get("amount", "").strip() else None,
    }
    made = outside.pay_out(sandbox, asked, {})
    shown = money.format_amount(made["amount"], made["currency"])
    return f"{shown} is on its way to the bank: {made['id']}."


def _step_payout(step: str) -> Action:
    def action(sandbox: "Sandbox", fields: Fields) -> str:
        asked = {"account": fields.get("account", ""), "code": fields.get("code")}
        path = {"id": fields.get("payout", ""), "step": step}
        payout = outside.step_payout(sandbox, asked, path)
        return f"The payout {payout['id']} is {payout['status']} now."

    return action


def _top_up(sandbox: "Sandbox", fields: Fields) -> str:
    asked = {"amount": _amount(fields), "currency": fields.get("currency", "")}
    outside.top_up(sandbox, asked, {})
    return f"{_shown(fields)} of the platform's own has come in."


def _push(sandbox: "Sandbox", knobs: Knobs) -> str:
    sent = pushing.push(sandbox, knobs)
    answers = ", ".join(str(push["status"] or "no answer") for push in sent[:10])
    rest = f" and {len(sent) - 10} more" if len(sent) > 10 else ""
    return f"Sent again: {answers}{rest}." if sent else "Nothing waits."


def _replay(sandbox: "Sandbox", fields: Fields) -> str:
    return _push(sandbox, Knobs(event=fields.get("event", "")))


def _duplicate(sandbox: "Sandbox", fields: Fields) -> str:
    return _push(sandbox, Knobs(event=fields.get("event", ""), copies=3))


def _forge(sandbox: "Sandbox", fields: Fields) -> str:
    sign = fields.get("sign", "")
    return _push(sandbox, Knobs(event=fields.get("event", ""), sign=sign))


def _deliver(sandbox: "Sandbox", fields: Fields) -> str:
    return _push(sandbox, Knobs())


def _shuffle(sandbox: "Sandbox", fields: Fields) -> str:
    seed, copies = _count(fields, "seed"), _count(fields, "copies")
    return _push(sandbox, Knobs(shuffle=seed, copies=copies))


def _drop(sandbox: "Sandbox", fields: Fields) -> str:
    count = _count(fields, "count")
    deliveries.drop_next(sandbox.store, count)
    return f"The next {count} webhooks are lost."


def _mode(sandbox: "Sandbox", fields: Fields) -> str:
    deliveries.set_mode(sandbox.store, fields.get("mode", ""))
    return f"Deliveries: {fields['mode']}."


ACTIONS: dict[str, Action] = {
    "advance_payout": _step_payout("advance"),
    "appeal_dispute": _appeal_dispute,
    "arm": _arm,
    "change_bank": _change_bank,
    "clear": _clear,
    "close_account": _close_account,
    "close_dispute": _close_dispute,
    "complete_refund": _complete_refund,
    "deliver": _deliver,
    "drop": _drop,
    "duplicate": _duplicate,
    "expire_voucher": _expire_voucher,
    "fail_payout": _step_payout("fail"),
    "fail_refund": _fail_refund,
    "forge": _forge,
    "hold_payouts": _hold_payouts,
    "mode": _mode,
    "onboard": _onboard,
    "open_dispute": _open_dispute,
    "pay_out": _pay_out,
    "refund": _refund,
    "replay": _replay,
    "reverse": _reverse,
    "settle_voucher": _settle_voucher,
    "shuffle": _shuffle,
    "submit_dispute": _submit_dispute,
    "switch": _switch,
    "top_up": _top_up,
    "transfer": _transfer,
    "unrestrict": _unrestrict,
}
