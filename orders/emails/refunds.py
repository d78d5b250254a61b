"""Mails about what goes back: refunds to the buyer, returns to buyer and seller."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.kit.templatetags import formats
from orders.emails.notices import (
    Notice,
    link,
    reason,
    seller_order_url,
    send_notice,
    what_of,
)
from orders.models import (
    Refund,
    RefundDoor,
    RefundLine,
    RefundReason,
    RefundStatus,
    Return,
    ReturnKind,
)
from sellers.models import MembershipRole, Shop

# A refund that reaches the bank sooner is told of once, when it is asked for.
TOLD_ONCE = timedelta(minutes=15)


def send_refund_started(*, refund: Refund, at: datetime) -> None:
    """Tell the buyer what goes back to him and why. For what he cancelled himself this
    is the receipt of his declaration, with its moment.
    """
    order = refund.order
    with override(order.language):
        amount = formats.write_money(refund.amount, refund.currency)
        lines = list(refund.lines.select_related("line", "seller_order__shop"))
        is_receipt = (
            refund.door == RefundDoor.BUYER and refund.reason == RefundReason.CANCELLED
        )
        before = sum(row.goodwill_amount for row in lines)
        rows = [
            (what_of(row), _money(row.amount + row.goodwill_amount, refund))
            for row in lines
        ]
        if before:
            rows.append((_("You had this back before"), _money(-before, refund)))
        notice = Notice(
            subject=(
                _("Receipt: you cancelled, order %(id)s")
                if is_receipt
                else _("Your refund for order %(id)s")
            )
            % {"id": order.public_id},
            heading=_started(refund, amount, is_receipt=is_receipt),
            words=(_why(refund, lines),),
            rows=(*rows, (_("You get back"), amount)),
            has_total=True,
            after=(
                _(
                    "It goes back the way you paid. Banks take 5 to 10 days to show it."
                    " We write again if anything is in its way."
                ),
            )
            if refund.amount
            else (),
            reason=reason(),
            button_url=link(order=order, at=at),
            button_text=_("See your order"),
        )
        send_notice(to=order.email, notice=notice)


def send_refund_reached(*, refund: Refund, status: str, at: datetime) -> None:
    """Tell the buyer that a refund waits for him, was sent, or came back."""
    order = refund.order
    if refund.status != status or (
        status == RefundStatus.SENT
        and refund.sent_at is not None
        and refund.sent_at - refund.requested_at < TOLD_ONCE
        and refund.reason != RefundReason.RETRY
    ):
        return
    with override(order.language):
        written = {
            "amount": formats.write_money(refund.amount, refund.currency),
            "id": order.public_id,
        }
        subject, heading, words = _reached(status)
        notice = Notice(
            subject=subject % written,
            heading=heading % written,
            words=(words % written,),
            reason=reason(),
            button_url=link(order=order, at=at),
            button_text=_("See your order"),
        )
        send_notice(to=order.email, notice=notice)


def send_return_noted(*, parcel: Return, at: datetime) -> None:
    """Confirm to the buyer, with the moment, that he withdrew or sends goods back, and
    where to.
    """
    part = parcel.seller_order
    order = part.order
    with override(order.language):
        is_withdrawal = parcel.kind == ReturnKind.WITHDRAWAL
        written = {
            "id": order.public_id,
            "shop": part.shop.name,
            "when": formats.write_moment(parcel.requested_at),
            "name": order.address.name,
        }
        if is_withdrawal:
            subject = _("Receipt: you withdrew from the contract, order %(id)s")
            heading = _("Receipt of your withdrawal")
            words = _(
                "On %(when)s (UTC) we received the withdrawal of %(name)s from the"
                " contract with %(shop)s, order %(id)s, for:"
            )
        else:
            subject = _("Your return for order %(id)s")
            heading = _("Your return is noted")
            words = _(
                "On %(when)s (UTC) you asked to send back to %(shop)s, of order %(id)s:"
            )
        notice = Notice(
            subject=subject % written,
            heading=heading,
            words=(words % written,),
            rows=_units_of(parcel),
            after=(_where_to(part.shop), _when_money(is_withdrawal=is_withdrawal)),
            reason=reason(),
            button_url=link(order=order, at=at),
            button_text=_("See your order"),
        )
        send_notice(to=order.email, notice=notice)


def send_return_declined(*, parcel: Return, at: datetime) -> None:
    """Tell the buyer that the seller does not take goods back, and why."""
    part = parcel.seller_order
    order = part.order
    with override(order.language):
        written = {"id": order.public_id, "shop": part.shop.name}
        notice = Notice(
            subject=_("%(shop)s declined your return, order %(id)s") % written,
            heading=_("Your return was declined"),
            words=(
                _("%(shop)s does not take these back:") % written,
                parcel.note,
            ),
            rows=_units_of(parcel),
            after=(
                _("If you do not agree, write to %(email)s, or to us.")
                % {"email": part.shop.contact_email},
            ),
            reason=reason(),
            button_url=link(order=order, at=at),
            button_text=_("See your order"),
        )
        send_notice(to=order.email, notice=notice)


def send_return_to_seller(*, parcel: Return) -> None:
    """Tell a shop that a buyer withdrew, or sends goods back."""
    part = parcel.seller_order
    with override(_language_of(part.shop)):
        is_withdrawal = parcel.kind == ReturnKind.WITHDRAWAL
        written = {"id": part.public_id}
        notice = Notice(
            subject=(
                _("A buyer withdrew from order %(id)s")
                if is_withdrawal
                else _("A buyer sends goods of order %(id)s back")
            )
            % written,
            heading=_("The buyer withdrew") if is_withdrawal else _("A return"),
            words=(
                *((parcel.note,) if parcel.note else ()),
                _(
                    "When the goods have come, note it on the order: the buyer is"
                    " refunded then."
                ),
            ),
            rows=_units_of(parcel),
            reason=_("You get this mail because it concerns your shop."),
            button_url=seller_order_url(part),
            button_text=_("Open the order"),
        )
        send_notice(to=part.shop.contact_email, notice=notice)


def _language_of(shop: Shop) -> str:
    """Give the language the shop's first owner chose."""
    owners = shop.memberships.filter(role=MembershipRole.OWNER).select_related("user")
    owner = owners.order_by("pk").first()
    return (owner.user.language if owner else "") or settings.LANGUAGE_CODE


