"""Rules of what goes back: refunds, disputes, returned goods, and how far orders have
come by them.
"""

from collections.abc import Mapping

# What counts of the shares that refunds and lost disputes took.
COUNTING = """
    counting AS (
        SELECT share.*, o.public_id AS order_reference
        FROM payouts_reversedshare share
        JOIN orders_sellerorder part ON part.id = share.seller_order_id
        JOIN orders_order o ON o.id = part.order_id
        LEFT JOIN orders_refund refund ON refund.id = share.refund_id
        LEFT JOIN payouts_dispute dispute ON dispute.id = share.dispute_id
        WHERE refund.withdrawn_at IS NULL AND dispute.restored_at IS NULL
    )
"""
# Units given back of each line, and of those the ones that were never shipped.
GIVEN = """
    given AS (
        SELECT row.line_id, sum(row.quantity) AS units,
               coalesce(sum(row.quantity) FILTER (
                   WHERE refund.reason = 'cancelled'), 0) AS cancelled
        FROM orders_refundline row
        JOIN orders_refund refund ON refund.id = row.refund_id
        WHERE row.line_id IS NOT NULL AND refund.withdrawn_at IS NULL
        GROUP BY row.line_id
    ), shipped AS (
        SELECT line_id, sum(quantity) AS units FROM orders_shipmentline
        GROUP BY line_id
    ), lines AS (
        SELECT line.id, line.public_id, line.seller_order_id, line.quantity,
               coalesce(given.units, 0) AS given,
               coalesce(given.cancelled, 0) AS cancelled,
               coalesce(shipped.units, 0) AS shipped
        FROM orders_orderline line
        LEFT JOIN given ON given.line_id = line.id
        LEFT JOIN shipped ON shipped.line_id = line.id
    )
"""
I12_NO_MORE_IS_TAKEN_THAN_WAS_SHARED = f"""
    WITH {COUNTING}, gone AS (
        SELECT order_reference, sum(
            CASE role WHEN 'subsidy' THEN -amount ELSE amount END) AS amount
        FROM counting GROUP BY order_reference
    ), sold AS (
        SELECT entry.order_reference,
               coalesce(sum(posting.amount) FILTER (
                   WHERE credit.kind = 'platform_commission'), 0) AS platform,
               coalesce(sum(posting.amount) FILTER (
                   WHERE credit.kind = 'tax_payable'), 0) AS tax,
               coalesce(sum(posting.amount) FILTER (
                   WHERE debit.kind = 'platform_discounts'), 0) AS subsidy
        FROM payouts_entry entry
        JOIN payouts_posting posting ON posting.entry_id = entry.id
        JOIN payouts_ledgeraccount debit ON debit.id = posting.debit_id
        JOIN payouts_ledgeraccount credit ON credit.id = posting.credit_id
        WHERE entry.kind = 'capture'
        GROUP BY entry.order_reference
    )
    SELECT 'payment', payment.public_id FROM orders_payment payment
    LEFT JOIN orders_refund refund
        ON refund.payment_id = payment.id AND refund.status <> 'failed'
    GROUP BY payment.id HAVING sum(refund.amount) > payment.amount
    UNION ALL
    SELECT 'order', payment.public_id FROM orders_payment payment
    JOIN orders_order o ON o.id = payment.order_id
    JOIN gone ON gone.order_reference = o.public_id
    WHERE payment.status = 'paid' AND gone.amount > payment.amount
    UNION ALL
    SELECT 'accrual', accrual.public_id FROM counting
    JOIN payouts_accrual accrual ON accrual.id = counting.accrual_id
    GROUP BY accrual.id HAVING sum(counting.amount) > accrual.amount
    UNION ALL
    SELECT counting.role, counting.order_reference FROM counting
    LEFT JOIN sold ON sold.order_reference = counting.order_reference
    WHERE counting.role IN ('platform', 'tax', 'subsidy')
    GROUP BY counting.role, counting.order_reference, sold.platform, sold.tax,
             sold.subsidy
    HAVING sum(counting.amount) > coalesce(
        CASE counting.role WHEN 'platform' THEN sold.platform
             WHEN 'tax' THEN sold.tax ELSE sold.subsidy END, 0)
"""
I31_WHAT_WENT_BACK_WHOLE_EARNS_NOTHING = f"""
    WITH {COUNTING}
    SELECT accrual.public_id FROM payouts_accrual accrual
    JOIN orders_sellerorder part ON part.id = accrual.seller_order_id
    LEFT JOIN counting ON counting.accrual_id = accrual.id
    WHERE part.status IN ('cancelled', 'refunded') AND accrual.line_id IS NOT NULL
      AND NOT EXISTS (
          SELECT 1 FROM orders_refund refund
          WHERE refund.order_id = part.order_id AND refund.funded_by = 'platform'
            AND refund.withdrawn_at IS NULL AND part.status = 'refunded')
    GROUP BY accrual.id HAVING coalesce(sum(counting.amount), 0) <> accrual.amount
"""
L16_GOODS_THAT_COME_BACK_ARE_COUNTED_ONCE = f"""
    WITH {GIVEN}
    SELECT 'line', public_id FROM lines
    WHERE given > quantity OR cancelled + shipped > quantity
    UNION ALL
    SELECT 'stock', move.reference FROM sellers_stockmove move
    LEFT JOIN orders_refundline row ON 'refund-line:' || row.id = move.reference
    LEFT JOIN orders_orderline line ON line.id = row.line_id
    WHERE move.kind = 'return' AND move.reference LIKE 'refund-line:%%'
      AND (line.id IS NULL OR line.variant_id <> move.variant_id
           OR row.quantity <> move.delta)
    UNION ALL
    SELECT 'refund', refund.public_id FROM orders_refundline row
    JOIN orders_refund refund ON refund.id = row.refund_id
    LEFT JOIN sellers_stockmove move
        ON move.kind = 'return' AND move.reference = 'refund-line:' || row.id
    WHERE refund.reason = 'cancelled' AND row.quantity > 0
      AND row.line_id IS NOT NULL AND move.id IS NULL
"""
L17_STATES_SAY_WHAT_WENT_BACK = f"""
    WITH {GIVEN}, parts AS (
        SELECT part.public_id, part.order_id, part.status, o.status AS order_status,
               sum(lines.quantity - lines.shipped - lines.cancelled) AS to_ship,
               sum(lines.shipped) AS shipped
        FROM orders_sellerorder part
        JOIN orders_order o ON o.id = part.order_id
        JOIN lines ON lines.seller_order_id = part.id
        WHERE o.paid_at IS NOT NULL AND o.status IN ('paid', 'refunded')
          AND part.status <> 'problem'
          AND EXISTS (SELECT 1 FROM payouts_entry entry
                      WHERE entry.kind = 'capture'
                        AND entry.order_reference = o.public_id)
        GROUP BY part.id, o.id
    )
    SELECT 'part', public_id FROM parts
    WHERE CASE status
        WHEN 'to_ship' THEN to_ship = 0
        WHEN 'cancelled' THEN to_ship <> 0 OR shipped <> 0
        ELSE to_ship <> 0 END
    UNION ALL
    SELECT 'order', o.public_id FROM orders_order o
    JOIN parts ON parts.order_id = o.id
    GROUP BY o.id
    HAVING bool_and(parts.status IN ('cancelled', 'refunded'))
        <> (o.status = 'refunded')
"""
CHECKS: Mapping[str, str] = {
    name.partition("_")[0]: query
    for name, query in dict(globals()).items()
    if name[0] in "IL" and name[1:3].isdigit()
}
