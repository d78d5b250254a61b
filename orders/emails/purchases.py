"""Mails about an order and its payment, from the confirmation to the last reminder."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.kit.templatetags import formats
from orders import queries
from orders.emails.notices import link, send
from orders.models import Order, Shipment, Voucher
from orders.templatetags import konbini


def send_confirmation(*, order: Order, at: datetime) -> None:
    """Tell the buyer that the order is received and paid, with what is in it."""
    with override(order.language):
        context = {
            "order": order,
            "page": queries.order_page(order=order),
            "button_url": link(order=order, at=at),
            "button_text": _("See your order"),
        }
        subject = _("Your order %(id)s is confirmed") % {"id": order.public_id}
        send(order.email, subject, "confirmation", context)


def send_shipped(*, shipment: Shipment, at: datetime) -> None:
    """Tell the buyer that a parcel is on its way and how to follow it."""
    part = shipment.seller_order
    order = part.order
    with override(order.language):
        context = {
            "order": order,
            "shipment": shipment,
            "shop": part.shop,
            "lines": shipment.lines.select_related("line").order_by("line__position"),
            "button_url": link(order=order, at=at),
            "button_text": _("Follow the parcel"),
        }
        subject = _("%(shop)s has shipped your parcel") % {"shop": part.shop.name}
        send(order.email, subject, "shipped", context)


def send_voucher(*, order: Order, voucher: Voucher, at: datetime) -> None:
    """Give the buyer the codes to pay with at a konbini, and until when."""
    with override(order.language):
        subject = _("Pay %(amount)s at a konbini by %(day)s")
        _send_codes(order, voucher, subject, is_reminder=False, at=at)


def send_voucher_reminder(*, order: Order, voucher: Voucher, at: datetime) -> None:
    """Remind the buyer of the last day to pay."""
    with override(order.language):
        subject = _("Last day to pay %(amount)s at a konbini: by %(day)s")
        _send_codes(order, voucher, subject, is_reminder=True, at=at)


def _send_codes(
    order: Order, voucher: Voucher, subject: str, *, is_reminder: bool, at: datetime
) -> None:
    context = {
        "order": order,
        "voucher": voucher,
        "is_reminder": is_reminder,
        "button_url": link(order=order, at=at, route="orders:konbini"),
        "button_text": _("How to pay"),
    }
    written = {
        "amount": formats.write_money(order.total_amount, order.currency),
        "day": konbini.deadline(voucher.deadline_at),
    }
    send(order.email, subject % written, "voucher", context)


def send_voucher_expired(*, order: Order, at: datetime) -> None:
    """Tell the buyer that the time to pay is over, and how to order again."""
    with override(order.language):
        context = {
            "order": order,
            "button_url": link(order=order, at=at),
            "button_text": _("Order again"),
        }
        subject = _("Your order %(id)s was not paid and is cancelled")
        send(order.email, subject % {"id": order.public_id}, "expired", context)


def send_links(*, orders: Sequence[Order], at: datetime) -> None:
    """Send the links of a buyer's orders, the newest as the button."""
    newest, *others = orders
    with override(newest.language):
        context = {
            "order": newest,
            "others": [(order, link(order=order, at=at)) for order in others],
            "button_url": link(order=newest, at=at),
            "button_text": _("Open the order"),
        }
        send(newest.email, _("Your order link"), "links", context)
