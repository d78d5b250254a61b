"""The API itself: who asks, is the request well formed, was it asked before,
do it, is the answer well formed, write it down.

Order of the checks, as Stripe's documentation gives it: key, version, route,
parameters (nothing stored so far), then the idempotency key, then the work.
"""

import base64
import json
import logging
import time
from dataclasses import dataclass
from typing import Any

from marketplace.sandbox import due, idempotency, ids, journal, operations, wire
from marketplace.sandbox.calls import Call, Upload
from marketplace.sandbox.clock import Clock
from marketplace.sandbox.config import API_VERSION, KEY_PREFIX, Config
from marketplace.sandbox.contract import requests, responses
from marketplace.sandbox.errors import ApiError, CardDeclined, Invalid
from marketplace.sandbox.faults import AnswerLost, Faults, known, seconds_of
from marketplace.sandbox.idempotency import Stored
from marketplace.sandbox.operations import Operation
from marketplace.sandbox.resources import accounts, expansion
from marketplace.sandbox.store import PLATFORM, Store
from marketplace.sandbox.web import Request, Response, body_limit

logger = logging.getLogger(__name__)

_SERVER_ERROR = {
    "error": {
        "type": "api_error",
        "message": "An unknown error occurred. (A fault armed in the sandbox.)",
    }
}


@dataclass
class _Work:
    """One call on its way through the pipeline."""

    request: Request
    operation: Operation
    call: Call
    raw: dict[str, Any]
    fault: str | None = None
    lost: bool = False

    @property
    def changes(self) -> bool:
        return self.request.method != "GET"

    @property
    def signature(self) -> str:
        return idempotency.fingerprint(self.request.method, self.request.path, self.raw)


