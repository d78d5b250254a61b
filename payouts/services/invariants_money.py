"""Rules of the ledger, of what is owed, and of money on its way (docs/money.md)."""

from collections.abc import Mapping

I07_ENTRIES_ARE_WHOLE = """
    SELECT entry.kind, entry.reference FROM payouts_entry entry
    LEFT JOIN payouts_posting posting ON posting.entry_id = entry.id
    LEFT JOIN payouts_ledgeraccount debit ON debit.id = posting.debit_id
    LEFT JOIN payouts_ledgeraccount credit ON credit.id = posting.credit_id
    WHERE entry.occurred_at >= %(since)s
    GROUP BY entry.id
    HAVING count(posting.id) = 0
        OR count(DISTINCT posting.currency) > 1
        OR sum(
            CASE WHEN credit.kind = 'order_clearing' THEN posting.amount ELSE 0 END
            - CASE WHEN debit.kind = 'order_clearing' THEN posting.amount ELSE 0 END
        ) <> 0
"""
I08_POSTINGS_ARE_SOUND = """
    SELECT posting.id FROM payouts_posting posting
    JOIN payouts_entry entry
        ON entry.id = posting.entry_id AND entry.occurred_at >= %(since)s
    JOIN payouts_ledgeraccount debit ON debit.id = posting.debit_id
    JOIN payouts_ledgeraccount credit ON credit.id = posting.credit_id
    WHERE posting.amount <= 0 OR posting.debit_id = posting.credit_id
       OR posting.currency <> debit.currency OR posting.currency <> credit.currency
"""
I14_A_PAYMENT_IS_BOOKED_ONCE = """
    WITH booked AS (
        SELECT entry.id, entry.kind, entry.reference, sum(posting.amount) AS amount
        FROM payouts_entry entry
        JOIN payouts_posting posting ON posting.entry_id = entry.id
        JOIN payouts_ledgeraccount debit
            ON debit.id = posting.debit_id AND debit.kind = 'stripe_balance'
        WHERE entry.kind IN ('capture', 'late_capture', 'mismatch')
        GROUP BY entry.id
    )
    SELECT payment.public_id FROM orders_payment payment
    JOIN orders_order o ON o.id = payment.order_id
    LEFT JOIN booked ON booked.reference = payment.charge_id
    WHERE payment.amount > 0
      AND (payment.status = 'paid' OR payment.charge_id IS NOT NULL)
    GROUP BY payment.id, o.id
    HAVING count(booked.id) <> 1
        OR NOT max(booked.kind) = ANY(CASE
            WHEN payment.status <> 'paid' THEN ARRAY['mismatch']
            WHEN o.status = 'problem' THEN ARRAY['late_capture']
            WHEN o.status = 'refunded' THEN ARRAY['capture', 'late_capture']
            ELSE ARRAY['capture'] END)
        OR (payment.status = 'paid' AND max(booked.amount) <> payment.amount)
    UNION ALL
    SELECT booked.reference FROM booked
    LEFT JOIN orders_payment payment ON payment.charge_id = booked.reference
    WHERE payment.id IS NULL
"""
# Each posting as what it does to either account: what is owed grows by credits.
SIDES = """(
        SELECT credit_id AS account_id, entry_id, id, amount FROM payouts_posting
        UNION ALL
        SELECT debit_id, entry_id, id, -amount FROM payouts_posting
    ) side"""
