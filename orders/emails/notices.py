"""How a mail is made: words, a few rows and a button, with a link of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.models import Order, RefundLine, SellerOrder
from orders.services import links


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A mail that is words, a few rows and a button. `rows` are (what, amount), the
    last of them a total if `has_total`; `reason` says why somebody gets it.
    """

    subject: str
    heading: str
    words: tuple[str, ...]
    reason: str
    button_url: str
    button_text: str
    rows: tuple[tuple[str, str], ...] = ()
    has_total: bool = False
    after: tuple[str, ...] = ()


def send_notice(*, to: str, notice: Notice) -> None:
    """Send a notice as text and HTML."""
    context = {
        "notice": notice,
        "button_url": notice.button_url,
        "button_text": notice.button_text,
    }
    send(to, notice.subject, "mail/notice", context)


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
    given = {"SITE_NAME": settings.SITE_NAME, "SITE_URL": settings.SITE_URL, **context}
    mail = EmailMultiAlternatives(
        # A title in a subject may have no line break: that would add a header.
        subject=" ".join(subject.split()),
        body=render_to_string(f"{template}.txt", given),
        to=[to],
    )
    mail.attach_alternative(render_to_string(f"{template}.html", given), "text/html")
    mail.send()