def _started(refund: Refund, amount: str, *, is_receipt: bool) -> str:
    if is_receipt:
        return _("Receipt of your cancellation")
    if not refund.amount:
        return _("Your order has changed")
    return _("%(amount)s goes back to you") % {"amount": amount}


def _money(amount: int, refund: Refund) -> str:
    return formats.write_money(amount, refund.currency)


def _why(refund: Refund, lines: Sequence[RefundLine]) -> str:
    shops = ", ".join(dict.fromkeys(row.seller_order.shop.name for row in lines))
    written = {
        "id": refund.order.public_id,
        "shops": shops,
        "when": formats.write_moment(refund.requested_at),
        "note": refund.note,
    }
    if refund.reason == RefundReason.CANCELLED and refund.door == RefundDoor.BUYER:
        words = _(
            "On %(when)s (UTC) we received that you cancel, and withdraw from the"
            " contract with %(shops)s, order %(id)s, for:"
        )
    elif refund.reason == RefundReason.CANCELLED:
        words = _("This is not shipped any more and was taken off order %(id)s:")
    elif refund.reason in (RefundReason.WITHDRAWN, RefundReason.RETURNED):
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


def _units_of(parcel: Return) -> tuple[tuple[str, str], ...]:
    rows = parcel.lines.select_related("line").order_by("line__position")
    return tuple((f"{row.quantity} × {row.line.title}", "") for row in rows)


def _where_to(shop: Shop) -> str:
    if not shop.legal_address:
        return _("%(shop)s (%(email)s) tells you where to send it.") % {
            "shop": shop.name,
            "email": shop.contact_email,
        }
    return _("Send it back within 14 days to:\n%(name)s\n%(address)s") % {
        "name": shop.legal_name or shop.name,
        "address": shop.legal_address,
    }


def _when_money(*, is_withdrawal: bool) -> str:
    if is_withdrawal:
        return _(
            "You pay for sending it back. Your money follows when the goods have"
            " arrived, at the latest 14 days after."
        )
    return _("Your money follows when the goods have arrived.")
