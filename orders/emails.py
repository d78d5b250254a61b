"""Mails to buyers: one button each, with a link made for that mail alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from orders import queries
from orders.models import Order, Shipment
from orders.services import links


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
        _send(order.email, subject, "confirmation", context)


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
        _send(order.email, subject, "shipped", context)


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
        _send(newest.email, _("Your order link"), "links", context)


def link(*, order: Order, at: datetime) -> str:
    """Make a link of an order for one mail."""
    token = links.make(order=order, at=at)
    return str(settings.SITE_URL) + reverse("orders:order", args=[token])


def _send(to: str, subject: str, name: str, context: dict[str, Any]) -> None:
    given = {"SITE_NAME": settings.SITE_NAME, "SITE_URL": settings.SITE_URL, **context}
    mail = EmailMultiAlternatives(
        # A title in a subject may have no line break: that would add a header.
        subject=" ".join(subject.split()),
        body=render_to_string(f"orders/mail/{name}.txt", given),
        to=[to],
    )
    mail.attach_alternative(
        render_to_string(f"orders/mail/{name}.html", given), "text/html"
    )
    mail.send()
