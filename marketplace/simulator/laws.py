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
from orders.models import (
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    Refund,
    RefundFunding,
    RefundLine,
    RefundStatus,
    SellerOrder,
)
from payouts.models import (
    Accrual,
    AccrualKind,
    ConnectedAccount,
    Dispute,
    Entry,
    EntryKind,
    LedgerAccount,
    Netting,
    Posting,
    Reversal,
    ReversedShare,
    ShareRole,
    Transfer,
    TransferStatus,
    WithheldShare,
)
from payouts.services import clawbacks, invariants, ledger, write_offs
from sellers.models import Variant

# These tell of work that waits: while faults run it may.
TURNS = 3
OF_TIME = frozenset({"I05", "I16", "I21", "I24"})
# Once everybody is paid these hold nothing.
EMPTY_AT_REST = frozenset(
    {
        "seller_held",
        "seller_payable",
        "creator_held",
        "creator_payable",
        "clearing_transfer",
        "clearing_refund",
        "dispute_clearing",
        "order_clearing",
        "suspense",
    }
)


def after_step(world: World, number: int) -> list[str]:
    """Check what holds at every moment, faults or not: a third of it after each step,
    in turns, for what was broken once stays broken.
    """
    always = [name for name in invariants.CHECKS if name not in OF_TIME]
    return [
        *world.crashes,
        *_freezes(world),
        *_invariants(world, always[number % TURNS :: TURNS]),
    ]


def at_rest(world: World) -> list[str]:
    """Check everything, once faults are over and what was due is done."""
    return [
        *world.crashes,
        *_invariants(world, [n for n in invariants.CHECKS if n != "I24"]),
        *_nothing_waits(),
        *_agreement(world),
        *_everybody_has_his(world),
    ]


def agreement(world: World) -> list[str]:
    """Compare the books with themselves and with what the provider did, while money is
    still held and on its way.
    """
    always = [name for name in invariants.CHECKS if name not in OF_TIME]
    return [*_invariants(world, always), *_agreement(world)]


def _agreement(world: World) -> list[str]:
    return [
        *_charges(world),
        *_transfers(world),
        *_holds(world),
        *_shares(),
        *_stock(world),
        *_balance(world),
        *_refunds(world),
        *_reversals(world),
        *_disputes(world),
        *_nettings(),
    ]


def objects(world: World, kind: str) -> list[dict[str, Any]]:
    """Give the platform's objects of a kind at the provider, oldest first."""
    rows = world.provider.sandbox.store.select(
        "kind = ? AND account = ''", (kind,), "ORDER BY seq"
    )
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
    for model in (Payment, Transfer, Refund, Reversal):
        doubtful = model.objects.filter(status__in=["started", "submitted", "unknown"])
        for row in doubtful.order_by("pk"):
            yield f"{model._meta.model_name} {row.pk} is still {row.status}"


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
    withheld = set(WithheldShare.objects.values_list("line_id", flat=True))
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
        RefundLine.objects.filter(line__isnull=False, refund__withdrawn_at=None)
        .values_list("line__variant_id")
        .annotate(units=Sum("quantity"))
        .order_by("line__variant_id")
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


def _refunds(world: World) -> Iterator[str]:
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
    back: Counter[str] = Counter()
    for made in executed.values():
        if made["status"] != "failed":
            back[made["payment_intent"]] += made["amount"]
    for payment in Payment.objects.exclude(payment_intent_id=None):
        if back[payment.payment_intent_id or ""] > payment.amount:
            yield f"more of payment {payment.pk} was refunded than was paid"
    for row in Refund.objects.filter(
        funded_by=RefundFunding.PARTIES, replaces=None
    ).prefetch_related("shares"):
        borne = sum(
            -share.amount if share.role == ShareRole.SUBSIDY else share.amount
            for share in row.shares.all()
        )
        if borne != row.amount:
            yield f"refund {row.pk} of {row.amount} was borne with {borne}"


