"""Reversals: money of a transfer that comes back to the platform's balance."""

from typing import Any

from marketplace.gateway import client
from marketplace.gateway.types import ReversalFacts, ReversalRequest


def send_reversal(*, request: ReversalRequest, key: str) -> ReversalFacts:
    """Take part of a transfer back; the same key takes it once.

    `request.amount` in minor units of the transfer's currency, at most what is not
    reversed yet.

    :raises InsufficientBalance: when the party's balance does not cover it.
    :raises NotFound: when Stripe knows no such transfer.
    :raises Refused: when less than the amount is left of the transfer.
    :raises OutcomeUnknown: when nobody knows; repeat the key, or look it up by
        `find_reversal` once the key may have been forgotten.
    """
    asked: Any = {
        "amount": request.amount,
        "metadata": {"reference": request.reference},
    }
    with client.answers() as stripe:
        reversal = stripe.v1.transfers.reversals.create(
            request.transfer_id, asked, {"idempotency_key": key}
        )
    return _facts(reversal)


def find_reversal(*, transfer_id: str, reference: str) -> ReversalFacts | None:
    """Find the reversal that was sent for a row of ours, if Stripe has it.

    :raises NotFound: when Stripe knows no such transfer.
    """
    for found in reversals_of(transfer_id=transfer_id):
        if found.reference == reference:
            return found
    return None


def reversals_of(*, transfer_id: str) -> list[ReversalFacts]:
    """Fetch all reversals of a transfer, newest first.

    :raises NotFound: when Stripe knows no such transfer.
    """
    with client.answers() as stripe:
        reversals = stripe.v1.transfers.reversals.list(
            transfer_id, {"limit": client.PAGE_LENGTH}
        )
        return [_facts(reversal) for reversal in reversals.auto_paging_iter()]


def _facts(reversal: Any) -> ReversalFacts:
    return ReversalFacts(
        reversal_id=reversal.id,
        transfer_id=client.identifier(reversal.transfer) or "",
        reference=client.labelled(reversal.metadata, "reference"),
        amount=reversal.amount,
        currency=reversal.currency.upper(),
        balance_line_id=client.identifier(reversal.balance_transaction),
        created_at=client.moment(reversal.created),
    )
