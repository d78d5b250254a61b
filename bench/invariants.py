"""How long the checks of the books take over 1,000,000 postings.

A few sales are made by the services themselves, shipped, released, refunded and disputed
against the sandbox in this process; then their rows are copied until there are enough.
The copies must break no rule. `DATABASE_URL=… python -m bench.invariants`, on an empty
database that may be thrown away.
"""

import argparse
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command
from django.db import connection, transaction

from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import OrderLine
from payouts.models import Posting
from payouts.services import disputes, invariants, refunds, seals
from tests import sandbox
from tests.factories import market

# What belongs to a sale, and is copied with it.
COPIED = (
    *("orders_cart", "orders_cartline", "orders_order", "orders_sellerorder"),
    *("orders_orderline", "orders_lineattribution", "orders_address"),
    *("orders_orderevent", "orders_payment", "orders_refund", "orders_refundline"),
    *("orders_shipment", "orders_shipmentline", "sellers_stockmove"),
    *("sellers_reservation", "payouts_accrual", "payouts_entry", "payouts_posting"),
    *("payouts_transfer", "payouts_reversal", "payouts_reversedshare"),
    *("payouts_dispute", "payouts_netting"),
)
# Texts that name a copied row, in any table; each copy's gets a tail of its own.
NAMES = (
    *("public_id", "reference", "order_reference", "subject"),
    *("charge_id", "payment_intent_id", "session_id", "source_charge_id"),
    *("transfer_group", "request_key"),
)
PROVIDERS = ("payouts_entry", "payouts_transfer", "payouts_reversal")


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--postings", type=int, default=1_000_000)
    wanted = asked.parse_args().postings
    call_command("migrate", verbosity=0)
    sell()
    copies = wanted // Posting.objects.count()
    with transaction.atomic(), connection.cursor() as cursor:
        for table in COPIED:
            copy(cursor, table, copies)
        cursor.execute(
            "UPDATE sellers_variant SET on_hand = on_hand * %s", [copies + 1]
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"{Posting.objects.count():,} postings")
    print(f"sealing        {seconds(lambda: seals.seal(at=clock.now())):7.2f} s")
    total, broken = 0.0, 0
    for name in invariants.CHECKS:
        before = time.perf_counter()
        rows = invariants.check(at=clock.now(), only=[name])[name]
        spent = time.perf_counter() - before
        total += spent
        broken += bool(rows)
        if spent >= 0.1 or rows:
            print(f"{name}            {spent:7.2f} s  {rows[:3] or ''}")
    print(f"all {len(invariants.CHECKS)} checks  {total:7.2f} s")
    return 1 if broken else 0


def sell() -> None:
    """Ten sales: two sellers, creators, a discount; sent, refunded, cancelled, lost."""
    sandbox.sandbox().reset()
    market.set_taxes()
    market.take_in_topups()
    shop, other = market.shop(), market.shop(is_business=False)
    creator = market.creator(shop)
    shirt = market.variant(shop, price_amount=1995, stock=500)
    mug = market.variant(other, price_amount=2450, stock=500)
    orders = [
        market.buy(
            market.cart((shirt, 3, creator), (mug, 1)),
            market.buyer(email=f"buyer{number}@example.com"),
        )
        for number in range(10)
    ]
    cancelled = orders[9]
    lines = OrderLine.objects.filter(seller_order__order=cancelled)
    give_back(cancelled, refunds.Units(lines={one.pk: one.quantity for one in lines}))
    lost = sandbox_control.open_dispute(orders[8].payments.get().payment_intent_id)
    disputes.refresh(provider_id=lost, at=clock.now())
    sandbox_control.close_dispute(lost, outcome="lost")
    disputes.refresh(provider_id=lost, at=clock.now())
    for order in orders[:8]:
        market.ship(order)
    market.release_sellers()
    give_back(orders[0], refunds.Amount(amount=700, currency="EUR"), "adjustment")
    jobs.drain()


def give_back(order, wanted, reason: str = "cancelled") -> None:
    refunds.refund(
        order=order,
        wanted=wanted,
        door="staff",
        reason=reason,
        actor="1",
        note="",
        request_key=f"bench-{order.pk}",
        at=clock.now(),
    )


def copy(cursor, table: str, copies: int) -> None:
    """Insert so many copies of a table's rows, their keys moved on."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    columns = [row[0] for row in cursor.fetchall()]
    targets = references(cursor, table)
    values = ", ".join(value(table, column, targets) for column in columns)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE"
        f" SELECT {values} FROM {table} old"
        f" CROSS JOIN generate_series(1, %s) AS n ORDER BY n, old.id",
        [copies],
    )


def value(table: str, column: str, targets: dict[str, str]) -> str:
    if column == "id" or targets.get(column) in COPIED:
        return f"old.{column} + n * 1000"
    if column in ("token", "token_hash", "code_hash"):
        return f"md5(old.{column} || n)"
    named = column in NAMES or (column == "provider_id" and table in PROVIDERS)
    named = named or (column == "provider_id" and table.endswith(("refund", "dispute")))
    # A stock move and its refund line are tied by the line's number.
    if table == "sellers_stockmove" and column == "reference":
        return (
            "CASE WHEN old.reference LIKE 'refund-line:%%' THEN 'refund-line:'"
            " || (split_part(old.reference, ':', 2)::bigint + n * 1000)"
            " WHEN old.reference = '' THEN '' ELSE old.reference || '~' || n END"
        )
    if named:
        return f"CASE WHEN old.{column} = '' THEN '' ELSE old.{column} || '~' || n END"
    return f"old.{column}"


def references(cursor, table: str) -> dict[str, str]:
    """Give which table each column's key is of."""
    cursor.execute(
        "SELECT attribute.attname, constraint_row.confrelid::regclass::text"
        " FROM pg_constraint constraint_row"
        " JOIN pg_attribute attribute ON attribute.attrelid = constraint_row.conrelid"
        " AND attribute.attnum = ANY(constraint_row.conkey)"
        " WHERE constraint_row.contype = 'f'"
        " AND constraint_row.conrelid = %s::regclass"
        " AND array_length(constraint_row.conkey, 1) = 1",
        [table],
    )
    return dict(cursor.fetchall())


def seconds(work) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


if __name__ == "__main__":
    sys.exit(main())