# An item takes the whole balance at its watermark: the running sum of the account there.
I18_PAYOUTS_TAKE_WHAT_IS_PAYABLE = f"""
    WITH items AS (
        SELECT item.*, run.currency, account.id AS payable_id
        FROM payouts_payoutitem item
        JOIN payouts_payoutrun run ON run.id = item.run_id
        LEFT JOIN payouts_ledgeraccount account
            ON account.party_id = item.account_id AND account.kind = 'creator_payable'
           AND account.currency = run.currency
    ), story AS (
        SELECT account_id, id AS position, NULL::bigint AS item_id, amount FROM {SIDES}
        WHERE account_id IN (SELECT payable_id FROM items)
        UNION ALL
        SELECT payable_id, last_posting_id, id, 0 FROM items
    ), running AS (
        SELECT item_id, sum(amount) OVER (
            PARTITION BY account_id ORDER BY position, item_id NULLS FIRST
            ROWS UNBOUNDED PRECEDING) AS balance
        FROM story
    )
    SELECT 'item', item.public_id FROM items item
    LEFT JOIN running ON running.item_id = item.id
    LEFT JOIN payouts_transfer transfer ON transfer.payout_item_id = item.id
    WHERE transfer.id IS NULL OR transfer.amount <> item.amount
       OR transfer.currency <> item.currency OR transfer.account_id <> item.account_id
       OR coalesce(running.balance, 0) <> item.amount
    UNION ALL
    SELECT 'transfer', public_id FROM payouts_transfer
    WHERE (status = 'sent') <> (provider_id IS NOT NULL)
    UNION ALL
    SELECT 'transfer', provider_id FROM payouts_transfer
    WHERE provider_id IS NOT NULL GROUP BY provider_id HAVING count(*) > 1
    UNION ALL
    SELECT 'run', run.public_id FROM payouts_payoutrun run
    JOIN payouts_payoutitem item ON item.run_id = run.id
    JOIN payouts_transfer transfer ON transfer.payout_item_id = item.id
    WHERE run.status IN ('done', 'done_with_failures')
      AND transfer.status IN ('planned', 'submitted', 'unknown')
"""
# What refunds and lost disputes took of each share, and when and by which entry that
# was undone: two entries may be of one moment.
TAKEN = """
    WITH taken AS (
        SELECT share.accrual_id, share.seller_order_id, share.role,
               share.from_held_amount, coalesce(of_share.id, of_part.id) AS reserve_id,
               coalesce(refund.withdrawn_at, dispute.restored_at) AS undone_at,
               coalesce(withdrawn.id, restored.id) AS undone_by
        FROM payouts_reversedshare share
        -- After its release a share is taken of the reserve that stayed held.
        LEFT JOIN payouts_reserve of_share
            ON share.role = 'creator' AND of_share.accrual_id = share.accrual_id
           AND share.id > of_share.last_share_id
        LEFT JOIN payouts_reserve of_part
            ON share.role = 'seller' AND of_part.seller_order_id = share.seller_order_id
           AND share.id > of_part.last_share_id
        LEFT JOIN orders_refund refund ON refund.id = share.refund_id
        LEFT JOIN payouts_dispute dispute ON dispute.id = share.dispute_id
        LEFT JOIN payouts_entry withdrawn
            ON withdrawn.kind = 'refund_withdrawn'
           AND withdrawn.reference = refund.public_id
        LEFT JOIN payouts_entry restored
            ON restored.kind = 'dispute_restored'
           AND restored.reference = dispute.public_id
    )
"""
I19_NOTHING_IS_RELEASED_EARLY = f"""
    {TAKEN}, released AS (
        SELECT entry.id, entry.kind, entry.reference, entry.occurred_at,
               coalesce(sum(posting.amount), 0) AS amount
        FROM payouts_entry entry
        LEFT JOIN payouts_posting posting ON posting.entry_id = entry.id
        WHERE entry.kind IN ('creator_release', 'seller_release')
          AND entry.occurred_at >= %(since)s
        GROUP BY entry.id
    ), earned AS (
        SELECT released.id, released.occurred_at, accrual.id AS accrual_id,
               NULL::bigint AS part_id, accrual.amount, accrual.hold_days,
               part.delivered_at AS since, accrual.waits_for = 'delivered' AS fits
        FROM released
        JOIN payouts_accrual accrual ON accrual.public_id = released.reference
        JOIN orders_sellerorder part ON part.id = accrual.seller_order_id
        WHERE released.kind = 'creator_release'
        UNION ALL
        SELECT released.id, released.occurred_at, NULL, part.id,
               coalesce(sum(accrual.amount), 0), max(accrual.hold_days),
               part.fulfilled_at, true
        FROM released
        JOIN orders_sellerorder part ON part.public_id = released.reference
        LEFT JOIN payouts_accrual accrual
            ON accrual.seller_order_id = part.id AND accrual.waits_for = 'fulfilled'
        WHERE released.kind = 'seller_release'
        GROUP BY released.id, released.occurred_at, part.id
    ), back AS (
        SELECT earned.id, sum(taken.from_held_amount) AS amount FROM earned
        JOIN taken ON taken.accrual_id = earned.accrual_id
        WHERE taken.reserve_id IS NULL
          AND (taken.undone_at IS NULL OR taken.undone_by > earned.id)
        GROUP BY earned.id
        UNION ALL
        SELECT earned.id, sum(taken.from_held_amount) FROM earned
        JOIN taken
            ON taken.seller_order_id = earned.part_id AND taken.role = 'seller'
        WHERE taken.reserve_id IS NULL
          AND (taken.undone_at IS NULL OR taken.undone_by > earned.id)
        GROUP BY earned.id
    )
    SELECT released.kind, released.reference FROM released
    LEFT JOIN earned ON earned.id = released.id
    LEFT JOIN back ON back.id = released.id
    LEFT JOIN payouts_reserve kept
        ON kept.id = coalesce(
            (SELECT id FROM payouts_reserve WHERE accrual_id = earned.accrual_id),
            (SELECT id FROM payouts_reserve WHERE seller_order_id = earned.part_id))
    WHERE earned.id IS NULL OR NOT earned.fits OR earned.since IS NULL
       OR released.amount
            <> earned.amount - coalesce(back.amount, 0) - coalesce(kept.amount, 0)
       OR released.occurred_at < earned.since + earned.hold_days * interval '1 day'
"""
# Shares are subtracted as rows of their own: joined to the accruals they would be
# searched through for each of them.
UNRELEASED = """
        JOIN orders_sellerorder part ON part.id = accrual.seller_order_id
        LEFT JOIN payouts_entry creators
            ON creators.kind = 'creator_release'
           AND creators.reference = accrual.public_id
        LEFT JOIN payouts_entry sellers
            ON sellers.kind = 'seller_release' AND sellers.reference = part.public_id
        WHERE CASE accrual.waits_for WHEN 'delivered' THEN creators.id
              ELSE sellers.id END IS NULL
"""
I20_HELD_IS_WHAT_WAITS = f"""
    {TAKEN}, of_reserve AS (
        SELECT reserve_id, sum(from_held_amount) AS amount FROM taken
        WHERE reserve_id IS NOT NULL GROUP BY reserve_id
    ), waits AS (
        SELECT accrual.account_id, accrual.currency,
               accrual.waits_for = 'delivered' AS is_creators, accrual.amount
        FROM payouts_accrual accrual {UNRELEASED}
        UNION ALL
        SELECT accrual.account_id, accrual.currency, accrual.waits_for = 'delivered',
               -taken.from_held_amount
        FROM taken
        JOIN payouts_accrual accrual ON accrual.id = taken.accrual_id {UNRELEASED}
          AND taken.undone_at IS NULL
        UNION ALL
        SELECT reserve.account_id, reserve.currency, reserve.seller_order_id IS NULL,
               reserve.amount - coalesce(of_reserve.amount, 0)
        FROM payouts_reserve reserve
        LEFT JOIN of_reserve ON of_reserve.reserve_id = reserve.id
        WHERE reserve.released_at IS NULL
    ), held AS (
        SELECT account_id, currency, is_creators, sum(amount) AS amount
        FROM waits GROUP BY account_id, currency, is_creators
    ), booked AS (
        SELECT account.party_id, account.currency,
               account.kind = 'creator_held' AS is_creators, account.code,
               coalesce(sum(side.amount), 0) AS amount
        FROM payouts_ledgeraccount account
        LEFT JOIN {SIDES} ON side.account_id = account.id
        WHERE account.kind IN ('seller_held', 'creator_held')
        GROUP BY account.id
    )
    SELECT coalesce(booked.code, 'party ' || held.account_id) FROM booked
    FULL JOIN held ON held.account_id = booked.party_id
        AND held.currency = booked.currency AND held.is_creators = booked.is_creators
    WHERE coalesce(booked.amount, 0) <> coalesce(held.amount, 0)
"""
I21_NOTHING_IS_IN_DOUBT_FOR_LONG = """
    SELECT 'payment', public_id FROM orders_payment
    WHERE status IN ('started', 'unknown')
      AND coalesce(asked_at, started_at) < %(now)s - interval '1 hour'
    UNION ALL
    SELECT 'transfer', public_id FROM payouts_transfer
    WHERE status IN ('submitted', 'unknown')
      AND submitted_at < %(now)s - interval '1 hour'
    UNION ALL
    SELECT 'reversal', public_id FROM payouts_reversal
    WHERE status IN ('submitted', 'unknown')
      AND submitted_at < %(now)s - interval '1 hour'
    UNION ALL
    SELECT 'refund', public_id FROM orders_refund
    WHERE status IN ('submitted', 'unknown') AND provider_id IS NULL
      AND submitted_at < %(now)s - interval '1 hour'
"""
I22_SHARES_SUM_TO_WHAT_WAS_SOLD = """
    WITH captured AS (
        SELECT o.id AS order_id, entry.id AS entry_id, o.public_id
        FROM payouts_entry entry
        JOIN orders_order o ON o.public_id = entry.order_reference
        WHERE entry.kind = 'capture' AND entry.occurred_at >= %(since)s
    )
    SELECT captured.public_id FROM captured
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(gross_amount - seller_discount_amount + tax_added_amount), 0)
            AS amount
        FROM orders_orderline line
        JOIN orders_sellerorder part ON part.id = line.seller_order_id
        WHERE part.order_id = captured.order_id
    ) goods
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(delivery_amount + delivery_tax_added_amount), 0) AS amount
        FROM orders_sellerorder WHERE order_id = captured.order_id
    ) delivery
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(accrual.amount), 0) AS amount FROM payouts_accrual accrual
        JOIN orders_sellerorder part ON part.id = accrual.seller_order_id
        WHERE part.order_id = captured.order_id
    ) owed
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(posting.amount), 0) AS amount,
               coalesce(sum(posting.amount) FILTER (
                   WHERE credit.kind IN ('seller_held', 'creator_held')), 0) AS held
        FROM payouts_posting posting
        JOIN payouts_ledgeraccount debit ON debit.id = posting.debit_id
        JOIN payouts_ledgeraccount credit ON credit.id = posting.credit_id
        WHERE posting.entry_id = captured.entry_id AND debit.kind = 'order_clearing'
    ) shared
    WHERE shared.amount <> goods.amount + delivery.amount OR shared.held <> owed.amount
    UNION ALL
    SELECT accrual.public_id FROM payouts_accrual accrual
    JOIN orders_orderline line ON line.id = accrual.line_id
    WHERE accrual.kind = 'share' AND (
        line.creator_bps IS NULL
        OR accrual.amount <> accrual.base_amount * line.creator_bps / 10000
        OR accrual.base_amount <> line.gross_amount - line.seller_discount_amount
            - line.tax_included_amount)
"""
I23_NOBODY_EARNS_ON_HIMSELF = """
    SELECT accrual.public_id FROM payouts_accrual accrual
    JOIN payouts_connectedaccount account ON account.id = accrual.account_id
    JOIN creators_creator creator ON creator.id = account.creator_id
    JOIN orders_sellerorder part ON part.id = accrual.seller_order_id
    JOIN orders_order o ON o.id = part.order_id
    WHERE accrual.kind = 'share' AND (
        creator.user_id = o.user_id
        OR EXISTS (
            SELECT 1 FROM accounts_user person
            WHERE person.id = creator.user_id AND lower(person.email) = lower(o.email)
        )
        OR EXISTS (
            SELECT 1 FROM payouts_withheldshare withheld
            WHERE withheld.line_id = accrual.line_id
        )
    )
"""
I28_NOTHING_IS_PAID_SOON_AFTER_A_CHANGE = """
    SELECT transfer.public_id FROM payouts_transfer transfer
    JOIN payouts_credentialchange change ON change.account_id = transfer.account_id
    WHERE transfer.status IN ('submitted', 'unknown', 'sent')
      AND transfer.kind <> 'adopted' AND transfer.planned_at > change.at
      AND transfer.submitted_at < change.at + %(hold_hours)s * interval '1 hour'
"""
I29_FOUR_EYES = """
    SELECT 'write-off', public_id FROM payouts_writeoff
    WHERE status = 'approved' AND NOT is_policy
      AND decided_by IN ('', requested_by)
    UNION ALL
    SELECT 'run', public_id FROM payouts_payoutrun
    WHERE needs_approval AND status NOT IN ('computed', 'cancelled')
      AND approved_by IN ('', requested_by)
    UNION ALL
    SELECT 'correction', public_id FROM payouts_discrepancy
    WHERE resolution = 'corrected' AND resolved_at IS NOT NULL
      AND (requested_by = '' OR resolved_by IN ('', requested_by))
"""
CHECKS: Mapping[str, str] = {
    name.partition("_")[0]: query
    for name, query in dict(globals()).items()
    if name[0] == "I" and name[1:3].isdigit()
}
