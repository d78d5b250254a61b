"""Mails to buyers: one button each, with a link made for that mail alone."""

from orders.emails.notices import (
    Notice,
    link,
    seller_order_url,
    send_notice,
    what_of,
)
from orders.emails.parcels import (
    send_delivered,
    send_review_invitation,
    send_shipped,
)
from orders.emails.purchases import (
    send_confirmation,
    send_links,
    send_payment_failed,
    send_voucher,
    send_voucher_expired,
    send_voucher_reminder,
)
from orders.emails.refunds import is_told, send_refund_reached, send_refund_started
from orders.emails.returning import (
    send_return_declined,
    send_return_noted,
    send_return_received,
    send_return_taken_from_seller,
    send_return_taken_over,
    send_return_to_seller,
)

__all__ = [
    "Notice",
    "is_told",
    "link",
    "seller_order_url",
    "send_confirmation",
    "send_delivered",
    "send_links",
    "send_notice",
    "send_payment_failed",
    "send_refund_reached",
    "send_refund_started",
    "send_return_declined",
    "send_return_noted",
    "send_return_received",
    "send_return_taken_from_seller",
    "send_return_taken_over",
    "send_return_to_seller",
    "send_review_invitation",
    "send_shipped",
    "send_voucher",
    "send_voucher_expired",
    "send_voucher_reminder",
    "what_of",
]
