"""Mails about parcels: on their way, arrived, and what the buyer thinks of them."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from marketplace.kit import mails
from marketplace.kit.templatetags import formats
from orders.emails import notices
from orders.emails.notices import Notice, link, reason, send_notice
from orders.models import Order, OrderLine, SellerOrder, Shipment, ShipmentLine
from orders.services import returns

Units = Sequence[tuple[OrderLine, int]]


def send_shipped(*, shipment: Shipment, at: datetime) -> None:
    """Tell the buyer that a parcel is on its way and how to follow it."""
    order = shipment.seller_order.order
    rows = shipment.lines.select_related("line").order_by("line__position")
    with override(order.language):
        notice = shipped(
            shipment=shipment,
            units=[(row.line, row.quantity) for row in rows],
            url=link(order=order, at=at),
        )
        send_notice(to=order.email, notice=notice)


def shipped(*, shipment: Shipment, units: Units, url: str) -> Notice:
    """Say what is in a parcel that has left, and its number."""
    part = shipment.seller_order
    shop = part.shop
    facts = [(_("Order"), part.order.public_id)]
    number = shipment.tracking_number
    if number:
        told = _("parcel number %(number)s") % {"number": number}
        facts.append((_("Parcel"), f"{shipment.carrier}, {told}".lstrip(", ")))
    return Notice(
        subject=_("%(shop)s has shipped your parcel")
        % {"shop": mails.in_subject(shop.name)},
        heading=_("Your parcel is on its way"),
        preheader=f"{shipment.carrier} {number}".strip() if number else "",
        words=(
            _("%(shop)s shipped it on %(when)s.")
            % {"shop": shop.name, "when": formats.write_day(shipment.shipped_at)},
        ),
        button_url=url,
        button_text=_("Follow the parcel"),
        facts=tuple(facts),
        groups=(mails.Group(name=shop.name, items=notices.units(units)),),
        after=(_("Answer this mail to write to the seller."),),
        parties=notices.parties([shop]),
        reply_to=shop.contact_email,
        reason=reason(),
    )


def send_delivered(*, part: SellerOrder, at: datetime) -> None:
    """Tell the buyer that a parcel has arrived, and what may be done about it now."""
    order = part.order
    with override(order.language):
        notice = delivered(part=part, units=_sent(part), url=link(order=order, at=at))
        send_notice(to=order.email, notice=notice)


def delivered(*, part: SellerOrder, units: Units, url: str) -> Notice:
    """Say when a parcel arrived, and until when it can be sent back."""
    shop = part.shop
    arrived = part.delivered_at
    ends = returns.withdrawal_ends_at(part)
    assert arrived is not None
    assert ends is not None
    written = {"shop": shop.name, "day": formats.write_day(arrived)}
    until = _("You may withdraw until %(day)s.") % {"day": formats.write_day(ends)}
    lines = [line for line, _quantity in units]
    return Notice(
        subject=_("Delivered: your parcel from %(shop)s")
        % {"shop": mails.in_subject(shop.name)},
        heading=_("Your parcel has arrived"),
        words=(
            _("Your parcel from %(shop)s counts as delivered on %(day)s.") % written,
            *((until,) if any(line.is_withdrawable for line in lines) else ()),
            *notices.withdrawal_limits(lines),
            _(
                "Is it not there, or is something wrong with it? Tell us from the order."
            ),
        ),
        button_url=url,
        button_text=_("See your order"),
        facts=((_("Order"), part.order.public_id),),
        groups=(mails.Group(name=shop.name, items=notices.units(units)),),
        parties=notices.parties([shop]),
        reply_to=shop.contact_email,
        reason=reason(),
    )


def send_review_invitation(
    *, order: Order, lines: Sequence[OrderLine], at: datetime
) -> None:
    """Ask the buyer what he thinks of what has arrived: a single thing at its own page,
    several at the order's.
    """
    with override(order.language):
        if len(lines) == 1:
            url = notices.review_link(line=lines[0], order=order, at=at)
        else:
            url = link(order=order, at=at)
        off = mails.unsubscribe_url(email=order.email, kind="reviews")
        notice = review_invitation(order=order, lines=lines, url=url, off=off)
        send_notice(to=order.email, notice=notice)


def review_invitation(
    *, order: Order, lines: Sequence[OrderLine], url: str, off: str
) -> Notice:
    """Ask what a buyer thinks of things that he has had for a week."""
    first = mails.in_subject(lines[0].title)
    subject = ngettext(
        "What do you think of %(title)s?",
        "What do you think of %(title)s and the rest?",
        len(lines),
    )
    groups = []
    for shop in dict.fromkeys(line.seller_order.shop for line in lines):
        own = [line for line in lines if line.seller_order.shop == shop]
        items = notices.units((line, line.quantity) for line in own)
        groups.append(mails.Group(name=shop.name, items=items))
    return Notice(
        subject=subject % {"title": first},
        heading=_("What do you think of it?"),
        preheader=_("A few words and some stars help the next buyer."),
        words=(
            _("You have had it for a week. A few words help who buys next."),
            _("Good or bad: the seller cannot take a review away."),
        ),
        button_url=url,
        button_text=ngettext("Write a review", "Write reviews", len(lines)),
        groups=tuple(groups),
        reason=_(
            "You get this mail once for order %(id)s. The link opens the order without"
            " a password: do not pass it on."
        )
        % {"id": order.public_id},
        unsubscribe_url=off,
    )


def _sent(part: SellerOrder) -> list[tuple[OrderLine, int]]:
    """Give the units of a part that were shipped."""
    rows = ShipmentLine.objects.filter(shipment__seller_order=part)
    found: dict[int, tuple[OrderLine, int]] = {}
    for row in rows.select_related("line").order_by("line__position", "pk"):
        before = found[row.line_id][1] if row.line_id in found else 0
        found[row.line_id] = (row.line, before + row.quantity)
    return list(found.values())
