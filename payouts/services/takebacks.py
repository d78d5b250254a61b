"""Taking back what a sale brought its parties: the one way, for every refund and every
lost dispute. `restorations` gives it back again.

A party gives back first what is still held of that sale, then what is payable of it,
and owes the rest. Callers post the moves as one entry with the buyer's or the bank's
side of it, in the same transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Sum

from marketplace.kit import jobs
from orders.models import Order, OrderLine, RefundLine, SellerOrder
from orders.models import Refund as RefundRow
from payouts.models import (
    AccountKind,
    Accrual,
    AccrualKind,
    ConnectedAccount,
    Dispute,
    Entry,
    EntryKind,
    Reserve,
    ReversedShare,
    ShareRole,
    WithheldShare,
)
from payouts.services import captures, ledger, party_accounts, reversals, splits
from payouts.services.ledger import Move, Name
from payouts.services.takeback_shares import Component, Taken

K = AccountKind
CLEARING = Name(K.ORDER_CLEARING)


@dataclass
class Sale:
    """A captured order with its rows, and what remains of it, component by component.

    `components` has a line's in the order of its lines, each seller's delivery last.
    """

    order: Order
    parts: dict[str, SellerOrder]
    lines: dict[str, OrderLine]
    accruals: dict[tuple[str, str | None, str], Accrual]
    components: list[Component]


@dataclass
class _Pockets:
    """What each party still has of this sale, used up while shares are taken."""

    order: Order
    left: dict[tuple[str, int], int] = field(default_factory=dict)

    def draw(self, key: tuple[str, int], amount: int, find: Callable[[], int]) -> int:
        if key not in self.left:
            self.left[key] = max(find(), 0)
        taken = min(amount, self.left[key])
        self.left[key] -= taken
        return taken


def sale(order: Order) -> Sale:
    """Read what remains of a captured order: its frozen split less what was taken back.

    Bounded queries. An order that was never captured has no components.
    """
    parts = list(
        order.seller_orders.select_related("shop__connected_account").order_by("pk")
    )
    lines = list(
        OrderLine.objects.filter(seller_order__order=order)
        .select_related("seller_order__shop", "creator__connected_account")
        .order_by("pk")
    )
    captured = Entry.objects.filter(
        kind=EntryKind.CAPTURE, order_reference=order.public_id
    ).exists()
    withheld = frozenset(
        WithheldShare.objects.filter(line__in=lines).values_list("line_id", flat=True)
    )
    accruals = {
        (
            row.seller_order.public_id,
            row.line.public_id if row.line else None,
            row.kind,
        ): row
        for row in Accrual.objects.filter(seller_order__in=parts).select_related(
            "seller_order", "line", "account__shop", "account__creator"
        )
    }
    shares = captures.split_order(parts=parts, lines=lines, withheld=withheld)
    return Sale(
        order=order,
        parts={part.public_id: part for part in parts},
        lines={line.public_id: line for line in lines},
        accruals=accruals,
        components=_components(parts, lines, shares) if captured else [],
    )


def take(
    *,
    of: Sale,
    taken: Sequence[Taken],
    refund: RefundRow | None = None,
    dispute: Dispute | None = None,
    at: datetime,
) -> list[Move]:
    """Write whose part is taken back and where from; give the moves into
    `order_clearing` (the subsidy's goes out of it). The caller posts them as one entry
    with the other side, then calls `settle`.

    Assumes a transaction that holds the order's lock; locks the payees' accounts.
    """
    lock_payees(of)
    pockets, moves, rows = _Pockets(of.order), dict[tuple[Name, Name], int](), []
    for one in taken:
        for row in _shares(of, one, pockets, at=at):
            row.refund, row.dispute = refund, dispute
            rows.append(row)
            for debit, credit, amount in moves_of(of.order, row):
                moves[debit, credit] = moves.get((debit, credit), 0) + amount
    ReversedShare.objects.bulk_create(rows)
    for account_id in sorted({row.account_id for row in rows if row.account_id}):
        jobs.enqueue(
            "payouts.tasks.send_taken_back",
            account_id=account_id,
            refund_id=refund.pk if refund else None,
            dispute_id=dispute.pk if dispute else None,
        )
    return [Move(debit, credit, amount) for (debit, credit), amount in moves.items()]


def preview(*, of: Sale, taken: Sequence[Taken], at: datetime) -> list[ReversedShare]:
    """Give the rows `take` would write now, unsaved; nothing is written or locked."""
    pockets = _Pockets(of.order)
    return [row for one in taken for row in _shares(of, one, pockets, at=at)]


def settle(
    *,
    of: Sale,
    refund: RefundRow | None = None,
    dispute: Dispute | None = None,
    at: datetime,
) -> None:
    """Let each payee of the sale make good what he owes: by a reversal of its transfers
    or from what else is payable to him. Assumes the transaction of `take`, after its
    entry was posted.
    """
    for part in of.parts.values():
        reversals.settle(
            account=part.shop.connected_account,
            currency=of.order.currency,
            part=part,
            refund=refund,
            dispute=dispute,
            at=at,
        )
    for account in _creators(of):
        reversals.settle(
            account=account,
            currency=of.order.currency,
            part=None,
            refund=refund,
            dispute=dispute,
            at=at,
        )


def lock_payees(of: Sale) -> None:
    """Lock the payable accounts of everybody in a sale."""
    accounts = [part.shop.connected_account for part in of.parts.values()]
    names = [party_accounts.payable_name(one) for one in [*accounts, *_creators(of)]]
    ledger.lock_payables(ledger.accounts(names, of.order.currency).values())


def is_released(accrual: Accrual) -> bool:
    """Say whether an accrual's hold is over and its release posted."""
    if accrual.kind == AccrualKind.SHARE:
        kind, reference = EntryKind.CREATOR_RELEASE, accrual.public_id
    else:
        kind, reference = EntryKind.SELLER_RELEASE, accrual.seller_order.public_id
    return Entry.objects.filter(kind=kind, reference=reference).exists()


def held_amount(order: Order, accrual: Accrual) -> int:
    """Give what is still held: of a seller's whole part of the order, or of a creator's
    one share.
    """
    if accrual.kind != AccrualKind.SHARE:
        account = party_accounts.held(accrual.account, order.currency)
        return ledger.balance(account, order_reference=order.public_id)
    if is_released(accrual):
        return _reserve_left(accrual)
    taken = accrual.reversed_shares.counting().aggregate(sum=Sum("from_held_amount"))[
        "sum"
    ]
    return accrual.amount - (taken or 0)


def _reserve_left(accrual: Accrual) -> int:
    """What is left of the reserve kept back when a creator's share was released. What
    is given back later becomes payable, not reserve again.
    """
    kept = Reserve.objects.filter(accrual=accrual, released_at=None).first()
    if kept is None:
        return 0
    taken = accrual.reversed_shares.filter(pk__gt=kept.last_share_id)
    return kept.amount - (taken.aggregate(sum=Sum("from_held_amount"))["sum"] or 0)


def _components(
    parts: Sequence[SellerOrder],
    lines: Sequence[OrderLine],
    shares: Sequence[splits.Share],
) -> list[Component]:
    part_of = {part.shop.public_id: part for part in parts}
    sums: dict[tuple[str, str | None], dict[str, int]] = {}
    for share in shares:
        where = (part_of[share.seller].public_id, share.line)
        role: str = "subsidy" if share.kind == "subsidy" else share.role
        amounts = sums.setdefault(where, {})
        amounts[role] = amounts.get(role, 0) + abs(share.amount)
    for where, role, amount in _taken_back(parts):
        sums[where][role] -= amount
    units = _units_left(lines)
    keys: list[tuple[str, str | None]] = [
        (line.seller_order.public_id, line.public_id) for line in lines
    ]
    keys += [(part.public_id, None) for part in parts]
    return [
        Component(
            line=line,
            seller_order=part,
            units=units[line] if line else 0,
            **{role: sums.get((part, line), {}).get(role, 0) for role in ShareRole},
        )
        for part, line in keys
    ]


def _taken_back(
    parts: Sequence[SellerOrder],
) -> list[tuple[tuple[str, str | None], str, int]]:
    rows = (
        ReversedShare.objects.counting()
        .filter(seller_order__in=parts)
        .order_by()
        .values("seller_order__public_id", "line__public_id", "role")
        .annotate(sum=Sum("amount"))
    )
    return [
        (
            (row["seller_order__public_id"], row["line__public_id"]),
            row["role"],
            row["sum"],
        )
        for row in rows
    ]


def _units_left(lines: Sequence[OrderLine]) -> dict[str, int]:
    back = dict(
        RefundLine.objects.filter(line__in=lines, refund__withdrawn_at=None)
        .order_by()
        .values_list("line_id")
        .annotate(Sum("quantity"))
    )
    return {line.public_id: line.quantity - back.get(line.pk, 0) for line in lines}


def _shares(
    of: Sale, taken: Taken, pockets: _Pockets, *, at: datetime
) -> list[ReversedShare]:
    """Make the rows of one component, parties drawing on their pockets in turn."""
    part = of.parts[taken.seller_order]
    line = of.lines[taken.line] if taken.line else None
    rows = []
    for role in ShareRole:
        amount: int = getattr(taken, role.value)
        if not amount:
            continue
        row = ReversedShare(
            seller_order=part,
            line=line,
            role=role,
            amount=amount,
            currency=of.order.currency,
            from_held_amount=0,
            from_payable_amount=0,
            from_receivable_amount=0,
            at=at,
        )
        if role in (ShareRole.SELLER, ShareRole.CREATOR):
            _draw(of, row, _accrual(of, taken, role), pockets)
        rows.append(row)
    return rows


def _accrual(of: Sale, taken: Taken, role: ShareRole) -> Accrual:
    if role == ShareRole.CREATOR:
        kind = AccrualKind.SHARE
    else:
        kind = AccrualKind.GOODS if taken.line else AccrualKind.SHIPPING
    return of.accruals[taken.seller_order, taken.line, kind]


def _draw(of: Sale, row: ReversedShare, accrual: Accrual, pockets: _Pockets) -> None:
    """Take a party's part from what is held, then payable; the rest it owes."""
    account = accrual.account
    is_seller = row.role == ShareRole.SELLER
    # A seller's money of a sale is one pot; a creator's is held line by line, and what
    # is payable to him is one pot over all sales.
    held = ("part", row.seller_order.pk) if is_seller else ("accrual", accrual.pk)
    row.accrual, row.account = accrual, account
    row.from_held_amount = pockets.draw(
        held, row.amount, lambda: held_amount(of.order, accrual)
    )
    row.from_payable_amount = pockets.draw(
        ("payable", account.pk),
        row.amount - row.from_held_amount,
        lambda: ledger.balance(
            party_accounts.payable(account, of.order.currency),
            order_reference=of.order.public_id if is_seller else None,
        ),
    )
    row.from_receivable_amount = (
        row.amount - row.from_held_amount - row.from_payable_amount
    )


def moves_of(order: Order, row: ReversedShare) -> list[tuple[Name, Name, int]]:
    """Give what one share moves into `order_clearing`: debit, credit and amount."""
    match row.role:
        case ShareRole.PLATFORM:
            return [(Name(K.PLATFORM_COMMISSION), CLEARING, row.amount)]
        case ShareRole.TAX:
            return [(_tax(order), CLEARING, row.amount)]
        case ShareRole.SUBSIDY:
            return [(CLEARING, Name(K.PLATFORM_DISCOUNTS), row.amount)]
    assert row.account is not None
    return [
        (name, CLEARING, amount)
        for name, amount in (
            (party_accounts.held_name(row.account), row.from_held_amount),
            (party_accounts.payable_name(row.account), row.from_payable_amount),
            (party_accounts.receivable_name(row.account), row.from_receivable_amount),
        )
        if amount
    ]


def _tax(order: Order) -> Name:
    return Name(K.TAX_PAYABLE, jurisdiction=order.address.country)


def _creators(of: Sale) -> list[ConnectedAccount]:
    """The money sides of the creators of a sale, each once."""
    found = {
        row.account.pk: row.account
        for row in of.accruals.values()
        if row.kind == AccrualKind.SHARE
    }
    return list(found.values())
