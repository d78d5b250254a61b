"""Every mail of the project with made-up content, for the previews and their tests.

A new mail gets a line in SAMPLES; a test finds the ones without.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language

from marketplace.accounts import emails as account_emails
from marketplace.accounts.models import PrivacyRequest
from marketplace.kit import found, mails
from marketplace.kit.mails import Notice
from marketplace.pages import emails as page_emails
from marketplace.pages.models import Report
from marketplace.pages.sample_orders import AT, BY_LANGUAGE, World
from orders.emails import parcels, purchases, refunds, returning
from payouts import emails as payout_emails
from payouts.models import Accrual, ConnectedAccount, Dispute, ReversedShare
from sellers import emails as seller_emails

TOKEN = "kR7v2Qx9mB4tZ1nC8wL5pH3dF6sG0jYa"
PICTURES = ("mug", "throw", "vase")
BUYER, SELLER, CREATOR, ANYBODY = "Buyers", "Sellers", "Creators", "Anybody"


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail: its name in the previews, whom it goes to, and what it says."""

    name: str
    audience: str
    make: Callable[[World], Notice]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A mail as its reader has it before him."""

    name: str
    audience: str
    subject: str
    preheader: str
    to: str
    reply_to: str
    unsubscribe: str
    html: str
    text: str
    button_url: str

    @property
    def size(self) -> int:
        return len(self.html.encode())


def shown(sample: Sample, world: World | None = None) -> Shown:
    """Make a sample in the active language, or of a world of one's own."""
    language = get_language() or settings.LANGUAGE_CODE
    here = world or World(BY_LANGUAGE.get(language, BY_LANGUAGE["en"]), language)
    notice = _pictured(sample.make(here))
    mail = mails.compose(to=here.email, notice=notice)
    html = str(mail.alternatives[0][0])
    preheader = re.search(r'class="preheader"[^>]*>(.*?)</div>', html, re.S)
    return Shown(
        name=sample.name,
        audience=sample.audience,
        subject=str(mail.subject),
        preheader=unescape(preheader.group(1)) if preheader else "",
        to=mail.to[0],
        reply_to=", ".join(mail.reply_to),
        unsubscribe=str(mail.extra_headers.get("List-Unsubscribe", "")),
        html=html,
        text=str(mail.body),
        button_url=notice.button_url,
    )


def compose(sample: Sample, world: World) -> EmailMultiAlternatives:
    """Make a sample as it would be sent."""
    return mails.compose(to=world.email, notice=_pictured(sample.make(world)))


def _pictured(notice: Notice) -> Notice:
    """Give each thing a drawing: samples have no uploaded photos."""
    drawn = iter(PICTURES * mails.MOST_ITEMS)
    groups = tuple(
        replace(
            group,
            items=tuple(
                replace(item, picture=item.picture or _drawing(next(drawn)))
                for item in group.items
            ),
        )
        for group in notice.groups
    )
    return replace(notice, groups=groups)


def _drawing(name: str) -> mails.Picture:
    src = found.absolute(static(f"samples/{name}.svg"))
    return mails.Picture(src=src, width=mails.PICTURE_WIDTH, height=70)


def _order(route: str = "orders:order", *args: str) -> str:
    return found.absolute(reverse(route, args=[TOKEN, *args]))


# --- buyers -----------------------------------------------------------------------
def _account(name: str) -> Callable[[World], Notice]:
    def make(world: World) -> Notice:
        context: dict[str, Any] = {
            "code": "K7Q-29M" if "code" in name or "confirm" in name else "",
            "email": world.email,
            "activate_url": found.absolute("/account/confirm-email/x/"),
            "password_reset_url": found.absolute("/account/password/reset/key/x/"),
            "signup_url": found.absolute(reverse("account_signup")),
        }
        notice = account_emails.notice_of(f"account/email/{name}", context)
        assert notice is not None
        return notice

    return make


def _privacy(make: Callable[..., Notice]) -> Callable[[World], Notice]:
    def made(world: World) -> Notice:
        due = AT + timedelta(days=14)
        return make(request=PrivacyRequest(email=world.email, due_at=due))

    return made


