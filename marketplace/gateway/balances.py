"""The platform's balance at Stripe and the lines it is made of."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from marketplace.gateway import client
from marketplace.gateway.types import BalanceFacts, BalanceLine


def fetch_balance() -> dict[str, BalanceFacts]:
    """Fetch the platform's balance by currency, in minor units."""
    with client.answers() as stripe:
        balance = stripe.v1.balance.retrieve()
    return _facts(balance)


def fetch_party_balance(*, account_id: str) -> dict[str, BalanceFacts]:
    """Fetch a party's balance by currency, in minor units.

    :raises NotAuthorised: when the account is not one of ours.
    """
    with client.answers() as stripe:
        balance = stripe.v1.balance.retrieve({}, {"stripe_account": account_id})
    return _facts(balance)


def _facts(balance: Any) -> dict[str, BalanceFacts]:
    available = _by_currency(balance.available)
    pending = _by_currency(balance.pending)
    reserved = _by_currency(getattr(balance, "connect_reserved", None) or [])
    return {
        currency: BalanceFacts(
            currency=currency,
            available_amount=available.get(currency, 0),
            pending_amount=pending.get(currency, 0),
            reserved_amount=reserved.get(currency, 0),
        )
        for currency in sorted({*available, *pending, *reserved})
    }


def list_balance_lines(
    *, since: datetime, until: datetime | None = None, type: str | None = None
) -> Iterator[BalanceLine]:
    """List the platform's balance lines made from `since` to before `until`, newest
    first, page by page while they are read; of one `type` (`transfer`, `adjustment`, …)
    or of all.
    """
    created: Any = {"gte": int(since.timestamp())}
    if until is not None:
        created["lt"] = int(until.timestamp())
    asked: Any = {"created": created, "limit": client.PAGE_LENGTH}
    if type is not None:
        asked["type"] = type
    with client.answers() as stripe:
        lines = stripe.v1.balance_transactions.list(asked)
        for line in lines.auto_paging_iter():
            yield line_of(line)


def line_of(line: Any) -> BalanceLine:
    """Copy a balance transaction of the platform."""
    return BalanceLine(
        id=line.id,
        type=line.type,
        amount=line.amount,
        fee_amount=line.fee,
        net_amount=line.net,
        currency=line.currency.upper(),
        source_id=client.identifier(line.source),
        created_at=client.moment(line.created),
        available_at=client.moment(line.available_on),
        account=None,
    )


def _by_currency(amounts: Any) -> dict[str, int]:
    return {part.currency.upper(): part.amount for part in amounts}
