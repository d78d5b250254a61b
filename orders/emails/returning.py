"""Mails about goods on their way back, to buyer and seller. See `purchases` for their
two halves.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.kit import mails
from marketplace.kit.templatetags import formats
from orders.emails import notices
from orders.emails.notices import (
    Notice,
    link,
    reason,
    seller_order_url,
    send_notice,
)
from orders.models import OrderLine, Return, ReturnKind
from sellers.models import Shop

Units = Sequence[tuple[OrderLine, int]]


def send_return_noted(*, parcel: Return, at: datetime) -> None:
    """Confirm to the buyer, with the moment, that he withdrew or sends goods back, and
    where to.
    """
    order = parcel.seller_order.order
    with override(order.language):
        notice = return_noted(
            parcel=parcel, units=_units_of(parcel), url=link(order=order, at=at)
        )
        send_notice(to=order.email, notice=notice)


def return_noted(*, parcel: Return, units: Units, url: str) -> Notice:
    """Give the receipt of a withdrawal or a return: who, what, of whom, when."""
    part = parcel.seller_order
    order, shop = part.order, part.shop
    is_withdrawal = parcel.kind == ReturnKind.WITHDRAWAL
    when = notices.dated(parcel.requested_at)
    written = {
        "id": order.public_id,
        "shop": shop.legal_name or shop.name,
        "when": when,
        "name": order.address.name,
    }
    if is_withdrawal:
        subject = _("Receipt: you withdrew, order %(id)s")
        heading = _("Receipt of your withdrawal")
        words = _(
            "On %(when)s we received the withdrawal of %(name)s from the contract with"
            " %(shop)s, order %(id)s, for:"
        )
    else:
        subject = _("Your return for order %(id)s")
        heading = _("Your return is noted")
        words = _("On %(when)s you asked to send back to %(shop)s, of order %(id)s:")
    return Notice(
        subject=subject % written,
        heading=heading,
        words=(words % written,),
        rows=tuple((f"{quantity} × {line.title}", "") for line, quantity in units),
        has_details_first=True,
        facts=(
            (_("Order"), order.public_id),
            (_("Ordered"), formats.write_day(order.placed_at)),
            (_("Received by us"), when),
            (_("Number"), parcel.public_id),
        ),
        after=(_where_to(shop), _when_money(is_withdrawal=is_withdrawal)),
        parties=notices.parties([shop]),
        reply_to=shop.contact_email,
        reason=reason(),
        button_url=url,
        button_text=_("See your order"),
    )


def send_return_received(*, parcel: Return, at: datetime) -> None:
    """Tell the buyer that goods have arrived whose refund takes a while."""
    order = parcel.seller_order.order
    with override(order.language):
        notice = return_received(
            parcel=parcel, units=_units_of(parcel), url=link(order=order, at=at)
        )
        send_notice(to=order.email, notice=notice)


def return_received(*, parcel: Return, units: Units, url: str) -> Notice:
    """Say that a return has arrived and is approved, and that the money follows."""
    part = parcel.seller_order
    written = {"shop": part.shop.name, "id": part.order.public_id}
    return Notice(
        subject=_("Your return is approved, order %(id)s") % written,
        heading=_("Your return is approved"),
        words=(
            _("%(shop)s has what you sent back of order %(id)s:") % written,
            _("Your money follows; we write when it is on its way."),
        ),
        groups=(mails.Group(name=part.shop.name, items=notices.units(units)),),
        has_details_first=True,
        parties=notices.parties([part.shop]),
        reply_to=part.shop.contact_email,
        reason=reason(),
        button_url=url,
        button_text=_("See your order"),
    )


def send_return_declined(*, parcel: Return, at: datetime) -> None:
    """Tell the buyer that the seller does not take goods back, and why."""
    order = parcel.seller_order.order
    with override(order.language):
        notice = return_declined(
            parcel=parcel, units=_units_of(parcel), url=link(order=order, at=at)
        )
        send_notice(to=order.email, notice=notice)


def return_declined(*, parcel: Return, units: Units, url: str) -> Notice:
    """Say that a return was declined, and what may be done about that."""
    shop = parcel.seller_order.shop
    written = {
        "id": parcel.seller_order.order.public_id,
        "shop": mails.in_subject(shop.name),
    }
    return Notice(
        subject=_("%(shop)s declined your return, order %(id)s") % written,
        heading=_("Your return was declined"),
        words=(_("%(shop)s does not take these back:") % {"shop": shop.name},),
        quotes=((_("Why"), parcel.note),),
        groups=(mails.Group(name=shop.name, items=notices.units(units)),),
        has_details_first=True,
        after=(
            _("If you do not agree, write to %(email)s, or to us.")
            % {"email": shop.contact_email},
        ),
        parties=notices.parties([shop]),
        reply_to=shop.contact_email,
        reason=reason(),
        button_url=url,
        button_text=_("See your order"),
    )


def send_return_taken_over(*, parcel: Return, at: datetime) -> None:
    """Tell the buyer that his seller did not answer, and that we decide now."""
    order = parcel.seller_order.order
    with override(order.language):
        notice = return_taken_over(
            parcel=parcel, units=_units_of(parcel), url=link(order=order, at=at)
        )
        send_notice(to=order.email, notice=notice)


def return_taken_over(*, parcel: Return, units: Units, url: str) -> Notice:
    """Say that we decide about what a seller did not answer for, and what we need."""
    shop = parcel.seller_order.shop
    written = {
        "id": parcel.seller_order.order.public_id,
        "shop": shop.name,
        "day": formats.write_day(parcel.requested_at),
    }
    return Notice(
        subject=_("We decide about your return, order %(id)s") % written,
        heading=_("We have taken your return over"),
        words=(
            _(
                "%(shop)s has neither refunded nor declined what you asked for on"
                " %(day)s. Now we decide, and write to you."
            )
            % written,
            _(
                "Have you sent it? Answer this mail with the parcel number or a photo of"
                " the receipt, so that it goes faster."
            ),
        ),
        groups=(mails.Group(name=shop.name, items=notices.units(units)),),
        has_details_first=True,
        parties=notices.parties([shop]),
        reason=reason(),
        button_url=url,
        button_text=_("See your order"),
    )


def send_return_taken_from_seller(*, parcel: Return) -> None:
    """Tell a shop that we decide about a return it did not answer."""
    shop = parcel.seller_order.shop
    with override(notices.language_of(shop)):
        notice = return_taken_from_seller(parcel=parcel, units=_units_of(parcel))
        send_notice(to=shop.contact_email, notice=notice)


def return_taken_from_seller(*, parcel: Return, units: Units) -> Notice:
    """Say to a shop that its time is over, and that it may still answer."""
    part = parcel.seller_order
    written = {
        "id": part.public_id,
        "day": formats.write_day(parcel.requested_at),
        "until": formats.write_day(parcel.answer_by),
    }
    return Notice(
        subject=_("We decide about a return of order %(id)s") % written,
        heading=_("We have taken a return over"),
        words=(
            _(
                "The buyer asked for it on %(day)s, and until %(until)s it was neither"
                " refunded nor declined. Now we decide, also without you."
            )
            % written,
            _("Until we have, you can still answer on the order."),
        ),
        quotes=((_("Why"), parcel.note),) if parcel.note else (),
        groups=(mails.Group(name=part.public_id, items=notices.units(units)),),
        reason=_("You get this mail because it concerns your shop."),
        button_url=seller_order_url(part),
        button_text=_("Open the order"),
    )


def send_return_to_seller(*, parcel: Return) -> None:
    """Tell a shop that a buyer withdrew, or sends goods back."""
    shop = parcel.seller_order.shop
    with override(notices.language_of(shop)):
        notice = return_to_seller(parcel=parcel, units=_units_of(parcel))
        send_notice(to=shop.contact_email, notice=notice)


def return_to_seller(*, parcel: Return, units: Units) -> Notice:
    """Say to a shop what comes back, and what to do with it."""
    part = parcel.seller_order
    is_withdrawal = parcel.kind == ReturnKind.WITHDRAWAL
    written = {"id": part.public_id}
    return Notice(
        subject=(
            _("A buyer withdrew from order %(id)s")
            if is_withdrawal
            else _("A buyer sends goods of order %(id)s back")
        )
        % written,
        heading=_("The buyer withdrew") if is_withdrawal else _("A return"),
        words=(
            _(
                "When the goods have come, note it on the order: the buyer is refunded"
                " then."
            ),
            _("Answer by %(day)s; after that we decide.")
            % {"day": formats.write_day(parcel.answer_by)},
        ),
        quotes=((_("Why"), parcel.note),) if parcel.note else (),
        groups=(mails.Group(name=part.public_id, items=notices.units(units)),),
        reason=_("You get this mail because it concerns your shop."),
        button_url=seller_order_url(part),
        button_text=_("Open the order"),
    )


def _units_of(parcel: Return) -> list[tuple[OrderLine, int]]:
    rows = parcel.lines.select_related("line").order_by("line__position")
    return [(row.line, row.quantity) for row in rows]


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
