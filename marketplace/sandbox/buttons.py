"""What a person does at the provider that no API call of the platform does: a bank
that refuses a refund, a buyer who hands in details, a hand on the dashboard.

The control plane, the dashboard page and tests press the same buttons.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from marketplace.sandbox import due, journal
from marketplace.sandbox.calls import Call
from marketplace.sandbox.errors import Invalid, missing_object
from marketplace.sandbox.resources import konbini, payments, refunding, refunds
from marketplace.sandbox.store import Record

if TYPE_CHECKING:
    from marketplace.sandbox.app import Sandbox

Button = Callable[["Sandbox", dict[str, Any], dict[str, str]], dict[str, Any]]


@contextmanager
def _pressed(
    sandbox: "Sandbox", path: str, asked: dict[str, Any]
) -> Iterator[tuple[Call, dict[str, Any]]]:
    """Give a call of nobody and a place for its result; write the press down."""
    result: dict[str, Any] = {}
    with sandbox.store.transaction():
        call = sandbox.call()
        due.run(call)
        yield call, result
        journal.append(
            call.store,
            at=call.now,
            method="POST",
            path=f"/_sandbox/{path}",
            outcome="executed",
            result=result,
            request=asked,
        )


def complete_refund(sandbox: "Sandbox", refund_id: str) -> dict[str, Any]:
    """Let a refund that waits succeed; return it.

    :raises ApiError: no such refund, or it does not wait.
    """
    with _pressed(sandbox, f"refunds/{refund_id}/complete", {}) as (call, result):
        record = refunds.find(call, refund_id)
        refunding.complete(call, record)
        result.update(record.body)
    return result


def fail_refund(
    sandbox: "Sandbox", refund_id: str, reason: str = "expired_or_canceled_card"
) -> dict[str, Any]:
    """Let a refund fail, also one that succeeded days ago; return it.

    :raises ApiError: no such refund or reason, or it is over already.
    """
    asked = {"reason": reason}
    with _pressed(sandbox, f"refunds/{refund_id}/fail", asked) as (call, result):
        record = refunds.find(call, refund_id)
        refunding.fail(call, record, reason)
        result.update(record.body)
    return result


def refund_from_dashboard(
    sandbox: "Sandbox", intent_id: str, amount: int | None = None
) -> dict[str, Any]:
    """Refund a payment by hand, without any label of the platform's; return it.

    `amount` in minor units; None refunds all that is left.

    :raises ApiError: what the API would refuse too.
    """
    path, asked = f"payment_intents/{intent_id}/refund", {"amount": amount}
    with _pressed(sandbox, path, asked) as (call, result):
        result.update(refunds.from_dashboard(call, intent_id, amount).body)
    return result


def settle_voucher(
    sandbox: "Sandbox", intent_id: str, store: str = "lawson"
) -> dict[str, Any]:
    """Pay a konbini voucher at a store; return the charge.

    :raises ApiError: no such payment or store, or no voucher of it waits.
    """
    path, asked = f"payment_intents/{intent_id}/settle", {"store": store}
    with _pressed(sandbox, path, asked) as (call, result):
        result.update(konbini.settle(call, _intent(call, intent_id), store).body)
    return result


def expire_voucher(sandbox: "Sandbox", intent_id: str) -> dict[str, Any]:
    """Let the time of a konbini voucher run out now; return the payment.

    :raises ApiError: no such payment, or no voucher of it waits.
    """
    path = f"payment_intents/{intent_id}/expire"
    with _pressed(sandbox, path, {}) as (call, result):
        intent = _intent(call, intent_id)
        konbini.expire(call, intent)
        result.update(intent.body)
    return result


def _intent(call: Call, intent_id: str) -> Record:
    intent = call.store.get(payments.INTENT, intent_id)
    if intent is None:
        raise missing_object("payment_intent", intent_id)
    return intent


def _complete_refund(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    return complete_refund(sandbox, path["id"])


def _fail_refund(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    return fail_refund(sandbox, path["id"], **_only(asked, "reason"))


def _refund(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    amount = asked.get("amount")
    if amount is not None and type(amount) is not int:
        raise Invalid("`amount` must be a whole number.", param="amount")
    return refund_from_dashboard(sandbox, path["id"], amount)


def _settle(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    return settle_voucher(sandbox, path["id"], **_only(asked, "store"))


def _expire(
    sandbox: "Sandbox", asked: dict[str, Any], path: dict[str, str]
) -> dict[str, Any]:
    return expire_voucher(sandbox, path["id"])


def _only(asked: dict[str, Any], name: str) -> dict[str, str]:
    return {name: str(asked[name])} if name in asked else {}


ROUTES: tuple[tuple[str, str, Button], ...] = (
    ("POST", "refunds/{id}/complete", _complete_refund),
    ("POST", "refunds/{id}/fail", _fail_refund),
    ("POST", "payment_intents/{id}/refund", _refund),
    ("POST", "payment_intents/{id}/settle", _settle),
    ("POST", "payment_intents/{id}/expire", _expire),
)
