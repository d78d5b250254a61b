"""Accounts of sellers and creators, and the page where they hand in their papers."""

import dataclasses
import uuid
from typing import Any

from marketplace.gateway import client
from marketplace.gateway.types import AccountFacts, AccountRequest

INCLUDED: list[Any] = [
    "configuration.recipient",
    "requirements",
    "future_requirements",
    "defaults",
]


def create_account(*, request: AccountRequest, key: str) -> AccountFacts:
    """Create a party's account; the same key gives the same account.

    The platform carries fees and losses; the party sees Stripe's Express dashboard.

    :raises OutcomeUnknown: when nobody knows whether it was created; repeat the key.
    """
    asked: Any = {
        "dashboard": "express",
        "contact_email": request.email,
        "display_name": request.display_name,
        "identity": {
            "country": request.country.upper(),
            "entity_type": request.entity,
        },
        "configuration": {
            "recipient": {
                "capabilities": {
                    "stripe_balance": {"stripe_transfers": {"requested": True}}
                }
            }
        },
        "defaults": {
            "responsibilities": {
                "fees_collector": "application",
                "losses_collector": "application",
            }
        },
        "metadata": {"reference": request.reference, "kind": request.kind},
        "include": INCLUDED,
    }
    with client.answers() as stripe:
        account = stripe.v2.core.accounts.create(asked, {"idempotency_key": key})
    return _facts(account)


def fetch_account(*, account_id: str) -> AccountFacts:
    """Fetch what a party's account may do now and what it still owes Stripe.

    :raises NotFound: when Stripe knows no such account.
    """
    with client.answers() as stripe:
        account = stripe.v2.core.accounts.retrieve(account_id, {"include": INCLUDED})
        facts = _facts(account)
        if not (facts.transfers_active or facts.payouts_active):
            return facts
        banks = stripe.v1.accounts.external_accounts.list(account_id, {"limit": 1})
    bank: Any = banks.data[0] if banks.data else None
    return dataclasses.replace(
        facts, external_account=bank and (bank.fingerprint or bank.id)
    )


def login_link(*, account_id: str) -> str:
    """Make the address of the party's own pages at Stripe.

    :raises NotFound: when Stripe knows no such account.
    :raises Refused: when it is not onboarded, or closed.
    """
    with client.answers() as stripe:
        link = stripe.v1.accounts.login_links.create(
            account_id, {}, {"idempotency_key": f"login:{uuid.uuid4()}"}
        )
    return link.url


def onboarding_link(*, account_id: str, refresh_url: str, return_url: str) -> str:
    """Make the address of the party's onboarding page: for one use, within minutes.

    `refresh_url` is where a party lands whose link is spent: make a new one there.
    """
    with client.answers() as stripe:
        link = stripe.v2.core.account_links.create(
            {
                "account": account_id,
                "use_case": {
                    "type": "account_onboarding",
                    "account_onboarding": {
                        "refresh_url": refresh_url,
                        "return_url": return_url,
                        "collection_options": {
                            "fields": "eventually_due",
                            "future_requirements": "include",
                        },
                    },
                },
            },
            # A link is spent by its first use, so each call wants another one.
            {"idempotency_key": f"link:{uuid.uuid4()}"},
        )
    return link.url


def _facts(account: Any) -> AccountFacts:
    return AccountFacts(
        account_id=account.id,
        transfers_active=_status(account, "stripe_transfers") == "active",
        payouts_active=_status(account, "payouts") == "active",
        requirements_due=_due(account.requirements),
        is_closed=bool(account.closed),
        reference=client.labelled(account.metadata, "reference"),
        external_account=None,
    )


def _status(account: Any, capability: str) -> str | None:
    """Read a capability's status; a party may lack each of the levels above it."""
    found: Any = account.configuration
    for level in ("recipient", "capabilities", "stripe_balance", capability, "status"):
        found = getattr(found, level, None)
    return None if found is None else str(found)


def _due(requirements: Any) -> tuple[str, ...]:
    entries = getattr(requirements, "entries", None) or []
    return tuple(
        entry.description
        for entry in entries
        if entry.minimum_deadline.status in ("currently_due", "past_due")
    )
