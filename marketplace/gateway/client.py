"""The client of Stripe's SDK: built once per configuration, and its errors translated.

The SDK's own defaults are not ours: it would wait 80 seconds, write a telemetry file
and leave two of its four addresses on stripe.com. Retries belong to the rows that ask,
with the same key, so the SDK makes none.
"""

import functools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from marketplace.gateway import errors, transport

API_VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = (3.0, 10.0)
PAGE_LENGTH = 100
IN_PROCESS_ADDRESS = "http://sandbox.localhost"

stripe.enable_telemetry = False
# The SDK tells of every call at INFO; what matters of them is in our own rows.
logging.getLogger("stripe").setLevel(logging.WARNING)


def connect() -> stripe.StripeClient:
    """Give the client for the present settings; the same one for the same settings.

    :raises ImproperlyConfigured: naming the setting that is missing or contradicts.
    """
    return _build(
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_WSGI_APP
    )


def address() -> str:
    """Say where the client sends its requests."""
    if settings.STRIPE_API_BASE:
        return str(settings.STRIPE_API_BASE).rstrip("/")
    return IN_PROCESS_ADDRESS if settings.STRIPE_WSGI_APP else stripe.DEFAULT_API_BASE


def is_live() -> bool:
    """Say whether the key moves real money."""
    return str(settings.STRIPE_SECRET_KEY).startswith(("sk_live_", "rk_live_"))


def contradiction() -> str | None:
    """Say in one line what is wrong with the settings, or None."""
    if not settings.STRIPE_SECRET_KEY:
        return "STRIPE_SECRET_KEY is not set."
    if is_live() and (settings.STRIPE_API_BASE or settings.STRIPE_WSGI_APP):
        named = "STRIPE_API_BASE" if settings.STRIPE_API_BASE else "STRIPE_WSGI_APP"
        return (
            f"STRIPE_SECRET_KEY is a live key while {named} names a sandbox: "
            "unset one of them."
        )
    return None


def check_settings(**_kwargs: Any) -> list[CheckMessage]:
    """Tell Django's checks what is wrong with the Stripe settings."""
    found: list[CheckMessage] = []
    if wrong := contradiction():
        found.append(Error(wrong, id="gateway.E001"))
    found.extend(
        Warning(
            f"STRIPE_WEBHOOK_SECRET_{endpoint.upper()} is not set: every notice on "
            f"/stripe/webhook/{endpoint} will be refused.",
            id="gateway.W001",
        )
        for endpoint, secret in settings.STRIPE_WEBHOOK_SECRETS.items()
        if not secret
    )
    return found


@functools.lru_cache(maxsize=8)
def _build(key: str, api_base: str, wsgi_app: str) -> stripe.StripeClient:
    if wrong := contradiction():
        raise ImproperlyConfigured(wrong)
    addresses: Any = {}
    if api_base or wsgi_app:
        addresses = dict.fromkeys(
            ("api", "connect", "files", "meter_events"), address()
        )
    http_client: stripe.HTTPClient = (
        transport.WsgiClient(application=wsgi_app)
        if wsgi_app
        else stripe.RequestsClient(timeout=TIMEOUT_SECONDS)
    )
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses=addresses,
        max_network_retries=0,
        http_client=http_client,
    )


@contextmanager
def answers() -> Iterator[stripe.StripeClient]:
    """Give the client, and raise what Stripe's errors mean as errors of ours.

    :raises OutcomeUnknown: on a timeout, a lost connection, a 5xx, an unreadable answer.
    :raises RateLimited: on 429.
    :raises KeyInUse: on 409.
    :raises NotAuthorised: on 401 and on a permission our key lacks.
    :raises Refused: or one of its subclasses, on every other definite no.
    """
    connected = connect()
    try:
        yield connected
    except stripe.StripeError as problem:
        raise translate(problem) from problem


def translate(problem: stripe.StripeError) -> errors.GatewayError:
    """Turn an error of the SDK into the one that says what the caller must do next."""
    status = problem.http_status
    request_id = problem.request_id
    if isinstance(problem, stripe.APIConnectionError) or status is None:
        return errors.OutcomeUnknown(
            _("Stripe did not answer. Nothing is lost; it is looked up and settled.")
        )
    if status >= 500 or status < 400:
        return errors.OutcomeUnknown(
            _("Stripe had a problem. Nothing is lost; it is looked up and settled."),
            replayed=_header(problem, "Idempotent-Replayed") == "true",
            request_id=request_id,
        )
    if status == 429:
        return errors.RateLimited(
            _("Stripe is busy. Nothing was done yet; it is tried again shortly."),
            retry_after=_seconds(_header(problem, "Retry-After")),
            request_id=request_id,
        )
    if status == 409:
        return errors.KeyInUse(
            _("The same request is under way at Stripe. Its answer will follow."),
            request_id=request_id,
        )
    if status == 401 or isinstance(problem, stripe.PermissionError):
        return errors.NotAuthorised(
            _("Stripe refuses this platform's key. Nothing was done."),
            request_id=request_id,
        )
    return _refusal(problem)


REFUSALS: dict[str, type[errors.Refused]] = {
    "balance_insufficient": errors.InsufficientBalance,
    "insufficient_funds": errors.InsufficientBalance,
    "transfers_not_allowed": errors.AccountNotReady,
    "insufficient_capabilities_for_transfer": errors.AccountNotReady,
    "capability_not_active": errors.AccountNotReady,
    "capability_not_enabled": errors.AccountNotReady,
    "payouts_not_allowed": errors.AccountNotReady,
    "account_closed": errors.AccountNotReady,
    "account_invalid": errors.AccountNotReady,
    "amount_too_small": errors.AmountTooSmall,
    "charge_already_refunded": errors.AlreadyRefunded,
    "charge_disputed": errors.ChargeDisputed,
    "refund_disputed_payment": errors.ChargeDisputed,
    "resource_missing": errors.NotFound,
}


def _refusal(problem: stripe.StripeError) -> errors.Refused:
    """Name a definite no; what Stripe said is kept in the message."""
    code = problem.code or getattr(problem.error, "type", None) or "refused"
    kind = REFUSALS.get(code, errors.Refused)
    if isinstance(problem, stripe.CardError):
        kind = errors.CardDeclined
    elif problem.http_status == 404:
        kind = errors.NotFound
    return kind(
        _("Stripe refused: %(said)s Nothing was done.")
        % {"said": problem.user_message or code},
        code=code,
        request_id=problem.request_id,
    )


def _header(problem: stripe.StripeError, name: str) -> str:
    headers = problem.headers or {}
    return str(headers.get(name) or headers.get(name.lower()) or "")


def _seconds(value: str) -> int | None:
    return int(value) if value.isdecimal() else None


def moment(seconds: int) -> datetime:
    """Turn Stripe's unix seconds into an aware moment, UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def identifier(value: Any) -> str | None:
    """Give the id of a field that holds an id or, when expanded, the object."""
    if value is None or isinstance(value, str):
        return value
    return str(value.id)


def labelled(metadata: Any, name: str) -> str | None:
    """Read one of our own labels from an object's metadata."""
    return str(metadata[name]) if metadata is not None and name in metadata else None
