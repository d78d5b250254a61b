"""The hands of a person at the sandbox: its clock, its faults, its pages, its journal.

For the story, the admin's clock and tests. Each function raises `NotSandbox` when the
gateway talks to real Stripe.
"""

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from django.utils.translation import gettext as _

from marketplace.gateway import errors, sandbox_wire
from marketplace.gateway.sandbox_outside import (
    advance_payout,
    appeal_dispute,
    change_bank_account,
    close_account,
    close_dispute,
    drain_platform,
    fail_payout,
    open_dispute,
    pay_out,
    restrict_account,
    reverse_from_dashboard,
    switch,
    top_up,
    transfer_from_dashboard,
    unrestrict_account,
)

# What is named here but lives in its own module.
__all__ = [
    "advance_payout",
    "appeal_dispute",
    "change_bank_account",
    "close_account",
    "close_dispute",
    "drain_platform",
    "fail_payout",
    "open_dispute",
    "pay_out",
    "restrict_account",
    "reverse_from_dashboard",
    "switch",
    "top_up",
    "transfer_from_dashboard",
    "unrestrict_account",
]

WORKING_CARD = "4242424242424242"


def journal() -> list[dict[str, Any]]:
    """Read every object-changing call the sandbox was asked for, in order."""
    lines: list[dict[str, Any]] = sandbox_wire.ask("GET", "/_sandbox/journal")["lines"]
    return lines


def clock() -> dict[str, Any]:
    """Read the sandbox's clock: `offset` from real time in seconds and `now` in unix."""
    answer: dict[str, Any] = sandbox_wire.ask("GET", "/_sandbox/clock")
    return answer


def advance_clock(*, seconds: int | float | timedelta) -> dict[str, Any]:
    """Move the sandbox's clock forward; returns its new `offset` and `now`."""
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    answer: dict[str, Any] = sandbox_wire.ask(
        "POST", "/_sandbox/clock/advance", {"seconds": seconds}
    )
    return answer


def arm_fault(*, match: str, do: str, nth: int = 1, times: int = 1) -> str:
    """Let the nth call that matches ("POST /v1/transfers") go wrong; returns its id."""
    asked = {"match": match, "do": do, "nth": nth, "times": times}
    return str(sandbox_wire.ask("POST", "/_sandbox/fault", asked)["id"])


def faults() -> list[dict[str, Any]]:
    """Read which faults are armed and how often each was hit."""
    found: list[dict[str, Any]] = sandbox_wire.ask("GET", "/_sandbox/faults")["faults"]
    return found


def clear_faults() -> None:
    """Disarm every fault."""
    sandbox_wire.ask("DELETE", "/_sandbox/faults")


def pending(
    *,
    event: str | None = None,
    copies: int = 1,
    shuffle: int | None = None,
    sign: str = "ok",
    api_version: str | None = None,
) -> list[dict[str, Any]]:
    """Read the notices that were not delivered yet, each signed freshly; or those of
    one `event`, taken ones too. The knobs are those of `deliver`.
    """
    asked = {
        "event": event,
        "copies": copies,
        "shuffle": shuffle,
        "sign": sign,
        "api_version": api_version,
    }
    answer = sandbox_wire.ask("GET", "/_sandbox/pending", asked)
    found: list[dict[str, Any]] = answer["deliveries"]
    return found


def answered(delivery_id: str, status: int) -> None:
    """Tell the sandbox how a notice it had pending was answered."""
    sandbox_wire.ask("POST", f"/_sandbox/pending/{delivery_id}", {"status": status})


def deliver(
    event: str | None = None,
    *,
    copies: int = 1,
    shuffle: int | None = None,
    delay: int = 0,
    sign: str = "ok",
    api_version: str | None = None,
) -> dict[str, Any]:
    """Let the sandbox push one event, or all its pending notices; returns what came of
    each push in `sent`.

    `copies` repeats each; `shuffle` seeds another order; `delay` keeps them back for so
    many seconds of the sandbox's clock, and they are signed when they go; `sign` is
    ok, bad, old, none or wrong_secret; `api_version` is put into the body.
    """
    asked = {
        "event": event,
        "copies": copies,
        "shuffle": shuffle,
        "delay": delay,
        "sign": sign,
        "api_version": api_version,
    }
    answer: dict[str, Any] = sandbox_wire.ask("POST", "/_sandbox/deliver", asked)
    return answer


def drop_next(count: int = 1) -> None:
    """Lose the next notices that are made, so many of them."""
    sandbox_wire.ask("POST", "/_sandbox/deliveries/drop", {"next": count})


