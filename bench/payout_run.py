"""How long a payout run takes beside the least that PostgreSQL could do.

1,000,000 postings of 10,000 payees. Two anchors, in the same process and database:

- `bare`: one set-based statement on a bare append-only table of the same amounts: sum
  per payee, a payout with its watermark, a contra row. No keys to other tables.
- `ledger`: the same statement on our own ledger, its constraints checked: sum per payee,
  an item with its watermark, an entry and a posting that take the balance.

Ours computes the figures, then locks and looks at every payee again, and takes. All in
turn, each round rolled back after its constraints were checked. `./run bench payouts`.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
django.setup()

from django.db import connection, transaction

from creators.models import Creator
from marketplace.accounts.models import User
from payouts.models import (
    SYSTEM,
    AccountKind,
    ConnectedAccount,
    LedgerAccount,
    PayoutItem,
    PayoutRun,
)
from payouts.services import ledger
from payouts.services.payout_runs import computing, executing

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
ENTRIES = """
    INSERT INTO payouts_entry (kind, reference, occurred_at, order_reference, provider_id)
    SELECT 'creator_release', 'bench' || n, %(at)s, '', ''
    FROM generate_series(1, %(entries)s) n
"""
# The postings of a payee lie scattered, as sales do.
POSTINGS = """
    WITH payees AS (
        SELECT row_number() OVER (ORDER BY payable.id) - 1 AS place,
               payable.id AS payable_id, held.id AS held_id
        FROM payouts_ledgeraccount payable
        JOIN payouts_ledgeraccount held USING (party_id, currency)
        WHERE payable.kind = 'creator_payable' AND held.kind = 'creator_held'
    ), entries AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM payouts_entry
    )
    INSERT INTO payouts_posting (entry_id, debit_id, credit_id, amount, currency)
    SELECT entries.id, payees.held_id, payees.payable_id, 100 + n %% 900, 'EUR'
    FROM generate_series(0, %(postings)s - 1) n
    JOIN payees ON payees.place = n %% %(payees)s
    JOIN entries ON entries.place = n %% %(entries)s
    ORDER BY n
"""
ANCHOR_TABLES = (
    """CREATE TABLE bench_ledger (id bigserial PRIMARY KEY, payee bigint NOT NULL,
                                  amount bigint NOT NULL)""",
    """CREATE TABLE bench_payout (id bigserial PRIMARY KEY, payee bigint NOT NULL,
                                  amount bigint NOT NULL, last_id bigint NOT NULL)""",
    """INSERT INTO bench_ledger (payee, amount)
       SELECT credit_id, amount FROM payouts_posting ORDER BY id""",
    "CREATE INDEX ON bench_ledger (payee)",
    "VACUUM ANALYZE",
)
BARE = """
    WITH due AS (
        SELECT payee, sum(amount) AS amount, max(id) AS newest
        FROM bench_ledger GROUP BY payee HAVING sum(amount) > 0
    ), paid AS (
        INSERT INTO bench_payout (payee, amount, last_id)
        SELECT payee, amount, newest FROM due RETURNING payee, amount
    )
    INSERT INTO bench_ledger (payee, amount) SELECT payee, -amount FROM paid
"""
LEDGER = """
    WITH sums AS (
        SELECT account.id, account.party_id, sum(side.amount) AS amount,
               max(side.newest) AS newest
        FROM payouts_ledgeraccount account
        JOIN (
            SELECT credit_id AS id, sum(amount) AS amount, max(id) AS newest
            FROM payouts_posting GROUP BY credit_id
            UNION ALL
            SELECT debit_id, -sum(amount), max(id) FROM payouts_posting GROUP BY debit_id
        ) side ON side.id = account.id
        WHERE account.kind = 'creator_payable' AND account.currency = 'EUR'
        GROUP BY account.id
    ), due AS MATERIALIZED (
        SELECT *, nextval(pg_get_serial_sequence('payouts_entry', 'id')) AS entry_id
        FROM sums WHERE amount > 0
    ), items AS (
        INSERT INTO payouts_payoutitem
            (public_id, run_id, account_id, number, amount, last_posting_id)
        SELECT 'anchor' || id, %(run)s, party_id, 1, amount, newest FROM due
    ), entries AS (
        INSERT INTO payouts_entry
            (id, kind, reference, occurred_at, order_reference, provider_id)
        SELECT entry_id, 'transfer', 'anchor' || id, %(at)s, '', '' FROM due
    )
    INSERT INTO payouts_posting (entry_id, debit_id, credit_id, amount, currency)
    SELECT entry_id, id, %(clearing)s, amount, 'EUR' FROM due
