"""The laws of the ledger: what its accounts hold is what the rows say is owed, on its
way, in a bank's hands, or in debt (docs/money.md).
"""

from collections.abc import Mapping

from payouts.services.invariants_money import SIDES, TAKEN

L04_NOBODY_IS_OWED_LESS_THAN_NOTHING = f"""
    SELECT account.code FROM payouts_ledgeraccount account
    JOIN {SIDES} ON side.account_id = account.id
    WHERE account.kind LIKE '%%\\_held' OR account.kind LIKE '%%\\_payable'
       OR account.kind = 'buyer_refund_due'
    GROUP BY account.id HAVING sum(side.amount) < 0
"""
L05_CLEARING_IS_WHAT_IS_ON_ITS_WAY = f"""
    SELECT account.code FROM payouts_ledgeraccount account
    LEFT JOIN {SIDES} ON side.account_id = account.id
    WHERE account.kind = 'clearing_transfer'
    GROUP BY account.id
    HAVING coalesce(sum(side.amount), 0)
    <> (SELECT coalesce(sum(amount), 0) FROM payouts_transfer transfer
        WHERE transfer.status IN ('planned', 'submitted', 'unknown')
          AND transfer.currency = account.currency)
    UNION ALL
    SELECT account.code FROM payouts_ledgeraccount account
    LEFT JOIN {SIDES} ON side.account_id = account.id
    WHERE account.kind = 'clearing_refund'
    GROUP BY account.id
    HAVING coalesce(sum(side.amount), 0)
    <> (SELECT coalesce(sum(refund.amount), 0) FROM orders_refund refund
        JOIN orders_order o ON o.id = refund.order_id
        WHERE refund.currency = account.currency
          AND NOT EXISTS (
              SELECT 1 FROM payouts_entry entry
              WHERE entry.order_reference = o.public_id
                AND entry.kind IN ('refund_settled', 'refund_failed')
                AND (entry.provider_id = refund.provider_id
                     OR entry.reference = refund.public_id)))
"""
# What a bank took and holds; nothing once the dispute is over.
L06_DISPUTED_MONEY_IS_OF_OPEN_DISPUTES = f"""
    WITH moved AS (
        SELECT entry.provider_id, -sum(side.amount) AS amount
        FROM {SIDES}
        JOIN payouts_ledgeraccount account
            ON account.id = side.account_id AND account.kind = 'dispute_clearing'
        JOIN payouts_entry entry ON entry.id = side.entry_id
        GROUP BY entry.provider_id
    )
    SELECT coalesce(dispute.public_id, moved.provider_id) FROM moved
    FULL JOIN payouts_dispute dispute ON dispute.provider_id = moved.provider_id
    WHERE dispute.id IS NULL
       OR (dispute.closed_at IS NOT NULL AND coalesce(moved.amount, 0) <> 0)
       OR coalesce(moved.amount, 0) NOT BETWEEN 0 AND dispute.amount
"""
L07_ROWS_AND_ENTRIES_AGREE = """
    WITH expected AS (
        SELECT 'refund' AS kind, public_id AS reference, amount FROM orders_refund
        UNION ALL
        SELECT 'refund_withdrawn', public_id, amount FROM orders_refund
        WHERE withdrawn_at IS NOT NULL AND replaces_id IS NULL
        UNION ALL
        SELECT 'transfer', public_id, amount FROM payouts_transfer
        WHERE kind <> 'adopted'
        UNION ALL
        SELECT 'transfer_' || status, public_id, amount FROM payouts_transfer
        WHERE status IN ('sent', 'failed')
        UNION ALL
        SELECT 'reversal_sent', public_id, amount FROM payouts_reversal
        WHERE status = 'sent'
        UNION ALL
        SELECT 'netting', public_id, amount FROM payouts_netting
        UNION ALL
        SELECT 'write_off', public_id, amount FROM payouts_writeoff
        WHERE status = 'approved'
        UNION ALL
        SELECT 'dispute_lost', public_id, NULL FROM payouts_dispute
        WHERE lost_at IS NOT NULL
        UNION ALL
        SELECT 'dispute_restored', public_id, NULL FROM payouts_dispute
        WHERE restored_at IS NOT NULL
    ), posted AS (
        SELECT entry.kind, entry.reference, sum(posting.amount) FILTER (
            WHERE CASE entry.kind
                WHEN 'refund' THEN credit.kind = 'clearing_refund'
                WHEN 'refund_withdrawn' THEN debit.kind = 'buyer_refund_due'
                ELSE true END) AS amount
        FROM payouts_entry entry
        LEFT JOIN payouts_posting posting ON posting.entry_id = entry.id
        LEFT JOIN payouts_ledgeraccount debit ON debit.id = posting.debit_id
        LEFT JOIN payouts_ledgeraccount credit ON credit.id = posting.credit_id
        WHERE entry.kind IN (
            'refund', 'refund_withdrawn', 'transfer', 'transfer_sent',
            'transfer_failed', 'reversal_sent', 'netting', 'write_off',
            'dispute_lost', 'dispute_restored')
          AND entry.reference NOT LIKE '%%:again'
        GROUP BY entry.id
    )
    SELECT coalesce(expected.kind, posted.kind),
           coalesce(expected.reference, posted.reference)
    FROM expected FULL JOIN posted
        ON posted.kind = expected.kind AND posted.reference = expected.reference
    WHERE expected.kind IS NULL OR posted.kind IS NULL
       OR expected.amount <> posted.amount
"""
L08_A_CHARGE_SENDS_NO_MORE_THAN_IT_BROUGHT = """
    SELECT payment.public_id FROM payouts_transfer transfer
    JOIN orders_payment payment ON payment.charge_id = transfer.source_charge_id
    WHERE transfer.status <> 'failed'
    GROUP BY payment.id HAVING sum(transfer.amount) > payment.amount
    UNION ALL
    SELECT transfer.public_id FROM payouts_transfer transfer
    LEFT JOIN orders_payment payment ON payment.charge_id = transfer.source_charge_id
    WHERE transfer.source_charge_id <> '' AND payment.id IS NULL
"""
L09_NO_MORE_GOES_BACK_THAN_CAME = """
    SELECT payment.public_id FROM orders_payment payment
    JOIN orders_refund refund ON refund.payment_id = payment.id
    WHERE refund.status <> 'failed'
    GROUP BY payment.id HAVING sum(refund.amount) > payment.amount
    UNION ALL
    SELECT refund.public_id FROM orders_refund refund
    LEFT JOIN orders_refundline line ON line.refund_id = refund.id
    WHERE refund.funded_by IN ('parties', 'platform')
    GROUP BY refund.id HAVING coalesce(sum(line.amount), 0)
        <> refund.amount - refund.due_amount
    UNION ALL
    SELECT refund.public_id FROM orders_refund refund
    LEFT JOIN payouts_reversedshare share ON share.refund_id = refund.id
    GROUP BY refund.id
    HAVING coalesce(sum(
        CASE share.role WHEN 'subsidy' THEN -share.amount ELSE share.amount END), 0)
    <> CASE refund.funded_by WHEN 'parties' THEN refund.amount - refund.due_amount
            ELSE 0 END + (
        SELECT coalesce(sum(line.goodwill_amount), 0) FROM orders_refundline line
        WHERE line.refund_id = refund.id)
"""
L11_ONLY_WHAT_WAS_RELEASED_IS_SENT = """
    SELECT transfer.public_id FROM payouts_transfer transfer
    JOIN orders_sellerorder part ON part.id = transfer.seller_order_id
    JOIN orders_order o ON o.id = part.order_id
    WHERE o.status NOT IN ('paid', 'refunded') OR NOT EXISTS (
        SELECT 1 FROM payouts_entry entry
        WHERE entry.kind = 'seller_release' AND entry.reference = part.public_id
    )
"""
L10_A_SALE_OWES_NOBODY_LESS_THAN_NOTHING = f"""
    {TAKEN}, back AS (
        SELECT accrual_id, sum(from_held_amount) AS amount FROM taken
        WHERE undone_at IS NULL GROUP BY accrual_id
    ), released AS (
        SELECT coalesce(earning.public_id, entry.reference) AS reference,
               sum(posting.amount) AS amount
        FROM payouts_entry entry
        JOIN payouts_posting posting ON posting.entry_id = entry.id
        LEFT JOIN payouts_reserve reserve ON reserve.public_id = entry.reference
        LEFT JOIN payouts_accrual earning ON earning.id = reserve.accrual_id
        WHERE entry.kind IN ('creator_release', 'reserve_release')
        GROUP BY coalesce(earning.public_id, entry.reference)
    )
    SELECT account.code, entry.order_reference FROM {SIDES}
    JOIN payouts_ledgeraccount account ON account.id = side.account_id
    JOIN payouts_entry entry ON entry.id = side.entry_id
    WHERE account.kind IN ('seller_held', 'seller_payable')
    GROUP BY account.id, entry.order_reference HAVING sum(side.amount) < 0
    UNION ALL
    SELECT 'accrual', accrual.public_id FROM payouts_accrual accrual
    LEFT JOIN back ON back.accrual_id = accrual.id
    LEFT JOIN released ON released.reference = accrual.public_id
    WHERE accrual.kind = 'share'
      AND accrual.amount < coalesce(back.amount, 0) + coalesce(released.amount, 0)
"""
L13_DEBT_COVERS_WHAT_IS_BEING_TAKEN_BACK = f"""
    WITH coming AS (
        SELECT transfer.account_id, reversal.currency, sum(reversal.amount) AS amount
        FROM payouts_reversal reversal
        JOIN payouts_transfer transfer ON transfer.id = reversal.transfer_id
        WHERE reversal.status IN ('planned', 'submitted', 'unknown')
        GROUP BY transfer.account_id, reversal.currency
    ), owed AS (
        SELECT account.party_id, account.currency, account.code,
               -coalesce(sum(side.amount), 0) AS amount
        FROM payouts_ledgeraccount account
        LEFT JOIN {SIDES} ON side.account_id = account.id
        WHERE account.kind = 'receivable'
        GROUP BY account.id
    )
    SELECT coalesce(owed.code, 'party ' || coming.account_id) FROM owed
    FULL JOIN coming ON coming.account_id = owed.party_id
        AND coming.currency = owed.currency
    WHERE coalesce(owed.amount, 0) < coalesce(coming.amount, 0)
"""
# Known is a dispute from its first entry on; entries are numbered as they are written.
L18_NOTHING_IS_SENT_WHILE_A_BANK_ASKS = """
    SELECT DISTINCT transfer.public_id FROM payouts_transfer transfer
    JOIN orders_sellerorder part ON part.id = transfer.seller_order_id
    JOIN orders_payment payment ON payment.order_id = part.order_id
    JOIN payouts_dispute dispute ON dispute.payment_id = payment.id
    JOIN payouts_entry known
        ON known.kind = 'dispute' AND known.provider_id = dispute.provider_id
    JOIN payouts_entry planned
        ON planned.kind = 'transfer' AND planned.reference = transfer.public_id
    WHERE transfer.status IN ('submitted', 'sent') AND planned.id > known.id
      AND transfer.submitted_at < coalesce(
          dispute.lost_at, dispute.closed_at, 'infinity'::timestamptz)
"""
CHECKS: Mapping[str, str] = {
    name.partition("_")[0]: query
    for name, query in dict(globals()).items()
    if name[0] == "L" and name[1:3].isdigit()
}