def set_deliveries(*, mode: str) -> None:
    """Let the sandbox `push` its notices by itself, `hold` them or `drop` them."""
    sandbox_wire.ask("POST", "/_sandbox/deliveries/mode", {"mode": mode})


def onboard(*, account_id: str, outcome: str = "complete") -> None:
    """Press a button of the onboarding page: `complete`, `incomplete`, `restrict`."""
    sandbox_wire.ask(
        "POST", f"/_sandbox/accounts/{account_id}/onboard", {"outcome": outcome}
    )


def complete_refund(refund_id: str) -> None:
    """Let a refund that waits for the buyer or the bank be sent."""
    sandbox_wire.ask("POST", f"/_sandbox/refunds/{refund_id}/complete", {})


def fail_refund(refund_id: str, reason: str = "expired_or_canceled_card") -> None:
    """Let a refund fail, also one that was sent days ago: the money comes back."""
    sandbox_wire.ask("POST", f"/_sandbox/refunds/{refund_id}/fail", {"reason": reason})


def refund_from_dashboard(payment_intent_id: str, amount: int | None = None) -> str:
    """Refund a payment by hand, without our label; returns the refund's id.

    `amount` in minor units; None refunds all that is left.
    """
    path = f"/_sandbox/payment_intents/{payment_intent_id}/refund"
    return str(sandbox_wire.ask("POST", path, {"amount": amount})["id"])


def pay(
    *,
    page_url: str,
    card: str = WORKING_CARD,
    expiry: str = "12/34",
    authenticate: bool = True,
) -> str:
    """Pay on a hosted page as a buyer would; returns where the buyer is sent then.

    `expiry` is the card's, MM/YY; `authenticate` is the answer on the bank's page, where
    the card asks for one.

    :raises CardDeclined: when the page is shown again because the card was declined.
    """
    form = {"card_number": card, "expiry": expiry, "cvc": "123", "action": "pay"}
    status, target, text = _form(page_url, form)
    if urlsplit(target).path.startswith("/3ds/"):
        status, target, text = _at_bank(target, authenticate=authenticate)
    if not target or urlsplit(target).path.startswith("/c/pay/"):
        said = _said(text) if text else _said(_get(target))
        raise errors.CardDeclined(
            _("The card was not charged: %(said)s") % {"said": said or status},
            code="card_declined",
        )
    return target


def answer_bank(*, page_url: str, authenticate: bool) -> str:
    """Answer the bank's page of a saved card's charge, as its buyer would; returns where
    he is sent then.
    """
    return _at_bank(page_url, authenticate=authenticate)[1]


def _at_bank(page_url: str, *, authenticate: bool) -> tuple[int, str, str]:
    button = "authenticate" if authenticate else "fail"
    return _form(page_url, {"action": button})


def pay_konbini(*, page_url: str, email: str = "") -> str:
    """Choose to pay in cash at a store on a hosted page, which gives a voucher;
    returns where the buyer is sent then. `email` is typed where the page asks for it.

    :raises GatewayError: when the page does not offer it or is over.
    """
    status, target, text = _form(page_url, {"action": "konbini", "email": email})
    if status != 303 or urlsplit(target).path.startswith("/c/pay/"):
        raise errors.GatewayError(
            _("The sandbox gave no voucher: %(status)s %(said)s")
            % {"status": status, "said": _said(text)}
        )
    return target


def settle_voucher(payment_intent_id: str, store: str = "lawson") -> None:
    """Pay a voucher in cash at a store."""
    path = f"/_sandbox/payment_intents/{payment_intent_id}/settle"
    sandbox_wire.ask("POST", path, {"store": store})


def expire_voucher(payment_intent_id: str) -> None:
    """Let the time of a voucher run out now."""
    sandbox_wire.ask(
        "POST", f"/_sandbox/payment_intents/{payment_intent_id}/expire", {}
    )


def cancel(*, page_url: str) -> str:
    """Leave a hosted page without paying; returns where the buyer is sent then."""
    return _form(page_url, {"action": "cancel"})[1]


def _get(url: str) -> str:
    return sandbox_wire.send("GET", url, {}, b"")[2].decode()


def _said(page: str) -> str:
    """Read the words of a page's alert."""
    found = re.search(r'role="alert">([^<]*)<', page)
    return html.unescape(found[1]) if found else ""


def _form(url: str, fields: dict[str, str]) -> tuple[int, str, str]:
    """Submit a form of a hosted page; returns status, target of the redirect, text."""
    status, headers, answer = sandbox_wire.send(
        "POST",
        url,
        {"Content-Type": "application/x-www-form-urlencoded"},
        urlencode(fields).encode(),
    )
    location = headers.get("Location") or ""
    return status, urljoin(url, location) if location else "", answer.decode()
