"""Mails about an order and its payment, from the confirmation to the last reminder.

Each has two halves: what it says, plain data from plain data, and a function that looks
the data up, makes the mail's own link, and sends it in the buyer's language.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from marketplace.kit import mails
from marketplace.kit.templatetags import formats
from orders import queries
from orders.emails import notices
from orders.emails.notices import Notice, link, reason, send_notice
from orders.models import Address, Order, Payment, Voucher
from orders.services import charging, discounts
from orders.templatetags import konbini


def send_confirmation(*, order: Order, at: datetime) -> None:
    """Tell the buyer that the order is received and paid, with what is in it."""
    with override(order.language):
        notice = confirmation(
            page=queries.order_page(order=order),
            address=order.address,
            discount=discounts.name_of(order=order) if order.discount_amount else "",
            url=link(order=order, at=at),
        )
        send_notice(to=order.email, notice=notice)


def confirmation(
    *, page: queries.OrderPage, address: Address, discount: str, url: str
) -> Notice:
    """Say that an order is paid, and all that was agreed."""
    order = page.order
    total = formats.write_money(order.total_amount, order.currency)
    coming = ngettext(
        "%(amount)s is paid. One seller prepares your parcel.",
        "%(amount)s is paid. %(n)s sellers prepare your parcels.",
        len(page.parts),
    ) % {"amount": total, "n": len(page.parts)}
    return Notice(
        subject=_("Your order %(id)s is confirmed") % {"id": order.public_id},
        heading=_("Thank you, your order is paid"),
        words=(coming, _("We write when a parcel is on its way.")),
        button_url=url,
        button_text=_("See your order"),
        facts=(
            (_("Order"), order.public_id),
            (_("Paid"), formats.write_moment(order.paid_at or order.placed_at)),
        ),
        groups=tuple(_bought(part, order.currency) for part in page.parts),
        rows=_sums(order, discount, total),
        has_total=True,
        below_total=_included(order),
        address=notices.address_lines(address),
        after=(
            *notices.withdrawal_words([row for one in page.parts for row in one.lines]),
            _("Each seller sends their own parcel."),
        ),
        parties=notices.parties([part.part.shop for part in page.parts]),
        reason=reason(),
    )


def _bought(part: queries.Part, currency: str) -> mails.Group:
    delivery = part.part.delivery_amount
    first = formats.write_weekday(part.expected_from)
    last = formats.write_weekday(part.expected_until)
    days = first if first == last else f"{first} – {last}"
    return mails.Group(
        name=part.part.shop.name,
        items=tuple(
            notices.item(
                line,
                quantity=line.quantity,
                amount=formats.write_money(line.gross_amount, currency),
            )
            for line in part.lines
        ),
        rows=(
            (
                f"{_('Delivery')} · {days}",
                formats.write_money(delivery, currency) if delivery else _("Free"),
            ),
        ),
    )


def _sums(order: Order, discount: str, total: str) -> tuple[tuple[str, str], ...]:
    """List what an order comes to, its total last."""
    rows = []
    if order.discount_amount:
        lowered = formats.write_money(-order.discount_amount, order.currency)
        rows.append((discount, lowered))
    if order.added_tax_amount:
        tax = formats.write_money(order.added_tax_amount, order.currency)
        rows.append((_("Tax"), tax))
    return (*rows, (_("Total"), total))


def _included(order: Order) -> tuple[tuple[str, str], ...]:
    if not order.included_tax_amount:
        return ()
    tax = formats.write_money(order.included_tax_amount, order.currency)
    return ((_("of which VAT"), tax),)


def send_payment_failed(*, payment: Payment, at: datetime) -> None:
    """Tell the buyer that a payment did not go through, and that nothing was charged."""
    order = payment.order
    with override(order.language):
        url = link(order=order, at=at)
        send_notice(to=order.email, notice=payment_failed(payment=payment, url=url))


def payment_failed(*, payment: Payment, url: str) -> Notice:
    """Say that a payment failed, why, and what was kept."""
    order = payment.order
    amount = formats.write_money(payment.amount, payment.currency)
    why = charging.reason(payment.failure_code) if payment.failure_code else ""
    return Notice(
        subject=_("Your payment for order %(id)s did not go through")
        % {"id": order.public_id},
        heading=_("Your payment did not go through"),
        preheader=_("Nothing was charged. Your bag is kept."),
        words=(
            *((why,) if why else ()),
            _("%(amount)s was not charged, and you owe nothing.") % {"amount": amount},
            _(
                "Your bag is kept. If you still want the goods, pay another way; they"
                " may be gone by then."
            ),
        ),
        button_url=url,
        button_text=_("See what you can do"),
        reason=reason(),
    )


def send_voucher(*, order: Order, voucher: Voucher, at: datetime) -> None:
    """Give the buyer the codes to pay with at a konbini, and until when."""
    with override(order.language):
        url = link(order=order, at=at, route="orders:konbini")
        send_notice(to=order.email, notice=codes(order=order, voucher=voucher, url=url))


def send_voucher_reminder(*, order: Order, voucher: Voucher, at: datetime) -> None:
    """Remind the buyer of the last day to pay."""
    with override(order.language):
        url = link(order=order, at=at, route="orders:konbini")
        notice = codes(order=order, voucher=voucher, url=url, is_reminder=True)
        send_notice(to=order.email, notice=notice)


def codes(
    *, order: Order, voucher: Voucher, url: str, is_reminder: bool = False
) -> Notice:
    """Say how and until when to pay at a konbini."""
    written = {
        "amount": formats.write_money(order.total_amount, order.currency),
        "day": konbini.deadline(voucher.deadline_at),
    }
    # The hour is in the mail; a subject has no room for it.
    brief = {**written, "day": konbini.deadline_day(voucher.deadline_at)}
    subject = (
        _("Last day to pay %(amount)s at a konbini: by %(day)s")
        if is_reminder
        else _("Pay %(amount)s at a konbini by %(day)s")
    )
    return Notice(
        subject=subject % brief,
        heading=(
            _("Today is the last day to pay")
            if is_reminder
            else _("Pay your order at a konbini")
        ),
        preheader=_("Your goods are kept until %(day)s.") % written,
        words=(
            _(
                "Pay %(amount)s by %(day)s at one of these stores. After that the order"
                " is cancelled by itself, and you owe nothing."
            )
            % written,
        ),
        button_url=url,
        button_text=_("How to pay"),
        groups=tuple(_store(store) for store in konbini.stores_of(voucher)),
        after=(
            _(
                "Type both numbers at the machine in the shop, take the printed slip to"
                " the till within 30 minutes, and pay in cash. Order %(id)s."
            )
            % {"id": order.public_id},
        ),
        reason=reason(),
    )


def _store(store: konbini.Store) -> mails.Group:
    told = [(_("Payment code"), konbini.in_digits(store.payment_code))]
    if store.confirmation_number:
        number = konbini.in_digits(store.confirmation_number)
        told.append((_("Confirmation number"), number))
    return mails.Group(name=f"{store.name} · {store.machine}", codes=tuple(told))


def send_voucher_expired(*, order: Order, at: datetime) -> None:
    """Tell the buyer that the time to pay is over, and how to order again."""
    with override(order.language):
        url = link(order=order, at=at)
        send_notice(to=order.email, notice=voucher_expired(order=order, url=url))


def voucher_expired(*, order: Order, url: str) -> Notice:
    """Say that an order was not paid in cash in time."""
    written = {
        "id": order.public_id,
        "amount": formats.write_money(order.total_amount, order.currency),
    }
    return Notice(
        subject=_("Your order %(id)s was not paid and is cancelled") % written,
        heading=_("The time to pay is over"),
        preheader=_("You owe nothing. Your bag is kept."),
        words=(
            _(
                "Order %(id)s of %(amount)s was not paid at a konbini in time. It is"
                " cancelled, and you owe nothing: please do not pay it any more."
            )
            % written,
            _(
                "Your bag is kept. If you still want the goods, order them again; they"
                " may cost more or be gone by then."
            ),
        ),
        button_url=url,
        button_text=_("Order again"),
        after=(
            _(
                "If you have paid already, you need do nothing: the order goes on if its"
                " goods are still there, else you get all of it back."
            ),
        ),
        reason=reason(),
    )


def send_links(*, orders: Sequence[Order], at: datetime) -> None:
    """Send the links of a buyer's orders, the newest as the button."""
    newest = orders[0]
    with override(newest.language):
        linked = [(order, link(order=order, at=at)) for order in orders]
        send_notice(to=newest.email, notice=order_links(linked=linked))


def order_links(*, linked: Sequence[tuple[Order, str]]) -> Notice:
    """Give the links of orders, the first as the button."""
    (newest, url), *others = linked
    written = {
        "id": newest.public_id,
        "when": formats.write_day(newest.placed_at),
        "amount": formats.write_money(newest.total_amount, newest.currency),
    }
    return Notice(
        subject=_("Your order link"),
        heading=_("Your order link"),
        preheader=_("It opens your order without a password."),
        words=(_("Order %(id)s of %(when)s, %(amount)s.") % written,),
        button_url=url,
        button_text=_("Open the order"),
        links=tuple(
            (f"{order.public_id}, {formats.write_day(order.placed_at)}", address)
            for order, address in others
        ),
        reason=_(
            "Somebody asked us to send the order links of this address. If it was not"
            " you, you need do nothing."
        ),
    )
