"""Mails about money that goes back to the buyer. See `purchases` for their two halves."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.kit.templatetags import formats
from orders.emails import notices
from orders.emails.notices import Notice, link, reason, send_notice, what_of
from orders.models import Refund, RefundDoor, RefundLine, RefundReason, RefundStatus

# A refund that reaches the bank sooner is told of once, when it is asked for.
TOLD_ONCE = timedelta(minutes=15)
SENT_BACK = (RefundReason.WITHDRAWN, RefundReason.RETURNED)


def send_refund_started(*, refund: Refund, at: datetime) -> None:
    """Tell the buyer what goes back to him and why. For what he cancelled himself this
    is the receipt of his declaration, with its moment; for a return, that it is approved.
    """
    order = refund.order
    rows = refund.lines.select_related("line", "seller_order__shop").order_by("pk")
    with override(order.language):
        notice = refund_started(
            refund=refund, lines=list(rows), url=link(order=order, at=at)
        )
        send_notice(to=order.email, notice=notice)


def refund_started(*, refund: Refund, lines: Sequence[RefundLine], url: str) -> Notice:
    """Say what goes back to a buyer, why, and when it is there."""
    amount = _money(refund.amount, refund)
    before = sum(row.goodwill_amount for row in lines)
    rows = [
        (what_of(row), _money(row.amount + row.goodwill_amount, refund))
        for row in lines
    ]
    if before:
        rows.append((_("You had this back before"), _money(-before, refund)))
    subject, heading = _titles(refund, amount)
    return Notice(
        subject=subject % {"id": refund.order.public_id},
        heading=heading,
        words=(_why(refund, lines),),
        rows=(*rows, (_("You get back"), amount)),
        has_total=True,
        has_details_first=True,
        after=(
            _(
                "It goes back the way you paid. Banks take 5 to 10 days to show it."
                " We write again if anything is in its way."
            ),
        )
        if refund.amount
        else (),
        parties=notices.parties([row.seller_order.shop for row in lines]),
        reason=reason(),
        button_url=url,
        button_text=_("See your order"),
    )


def send_refund_reached(*, refund: Refund, status: str, at: datetime) -> None:
    """Tell the buyer that a refund waits for him, was sent, or came back."""
    if not is_told(refund, status):
        return
    order = refund.order
    with override(order.language):
        notice = refund_reached(
            refund=refund, status=status, url=link(order=order, at=at)
        )
        send_notice(to=order.email, notice=notice)


def is_told(refund: Refund, status: str) -> bool:
    """Say whether a refund's state is still what a mail would say, and worth one."""
    is_quick = (
        status == RefundStatus.SENT
        and refund.sent_at is not None
        and refund.sent_at - refund.requested_at < TOLD_ONCE
        and refund.reason != RefundReason.RETRY
    )
    return refund.status == status and not is_quick


def refund_reached(*, refund: Refund, status: str, url: str) -> Notice:
    """Say how far a refund has come."""
    written = {
        "amount": _money(refund.amount, refund),
        "id": refund.order.public_id,
    }
    subject, heading, words = _reached(status)
    return Notice(
        subject=subject % written,
        heading=heading % written,
        words=(words % written,),
        reason=reason(),
        button_url=url,
        button_text=_("See your order"),
    )


def _titles(refund: Refund, amount: str) -> tuple[str, str]:
    is_receipt = (
        refund.door == RefundDoor.BUYER and refund.reason == RefundReason.CANCELLED
    )
    if is_receipt:
        return (
            _("Receipt: you cancelled, order %(id)s"),
            _("Receipt of your cancellation"),
        )
    if not refund.amount:
        return _("Your refund for order %(id)s"), _("Your order has changed")
    if refund.reason in SENT_BACK:
        return (
            _("Your return is approved, order %(id)s"),
            _("Your return is approved: %(amount)s goes back to you")
            % {"amount": amount},
        )
    return (
        _("Your refund for order %(id)s"),
        _("%(amount)s goes back to you") % {"amount": amount},
    )


def _money(amount: int, refund: Refund) -> str:
    return formats.write_money(amount, refund.currency)


def _why(refund: Refund, lines: Sequence[RefundLine]) -> str:
    shops = ", ".join(dict.fromkeys(row.seller_order.shop.name for row in lines))
    written = {
        "id": refund.order.public_id,
        "shops": shops,
        "when": notices.dated(refund.requested_at),
        "note": refund.note,
    }
    if refund.reason == RefundReason.CANCELLED and refund.door == RefundDoor.BUYER:
        words = _(
            "On %(when)s we received that you cancel, and withdraw from the contract"
            " with %(shops)s, order %(id)s, for:"
        )
    elif refund.reason == RefundReason.CANCELLED:
        words = _("This is not shipped any more and was taken off order %(id)s:")
    elif refund.reason in SENT_BACK:
        words = _("%(shops)s has what you sent back of order %(id)s:")
    elif refund.reason == RefundReason.UNEARNED:
        words = _(
            "Your payment for order %(id)s came when it could not be kept any more."
            " You get all of it back."
        )
    elif refund.door == RefundDoor.SELLER:
        words = _("%(shops)s gives you this back of order %(id)s: %(note)s")
    else:
        words = _("This is given back of order %(id)s:")
    return words % written


def _reached(status: str) -> tuple[str, str, str]:
    """Give subject, heading and words of how far a refund has come."""
    if status == RefundStatus.WAITS_FOR_BUYER:
        return (
            _("Your refund for order %(id)s waits for your bank account"),
            _("%(amount)s waits for you"),
            _(
                "You paid in cash, so a bank account is needed to send the money to."
                " Stripe, our payment partner, has mailed you: name your account there."
                " Until then the money is kept for you."
            ),
        )
    if status == RefundStatus.SENT:
        return (
            _("Your refund for order %(id)s was sent"),
            _("%(amount)s was sent to you"),
            _("Banks take 5 to 10 days to show it."),
        )
    return (
        _("Your refund for order %(id)s came back"),
        _("%(amount)s could not reach you"),
        _(
            "The bank sent the money back. You are still owed it: we look at it and"
            " write to you. You need do nothing."
        ),
    )
