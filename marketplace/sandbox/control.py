"""The control plane under `/_sandbox/`: clock, faults, journal, webhooks.

What a person does on the dashboard and what tests and the platform's staff
pages do through the gateway. JSON in and out; it is no part of Stripe.
"""

import functools
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from marketplace.sandbox import buttons, deliveries, journal, outside, pushing
from marketplace.sandbox.config import API_VERSION
from marketplace.sandbox.errors import ApiError, Invalid, missing_object
from marketplace.sandbox.resources import accounts
from marketplace.sandbox.web import Request, Response, Router

if TYPE_CHECKING:
    from marketplace.sandbox.app import Sandbox

Action = Callable[[dict[str, Any], dict[str, str]], dict[str, Any]]


class Control:
    """Answers `/_sandbox/…`."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        self._router: Router[Action] = Router()
        for method, path, action in (
            ("GET", "health", self._health),
            ("GET", "journal", self._journal),
            ("GET", "clock", self._clock),
            ("POST", "clock/advance", self._advance),
            ("POST", "fault", self._arm),
            ("GET", "faults", self._faults),
            ("DELETE", "faults", self._clear),
            ("GET", "pending", self._pending),
            ("POST", "pending/{id}", self._answered),
            ("POST", "deliver", self._deliver),
            ("POST", "deliveries/mode", self._mode),
            ("POST", "deliveries/drop", self._drop),
            ("POST", "accounts/{id}/onboard", self._onboard),
        ):
            self._router.add(method, f"/_sandbox/{path}", action)
        for method, path, button in buttons.ROUTES:
            pressed = functools.partial(button, sandbox)
            self._router.add(method, f"/_sandbox/{path}", pressed)
        for path, step in outside.STEPS:
            taken = functools.partial(step, sandbox)
            self._router.add("POST", f"/_sandbox/{path}", taken)

    def handle(self, request: Request) -> Response:
        """Answer one request of the control plane."""
        found = self._router.find(request.method, request.path)
        if found is None:
            return Response.of_json(404, {"error": {"message": "No such control."}})
        action, path = found
        try:
            return Response.of_json(200, action(_asked(request), path))
        except ApiError as error:
            return Response.of_json(error.status, error.as_body())

    def _health(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        return {
            "ok": True,
            "api_version": API_VERSION,
            "country": self._sandbox.config.country,
            "now": self._sandbox.clock.now(),
        }

    def _journal(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        return {"lines": journal.lines(self._sandbox.store)}

    def _clock(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        clock = self._sandbox.clock
        return {"offset": clock.offset, "now": clock.now()}

    def _advance(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        seconds = asked.get("seconds")
        if isinstance(seconds, float) and seconds.is_integer():
            seconds = int(seconds)
        with self._sandbox.store.transaction():
            self._sandbox.clock.advance(_integer(seconds, "seconds"))
            self._sandbox.settle()
        return self._clock(asked, path)

    def _arm(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        fault = self._sandbox.faults.arm(
            str(asked.get("match", "")),
            str(asked.get("do", "")),
            nth=_integer(asked.get("nth", 1), "nth"),
            times=_integer(asked.get("times", 1), "times"),
        )
        return fault.as_json()

    def _faults(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        return {"faults": [fault.as_json() for fault in self._sandbox.faults.all()]}

    def _clear(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        self._sandbox.faults.clear()
        return {"faults": []}

    def _pending(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        knobs = pushing.asked(asked)
        if knobs.delay:
            raise Invalid("What is pending now is not kept back.", param="delay")
        return {
            "deliveries": [
                {
                    "id": delivery.id,
                    "endpoint": delivery.endpoint,
                    "event_id": delivery.event_id,
                    "type": delivery.type,
                    "body": delivery.body,
                    "signature": pushing.signature(self._sandbox, delivery, knobs.sign),
                }
                for delivery in pushing.selected(self._sandbox, knobs)
            ]
        }

    def _answered(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        delivery = deliveries.get(self._sandbox.store, path["id"])
        if delivery is None:
            raise missing_object("delivery", path["id"])
        status = _integer(asked.get("status"), "status")
        now = self._sandbox.clock.now()
        state = deliveries.answered(self._sandbox.store, delivery, status, now)
        return {"id": delivery.id, "state": state}

    def _deliver(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        return {"sent": pushing.push(self._sandbox, pushing.asked(asked))}

    def _drop(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        count = _integer(asked.get("next", 1), "next")
        deliveries.drop_next(self._sandbox.store, count)
        return {"next": count}

    def _mode(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        mode = str(asked.get("mode", ""))
        deliveries.set_mode(self._sandbox.store, mode)
        return {"mode": mode}

    def _onboard(self, asked: dict[str, Any], path: dict[str, str]) -> dict[str, Any]:
        return onboard(self._sandbox, path["id"], str(asked.get("outcome", "")))


def onboard(sandbox: "Sandbox", account_id: str, outcome: str) -> dict[str, Any]:
    """Do what a button of the onboarding page does; return the account.

    :raises ApiError: no such account, or an unknown outcome.
    """
    with sandbox.store.transaction():
        call = sandbox.call()
        account = accounts.find(call, account_id)
        accounts.onboard(call, account, outcome)
        journal.append(
            call.store,
            at=call.now,
            method="POST",
            path=f"/_sandbox/accounts/{account.id}/onboard",
            outcome="executed",
            account=account.id,
            result={"id": account.id},
            request={"outcome": outcome},
        )
        return accounts.view(account, ["configuration.recipient", "requirements"])


def _asked(request: Request) -> dict[str, Any]:
    if not request.body:
        return {}
    try:
        asked = json.loads(request.body)
    except ValueError as error:
        raise Invalid("The body is no JSON.") from error
    if not isinstance(asked, dict):
        raise Invalid("The body must be a JSON object.")
    return asked


def _integer(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(f"`{name}` must be a whole number.", param=name)
    return value
