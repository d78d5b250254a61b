"""Mails to sellers about their money."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from payouts.models import Dispute
from sellers.models import MembershipRole, Shop


def send_dispute_opened(*, dispute: Dispute) -> None:
    """Tell the owners of every shop in a disputed order, and until when to answer."""
    order = dispute.payment.order
    for part in order.seller_orders.select_related("shop").order_by("pk"):
        page = reverse(
            "payouts:seller-dispute", args=[part.shop.public_id, dispute.public_id]
        )
        context = {
            "dispute": dispute,
            "order": order,
            "part": part,
            "button_url": f"{settings.SITE_URL}{page}",
            "button_text": _("Answer"),
        }
        subject = _("A buyer's bank disputes order %(id)s") % {"id": order.public_id}
        for email in _owners(part.shop):
            _send(email, subject, "dispute_opened", context)


def _owners(shop: Shop) -> list[str]:
    owners = shop.memberships.filter(role=MembershipRole.OWNER)
    return list(owners.order_by("pk").values_list("user__email", flat=True))


def _send(to: str, subject: str, name: str, context: dict[str, Any]) -> None:
    given = {"SITE_NAME": settings.SITE_NAME, "SITE_URL": settings.SITE_URL, **context}
    mail = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string(f"payouts/mail/{name}.txt", given),
        to=[to],
    )
    mail.attach_alternative(
        render_to_string(f"payouts/mail/{name}.html", given), "text/html"
    )
    mail.send()
