"""Reads for pages, staff and services: states of earnings, balances, lists."""

from payouts.queries.balances import (
    Balance,
    Debt,
    balances,
    debts,
)
from payouts.queries.listings import (
    bank_payouts,
    borne_by,
    disputes_of,
    open_holds,
    open_reserves,
    payout_history,
    seller_transfers,
    skips,
    withheld,
)
from payouts.queries.states import (
    STATES,
    earnings,
    expected_at,
    next_available,
    pending,
    with_state,
)
from payouts.queries.waterfalls import (
    Step,
    bars,
    waterfall,
)

__all__ = [
    "STATES",
    "Balance",
    "Debt",
    "Step",
    "balances",
    "bank_payouts",
    "bars",
    "borne_by",
    "debts",
    "disputes_of",
    "earnings",
    "expected_at",
    "next_available",
    "open_holds",
    "open_reserves",
    "payout_history",
    "pending",
    "seller_transfers",
    "skips",
    "waterfall",
    "with_state",
    "withheld",
]
