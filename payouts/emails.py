"""Mails to shops and creators about their money; never who bought."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.accounts.models import User
from marketplace.kit.templatetags import formats
from orders import emails as order_emails
from orders.models import RefundReason
from payouts.models import ConnectedAccount, Dispute, ReversedShare
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
        }
        written = {"id": order.public_id}
        for person in _owners(part.shop):
            with override(person.language or settings.LANGUAGE_CODE):
                context["button_text"] = _("Answer")
                subject = _("A buyer's bank disputes order %(id)s") % written
                _send(person.email, subject, "dispute_opened", context)


def send_taken_back(
    *, account: ConnectedAccount, shares: Sequence[ReversedShare]
) -> None:
    """Tell a party what a refund or a lost dispute took from it, line by line, and what
    out of. All shares are of one cause.
    """
    for person in _people(account):
        with override(person.language or settings.LANGUAGE_CODE):
            notice = _taken_back(account, shares)
            order_emails.send_notice(to=person.email, notice=notice)


def _taken_back(
    account: ConnectedAccount, shares: Sequence[ReversedShare]
) -> order_emails.Notice:
    first = shares[0]
    total = sum(share.amount for share in shares)
    written = {
        "amount": formats.write_money(total, first.currency),
        "cause": cause(first),
        "id": first.seller_order.public_id,
    }
    is_shop = account.shop is not None
    return order_emails.Notice(
        subject=(
            _("A refund takes %(amount)s, order %(id)s")
            if is_shop
            else _("An earning of yours was reversed: %(amount)s")
        )
        % written,
        heading=(
            _("%(amount)s less for you")
            if is_shop
            else _("%(amount)s of your earnings was reversed")
        )
        % written,
        words=(_("Why: %(cause)s.") % written,),
        rows=tuple((what(share), _money(-share.amount, share)) for share in shares),
        after=_out_of(shares),
        reason=_("You get this mail because it changes what you earn."),
        button_url=_url(account, first),
        button_text=_("See it") if is_shop else _("See your earnings"),
    )


def cause(share: ReversedShare) -> str:
    """Say why a share was taken back."""
    if share.refund is None:
        return _("the buyer's bank took the payment back (a lost dispute)")
    words = {
        RefundReason.CANCELLED: _("it was cancelled before it was shipped"),
        RefundReason.WITHDRAWN: _("the buyer withdrew and sent it back"),
        RefundReason.RETURNED: _("the buyer sent it back"),
        RefundReason.ADJUSTMENT: _("part of the price was refunded"),
    }
    return words.get(RefundReason(share.refund.reason), _("it was refunded"))


def what(share: ReversedShare) -> str:
    """Name what a share was of."""
    return share.line.title if share.line else _("Delivery")


def _out_of(shares: Sequence[ReversedShare]) -> tuple[str, ...]:
    """Say which of the party's money it came out of."""
    first = shares[0]
    pots = (
        (
            sum(share.from_held_amount for share in shares),
            _("%(amount)s was still held and is not paid out."),
        ),
        (
            sum(share.from_payable_amount for share in shares),
            _("%(amount)s was ready to be paid out and is not."),
        ),
        (
            sum(share.from_receivable_amount for share in shares),
            _(
                "%(amount)s had been paid out: it is taken back, or set off against"
                " what you earn next."
            ),
        ),
    )
    return tuple(
        words % {"amount": _money(amount, first)} for amount, words in pots if amount
    )


def _money(amount: int, share: ReversedShare) -> str:
    return formats.write_money(amount, share.currency)


def _people(account: ConnectedAccount) -> list[User]:
    if account.shop is not None:
        return _owners(account.shop)
    assert account.creator is not None
    return [account.creator.user]


def _url(account: ConnectedAccount, share: ReversedShare) -> str:
    if account.shop is not None:
        return order_emails.seller_order_url(share.seller_order)
    assert share.accrual is not None
    path = reverse("payouts:earning", args=[share.accrual.public_id])
    return str(settings.SITE_URL) + path


def _owners(shop: Shop) -> list[User]:
    owners = shop.memberships.filter(role=MembershipRole.OWNER).select_related("user")
    return [membership.user for membership in owners.order_by("pk")]


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
