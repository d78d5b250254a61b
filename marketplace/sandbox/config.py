"""How one sandbox is set up, and what it refuses to start with."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

API_VERSION = "2026-10-28.endive"
KEY_PREFIX = "sk_test_sandbox"
ENDPOINTS = ("platform", "connect", "v2")
DEFAULT_SECRETS = {name: f"whsec_sandbox_{name}" for name in ENDPOINTS}

PARTY_PAYOUTS = ("daily", "manual")

_EUROPE = (
    "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO "
    "PL PT RO SE SI SK"
)
_REGIONS = dict.fromkeys(_EUROPE.split(), "Europe")


class BadConfiguration(Exception):
    """The sandbox cannot start; the message is the one line to print."""


def region_of(country: str) -> str:
    """Return the region whose accounts may receive each other's transfers.

    Europe is one; every other country is its own.
    """
    return _REGIONS.get(country.upper(), country.upper())


@dataclass(frozen=True)
class Config:
    """Settings of one sandbox. Without `secret_key` any sandbox key is taken."""

    country: str = "SE"
    secret_key: str | None = None
    secrets: Mapping[str, str] = field(default_factory=lambda: DEFAULT_SECRETS)
    webhook_base: str | None = None
    base_url: str | None = None
    # Seconds by which the clock of a new state differs from real time: a history that
    # is made at once may begin in the past and end today.
    start_offset: int = 0
    # How a new connected account is paid out: `daily`, as at Stripe, or `manual`.
    party_payouts: str = "daily"

    def __post_init__(self) -> None:
        if self.secret_key is not None and not self.secret_key.startswith(KEY_PREFIX):
            raise BadConfiguration(
                f"SANDBOX_SECRET_KEY must start with {KEY_PREFIX}: "
                "the sandbox never takes a real key."
            )
        if len(self.country) != 2 or not self.country.isalpha():
            raise BadConfiguration(
                f"PLATFORM_COUNTRY must be a two-letter code, not {self.country!r}."
            )
        if self.party_payouts not in PARTY_PAYOUTS:
            raise BadConfiguration(
                f"SANDBOX_PARTY_PAYOUTS is one of {', '.join(PARTY_PAYOUTS)}, not "
                f"{self.party_payouts!r}."
            )
        for endpoint in ENDPOINTS:
            if not self.secrets.get(endpoint):
                raise BadConfiguration(
                    f"The webhook secret of the endpoint {endpoint} is empty."
                )


def from_environment(environment: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration that the environment variables describe.

    :raises BadConfiguration: a live key is set, or a value is malformed.
    """
    for name in ("STRIPE_SECRET_KEY", "SANDBOX_SECRET_KEY"):
        if "_live_" in environment.get(name, ""):
            raise BadConfiguration(
                f"{name} is a live key: the sandbox does not start beside it."
            )
    secrets = {
        endpoint: environment.get(f"SANDBOX_WEBHOOK_SECRET_{endpoint.upper()}")
        or environment.get(f"STRIPE_WEBHOOK_SECRET_{endpoint.upper()}")
        or DEFAULT_SECRETS[endpoint]
        for endpoint in ENDPOINTS
    }
    return Config(
        country=(environment.get("PLATFORM_COUNTRY") or "SE").upper(),
        secret_key=environment.get("SANDBOX_SECRET_KEY") or None,
        secrets=secrets,
        webhook_base=environment.get("SANDBOX_WEBHOOK_BASE") or None,
        base_url=environment.get("SANDBOX_BASE_URL") or None,
        start_offset=_whole(environment, "SANDBOX_START_OFFSET"),
        party_payouts=environment.get("SANDBOX_PARTY_PAYOUTS") or "daily",
    )


def _whole(environment: Mapping[str, str], name: str) -> int:
    """Read a whole number; 0 when it is not set."""
    try:
        return int(environment.get(name) or 0)
    except ValueError:
        raise BadConfiguration(f"{name} must be a whole number of seconds.") from None
