"""Words of the money pages: reasons, sources and account states in sentences."""

from datetime import UTC, datetime

from babel.dates import format_date
from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from creators.services import attribution
from marketplace.kit.templatetags import formats
from payouts import queries
from payouts.models import Accrual, SkipReason

register = template.Library()

STEPS = {
    "paid": _l("The buyer paid for this line"),
    "subsidy": _l("Discount paid by the marketplace"),
    "tax": _l("Tax"),
    "base": _l("What rates are taken of"),
    "others": _l("Seller and marketplace"),
    "share": _l("Your share"),
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