"""


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def seconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def fill(*, postings: int, payees: int) -> None:
    """Write the payees, and what was released to each of them."""
    User.objects.bulk_create(
        (
            User(email=f"payee{number}@example.com", password="", date_joined=AT)
            for number in range(payees)
        ),
        batch_size=2000,
    )
    Creator.objects.bulk_create(
        (
            Creator(
                user=user,
                handle=f"payee.{number}",
                name=f"Payee {number}",
                country="SE",
                joined_at=AT,
            )
            for number, user in enumerate(User.objects.order_by("pk"))
        ),
        batch_size=2000,
    )
    ConnectedAccount.objects.bulk_create(
        (
            ConnectedAccount(
                creator=creator, status="active", provider_id=f"acct_{creator.pk}"
            )
            for creator in Creator.objects.order_by("pk")
        ),
        batch_size=2000,
    )
    kinds = [AccountKind.CREATOR_HELD, AccountKind.CREATOR_PAYABLE]
    LedgerAccount.objects.bulk_create(
        (
            LedgerAccount(
                code=f"{kind}:{account.pk}:EUR",
                kind=kind,
                party=account,
                currency="EUR",
            )
            for account in ConnectedAccount.objects.order_by("pk")
            for kind in kinds
        ),
        batch_size=2000,
    )
    size = {"postings": postings, "payees": payees, "entries": payees, "at": AT}
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, size)
        cursor.execute(POSTINGS, size)
        for statement in ANCHOR_TABLES:
            cursor.execute(statement)


def check_constraints() -> None:
    """Check now what a commit would, and a rollback saves."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def new_run() -> PayoutRun:
    return PayoutRun.objects.create(
        currency="EUR",
        cut_off_at=AT,
        schedule="manual",
        minimum_amount=1,
        previewed_amount=0,
        previewed_number=0,
        needs_approval=True,
        requested_by=SYSTEM,
        computed_at=AT,
    )


def bare() -> float:
    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute(BARE)

    with rolled_back():
        return seconds(work)


def on_ledger() -> float:
    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute(LEDGER, {"run": run.pk, "clearing": clearing.pk, "at": AT})
        check_constraints()

    with rolled_back():
        run = new_run()
        name = ledger.Name(AccountKind.CLEARING_TRANSFER)
        clearing = ledger.accounts([name], "EUR")[name]
        return seconds(work)


def ours(payees: int) -> tuple[float, float]:
    """Compute and execute a run; gives the seconds of each."""

    def execute() -> None:
        executing._carry_out(run, approved_by="policy", at=AT)
        check_constraints()

    def compute() -> None:
        computing.write_preview(run, at=AT)
        check_constraints()

    with rolled_back():
        run = new_run()
        computed = seconds(compute)
        executed = seconds(execute)
        assert PayoutItem.objects.filter(run=run).count() == payees
    return computed, executed


def main() -> int:
    asked = argparse.ArgumentParser(description="payout run beside the least SQL")
    asked.add_argument("--postings", type=int, default=1_000_000)
    asked.add_argument("--payees", type=int, default=10_000)
    asked.add_argument("--rounds", type=int, default=5)
    given = asked.parse_args()
    filled = seconds(lambda: fill(postings=given.postings, payees=given.payees))
    print(
        f"{given.postings:,} postings, {given.payees:,} payees, filled in {filled:.0f} s"
    )
    found: dict[str, list[float]] = {
        name: [] for name in ("bare", "ledger", "compute", "execute")
    }
    for number in range(given.rounds):
        found["bare"].append(bare())
        found["ledger"].append(on_ledger())
        computed, executed = ours(given.payees)
        found["compute"].append(computed)
        found["execute"].append(executed)
        print(f"round {number + 1}: " + words({k: v[-1] for k, v in found.items()}))
    medians = {name: statistics.median(times) for name, times in found.items()}
    print("medians: " + words(medians))
    for name in ("ledger", "bare"):
        print(f"execute / {name}: {medians['execute'] / medians[name]:.2f}")
        whole = medians["compute"] + medians["execute"]
        print(f"compute and execute / {name}: {whole / medians[name]:.2f}")
    return 0


def words(times: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.3f} s" for name, value in times.items())


if __name__ == "__main__":
    sys.exit(main())
