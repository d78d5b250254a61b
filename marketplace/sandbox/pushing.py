"""Pushes webhooks the way a bad day does: twice, late, in another order, wrongly
signed, or of another API version.

`selected` says which notices with which knobs; `push` sends them, and the control
plane hands them out for an endpoint that has no address.
"""

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from marketplace.sandbox import deliveries
from marketplace.sandbox.deliveries import Delivery
from marketplace.sandbox.errors import Invalid, missing_object

if TYPE_CHECKING:
    from marketplace.sandbox.app import Sandbox

MOST_COPIES = 10_000
LONGEST_DELAY = 366 * 86_400


@dataclass(frozen=True)
class Knobs:
    """What is pushed and how it is spoilt.

    `event` None means all that is pending. `copies` repeats each, `shuffle` seeds
    another order, `delay` keeps them back for so many virtual seconds, `sign` spoils
    the signature (`bad`, `old`, `none`, `wrong_secret`), `api_version` is put into the
    body.
    """

    event: str | None = None
    copies: int = 1
    shuffle: int | None = None
    delay: int = 0
    sign: str = "ok"
    api_version: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.copies <= MOST_COPIES:
            raise Invalid(f"`copies` is 1 to {MOST_COPIES}.", param="copies")
        if not 0 <= self.delay <= LONGEST_DELAY:
            raise Invalid(f"`delay` is 0 to {LONGEST_DELAY} seconds.", param="delay")
        if self.sign not in deliveries.SIGNS:
            known = ", ".join(deliveries.SIGNS)
            raise Invalid(f"`sign` is one of {known}.", param="sign")
        if self.delay and self.sign != "ok":
            raise Invalid(
                "What is kept back is signed rightly when it is sent: `delay` and "
                "`sign` do not go together.",
                param="sign",
            )

    @property
    def is_honest(self) -> bool:
        """Whether the endpoint's answer settles the delivery."""
        return self.sign == "ok" and self.api_version is None


def asked(values: dict[str, Any]) -> Knobs:
    """Return the knobs that the JSON of a request names.

    :raises Invalid: an unknown or malformed one.
    """
    known: dict[str, Any] = {}
    for name, value in values.items():
        if name in ("copies", "delay"):
            known[name] = _integer(value, name)
        elif name == "shuffle":
            known[name] = None if value is None else _integer(value, name)
        elif name in ("event", "api_version"):
            known[name] = None if value is None else str(value)
        elif name == "sign":
            known[name] = str(value)
        else:
            raise Invalid(f"There is no knob `{name}`.", param=name)
    return Knobs(**known)


def _integer(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(f"`{name}` must be a whole number.", param=name)
    return value


def selected(sandbox: "Sandbox", knobs: Knobs) -> list[Delivery]:
    """Return the notices to push, repeated and in the order asked for.

    :raises ApiError: no such event.
    """
    sandbox.settle()
    if knobs.event is None:
        found = deliveries.pending(sandbox.store, sandbox.clock.now())
    else:
        found = deliveries.of_event(sandbox.store, knobs.event)
        if not found:
            raise missing_object("event", knobs.event)
    pushes = [delivery for delivery in found for _ in range(knobs.copies)]
    if knobs.shuffle is not None:
        random.Random(knobs.shuffle).shuffle(pushes)
    return [
        replace(one, body=deliveries.with_version(one.body, knobs.api_version))
        for one in pushes
    ]


def push(sandbox: "Sandbox", knobs: Knobs) -> list[dict[str, Any]]:
    """Push webhooks now, or keep them back; return what came of each.

    One that is kept back goes out by itself when its time comes, signed then. Only
    an honest push counts as an attempt of its delivery.

    :raises ApiError: no such event.
    """
    pushes = selected(sandbox, knobs)
    if knobs.delay:
        at = sandbox.clock.now() + knobs.delay
        deliveries.keep_back(sandbox.store, pushes, at)
        return [_line(delivery, None) for delivery in pushes]
    return [_line(delivery, _send(sandbox, delivery, knobs)) for delivery in pushes]


def _send(sandbox: "Sandbox", delivery: Delivery, knobs: Knobs) -> int:
    status = sandbox.send(
        delivery.endpoint, delivery.body, signature(sandbox, delivery, knobs.sign)
    )
    if knobs.is_honest:
        deliveries.answered(sandbox.store, delivery, status, sandbox.clock.now())
    return status


def signature(sandbox: "Sandbox", delivery: Delivery, sign: str) -> str:
    """Return the header of a push at this moment, right or wrong as asked for."""
    secret = sandbox.secret_of(delivery.endpoint)
    return deliveries.sign_as(sign, secret, sandbox.clock.real_now(), delivery.body)


def _line(delivery: Delivery, status: int | None) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "endpoint": delivery.endpoint,
        "event_id": delivery.event_id,
        "type": delivery.type,
        "status": status,
    }
