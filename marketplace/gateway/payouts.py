"""Payouts to banks: the parties', which Stripe makes by itself, and the platform's own."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from marketplace.gateway import client
from marketplace.gateway.types import PartyPayoutFacts, PartyPayoutStatus

STATUSES: dict[str, PartyPayoutStatus] = {
    "pending": "pending",
    "in_transit": "in_transit",
    "paid": "paid",
    "failed": "failed",
    "canceled": "cancelled",
}
# The day on which the longer schedules pay out.
SCHEDULE_DAYS: dict[str, dict[str, Any]] = {
    "weekly": {"weekly_payout_days": ["monday"]},
    "monthly": {"monthly_payout_days": [1]},
}


def list_party_payouts(*, account_id: str, since: datetime) -> list[PartyPayoutFacts]:
    """Fetch the payouts of a party made since a moment, newest first.

    :raises NotAuthorised: when the account is not one of ours.
    """
    with client.answers() as stripe:
        payouts = stripe.v1.payouts.list(
            {
                "created": {"gte": int(since.timestamp())},
                "limit": client.PAGE_LENGTH,
            },
            {"stripe_account": account_id},
        )
        return [_facts(payout, account_id) for payout in payouts.auto_paging_iter()]


def fetch_party_payout(*, account_id: str, payout_id: str) -> PartyPayoutFacts:
    """Fetch a payout of a party as it is now; one that was paid can have failed since.

    :raises NotFound: when the party has no such payout.
    """
    with client.answers() as stripe:
        payout = stripe.v1.payouts.retrieve(
            payout_id, {}, {"stripe_account": account_id}
        )
    return _facts(payout, account_id)


def set_payout_schedule(
    *, account_id: str, interval: Literal["manual", "daily", "weekly", "monthly"]
) -> None:
    """Choose how often Stripe pays a party's balance out; weekly on Mondays, monthly on
    the first. Repeating it changes nothing.
    """
    schedule: Any = {"interval": interval, **SCHEDULE_DAYS.get(interval, {})}
    _set({"payouts": {"schedule": schedule}}, account_id)


def set_minimum_balance(*, minimums: Mapping[str, int]) -> None:
    """Let automatic payouts of the platform leave this much, minor units by currency.

    Currencies that are not named keep the minimum they have.
    """
    by_currency = {currency.lower(): amount for currency, amount in minimums.items()}
    if by_currency:
        _set({"payouts": {"minimum_balance_by_currency": by_currency}}, None)


def payout_to_bank(*, amount: int, currency: str, reference: str, key: str) -> str:
    """Pay the platform's own available money out to its bank; returns the payout's id.

    :raises InsufficientBalance: when the available balance does not cover it.
    :raises OutcomeUnknown: when nobody knows; repeat the key.
    """
    with client.answers() as stripe:
        payout = stripe.v1.payouts.create(
            {
                "amount": amount,
                "currency": currency.lower(),
                "metadata": {"reference": reference},
            },
            {"idempotency_key": key},
        )
    return payout.id


def _set(payments: Any, account_id: str | None) -> None:
    # A setting is the same however often it is made, so each call has its own key.
    options: Any = {"idempotency_key": f"settings:{uuid.uuid4()}"}
    if account_id is not None:
        options["stripe_account"] = account_id
    with client.answers() as stripe:
        stripe.v1.balance_settings.update({"payments": payments}, options)


def _facts(payout: Any, account_id: str) -> PartyPayoutFacts:
    return PartyPayoutFacts(
        payout_id=payout.id,
        account_id=account_id,
        status=STATUSES[payout.status],
        amount=payout.amount,
        currency=payout.currency.upper(),
        arrival_at=client.moment(payout.arrival_date),
        failure_code=payout.failure_code,
        failure_message=payout.failure_message,
        created_at=client.moment(payout.created),
    )