def _refund(door: str, reason: str) -> Callable[[World], Notice]:
    def make(world: World) -> Notice:
        refund = world.refund(door=door, reason=reason)
        lines = world.refund_lines(refund)
        return refunds.refund_started(refund=refund, lines=lines, url=_order())

    return make


def _reached(status: str) -> Callable[[World], Notice]:
    def make(world: World) -> Notice:
        refund = world.refund(door="seller", reason="returned", status=status)
        return refunds.refund_reached(refund=refund, status=status, url=_order())

    return make


def _noted(kind: str) -> Callable[[World], Notice]:
    def make(world: World) -> Notice:
        units = [(world.line, 1)]
        return returning.return_noted(
            parcel=world.parcel(kind), units=units, url=_order()
        )

    return make


def _voucher(*, is_reminder: bool) -> Callable[[World], Notice]:
    def make(world: World) -> Notice:
        return purchases.codes(
            order=world.order,
            voucher=world.voucher,
            url=_order("orders:konbini"),
            is_reminder=is_reminder,
        )

    return make


def _links(world: World) -> Notice:
    earlier = world.order.__class__(
        public_id="ord_2Kf3PqRtVwXz3B",
        currency=world.words.currency,
        total_amount=world.words.prices[1],
        placed_at=AT - timedelta(days=60),
    )
    older = found.absolute(reverse("orders:order", args=[TOKEN[::-1]]))
    return purchases.order_links(linked=[(world.order, _order()), (earlier, older)])


def _invitation(*, is_one: bool) -> Callable[[World], Notice]:
    def make(world: World) -> Notice:
        lines = [world.line] if is_one else [world.line, world.other_line]
        url = _order("orders:review", world.line.public_id) if is_one else _order()
        off = mails.unsubscribe_url(email=world.email, kind="reviews")
        return parcels.review_invitation(
            order=world.order, lines=lines, url=url, off=off
        )

    return make


# --- sellers and creators ---------------------------------------------------------
def _dispute(world: World) -> Notice:
    dispute = Dispute(
        public_id="dsp_4Rt1mNvR4xQpTz",
        payment=world.payment,
        reason="product_not_received",
        amount=world.order.total_amount,
        currency=world.words.currency,
        evidence_due_at=AT + timedelta(days=9),
    )
    return payout_emails.dispute_opened(dispute=dispute, part=world.part)


def _taken_back(*, is_shop: bool) -> Callable[[World], Notice]:
    def make(world: World) -> Notice:
        account = (
            ConnectedAccount(pk=1, shop=world.shop)
            if is_shop
            else ConnectedAccount(pk=2, creator=world.creator)
        )
        amount = world.words.prices[0]
        share = ReversedShare(
            refund=world.refund(door="seller", reason="returned"),
            seller_order=world.part,
            line=world.line,
            accrual=Accrual(public_id="acc_4Rt1mNvR4xQpTz"),
            amount=amount,
            from_held_amount=amount // 2,
            from_payable_amount=0,
            from_receivable_amount=amount - amount // 2,
            currency=world.words.currency,
        )
        return payout_emails.taken_back(account=account, shares=[share])

    return make


def _report(world: World, *, is_decided: bool = True) -> Report:
    return Report(
        public_id="rep_4Rt1mNvR4xQpTz",
        target_title=world.words.products[1],
        reason="illegal",
        email=world.email,
        received_at=AT,
        decision="removed" if is_decided else "",
        statement=world.words.note if is_decided else "",
        ground="Terms, 4.2" if is_decided else "",
    )


