"""What the sandbox saw. It knows nothing of our tables, so what it executed is the
witness: nothing twice, nothing of another amount, nothing to somebody else, nothing too
early.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from marketplace.simulator.world import World
from orders.models import Payment, Refund, RefundFunding, RefundStatus, SellerOrder
from payouts.models import (
    Accrual,
    AccrualKind,
    Dispute,
    Reversal,
    ShareRole,
    Transfer,
    TransferStatus,
)
from payouts.services import ledger


def objects(world: World, kind: str) -> list[dict[str, Any]]:
    """Give the platform's objects of a kind at the provider, oldest first."""
    rows = world.provider.sandbox.store.select(
        "kind = ? AND account = ''", (kind,), "ORDER BY seq"
    )
    return [row.body for row in rows]


def charges(world: World) -> Iterator[str]:
    """A buyer is charged once for an order, and what it costs."""
    charged: dict[str, list[int]] = defaultdict(list)
    for intent in objects(world, "payment_intent"):
        if intent["status"] == "succeeded":
            charged[intent["metadata"].get("payment", "")].append(intent["amount"])
    ours = {
        payment.public_id: payment
        for payment in Payment.objects.select_related("order")
    }
    for reference, amounts in charged.items():
        payment = ours.get(reference)
        if payment is None:
            yield f"a charge of {amounts} names no payment of ours"
        elif amounts != [payment.order.total_amount]:
            yield f"payment {payment.pk} was charged {amounts}"
        elif payment.status != "paid":
            yield f"payment {payment.pk} was charged and is {payment.status}"
    for reference, payment in ours.items():
        if payment.status == "paid" and payment.amount and reference not in charged:
            yield f"payment {payment.pk} is called paid and was not charged"


def transfers(world: World) -> Iterator[str]:
    """Each transfer of ours was executed once, as we say; and no other was."""
    executed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for made in objects(world, "transfer"):
        executed[made["metadata"].get("reference", made["id"])].append(made)
    ours = {
        transfer.public_id: transfer
        for transfer in Transfer.objects.select_related("account")
    }
    for reference, copies in executed.items():
        row = ours.get(reference)
        if row is None or row.status != TransferStatus.SENT:
            yield f"the provider executed {copies[0]['id']}, we know of no such transfer"
        elif len(copies) != 1:
            yield f"transfer {row.pk} was executed {len(copies)} times"
        elif (
            copies[0]["amount"],
            copies[0]["currency"].upper(),
            copies[0]["destination"],
        ) != (row.amount, row.currency, row.destination):
            yield f"transfer {row.pk} was executed otherwise than we say"
        elif row.destination != row.account.provider_id:
            yield f"transfer {row.pk} went to a destination that is not its party's"
    for reference, row in ours.items():
        if row.status == TransferStatus.SENT and reference not in executed:
            yield f"transfer {row.pk} is called sent and was not executed"


def holds(world: World) -> Iterator[str]:
    """Nobody got money before his hold was over, by the provider's time."""
    parts = {
        part.pk: part
        for part in SellerOrder.objects.select_related("shop").order_by("pk")
    }
    ours = {
        transfer.public_id: transfer
        for transfer in Transfer.objects.select_related("account")
    }
    to_creators: dict[tuple[int, str], list[tuple[datetime, int]]] = defaultdict(list)
    for made in objects(world, "transfer"):
        row = ours.get(made["metadata"].get("reference", ""))
        if row is None:
            continue
        at = datetime.fromtimestamp(made["created"], UTC)
        if row.seller_order_id is not None:
            since = parts[row.seller_order_id].fulfilled_at
            if since is None or at < since + timedelta(days=settings.SELLER_HOLD_DAYS):
                yield f"transfer {row.pk} to a seller was made before its time"
        elif row.kind == "creator":
            key = (row.account_id, row.currency)
            to_creators[key].append((at, made["amount"]))
    for (account_id, currency), payments in to_creators.items():
        yield from _early_shares(account_id, currency, payments)