def _reversals(world: World) -> Iterator[str]:
    """Each transfer was taken back as often and as far as we say."""
    executed = {made["id"]: made for made in objects(world, "transfer_reversal")}
    ours = {row.provider_id: row for row in Reversal.objects.exclude(provider_id=None)}
    for reversal_id in executed.keys() ^ ours.keys():
        yield f"reversal {reversal_id} is known to one side only"
    for reversal_id in executed.keys() & ours.keys():
        if executed[reversal_id]["amount"] != ours[reversal_id].amount:
            yield f"reversal {ours[reversal_id].pk} was of another amount"


def _nettings() -> Iterator[str]:
    """What was set off is in the books, once."""
    posted = dict(
        Posting.objects.filter(entry__kind=EntryKind.NETTING).values_list(
            "entry__reference", "amount"
        )
    )
    noted = dict(Netting.objects.values_list("public_id", "amount"))
    for reference in sorted(posted.keys() ^ noted.keys()):
        yield f"netting {reference} is noted or posted, not both"


def _freezes(world: World) -> Iterator[str]:
    """From when we know that a bank is asking about an order until it is over, nothing
    of it is released and nothing is planned to be sent.
    """
    open_ones = Dispute.objects.filter(closed_at=None, lost_at=None)
    frozen = set(open_ones.values_list("payment__order_id", flat=True))
    for order_id in list(world.frozen_since):
        if order_id not in frozen:
            del world.frozen_since[order_id]
    for order in Order.objects.filter(pk__in=frozen):
        newest = Entry.objects.filter(
            order_reference=order.public_id,
            kind__in=[EntryKind.SELLER_RELEASE, EntryKind.CREATOR_RELEASE],
        ).count()
        newest += Transfer.objects.filter(seller_order__order=order).count()
        before = world.frozen_since.setdefault(order.pk, newest)
        if newest > before:
            yield f"order {order.pk} was released or sent while a bank asks about it"


def _disputes(world: World) -> Iterator[str]:
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


def _everybody_has_his(world: World) -> Iterator[str]:
    """Nothing is held or payable any more, and each party got what it was owed, less
    what it still owes or was forgiven; by what the provider really moved.
    """
    owed: Counter[tuple[str, str]] = Counter()
    for account, currency, amount in Accrual.objects.values_list(
        "account__provider_id", "currency", "amount"
    ):
        owed[(account or "", currency)] += amount
    counting = ReversedShare.objects.counting().filter(account__isnull=False)
    for account, currency, amount in counting.values_list(
        "account__provider_id", "currency", "amount"
    ):
        owed[(account or "", currency)] -= amount
    got: Counter[tuple[str, str]] = Counter()
    for made in objects(world, "transfer"):
        key = (made["destination"], made["currency"].upper())
        got[key] += made["amount"] - made["amount_reversed"]
    for account_row in ConnectedAccount.objects.order_by("pk"):
        for currency in world.currencies():
            key = (account_row.provider_id or "", currency)
            kept = clawbacks.owed_amount(account=account_row, currency=currency)
            kept += write_offs.forgiven_amount(account=account_row, currency=currency)
            if got[key] - owed[key] != kept:
                yield (
                    f"{account_row.reference} was owed {owed[key]} {currency}, got "
                    f"{got[key]} and owes or was forgiven {kept}"
                )
    for code, amount in ledger.balances().items():
        if amount and code.split(":")[0] in EMPTY_AT_REST:
            yield f"{code} still holds {amount}"
    for order in Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT):
        yield f"order {order.pk} still waits for its payment"
    yield from _buyers_have_theirs(world)


def _buyers_have_theirs(world: World) -> Iterator[str]:
    """No buyer is owed anything; but the charge a bank has ruled on takes no refund."""
    for code, amount in ledger.balances().items():
        if not code.startswith("buyer_refund_due:") or not amount:
            continue
        account = LedgerAccount.objects.get(code=code)
        for order in Order.objects.exclude(payments__disputes__isnull=False):
            due = ledger.balance(account, order_reference=order.public_id)
            if due:
                yield f"the buyer of order {order.pk} is still owed {due}"