SAMPLES: tuple[Sample, ...] = (
    Sample("sign-in-code", BUYER, _account("login_code")),
    Sample("confirm-address", BUYER, _account("email_confirmation")),
    Sample("new-password", BUYER, _account("password_reset_key")),
    Sample("has-account", BUYER, _account("account_already_exists")),
    Sample("no-account", BUYER, _account("unknown_account")),
    Sample(
        "mailbox-code",
        BUYER,
        lambda world: account_emails.mailbox_code(code="K7Q29M"),
    ),
    Sample("export-ready", BUYER, _privacy(account_emails.export_ready)),
    Sample("erase-asked", BUYER, _privacy(account_emails.erase_asked)),
    Sample("erased", BUYER, lambda world: account_emails.erased()),
    Sample(
        "confirmation",
        BUYER,
        lambda world: purchases.confirmation(
            page=world.page,
            address=world.order.address,
            discount="ELIN10",
            url=_order(),
        ),
    ),
    Sample(
        "payment-failed",
        BUYER,
        lambda world: purchases.payment_failed(payment=world.payment, url=_order()),
    ),
    Sample("voucher", BUYER, _voucher(is_reminder=False)),
    Sample("voucher-reminder", BUYER, _voucher(is_reminder=True)),
    Sample(
        "voucher-expired",
        BUYER,
        lambda world: purchases.voucher_expired(order=world.order, url=_order()),
    ),
    Sample("order-links", BUYER, _links),
    Sample(
        "shipped",
        BUYER,
        lambda world: parcels.shipped(
            shipment=world.shipment, units=[(world.line, 2)], url=_order()
        ),
    ),
    Sample(
        "delivered",
        BUYER,
        lambda world: parcels.delivered(
            part=world.part, units=[(world.line, 2)], url=_order()
        ),
    ),
    Sample("review-invitation", BUYER, _invitation(is_one=True)),
    Sample("review-invitation-several", BUYER, _invitation(is_one=False)),
    Sample("cancelled", BUYER, _refund("buyer", "cancelled")),
    Sample("cancelled-by-seller", BUYER, _refund("seller", "cancelled")),
    Sample("withdrawal-receipt", BUYER, _noted("withdrawal")),
    Sample("return-noted", BUYER, _noted("return")),
    Sample("return-approved", BUYER, _refund("seller", "returned")),
    Sample(
        "return-received",
        BUYER,
        lambda world: returning.return_received(
            parcel=world.parcel("return"), units=[(world.line, 1)], url=_order()
        ),
    ),
    Sample(
        "return-declined",
        BUYER,
        lambda world: returning.return_declined(
            parcel=world.parcel("return"), units=[(world.line, 1)], url=_order()
        ),
    ),
    Sample(
        "return-taken-over",
        BUYER,
        lambda world: returning.return_taken_over(
            parcel=world.parcel("return"), units=[(world.line, 1)], url=_order()
        ),
    ),
    Sample("refund-started", BUYER, _refund("seller", "adjustment")),
    Sample("refund-unearned", BUYER, _refund("staff", "unearned")),
    Sample("refund-waits-for-buyer", BUYER, _reached("waits_for_buyer")),
    Sample("refund-sent", BUYER, _reached("sent")),
    Sample("refund-failed", BUYER, _reached("failed")),
    Sample(
        "answered",
        BUYER,
        lambda world: seller_emails.answered(question=world.question),
    ),
    Sample(
        "back-in-stock",
        BUYER,
        lambda world: seller_emails.back_in_stock(alert=world.alert, photo=None),
    ),
    Sample("asked", SELLER, lambda world: seller_emails.asked(question=world.question)),
    Sample(
        "return-to-seller",
        SELLER,
        lambda world: returning.return_to_seller(
            parcel=world.parcel("return"), units=[(world.line, 1)]
        ),
    ),
    Sample(
        "return-taken-from-seller",
        SELLER,
        lambda world: returning.return_taken_from_seller(
            parcel=world.parcel("return"), units=[(world.line, 1)]
        ),
    ),
    Sample("dispute-opened", SELLER, _dispute),
    Sample("taken-back-from-shop", SELLER, _taken_back(is_shop=True)),
    Sample("taken-back-from-creator", CREATOR, _taken_back(is_shop=False)),
    Sample(
        "report-receipt",
        ANYBODY,
        lambda world: page_emails.receipt(report=_report(world, is_decided=False)),
    ),
    Sample(
        "report-decision",
        ANYBODY,
        lambda world: page_emails.decision(report=_report(world)),
    ),
    Sample(
        "report-statement",
        ANYBODY,
        lambda world: page_emails.statement(report=_report(world)),
    ),
)
