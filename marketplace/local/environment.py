"""The environment the platform's processes are started with."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from marketplace.local.console import RunError

_DEMO_BEGAN_DAYS_AGO = 91
_IN_PROCESS = "marketplace.sandbox.inprocess:application"
# Low, so that a demo of small sales meets a run that a second person approves.
_DEMO_APPROVAL_LIMITS = "SEK=100000;EUR=10000;JPY=10000"
_WEBHOOKS = ("PLATFORM", "CONNECT", "V2")
# What the platform reads; a database of our own must not meet settings of another.
_PLATFORM = (
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "DEBUG",
    "DJANGO_SETTINGS_MODULE",
    "EMAIL_URL",
    "MEDIA_ROOT",
    "PLATFORM_COUNTRY",
    "REDIS_URL",
    "SECRET_KEY",
    "SITE_NAME",
    "SITE_URL",
    "STATIC_ROOT",
)


def country() -> str:
    """The platform's country from the environment.

    :raises RunError: when it is no country code.
    """
    code = os.environ.get("PLATFORM_COUNTRY") or "SE"
    if not re.fullmatch("[A-Z]{2}", code):
        raise RunError(
            f"PLATFORM_COUNTRY is '{code}'; it must be a code of two capital letters."
        )
    return code


def uses_sandbox() -> bool:
    """Whether the Stripe sandbox stands in for Stripe.

    :raises RunError: when keys of Stripe are given without all that goes with them.
    """
    if not os.environ.get("STRIPE_SECRET_KEY"):
        return True
    names = [f"STRIPE_WEBHOOK_SECRET_{name}" for name in _WEBHOOKS]
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise RunError(
            f"STRIPE_SECRET_KEY is set, so these must be set too: {', '.join(missing)}."
        )
    return False


def without_platform(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without anything that belongs to a platform of the user's."""
    return {
        name: value
        for name, value in environment.items()
        if name not in _PLATFORM and not name.startswith(("STRIPE_", "SANDBOX_"))
    }


def platform(
    *, folder: Path, secrets: Mapping[str, str], database_url: str, redis_url: str
) -> dict[str, str]:
    """What every process of the platform needs, whatever it does."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": secrets["secret_key"],
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "MEDIA_ROOT": str(folder / "media"),
        "STATIC_ROOT": str(folder / "static"),
        "PYTHONUNBUFFERED": "1",
    }


def sandbox(*, folder: Path, secrets: Mapping[str, str]) -> dict[str, str]:
    """The keys shared by the sandbox and the platform that talks to it."""
    shared = {
        "SANDBOX_STATE": str(folder / "sandbox"),
        "SANDBOX_SECRET_KEY": secrets["sandbox_key"],
        "STRIPE_SECRET_KEY": secrets["sandbox_key"],
    }
    for name in _WEBHOOKS:
        secret = secrets[f"webhook_{name.lower()}"]
        shared[f"STRIPE_WEBHOOK_SECRET_{name}"] = secret
        shared[f"SANDBOX_WEBHOOK_SECRET_{name}"] = secret
    return shared


def demo() -> dict[str, str]:
    """Limits that fit the sums of a demo, unless others are given."""
    name = "PAYOUT_APPROVAL_LIMITS"
    return {name: os.environ.get(name) or _DEMO_APPROVAL_LIMITS}


def without_mail() -> dict[str, str]:
    """Keep mails, which otherwise are printed, out of what a command prints."""
    return {"EMAIL_URL": "dummymail://"}


def nowhere() -> dict[str, str]:
    """Settings that can be read and lead nowhere, for a command that asks nobody."""
    return {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": "nothing is signed",
        "STRIPE_SECRET_KEY": "sk_test_sandbox_nowhere",
    }


def sandbox_in_process(*, address: str) -> dict[str, str]:
    """Let a command carry the sandbox inside itself, on the state it shares.

    The pages it names are those the sandbox serves at its address later.
    """
    return {"STRIPE_WSGI_APP": _IN_PROCESS, "SANDBOX_BASE_URL": address}


def begun_in_the_past() -> dict[str, str]:
    """Let a new sandbox and its platform begin so long ago that the demo's ninety days,
    which are lived at once, end today. What exists already keeps its clock.
    """
    seconds = str(-_DEMO_BEGAN_DAYS_AGO * 86_400)
    return {"SANDBOX_START_OFFSET": seconds, "CLOCK_START_OFFSET": seconds}
