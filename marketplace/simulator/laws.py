"""What must hold whatever happens: the books' own rules, and what the sandbox saw."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Sum

from marketplace.kit.models import Outbox
from marketplace.simulator import witness
from marketplace.simulator.world import World
from orders.models import Order, OrderLine, OrderStatus, Payment, Refund, RefundLine
from payouts.models import (
    Accrual,
    ConnectedAccount,
    Dispute,
    Entry,
    EntryKind,
    LedgerAccount,
    Netting,
    Posting,
    Reversal,
    ReversedShare,
    Transfer,
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
        *witness.charges(world),
        *witness.transfers(world),
        *witness.holds(world),
        *_shares(),
        *_stock(world),
        *witness.balance(world),
        *witness.refunds(world),
        *witness.reversals(world),
        *witness.disputes(world),
        *_nettings(),
    ]


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
    for made in witness.objects(world, "transfer"):
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
