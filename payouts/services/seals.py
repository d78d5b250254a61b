"""Sealing the ledger: each entry gets a number and a hash over the link before it and
its own facts, so that a row changed behind the database's nets is found and named.

The chain has one writer at a time and runs behind the sales, which never wait for it.
A person who may rewrite every link can rewrite the whole chain; that is why its end is
logged, and kept with each reconciliation.
"""

import hashlib
import logging
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from payouts.models import Seal

logger = logging.getLogger(__name__)

# What advisory lock the sealer holds: any number nobody else uses.
SEALER = 7_253_001
BATCH = 5_000
# An entry may commit after others with higher ids were sealed, but not long after.
LATE_IDS = 50_000
# The facts of an entry and its postings, by the accounts' codes, as one text. Python
# seals and SQL recomputes over the same words.
FACTS = """
    entry.id::text || '|' || entry.kind || '|' || entry.reference || '|'
    || (extract(epoch FROM entry.occurred_at) * 1000000)::bigint::text || '|'
    || entry.order_reference || '|' || coalesce(entry.reverses_id::text, '') || '|'
    || entry.provider_id || '|' || coalesce(posted.facts, '')
"""
POSTED = """
    SELECT posting.entry_id, string_agg(
        posting.id::text || ':' || debit.code || ':' || credit.code || ':'
        || posting.amount::text || ':' || posting.currency, ',' ORDER BY posting.id
    ) AS facts
    FROM payouts_posting posting
    JOIN payouts_ledgeraccount debit ON debit.id = posting.debit_id
    JOIN payouts_ledgeraccount credit ON credit.id = posting.credit_id
"""
UNSEALED = f"""
    WITH waiting AS (
        SELECT entry.* FROM payouts_entry entry
        LEFT JOIN payouts_seal seal ON seal.entry_id = entry.id
        WHERE seal.id IS NULL AND entry.id > %(after)s
        ORDER BY entry.id LIMIT %(limit)s
    ), posted AS (
        {POSTED} WHERE posting.entry_id IN (SELECT id FROM waiting)
        GROUP BY posting.entry_id
    )
    SELECT entry.id, {FACTS} FROM waiting entry
    LEFT JOIN posted ON posted.entry_id = entry.id
    ORDER BY entry.id
"""


def seal(*, at: datetime) -> int:
    """Seal every committed entry that has no seal yet; returns how many.

    A second sealer at the same time does nothing.
    """
    sealed = 0
    while batch := _seal_batch(at=at):
        sealed += batch
        if batch < BATCH:
            break
    if sealed:
        sequence, head = end()
        logger.info("ledger sealed up to %s: %s", sequence, head)
    return sealed


def end() -> tuple[int, str]:
    """Give the last link's sequence and hash; (0, "") of an empty chain."""
    last = Seal.objects.order_by("-sequence").first()
    return (last.sequence, last.hash) if last else (0, "")


def link(previous: str, facts: str) -> str:
    """Hash an entry's facts together with the hash before it."""
    return hashlib.sha256((previous + facts).encode()).hexdigest()


def _seal_batch(*, at: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER])
        if not cursor.fetchone()[0]:
            return 0
        highest = Seal.objects.aggregate(id=Max("entry_id"))["id"] or 0
        cursor.execute(UNSEALED, {"after": highest - LATE_IDS, "limit": BATCH})
        sequence, previous = end()
        made = []
        for entry_id, facts in cursor.fetchall():
            sequence, previous = sequence + 1, link(previous, facts)
            made.append(
                Seal(sequence=sequence, entry_id=entry_id, hash=previous, sealed_at=at)
            )
        Seal.objects.bulk_create(made)
    return len(made)
