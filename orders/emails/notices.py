"""What mails about an order share: a link of its own, its goods and who sells them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.kit import mails
from marketplace.kit.templatetags import formats
from orders.models import Address, Order, OrderLine, RefundLine, SellerOrder
from orders.services import links
from orders.templatetags import orders as shown
from sellers.models import MembershipRole, Shop
from sellers.templatetags import withdrawal

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


def review_link(*, line: OrderLine, order: Order, at: datetime) -> str:
    """Make a link to the review of one line of an order, for one mail."""
    token = links.make(order=order, at=at)
    path = reverse("orders:review", args=[token, line.public_id])
    return str(settings.SITE_URL) + path


def dated(moment: datetime) -> str:
    """Write a moment that counts before the law, with the zone it is told in."""
    zone = timezone.localtime(moment).tzname()
    return f"{formats.write_moment(moment)} ({zone})"


def item(line: OrderLine, *, quantity: int, amount: str = "") -> mails.Item:
    """Describe so many units of a line."""
    return mails.Item(
        title=f"{quantity} × {line.title}",
        detail=line.options_label,
        amount=amount,
        picture=mails.picture(line.photo),
    )


def units(lines: Iterable[tuple[OrderLine, int]]) -> tuple[mails.Item, ...]:
    """Describe units of lines, without what they cost."""
    return tuple(item(line, quantity=quantity) for line, quantity in lines)


def address_lines(address: Address) -> tuple[str, ...]:
    """Write a delivery address with its street hidden, as on the order's page: a mail is
    read by others more easily than one thinks.
    """
    return tuple(shown.address_lines(address, is_hidden=True))


def parties(shops: Sequence[Shop]) -> tuple[str, ...]:
    """Say of each seller who that is, as the law wants it on what lasts."""
    said = []
    for shop in dict.fromkeys(shops):
        known = (
            _("Sold by %(name)s") % {"name": shop.legal_name or shop.name},
            _("a business") if shop.is_business else _("a private person"),
            ", ".join(shop.legal_address.splitlines()),
            shop.registration_number,
            shop.contact_email,
        )
        said.append(" · ".join(part for part in known if part))
    return tuple(said)


def withdrawal_words(lines: Sequence[OrderLine]) -> tuple[str, ...]:
    """Tell of the right to withdraw, in the words of the settings, and of what was sold
    without.
    """
    days = settings.WITHDRAWAL_DAYS
    usual = ngettext(
        "You may withdraw within %(n)d day of receiving each parcel.",
        "You may withdraw within %(n)d days of receiving each parcel.",
        days,
    ) % {"n": days}
    is_usual = any(line.is_withdrawable for line in lines)
    return (*((usual,) if is_usual else ()), *withdrawal_limits(lines))


def withdrawal_limits(lines: Sequence[OrderLine]) -> tuple[str, ...]:
    """Say of each thing that cannot simply be withdrawn from why that is."""
    return tuple(
        f"{line.title}. {withdrawal.withdrawal_limit(line.withdrawal_exception)}"
        for line in lines
        if line.withdrawal_exception
    )


def language_of(shop: Shop) -> str:
    """Give the language the shop's first owner chose."""
    owners = shop.memberships.filter(role=MembershipRole.OWNER).select_related("user")
    owner = owners.order_by("pk").first()
    return (owner.user.language if owner else "") or settings.LANGUAGE_CODE
