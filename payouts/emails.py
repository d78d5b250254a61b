"""Mails to shops and creators about their money; never who bought."""

from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.accounts.models import User
from marketplace.kit import mails
from marketplace.kit.templatetags import formats
from orders import emails as order_emails
from orders.models import RefundReason, SellerOrder
from payouts.models import ConnectedAccount, Dispute, ReversedShare
from sellers.models import MembershipRole, Shop


def send_dispute_opened(*, dispute: Dispute) -> None:
    """Tell the owners of every shop in a disputed order, and until when to answer."""
    order = dispute.payment.order
    for part in order.seller_orders.select_related("shop").order_by("pk"):
        for person in _owners(part.shop):
            with override(person.language or settings.LANGUAGE_CODE):
                notice = dispute_opened(dispute=dispute, part=part)
                _once(f"dispute:{dispute}:{part}", person, notice)


def dispute_opened(*, dispute: Dispute, part: SellerOrder) -> order_emails.Notice:
    """Say to a shop that a bank disputes a sale, why, and until when to answer."""
    page = reverse(
        "payouts:seller-dispute", args=[part.shop.public_id, dispute.public_id]
    )
    amount = formats.write_money(dispute.amount, dispute.currency)
    disputed = _("Order %(id)s: the bank disputes %(amount)s.") % {
        "id": part.public_id,
        "amount": amount,
    }
    due = dispute.evidence_due_at
    answer = _(
        "Answer by %(when)s: say what happened, and add what shows it, such as the"
        " proof of delivery."
    )
    return order_emails.Notice(
        subject=_("A buyer's bank disputes order %(id)s")
        % {"id": dispute.payment.order.public_id},
        heading=_("A buyer's bank disputes your sale"),
        preheader=dispute.reason_words,
        words=(
            f"{disputed} {dispute.reason_words}.",
            *((answer % {"when": formats.write_moment(due)},) if due else ()),
        ),
        button_url=f"{settings.SITE_URL}{page}",
        button_text=_("Answer"),
        after=(_("Until the bank has decided, nothing of this order is sent to you."),),
        reason=_("You get this mail because you own the shop."),
    )


def send_taken_back(
    *, account: ConnectedAccount, shares: Sequence[ReversedShare]
) -> None:
    """Tell a party what a refund or a lost dispute took from it, line by line, and what
    out of. All shares are of one cause.
    """
    first = shares[0]
    of = f"refund{first.refund_id}" if first.refund_id else f"dispute{first.dispute_id}"
    for person in _people(account):
        with override(person.language or settings.LANGUAGE_CODE):
            notice = taken_back(account=account, shares=shares)
            _once(f"taken_back:{of}:{account.pk}", person, notice)


def taken_back(
    *, account: ConnectedAccount, shares: Sequence[ReversedShare]
) -> order_emails.Notice:
    """Say what was taken from a party, why, and what out of."""
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


def _once(effect: str, person: User, notice: order_emails.Notice) -> None:
    """Send a person the mail of an effect, whichever others have theirs already."""
    send = partial(order_emails.send_notice, to=person.email, notice=notice)
    mails.once(f"{effect}:{person.pk}", send)
