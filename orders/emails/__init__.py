"""Mails to buyers: one button each, with a link made for that mail alone."""

from orders.emails.notices import (
    Notice,
    link,
    seller_order_url,
    send_notice,
    what_of,
)
from orders.emails.purchases import (
    send_confirmation,
    send_links,
    send_shipped,
    send_voucher,
    send_voucher_expired,
    send_voucher_reminder,
)
from orders.emails.refunds import (
    send_refund_reached,
    send_refund_started,
    send_return_declined,
    send_return_noted,
    send_return_to_seller,
)

__all__ = [
    "Notice",
    "link",
    "seller_order_url",
    "send_confirmation",
    "send_links",
    "send_notice",
    "send_refund_reached",
    "send_refund_started",
    "send_return_declined",
    "send_return_noted",
    "send_return_to_seller",
    "send_shipped",
    "send_voucher",
    "send_voucher_expired",
    "send_voucher_reminder",
    "what_of",
]
