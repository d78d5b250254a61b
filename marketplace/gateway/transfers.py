"""Transfers from the platform's balance to a party's account."""

from datetime import datetime
from typing import Any

from marketplace.gateway import client
from marketplace.gateway.types import TransferFacts, TransferRequest


def send_transfer(*, request: TransferRequest, key: str) -> TransferFacts:
    """Send money to a party; the same key sends it once.

    With `source_charge_id` it comes out of that charge, available or not; without, out
    of the platform's available balance. `request.amount` in minor units.

    :raises InsufficientBalance: when the available balance does not cover it.
    :raises AccountNotReady: when the party cannot receive transfers.
    :raises OutcomeUnknown: when nobody knows; repeat the key, or look it up by
        `find_transfer` once the key may have been forgotten.
    """
    asked: Any = {
        "amount": request.amount,
        "currency": request.currency.lower(),
        "destination": request.destination,
        "transfer_group": request.transfer_group,
        "description": request.description,
        "metadata": {"reference": request.reference},
    }
    if request.source_charge_id is not None:
        asked["source_transaction"] = request.source_charge_id
    with client.answers() as stripe:
        transfer = stripe.v1.transfers.create(asked, {"idempotency_key": key})
    return _facts(transfer)


def find_transfer(*, transfer_group: str, reference: str) -> TransferFacts | None:
    """Find the transfer that was sent for a row of ours, if Stripe has it."""
    with client.answers() as stripe:
        transfers = stripe.v1.transfers.list(
            {"transfer_group": transfer_group, "limit": client.PAGE_LENGTH}
        )
        for transfer in transfers.auto_paging_iter():
            if client.labelled(transfer.metadata, "reference") == reference:
                return _facts(transfer)
    return None


def fetch_transfer(*, transfer_id: str) -> TransferFacts:
    """Fetch a transfer as it is now, with what was reversed of it.

    :raises NotFound: when Stripe knows no such transfer.
    """
    with client.answers() as stripe:
        transfer = stripe.v1.transfers.retrieve(transfer_id)
    return _facts(transfer)


def list_transfers(*, since: datetime) -> list[TransferFacts]:
    """Fetch the transfers made since a moment, newest first, whoever made them."""
    with client.answers() as stripe:
        transfers = stripe.v1.transfers.list(
            {
                "created": {"gte": int(since.timestamp())},
                "limit": client.PAGE_LENGTH,
            }
        )
        return [_facts(transfer) for transfer in transfers.auto_paging_iter()]


def _facts(transfer: Any) -> TransferFacts:
    return TransferFacts(
        transfer_id=transfer.id,
        reference=client.labelled(transfer.metadata, "reference"),
        amount=transfer.amount,
        currency=transfer.currency.upper(),
        destination=client.identifier(transfer.destination) or "",
        source_charge_id=client.identifier(transfer.source_transaction),
        transfer_group=transfer.transfer_group,
        balance_line_id=client.identifier(transfer.balance_transaction),
        created_at=client.moment(transfer.created),
        reversed_amount=transfer.amount_reversed,
    )
