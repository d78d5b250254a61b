"""Rules of stock, orders, payments and discounts, of what waits to be done, and of
who was erased.

The tables of webhooks, which is above this app, are named as text only.
"""

from collections.abc import Mapping

from orders.models import Order, SellerOrder

I01_STOCK_IS_SANE = """
    SELECT id FROM sellers_variant
    WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand
"""
I02_RESERVED_IS_WHAT_ORDERS_HOLD = """
    SELECT variant.id FROM sellers_variant variant
    LEFT JOIN (
        SELECT variant_id, sum(quantity) AS units FROM sellers_reservation
        WHERE status = 'active' GROUP BY variant_id
    ) held ON held.variant_id = variant.id
    WHERE variant.reserved <> coalesce(held.units, 0)
"""
I03_ON_HAND_IS_WHAT_MOVED = """
    SELECT variant.id FROM sellers_variant variant
    LEFT JOIN (
        SELECT variant_id, sum(delta) AS units FROM sellers_stockmove
        GROUP BY variant_id
    ) moved ON moved.variant_id = variant.id
    WHERE variant.on_hand <> coalesce(moved.units, 0)
"""
I04_A_PAID_LINE_LEFT_THE_STOCK_ONCE = """
    SELECT line.public_id FROM orders_orderline line
    JOIN orders_sellerorder part ON part.id = line.seller_order_id
    JOIN orders_order o ON o.id = part.order_id
    LEFT JOIN sellers_stockmove moved
        ON moved.reference = line.public_id AND moved.kind = 'sale'
    GROUP BY line.id, o.id
    HAVING coalesce(-sum(moved.delta), 0)
        <> CASE WHEN o.paid_at IS NULL THEN 0 ELSE line.quantity END
"""
# A sweep runs every minute; a page Stripe cannot close keeps its goods meanwhile.
I05_NO_RESERVATION_OUTLIVES_ITS_TIME = """
    SELECT id FROM sellers_reservation
    WHERE (status = 'active' AND expires_at < %(now)s - interval '15 minutes')
       OR (status = 'active') <> (ended_at IS NULL)
"""
I06_ONLY_UNPAID_ORDERS_HOLD_GOODS = """
    SELECT held.id FROM sellers_reservation held
    LEFT JOIN orders_order o ON o.public_id = held.order_reference
    WHERE (held.status = 'active') <> (coalesce(o.status, '') = 'awaiting_payment')
      AND (held.status = 'active' OR coalesce(o.status, '') = 'awaiting_payment')
"""
I09_ORDER_TOTALS_ADD_UP = """
    SELECT o.public_id FROM orders_order o
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(gross_amount), 0) AS goods,
               coalesce(sum(seller_discount_amount + platform_discount_amount), 0)
                   AS discount,
               coalesce(sum(tax_added_amount), 0) AS added,
               coalesce(sum(tax_included_amount), 0) AS included,
               coalesce(sum(paid_amount), 0) AS paid,
               coalesce(min(paid_amount), 0) AS least
        FROM orders_orderline line
        JOIN orders_sellerorder part ON part.id = line.seller_order_id
        WHERE part.order_id = o.id
    ) lines
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(delivery_amount), 0) AS amount,
               coalesce(sum(delivery_tax_added_amount), 0) AS added,
               coalesce(sum(delivery_tax_included_amount), 0) AS included
        FROM orders_sellerorder WHERE order_id = o.id
    ) delivery
    WHERE o.goods_amount <> lines.goods OR o.discount_amount <> lines.discount
       OR o.delivery_amount <> delivery.amount
       OR o.added_tax_amount <> lines.added + delivery.added
       OR o.included_tax_amount <> lines.included + delivery.included
       OR o.total_amount <> lines.paid + delivery.amount + delivery.added
       OR lines.least < 0
"""
I10_ONE_LIVE_ORDER_AND_ONE_PAYMENT = """
    SELECT 'cart', cart_id FROM orders_order
    WHERE status NOT IN ('cancelled', 'problem', 'refunded')
    GROUP BY cart_id HAVING count(*) > 1
    UNION ALL
    SELECT 'order', order_id FROM orders_payment
    WHERE status = 'paid' GROUP BY order_id HAVING count(*) > 1
"""
I11_PAID_ORDERS_HAVE_PAID_PAYMENTS = """
    SELECT 'order', o.public_id FROM orders_order o
    WHERE o.status = 'paid' AND NOT EXISTS (
        SELECT 1 FROM orders_payment p WHERE p.order_id = o.id AND p.status = 'paid'
    )
    UNION ALL
    SELECT 'payment', p.public_id FROM orders_payment p
    JOIN orders_order o ON o.id = p.order_id
    WHERE p.status = 'paid' AND o.status NOT IN ('paid', 'problem', 'refunded')
"""
I13_WHAT_WAS_PAID_IS_WHAT_IT_COSTS = """
    SELECT p.public_id FROM orders_payment p JOIN orders_order o ON o.id = p.order_id
    WHERE p.amount <> o.total_amount OR p.currency <> o.currency
"""
I15_A_NOTICE_IS_KEPT_ONCE = """
    SELECT endpoint, event_id FROM webhooks_stripeevent
    GROUP BY endpoint, event_id HAVING count(*) > 1
"""
I16_NO_NOTICE_IS_STUCK = """
    SELECT event_id FROM webhooks_stripeevent
    WHERE status IN ('received', 'deferred')
      AND coalesce(next_attempt_at, received_at) < %(now)s - interval '1 hour'
"""
I17_DISCOUNTS_COUNT_THEIR_USES = """
    SELECT discount.word FROM orders_discount discount
    LEFT JOIN orders_redemption used
        ON used.discount_id = discount.id AND used.released_at IS NULL
    GROUP BY discount.id
    HAVING count(used.id) <> discount.redeemed
        OR discount.redeemed > coalesce(discount.max_redemptions, discount.redeemed)
    UNION ALL
    SELECT o.public_id FROM orders_redemption used
    JOIN orders_order o ON o.id = used.order_id
    WHERE used.released_at IS NULL AND o.status = 'cancelled'
"""
I24_PROMISED_WORK_IS_DONE = """
    SELECT id, function FROM kit_outbox
    WHERE done_at IS NULL AND created_at < now() - interval '5 minutes'
      AND coalesce(run_at, %(now)s) <= %(now)s
"""
I27_NOTHING_IS_LEFT_OF_AN_ERASED_PERSON = """
    WITH erased AS (SELECT * FROM accounts_user WHERE erased_at IS NOT NULL)
    SELECT 'person', id::text FROM erased
    WHERE email NOT LIKE 'erased-%%' OR name <> '' OR is_active
    UNION ALL
    SELECT 'order', o.public_id FROM orders_order o
    JOIN erased ON erased.id = o.user_id
    LEFT JOIN orders_address address ON address.order_id = o.id
    WHERE o.email NOT LIKE 'erased-%%' OR address.name <> '' OR address.line1 <> ''
    UNION ALL
    SELECT 'address', kept.public_id FROM orders_savedaddress kept
    JOIN erased ON erased.id = kept.user_id
"""
I30_STATES_MOVED_BY_THE_TABLE = """
    WITH moved AS (
        SELECT event.id, event.subject, event.before, event.after,
               coalesce(lag(event.after) OVER story, '') AS previous,
               lead(event.id) OVER story IS NULL AS is_last,
               coalesce(o.status, part.status) AS now_is,
               o.id IS NOT NULL AS is_order
        FROM orders_orderevent event
        LEFT JOIN orders_order o ON o.public_id = event.subject
        LEFT JOIN orders_sellerorder part ON part.public_id = event.subject
        WINDOW story AS (PARTITION BY event.subject ORDER BY event.id)
    )
    SELECT id, subject FROM moved
    WHERE before <> previous
       OR (is_last AND after IS DISTINCT FROM now_is)
       OR NOT (before || '>' || after) = ANY(
           CASE WHEN is_order THEN %(order_moves)s::text[] ELSE %(part_moves)s::text[] END
       )
"""
CHECKS: Mapping[str, str] = {
    name.partition("_")[0]: query
    for name, query in dict(globals()).items()
    if name.startswith("I") and name[1:3].isdigit()
}


def moves() -> dict[str, list[str]]:
    """Give the moves of orders and their parts as I30 compares them; a row begins in
    awaiting_payment.
    """
    return {
        name: [
            ">awaiting_payment",
            *(
                f"{before}>{after}"
                for before, reached in model.MOVES.items()
                for after in reached
            ),
        ]
        for name, model in (("order_moves", Order), ("part_moves", SellerOrder))
    }