def _early_shares(
    account_id: int, currency: str, payments: list[tuple[datetime, int]]
) -> Iterator[str]:
    """A creator never got more than had come out of the return window by then."""
    shares = [
        (share.seller_order.delivered_at, share.amount)
        for share in Accrual.objects.filter(
            account_id=account_id, currency=currency, kind=AccrualKind.SHARE
        ).select_related("seller_order")
    ]
    window = timedelta(days=settings.RETURN_WINDOW_DAYS)
    got = 0
    for at, amount in payments:
        got += amount
        earned = sum(sum_ for since, sum_ in shares if since and since + window <= at)
        if got > earned:
            yield f"creator {account_id} had {got} {currency} of {earned} earned by {at}"
            return


def balance(world: World) -> Iterator[str]:
    """Our account of the provider's balance is the provider's."""
    balances = ledger.balances()
    from_store = world.provider.sandbox.store.rows(
        "SELECT currency, sum(net) FROM balance WHERE account = '' GROUP BY currency"
    )
    for currency, net in from_store:
        ours = -balances.get(f"stripe_balance:{currency.upper()}", 0)
        if ours != net:
            yield f"the provider holds {net} {currency}, our books say {ours}"


def refunds(world: World) -> Iterator[str]:
    """Each refund of ours was executed once, as we say; whoever had a part of the sale
    gave its part back, and the buyer got no more than he paid.
    """
    executed = {made["id"]: made for made in objects(world, "refund")}
    ours = {row.provider_id: row for row in Refund.objects.exclude(provider_id=None)}
    for refund_id, made in executed.items():
        row = ours.get(refund_id)
        if row is None:
            yield f"the provider refunded {refund_id}, we know of no such refund"
        elif (made["amount"], made["currency"].upper()) != (row.amount, row.currency):
            yield f"refund {row.pk} was executed otherwise than we say"
        elif (made["status"] == "failed") != (row.status == RefundStatus.FAILED):
            yield f"refund {row.pk} is {made['status']} there and {row.status} here"
    for refund_id, row in ours.items():
        if refund_id not in executed:
            yield f"refund {row.pk} names a refund the provider does not know"
    # The second execution of one of ours would be adopted like a refund by hand.
    asked = Counter(made["metadata"].get("reference") for made in executed.values())
    for reference, times in asked.items():
        if reference is not None and times != 1:
            yield f"refund {reference} was executed {times} times"
    back: Counter[str] = Counter()
    for made in executed.values():
        if made["status"] != "failed":
            back[made["payment_intent"]] += made["amount"]
    for payment in Payment.objects.exclude(payment_intent_id=None):
        if back[payment.payment_intent_id or ""] > payment.amount:
            yield f"more of payment {payment.pk} was refunded than was paid"
    for row in Refund.objects.filter(
        funded_by=RefundFunding.PARTIES, replaces=None
    ).prefetch_related("shares", "lines"):
        borne = sum(
            -share.amount if share.role == ShareRole.SUBSIDY else share.amount
            for share in row.shares.all()
        )
        good = sum(line.goodwill_amount for line in row.lines.all())
        if borne != row.amount - row.due_amount + good:
            yield f"refund {row.pk} of {row.amount} was borne with {borne}"


def reversals(world: World) -> Iterator[str]:
    """Each transfer was taken back as often and as far as we say."""
    executed = {made["id"]: made for made in objects(world, "transfer_reversal")}
    ours = {row.provider_id: row for row in Reversal.objects.exclude(provider_id=None)}
    for reversal_id in executed.keys() ^ ours.keys():
        yield f"reversal {reversal_id} is known to one side only"
    for reversal_id in executed.keys() & ours.keys():
        if executed[reversal_id]["amount"] != ours[reversal_id].amount:
            yield f"reversal {ours[reversal_id].pk} was of another amount"


def disputes(world: World) -> Iterator[str]:
    """Each dispute is what the provider says, and one that is lost was borne."""
    ours = {row.provider_id: row for row in Dispute.objects.all()}
    for made in objects(world, "dispute"):
        row = ours.get(made["id"])
        if row is None:
            yield f"we know nothing of dispute {made['id']}"
        elif row.status != made["status"]:
            yield f"dispute {row.pk} is {made['status']} there and {row.status} here"
        elif made["status"] == "lost" and row.lost_at is None:
            yield f"dispute {row.pk} is lost and nobody bore it"
