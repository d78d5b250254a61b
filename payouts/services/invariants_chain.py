"""The rule of the sealed chain (services.seals): nothing that was sealed has changed."""

from collections.abc import Mapping

from payouts.services import seals

# A link is checked against the hash that stands before it, so that the row that was
# changed is the one that is named, and not all after it.
I25_THE_SEALED_LEDGER_IS_UNCHANGED = f"""
    WITH links AS (
        SELECT seal.*, coalesce(lag(hash) OVER chain, '') AS previous,
               coalesce(lag(sequence) OVER chain, 0) AS before
        FROM payouts_seal seal
        WHERE sequence >= coalesce(
            (SELECT min(sequence) - 1 FROM payouts_seal WHERE sealed_at >= %(since)s),
            (SELECT max(sequence) FROM payouts_seal))
        WINDOW chain AS (ORDER BY sequence)
    ), posted AS (
        {seals.POSTED}
        WHERE posting.entry_id >= (SELECT min(entry_id) FROM links)
        GROUP BY posting.entry_id
    )
    SELECT found.row FROM (
        SELECT 'link ' || links.sequence || ' entry ' || links.entry_id
               || coalesce(' ' || entry.kind || '/' || entry.reference, ' is gone')
                   AS row,
               links.sequence AS position
        FROM links
        LEFT JOIN payouts_entry entry ON entry.id = links.entry_id
        LEFT JOIN posted ON posted.entry_id = links.entry_id
        WHERE links.sealed_at >= %(since)s
          AND (entry.id IS NULL OR links.before <> links.sequence - 1
               OR links.hash <> encode(sha256(convert_to(
                   links.previous || {seals.FACTS}, 'UTF8')), 'hex'))
        UNION ALL
        SELECT 'entry ' || entry.id || ' was slipped in', NULL
        FROM payouts_entry entry
        LEFT JOIN payouts_seal seal ON seal.entry_id = entry.id
        WHERE seal.id IS NULL AND entry.occurred_at >= %(since)s
          AND entry.id < (SELECT max(entry_id) FROM payouts_seal
                          WHERE sealed_at < %(now)s - interval '1 hour')
        UNION ALL
        SELECT 'the chain no longer reaches what ' || run.public_id || ' saw', NULL
        FROM payouts_reconciliationrun run
        WHERE run.sealed_sequence > 0 AND NOT EXISTS (
            SELECT 1 FROM payouts_seal seal
            WHERE seal.sequence = run.sealed_sequence AND seal.hash = run.sealed_hash)
    ) found ORDER BY found.position NULLS LAST
"""
CHECKS: Mapping[str, str] = {"I25": I25_THE_SEALED_LEDGER_IS_UNCHANGED}
