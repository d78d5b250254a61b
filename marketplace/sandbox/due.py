"""What falls due by the virtual clock: sessions end, funds become available,
accounts that were to be restricted are.

Runs at the start of every call, so that whoever looks sees the state of now;
each effect carries the moment it was due, not the moment somebody looked.
"""

from marketplace.sandbox.calls import Call
from marketplace.sandbox.resources import (
    accounts,
    balance_settings,
    balances,
    checkout,
    disputes,
    konbini,
    payments,
    payouts,
    refunding,
    topups,
)
from marketplace.sandbox.store import Record

_BATCH = 500


def run(call: Call) -> None:
    """Apply everything due up to `call.now`, in the order of time."""
    while True:
        records = call.store.select(
            "due IS NOT NULL AND due <= ?", (call.now,), f"ORDER BY due LIMIT {_BATCH}"
        )
        if not records:
            # Money may have come by another way than the clock: a top-up.
            refunding.settle(call.at(call.now))
            return
        # One moment and one kind at a time: one `balance.available` for all of it.
        first = records[0]
        together = [
            record
            for record in records
            if (record.due, record.kind) == (first.due, first.kind)
        ]
        _apply(call.at(first.due or call.now), together)


def _apply(call: Call, records: list[Record]) -> None:
    kind = records[0].kind
    if kind == balances.KIND:
        balances.become_available(call, records)
        refunding.settle(call)
        return
    for record in records:
        if kind == checkout.KIND:
            checkout.end(call, record)
        elif kind == accounts.KIND:
            accounts.restrict(call, record)
        elif kind == payments.INTENT:
            konbini.expire(call, record)
        elif kind == refunding.KIND:
            refunding.fall_due(call, record)
        elif kind == disputes.KIND:
            disputes.overdue(call, record)
        elif kind == balance_settings.KIND:
            payouts.run_schedule(call, record)
        elif kind == payouts.KIND:
            payouts.advance(call, record)
        elif kind == topups.KIND:
            topups.succeed(call, record)
