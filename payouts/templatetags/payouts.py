"""Words of the money pages: reasons, sources and account states in sentences."""

from datetime import UTC, datetime

from babel.dates import format_date
from django import template
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from creators.services import attribution
from marketplace.kit.templatetags import formats
from payouts import emails, queries
from payouts.models import Accrual, ReversedShare, SkipReason

register = template.Library()

STEPS = {
    "paid": _l("The buyer paid for this line"),
    "subsidy": _l("Discount paid by the marketplace"),
    "tax": _l("Tax"),
    "base": _l("What rates are taken of"),
    "others": _l("Seller and marketplace"),
    "share": _l("Your share"),
}
# Why a bank sends money back, and what its owner does about it, by Stripe's codes.
BANK = {
    "account_closed": _l("The bank account is closed."),
    "account_frozen": _l("The bank has frozen the account."),
    "bank_account_restricted": _l("The bank account takes no such payment."),
    "bank_ownership_changed": _l("The bank moved the account elsewhere."),
    "debit_not_authorized": _l("The bank does not allow it."),
    "incorrect_account_holder_name": _l("The name is not the account holder's."),
    "invalid_account_number": _l("The account number is not right."),
    "invalid_currency": _l("The bank account is in another currency."),
    "no_account": _l("The bank knows no such account."),
    "unsupported_card": _l("The card takes no payouts."),
}
ADVICE = {
    "account_frozen": _l("Ask your bank, or name another account."),
    "bank_account_restricted": _l("Ask your bank, or name another account."),
    "debit_not_authorized": _l("Ask your bank, or name another account."),
    "invalid_currency": _l("Name an account in this currency."),
}
WITHHELD = {
    "self_purchase_card": _l("Paid with a card you have paid with before: no share."),
}


@register.filter
def reason_sentence(code: str) -> str:
    """Say why a candidate won or lost, from its stored code."""
    try:
        return str(attribution.Reason(code).label)
    except ValueError:
        return code


@register.filter
def skip_sentence(code: str) -> str:
    """Say why a run passed a payee over."""
    return str(SkipReason(code).label)


@register.filter
def withheld_sentence(code: str) -> str:
    """Say why an agreed share was not earned."""
    return str(WITHHELD.get(code, code))


@register.filter
def step_label(key: str) -> str:
    """Name a row of the waterfall."""
    return str(STEPS[key])


@register.filter
def source_words(candidate: dict[str, str]) -> str:
    """Name what a candidate came by: a code, a post, a collection, a page, a link."""
    words = {
        "post": _("Tag in a post"),
        "collection": _("Pick in a collection"),
        "profile": _("Creator's page"),
        "link": _("Creator's link"),
    }
    if candidate["rule"] == "code":
        return _("Code typed at checkout")
    return words.get(candidate.get("source_type") or "", _("Link"))


@register.filter
def month_name(moment: datetime) -> str:
    """Write a month of UTC with its year: `November 2026`, `2026年11月`."""
    locale = formats.babel_locale()
    pattern = "y年M月" if locale.language == "ja" else "LLLL y"
    return str(format_date(moment.astimezone(UTC).date(), pattern, locale=locale))


@register.filter
def expected_at(accrual: Accrual) -> datetime | None:
    """Give the day an earning becomes available, as far as it is known."""
    return queries.expected_at(accrual)


@register.filter
def of(names: dict[int, str], key: int) -> str:
    """Look a name up by its key."""
    return names.get(key, "")


@register.filter
def bank_sentence(code: str) -> str:
    """Say why a bank sent a payout back."""
    return str(BANK.get(code) or _("The bank sent the money back."))


@register.filter
def bank_advice(code: str) -> str:
    """Say what to do about it. The money is in the party's balance at the provider."""
    what = ADVICE.get(code) or _("Put your bank account right in the payout settings.")
    return f"{what} {_('The money is kept for you and sent again by itself.')}"


@register.filter
def taken_back(accrual: Accrual) -> list[dict[str, object]]:
    """Name what was taken back of an earning: why, how much, when, and whether it was
    given again. Its shares are loaded with their causes.
    """
    return [
        {
            "words": capfirst(emails.cause(share)),
            "amount": share.amount,
            "at": share.at,
            "is_undone": _is_undone(share),
        }
        for share in accrual.reversed_shares.all()
    ]


def _is_undone(share: ReversedShare) -> bool:
    if share.refund is not None:
        return share.refund.withdrawn_at is not None
    return share.dispute is not None and share.dispute.restored_at is not None
