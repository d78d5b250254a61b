"""Idempotency keys as Stripe keeps them.

v1 (https://docs.stripe.com/api/idempotent_requests): the answer of the first
call that began to execute is stored for 24 hours per account and key, a 500
included, and given again; other parameters are an `idempotency_error`; a call
that runs at the same time is a 409; nothing is stored for parameters that fail
validation. v2 (https://docs.stripe.com/api-v2-overview): a success is given
again for 30 days, a failure is executed again.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from marketplace.sandbox.errors import ApiError, Invalid
from marketplace.sandbox.store import Store

LONGEST_KEY = 255
V1_LIFETIME = 24 * 3_600
V2_LIFETIME = 30 * 24 * 3_600


@dataclass(frozen=True)
class Stored:
    """An answer kept under a key."""

    status: int
    body: dict[str, Any]


def fingerprint(method: str, path: str, params: dict[str, Any]) -> str:
    """Return what makes two calls under one key the same call."""
    text = json.dumps([method, path, params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class InFlight:
    """The keys being executed at this moment, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def hold(self, account: str, key: str | None) -> Iterator[None]:
        """Hold a key while its call executes.

        :raises ApiError: 409, another call holds it.
        """
        if key is None:
            yield
            return
        with self._lock:
            if (account, key) in self._keys:
                raise ApiError(
                    "There is currently another in-progress request using this "
                    f"Stripe-Idempotent-Key: {key}",
                    status=409,
                    type="idempotency_error",
                    code="idempotency_key_in_use",
                )
            self._keys.add((account, key))
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard((account, key))


def check_key(key: str | None) -> str | None:
    """Return a usable key, None where the caller sent none.

    :raises Invalid: longer than 255 characters.
    """
    if key is not None and len(key) > LONGEST_KEY:
        raise Invalid("Idempotency keys are at most 255 characters long.")
    return key or None


def find(store: Store, account: str, key: str, call: str, now: int) -> Stored | None:
    """Return the answer kept under the key.

    :raises ApiError: the key was used with other parameters.
    """
    rows = store.rows(
        "SELECT call, status, body FROM idempotency"
        " WHERE account = ? AND key = ? AND expires > ?",
        (account, key, now),
    )
    if not rows:
        return None
    if rows[0][0] != call:
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters "
            f"they were first used with. Try using a key other than '{key}' if you "
            "meant to execute a different request.",
            type="idempotency_error",
        )
    return Stored(rows[0][1], json.loads(rows[0][2]))


def keep(
    store: Store, account: str, key: str, call: str, answer: Stored, expires: int
) -> None:
    """Keep an answer under the key until `expires` (virtual time)."""
    store.run(
        "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?)",
        (account, key, call, answer.status, json.dumps(answer.body), expires),
    )