class Api:
    """Answers `/v1` and `/v2`."""

    def __init__(
        self, store: Store, clock: Clock, config: Config, faults: Faults
    ) -> None:
        self._store = store
        self._clock = clock
        self._config = config
        self._faults = faults
        self._in_flight = idempotency.InFlight()
        self._router = operations.router()

    def handle(self, request: Request) -> Response:
        """Answer one request.

        :raises AnswerLost: a fault takes the answer away.
        """
        request_id = ids.new_id("req")
        work: _Work | None = None
        try:
            work = self._read(request, request_id)
            with self._in_flight.hold(work.call.account, work.call.key):
                answer, headers = self._answer(work)
        except ApiError as error:
            self._note_refusal(request, work, error)
            answer, headers = Stored(error.status, error.as_body()), error.headers
        if work is not None and work.lost:
            raise AnswerLost(f"{request.method} {request.path}")
        return Response.of_json(
            answer.status,
            answer.body,
            (("Request-Id", request_id), ("Stripe-Version", API_VERSION), *headers),
        )

    def _read(self, request: Request, request_id: str) -> _Work:
        """Return the well-formed call.

        :raises ApiError: the first thing that is wrong with it.
        """
        self._authenticate(request)
        found = self._router.find(request.method, request.path)
        if found is None:
            raise ApiError(
                f"Unrecognized request URL ({request.method}: {request.path}).",
                status=404,
            )
        operation, path = found
        _check_version(request, operation)
        if len(request.body) >= body_limit(request.path):
            raise ApiError("The request body is too large.", status=413)
        raw, from_form, upload = _decode(request, operation)
        params = requests.check(
            operation.params, raw, from_form=from_form, dotted_names=operation.is_v2
        )
        key = request.headers.get("idempotency-key") if request.body_expected else None
        call = Call(
            self._store,
            self._clock,
            self._config,
            self._clock.now(),
            account=self._account(request, operation),
            params=params,
            path=path,
            base_url=self._config.base_url or request.base_url,
            request_id=request_id,
            key=idempotency.check_key(key),
            api_path=request.path,
            upload=upload,
        )
        return _Work(request, operation, call, raw)

    def _authenticate(self, request: Request) -> None:
        key = _api_key(request)
        if not key:
            raise ApiError("You did not provide an API key.", status=401)
        wanted = self._config.secret_key
        if (wanted is not None and key != wanted) or not key.startswith(KEY_PREFIX):
            raise ApiError(
                f"Invalid API Key provided: {key[:4]}***. The sandbox takes only "
                f"its own keys, {KEY_PREFIX}…",
                status=401,
            )

    def _account(self, request: Request, operation: Operation) -> str:
        account = request.headers.get("stripe-account") or request.headers.get(
            "stripe-context"
        )
        if not account:
            return PLATFORM
        if self._store.get(accounts.KIND, account) is None:
            raise ApiError(
                f"The provided key does not have access to account '{account}' (or "
                "that account does not exist).",
                status=403,
                code="account_invalid",
            )
        # Accounts and their events belong to the platform.
        return PLATFORM if operation.is_v2 else account

    def _answer(self, work: _Work) -> tuple[Stored, tuple[tuple[str, str], ...]]:
        named = work.request.headers.get("sandbox-fault")
        work.fault = (
            known(named)
            if named
            else self._faults.take(work.request.method, work.request.path)
        )
        fault = work.fault or ""
        if fault in ("429", "lock_timeout"):
            raise _too_busy(fault)
        if fault == "timeout_before":
            self._write(work, "failed:timeout_before")
            work.lost = True
            return Stored(0, {}), ()
        # Outside the lock: a slow call must not hold up the dashboard.
        if fault:
            time.sleep(seconds_of(fault))
        work.lost = fault == "timeout_after_commit"
        with self._store.transaction():
            work.call.now = self._clock.now()
            due.run(work.call)
            return self._execute_once(work)

    def _execute_once(self, work: _Work) -> tuple[Stored, tuple[tuple[str, str], ...]]:
        call, key = work.call, work.call.key if work.changes else None
        if key is None:
            answer, _ = self._execute(work)
            is_lost = work.fault == "500_after"
            return (Stored(500, _SERVER_ERROR) if is_lost else answer), ()
        kept = idempotency.find(
            self._store, call.account, key, work.signature, call.now
        )
        if kept is not None:
            self._write(work, "replayed", kept.body)
            return kept, (("Idempotent-Replayed", "true"),)
        answer, stays = self._execute(work)
        if stays:
            self._keep(work, key, answer)
        if work.fault == "500_after":
            return Stored(500, _SERVER_ERROR), ()
        return answer, ()

    def _keep(self, work: _Work, key: str, answer: Stored) -> None:
        """Store the answer: v1 whatever it was, v2 only a success."""
        is_v2 = work.operation.is_v2
        if is_v2 and answer.status >= 400:
            return
        if work.fault == "500_after" and not is_v2:
            answer = Stored(500, _SERVER_ERROR)
        life = idempotency.V2_LIFETIME if is_v2 else idempotency.V1_LIFETIME
        idempotency.keep(
            self._store,
            work.call.account,
            key,
            work.signature,
            answer,
            work.call.now + life,
        )

    def _execute(self, work: _Work) -> tuple[Stored, bool]:
        """Do the work; return the answer and whether it stays under the key."""
        if work.fault == "500_before":
            self._write(work, "failed:500")
            return Stored(500, _SERVER_ERROR), True
        try:
            with self._store.savepoint():
                try:
                    body = work.operation.handler(work.call)
                except CardDeclined as decline:
                    # A refused card leaves its intent and its failed charge behind.
                    return self._refused(work, decline)
                # A stored object must not change by being answered.
                body = expansion.expand(work.call, json.loads(json.dumps(body)))
                responses.check(body)
        except ApiError as error:
            return self._refused(work, error)
        except Exception as error:
            logger.exception("%s %s", work.request.method, work.request.path)
            self._write(work, "failed:500")
            message = f"The sandbox broke its own rules: {error}"
            body = {"error": {"type": "api_error", "message": message}}
            return Stored(500, body), False
        self._write(work, "executed", body)
        return Stored(200, body), True

    def _refused(self, work: _Work, error: ApiError) -> tuple[Stored, bool]:
        self._write(work, f"refused:{error.code or error.type}")
        return Stored(
            error.status, json.loads(json.dumps(error.as_body()))
        ), error.stored

    def _write(
        self, work: _Work, outcome: str, result: dict[str, Any] | None = None
    ) -> None:
        if not work.changes:
            return
        call = work.call
        journal.append(
            self._store,
            at=call.now,
            method=work.request.method,
            path=work.request.path,
            outcome=outcome,
            key=call.key,
            account=call.account or None,
            result=result,
            request=call.params,
            fault=work.fault,
        )

    def _note_refusal(
        self, request: Request, work: _Work | None, error: ApiError
    ) -> None:
        """Write a refusal that came before anything was executed."""
        if request.method == "GET":
            return
        journal.append(
            self._store,
            at=self._clock.now(),
            method=request.method,
            path=request.path,
            outcome=f"refused:{error.code or error.type}",
            key=request.headers.get("idempotency-key"),
            account=request.headers.get("stripe-account"),
            request=work.call.params if work else {},
            fault=work.fault if work else None,
        )


def _too_busy(fault: str) -> ApiError:
    if fault == "429":
        return ApiError(
            "Too many requests hit the API too quickly.",
            status=429,
            code="rate_limit",
            headers=(("Retry-After", "1"), ("Stripe-Should-Retry", "true")),
        )
    return ApiError(
        "This object cannot be accessed right now because another API request or "
        "process is currently accessing it.",
        status=429,
        code="lock_timeout",
    )


def _api_key(request: Request) -> str:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(credentials, validate=True).decode().split(":")[0]
        except ValueError:
            return ""
    return ""


def _check_version(request: Request, operation: Operation) -> None:
    """Take the pinned version only; v1 without a header means the account's own.

    :raises Invalid: another version, or none for v2.
    """
    version = request.headers.get("stripe-version")
    if version is None and not operation.is_v2:
        return
    if version != API_VERSION:
        raise Invalid(
            f"Invalid Stripe API version: {version}. The sandbox speaks {API_VERSION}.",
            code="invalid_api_version",
        )


def _decode(
    request: Request, operation: Operation
) -> tuple[dict[str, Any], bool, Upload | None]:
    """Return the raw parameters, whether they came as text, and a file beside them."""
    if not request.body_expected:
        return wire.decode_form(request.query), True, None
    if request.query:
        raise Invalid("Parameters of a POST belong in its body, not in the URL.")
    if operation.is_v2:
        return wire.decode_json(request.body), False, None
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        return wire.decode_multipart(request.body, content_type)
    try:
        return wire.decode_form(request.body.decode()), True, None
    except UnicodeDecodeError as error:
        raise Invalid("Invalid request body: it is no UTF-8.") from error
