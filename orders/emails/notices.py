"""What mails about an order share: a link of its own, its words, its templates."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.kit import mails
from orders.models import Order, RefundLine, SellerOrder
from orders.services import links

Notice = mails.Notice
send_notice = mails.send_notice


def what_of(row: RefundLine) -> str:
    """Name what a refund's line is of: `2 × Cup`, or a seller's delivery."""
    if row.line is None:
        return _("Delivery, %(shop)s") % {"shop": row.seller_order.shop.name}
    title = str(row.line.title)
    return f"{row.quantity} × {title}" if row.quantity else title


def seller_order_url(part: SellerOrder) -> str:
    """Give the address of a shop's page of its part; it asks for a sign-in."""
    path = reverse("orders:seller-order", args=[part.shop.public_id, part.public_id])
    return str(settings.SITE_URL) + path


def reason() -> str:
    """Say why a buyer gets a mail about an order."""
    return _(
        "You get this mail because you placed this order. The link opens it without a"
        " password: do not pass it on."
    )


def link(*, order: Order, at: datetime, route: str = "orders:order") -> str:
    """Make a link of an order for one mail."""
    token = links.make(order=order, at=at)
    return str(settings.SITE_URL) + reverse(route, args=[token])


def send(to: str, subject: str, name: str, context: dict[str, Any]) -> None:
    """Set a template of orders/mail (or the one named with its folder) and send it."""
    template = name if "/" in name else f"orders/mail/{name}"
    mails.send(to=to, subject=subject, template=template, context=context)
