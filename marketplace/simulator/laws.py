"""What must hold whatever happens: the books' own rules, and what the sandbox saw.

The sandbox knows nothing of our tables, so what it executed is the witness: nothing
twice, nothing of another amount, nothing to somebody else, nothing too early.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Sum

from marketplace.kit.models import Outbox
from marketplace.simulator.world import World
from orders.models import Order, OrderLine, OrderStatus, Payment, SellerOrder
from payouts.models import (
    Accrual,
    AccrualKind,
    ConnectedAccount,
    Transfer,
    TransferStatus,
)
from payouts.services import invariants, ledger
from sellers.models import StockMove, StockMoveKind, Variant

# These tell of work that waits: while faults run it may.
OF_TIME = frozenset({"I05", "I16", "I21", "I24"})
LATER = timedelta(hours=1)


def after_each_step(world: World) -> list[str]:
    """Check what holds at every moment, faults or not."""
    only = [name for name in invariants.CHECKS if name not in OF_TIME]
    return [*world.crashes, *_invariants(world, only)]


def at_rest(world: World) -> list[str]:
    """Check everything, once faults are over and what was due is done."""
    return [
        *world.crashes,
        *_invariants(world, [n for n in invariants.CHECKS if n != "I24"]),
        *_nothing_waits(),
        *_charges(world),
        *_transfers(world),
        *_holds(world),
        *_shares(),
        *_stock(world),
        *_balance(world),
        *_everybody_has_his(),
    ]


def objects(world: World, kind: str) -> list[dict[str, Any]]:
    """Give the provider's own objects of a kind, oldest first."""
    rows = world.provider.sandbox.store.select("kind = ?", (kind,), "ORDER BY seq")
    return [row.body for row in rows]


def _invariants(world: World, only: list[str]) -> list[str]:
    found = invariants.check(at=world.now(), only=only)
    return [f"{name}: {', '.join(rows[:3])}" for name, rows in found.items() if rows]


def in_doubt() -> list[str]:
    """Name what the provider did and we do not know of, or do not know for sure."""
    return list(_in_doubt())


def _nothing_waits() -> Iterator[str]:
    """Every promise is kept, and nothing is in doubt."""
    for job in Outbox.objects.filter(done_at=None, run_at=None):
        yield f"job {job.function} was never done: {job.last_error[:200]}"
    yield from _in_doubt()


def _in_doubt() -> Iterator[str]:
    for payment in Payment.objects.filter(status__in=["started", "unknown"]):
        yield f"payment {payment.pk} is still {payment.status}"
    open_ = [TransferStatus.SUBMITTED, TransferStatus.UNKNOWN]
    for transfer in Transfer.objects.filter(status__in=open_):
        yield f"transfer {transfer.pk} is still {transfer.status}"


def _charges(world: World) -> Iterator[str]:
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


def _transfers(world: World) -> Iterator[str]:
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


def _holds(world: World) -> Iterator[str]:
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


def _shares() -> Iterator[str]:
    """Each line's shares, worked out anew from the terms it was sold on."""
    lines = OrderLine.objects.filter(
        seller_order__order__paid_at__isnull=False
    ).select_related("seller_order")
    accrued = Counter[tuple[int, str]]()
    for line_id, kind, amount in Accrual.objects.filter(line__isnull=False).values_list(
        "line_id", "kind", "amount"
    ):
        accrued[(line_id, kind)] += amount
    withheld = set(
        Accrual.objects.model._meta.apps.get_model(
            "payouts", "WithheldShare"
        ).objects.values_list("line_id", flat=True)
    )
    for line in lines:
        base = (
            line.gross_amount - line.seller_discount_amount - line.tax_included_amount
        )
        platform = base * line.platform_bps // 10_000
        creator = 0
        if line.creator_id is not None and line.pk not in withheld:
            creator = base * (line.creator_bps or 0) // 10_000
        collected = line.seller_order.tax_collected_by == "platform"
        tax = line.tax_included_amount + line.tax_added_amount if collected else 0
        by_platform = line.creator_funded_by == "platform" and creator
        seller = (
            line.paid_amount
            + line.platform_discount_amount
            - platform
            - (0 if by_platform else creator)
            - tax
        )
        got = (accrued[(line.pk, "goods")], accrued[(line.pk, "share")])
        if got != (seller, creator):
            yield f"line {line.pk} was split {got}, it should be {(seller, creator)}"


def _stock(world: World) -> Iterator[str]:
    """What came in, less what was sold, is what is there; nothing was sold twice."""
    sold = dict(
        OrderLine.objects.filter(seller_order__order__paid_at__isnull=False)
        .values_list("variant_id")
        .annotate(units=Sum("quantity"))
        .order_by("variant_id")
    )
    back = dict(
        StockMove.objects.exclude(
            kind__in=[
                StockMoveKind.SALE,
                StockMoveKind.RECEIVED,
                StockMoveKind.CORRECTION,
            ]
        )
        .values_list("variant_id")
        .annotate(units=Sum("delta"))
        .order_by("variant_id")
    )
    for variant in Variant.objects.order_by("pk"):
        key = variant.pk
        there = world.received[key] - sold.get(key, 0) + back.get(key, 0)
        if there < 0:
            yield f"variant {key} was oversold by {-there}"
        if variant.on_hand != there:
            yield f"variant {key} has {variant.on_hand} on hand, it should be {there}"


def _balance(world: World) -> Iterator[str]:
    """Our account of the provider's balance is the provider's."""
    balances = ledger.balances()
    from_store = world.provider.sandbox.store.rows(
        "SELECT currency, sum(net) FROM balance WHERE account = '' GROUP BY currency"
    )
    for currency, net in from_store:
        ours = -balances.get(f"stripe_balance:{currency.upper()}", 0)
        if ours != net:
            yield f"the provider holds {net} {currency}, our books say {ours}"


def _everybody_has_his() -> Iterator[str]:
    """Nothing is held or payable any more, and each party got what it was owed."""
    owed: Counter[tuple[int, str]] = Counter()
    for account_id, currency, amount in Accrual.objects.values_list(
        "account_id", "currency", "amount"
    ):
        owed[(account_id, currency)] += amount
    got: Counter[tuple[int, str]] = Counter()
    for account_id, currency, amount in Transfer.objects.filter(
        status=TransferStatus.SENT
    ).values_list("account_id", "currency", "amount"):
        got[(account_id, currency)] += amount
    names = {
        account.pk: account.reference for account in ConnectedAccount.objects.all()
    }
    for key in sorted(owed | got):
        if owed[key] != got[key]:
            yield f"{names[key[0]]} was owed {owed[key]} {key[1]} and got {got[key]}"
    for order in Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT):
        yield f"order {order.pk} still waits for its payment"
