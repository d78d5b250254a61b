"""What a story came to, read back from the rows that were written, and compared with
the sandbox's own journal. Amounts in minor units, rates in basis points."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.demo.story.draw import Drawn
from marketplace.gateway import sandbox_control
from orders.models import Order, OrderLine, SellerOrder
from payouts.models import (
    AccountKind,
    Accrual,
    AccrualKind,
    EntryKind,
    Posting,
    Transfer,
    TransferStatus,
)
from payouts.services import captures, splits

PLATFORM = "platform"
EXECUTED = "executed"


@dataclass(frozen=True, slots=True)
class Account:
    """The whole story as plain JSON values, and in words what does not agree.

    `shares` and `reasons` say by line how it was split and why; `sent_at` when each
    transfer went out, in their order.
    """

    facts: dict[str, Any]
    disagreements: tuple[str, ...]
    shares: dict[str, list[splits.Share]]
    reasons: dict[str, str]
    sent_at: tuple[datetime, ...]


def draw_up(
    *, drawn: Drawn, order: Order, armed: Mapping[str, int], invariants: dict[str, int]
) -> Account:
    """Draw up the account of a story that has been lived to its end."""
    transfers = _transfers(order)
    journal = sandbox_control.journal()
    facts: dict[str, Any] = {
        "seed": drawn.seed,
        "order": _order(order),
        "splits": _splits(order),
        "trial_balance": _trial_balance(),
        "transfers": [_transfer(transfer) for transfer in transfers],
        "journal": [
            {key: line[key] for key in ("method", "path", "key", "outcome", "amount")}
            for line in journal
        ],
        "faults": _faults(armed),
        "invariants": invariants,
    }
    mismatches = _against_journal(order, transfers, journal)
    facts["journal_matches"] = not mismatches
    lines = _lines(order)
    shares = captures.split_order(parts=_parts(order), lines=lines)
    return Account(
        facts,
        disagreements=(
            *mismatches,
            *_among_themselves(facts),
            *_against_terms(facts["splits"], shares),
        ),
        shares={
            line.public_id: [s for s in shares if s.line == line.public_id]
            for line in lines
        },
        reasons={line.public_id: line.attribution.reason for line in lines},
        sent_at=tuple(t.sent_at for t in transfers if t.sent_at is not None),
    )


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.public_id,
        "currency": order.currency,
        "total": order.total_amount,
        "lines": [_line(line) for line in _lines(order)],
        "shipping": [
            {"seller": part.shop.public_id, "amount": part.delivery_amount}
            for part in _parts(order)
        ],
    }


def _parts(order: Order) -> list[SellerOrder]:
    return list(order.seller_orders.select_related("shop").order_by("pk"))


def _lines(order: Order) -> list[OrderLine]:
    return list(
        OrderLine.objects.filter(seller_order__order=order)
        .select_related("seller_order__shop", "creator", "attribution")
        .order_by("seller_order_id", "position", "pk")
    )


def _line(line: OrderLine) -> dict[str, Any]:
    funded_by = None
    if line.seller_discount_amount:
        funded_by = "seller"
    elif line.platform_discount_amount:
        funded_by = "platform"
    part = line.seller_order
    return {
        "line": line.public_id,
        "seller": part.shop.public_id,
        "creator": line.creator.public_id if line.creator else None,
        "quantity": line.quantity,
        "unit_amount": line.unit_amount,
        "discount": line.seller_discount_amount + line.platform_discount_amount,
        "discount_funded_by": funded_by,
        "tax_included": line.tax_included_amount,
        "tax_collected_by": part.tax_collected_by,
        "platform_bps": line.platform_bps,
        "creator_bps": line.creator_bps,
        "creator_funded_by": line.creator_funded_by or None,
    }


def _splits(order: Order) -> list[dict[str, Any]]:
    """Who got which part: parties from their accruals, the platform from the ledger."""
    rows: Counter[tuple[str, str, str]] = Counter()
    accruals = Accrual.objects.filter(seller_order__order=order).select_related(
        "account__shop", "account__creator"
    )
    for accrual in accruals.order_by("pk"):
        role = "creator" if accrual.kind == AccrualKind.SHARE else "seller"
        rows[accrual.account.reference, role, accrual.kind] += accrual.amount
    captured = Posting.objects.filter(
        entry__kind=EntryKind.CAPTURE, entry__order_reference=order.public_id
    ).select_related("debit", "credit")
    for posting in captured.order_by("pk"):
        if posting.credit.kind == AccountKind.PLATFORM_COMMISSION:
            rows[PLATFORM, "platform", "commission"] += posting.amount
        elif posting.credit.kind == AccountKind.TAX_PAYABLE:
            rows[posting.credit.code, "tax", "tax"] += posting.amount
        elif posting.debit.kind == AccountKind.PLATFORM_DISCOUNTS:
            rows[PLATFORM, "platform", "subsidy"] -= posting.amount
    return [
        {
            "party": party,
            "role": role,
            "kind": kind,
            "amount": amount,
            "currency": order.currency,
        }
        for (party, role, kind), amount in rows.items()
    ]


def _trial_balance() -> dict[str, int]:
    """Sum debits less credits of every account: 0 in each currency."""
    balances: dict[str, Counter[int]] = {}
    for posting in Posting.objects.all():
        accounts = balances.setdefault(posting.currency, Counter())
        accounts[posting.debit_id] += posting.amount
        accounts[posting.credit_id] -= posting.amount
    return {currency: sum(found.values()) for currency, found in balances.items()}


def _transfers(order: Order) -> list[Transfer]:
    """All that left the platform; the database holds this one order alone."""
    return list(
        Transfer.objects.filter(status=TransferStatus.SENT, currency=order.currency)
        .select_related("account__shop", "account__creator")
        .order_by("pk")
    )


def _transfer(transfer: Transfer) -> dict[str, Any]:
    return {
        "party": transfer.account.reference,
        "amount": transfer.amount,
        "currency": transfer.currency,
        "source_transaction": transfer.source_charge_id or None,
    }


def _faults(armed: Mapping[str, int]) -> list[dict[str, Any]]:
    """Give for each call how many faults were armed, and how many of them hit."""
    hits: Counter[str] = Counter()
    for fault in sandbox_control.faults():
        hits[fault["match"]] += fault["hit"]
    return [
        {"call": call, "armed": number, "hit": hits[call]}
        for call, number in armed.items()
    ]


def _against_journal(
    order: Order, transfers: list[Transfer], journal: list[dict[str, Any]]
) -> list[str]:
    """Compare with what the sandbox says it did."""
    done = [line for line in journal if line["outcome"] == EXECUTED]
    found: list[str] = []
    keys = Counter(line["key"] for line in done if line["key"])
    found += [f"{key} was executed {n} times" for key, n in keys.items() if n > 1]
    theirs = Counter(
        (line["object_id"], line["amount"], str(line["currency"]).upper())
        for line in done
        if (line["method"], line["path"]) == ("POST", "/v1/transfers")
    )
    ours = Counter((t.provider_id, t.amount, t.currency) for t in transfers)
    if theirs != ours:
        found.append(f"transfers: the journal has {theirs}, we have {ours}")
    pages = [
        line["amount"]
        for line in done
        if (line["method"], line["path"]) == ("POST", "/v1/checkout/sessions")
    ]
    if pages != [order.total_amount]:
        found.append(f"payment pages: {pages}, the order: {order.total_amount}")
    return found


def _against_terms(
    booked: list[dict[str, Any]], shares: list[splits.Share]
) -> list[str]:
    """Compare what was booked with the frozen terms, split once more."""
    again: Counter[str] = Counter()
    for share in shares:
        again[share.kind] += share.amount
    found: Counter[str] = Counter()
    for row in booked:
        found[row["kind"]] += row["amount"]
    return [] if again == found else [f"booked {dict(found)}, terms say {dict(again)}"]


def _among_themselves(facts: dict[str, Any]) -> list[str]:
    """Compare the account's own sums."""
    found: list[str] = []
    total, splits = facts["order"]["total"], facts["splits"]
    if sum(row["amount"] for row in splits) != total:
        found.append(f"the splits do not sum to {total}")
    for currency, difference in facts["trial_balance"].items():
        if difference:
            found.append(f"the ledger is {difference} {currency} out of balance")
    earned: Counter[str] = Counter()
    for row in splits:
        if row["role"] in ("seller", "creator"):
            earned[row["party"]] += row["amount"]
    sent: Counter[str] = Counter()
    for row in facts["transfers"]:
        sent[row["party"]] += row["amount"]
    if earned != sent:
        found.append(f"earned {dict(earned)}, but sent {dict(sent)}")
    if not any(row["role"] == "creator" for row in splits):
        found.append("no creator has a share")
    found += [
        f"{fault['call']}: {fault['armed']} faults armed, {fault['hit']} hit"
        for fault in facts["faults"]
        if fault["hit"] != fault["armed"]
    ]
    found += [
        f"{name} is violated {n} times" for name, n in facts["invariants"].items() if n
    ]
    return found
