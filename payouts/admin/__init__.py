"""Money, as staff read it. Nothing here writes a row of money: runs are started and the
clock is moved by services.
"""

from payouts.admin import (
    clawbacks,
    clock,
    disputes,
    holds,
    ledger,
    parties,
    reconciliation,
    refunds,
    returns,
    runs,
    transfers,
)

__all__ = [
    "clawbacks",
    "clock",
    "disputes",
    "holds",
    "ledger",
    "parties",
    "reconciliation",
    "refunds",
    "returns",
    "runs",
    "transfers",
]
