"""`{% load ui %}`: money, dates, pills, icons, fields and navigation for templates."""

from datetime import date, datetime
from html import unescape
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, RadioSelect, Textarea
from django.http import QueryDict
from django.template import Context
from django.urls import translate_url as url_in_language
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from marketplace.kit.templatetags import formats, pills
from marketplace.kit.templatetags.icons import ICONS

register = template.Library()


# --- money, figures, days ---------------------------------------------------------
@register.filter
def money(amount: int | None, currency: str) -> str:
    """`{{ line.unit_amount|money:order.currency }}` → `1 290 kr`."""
    return "" if amount is None else formats.write_money(amount, currency)


@register.filter
def figure(amount: int | None, currency: str) -> str:
    """The amount without its unit and with all decimals, for a column of amounts."""
    return "" if amount is None else formats.write_figure(amount, currency)


@register.filter
def unit(currency: str) -> str:
    """The unit of a currency, for a column head or beside a field: `kr`."""
    return formats.unit_of(currency)


@register.filter
def rate(bps: int | None) -> str:
    """`{{ 1250|rate }}` → `12.5 %`."""
    return "" if bps is None else formats.write_rate(bps)


@register.filter
def count(number: int | None) -> str:
    """A count with the language's thousands."""
    return "" if number is None else formats.write_count(number)


@register.filter
def day(moment: date | datetime | None) -> str:
    """The exact day: `21 Nov 2026`."""
    return formats.write_day(moment) if moment else ""


@register.filter
def weekday(moment: date | datetime | None) -> str:
    """A near day with its weekday: `Fri 27 Nov`."""
    return formats.write_weekday(moment) if moment else ""


@register.filter
def moment(value: datetime | None) -> str:
    """Day and time: `21 Nov 2026, 10:42`."""
    return formats.write_moment(value) if value else ""


@register.filter
def negative(amount: int | None) -> int | None:
    """The amount taken away: `{{ fee_amount|negative|money:currency }}`."""
    return None if amount is None else -amount


# --- icons and pills --------------------------------------------------------------
@register.simple_tag
def icon(name: str, size: str = "", classes: str = "") -> SafeString:
    """`{% icon "bag" %}`, `{% icon "bag" "20" %}` or `"16"`. Drawn, never read aloud."""
    names = " ".join(filter(None, ["i", size and f"i-{size}", classes]))
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        names,
        mark_safe(ICONS[name]),
    )


@register.simple_tag
def pill(state: str, kind: str = "", suffix: str = "") -> SafeString:
    """`{% pill order.status "order" %}`; the suffix adds a number or a date."""
    found = pills.find(str(state), kind)
    return pill_of(f"{found.word} {suffix}".strip(), found.tone, found.icon)


@register.simple_tag
def pill_of(word: str, tone: str = "neutral", icon_name: str = "") -> SafeString:
    """A pill with words of its own: `{% pill_of _("Business") "neutral" "shop" %}`."""
    drawn = icon(icon_name) if icon_name else ""
    return format_html('<span class="pill pill-{}">{}{}</span>', tone, drawn, word)


@register.simple_tag
def state_word(state: str, kind: str = "") -> str:
    """The word of a state alone, for a sentence, a mail or a title."""
    return str(pills.find(str(state), kind).word)


# --- fields -----------------------------------------------------------------------
@register.simple_tag
def control(field: BoundField, **extra: Any) -> SafeString:
    """Draw a form field's control with our class and its hint and errors tied to it."""
    widget = field.field.widget
    attrs: dict[str, Any] = {**extra}
    if isinstance(widget, CheckboxInput | RadioSelect):
        attrs.setdefault("class", "check")
    else:
        attrs["class"] = f"input {attrs.get('class', '')}".strip()
    described = [
        f"{field.auto_id}_{part}"
        for part, shown in (("hint", field.help_text), ("error", field.errors))
        if shown
    ]
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if field.errors:
        attrs["aria-invalid"] = "true"
    if isinstance(widget, Textarea):
        attrs["rows"] = attrs.get("rows") or 5
    return field.as_widget(attrs={key: value for key, value in attrs.items() if value})


@register.filter
def control_kind(field: BoundField) -> str:
    """`check`, `radios`, `hidden` or `text`: how a field is laid out."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, CheckboxInput):
        return "check"
    if isinstance(widget, RadioSelect):
        return "radios"
    return "text"


# --- navigation -------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def current(context: Context, address: str, exact: str = "") -> SafeString:
    """`<a href="/sell/" {% current "/sell/" "exact" %}>`: marks the page one is on."""
    request = context.get("request")
    if request is None or not address:
        return SafeString("")
    here = request.path
    if here == address:
        return SafeString('aria-current="page"')
    inside = not exact and address != "/" and here.startswith(address.rstrip("/") + "/")
    return SafeString('aria-current="true"' if inside else "")


@register.simple_tag(takes_context=True)
def with_query(context: Context, **changes: Any) -> str:
    """This page's query with some keys set or (None) dropped: links that keep filters."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else QueryDict(mutable=True)
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag(takes_context=True)
def in_language(context: Context, language: str) -> str:
    """The address of this page in another language."""
    request = context.get("request")
    return (
        "/" if request is None else url_in_language(request.get_full_path(), language)
    )


@register.filter
def shown_range(page: Page) -> str:  # type: ignore[type-arg]
    """`25–48`: which rows of a list this page shows."""
    first, last = page.start_index(), page.end_index()
    return str(first) if first == last else f"{first}\u2013{last}"


# --- small arithmetic for pictures ----------------------------------------------------
@register.filter
def initials(name: str) -> str:
    """One or two letters for a person or a shop without a picture."""
    plain = unescape(name).replace("&", " ").replace(".", "")
    words = [word for word in plain.split() if word[0].isalnum()]
    # Short capitals at the end are the form of a company: AB, B.V.
    if len(words) > 1 and words[-1].isupper() and len(words[-1]) <= 3:
        words.pop()
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def spark_points(values: list[int]) -> str:
    """Points of a line over a 76 × 28 box, from 0 up."""
    top = max(*values, 1) if len(values) > 1 else 1
    step = 76 / max(len(values) - 1, 1)
    return " ".join(
        f"{index * step:.1f},{27 - 26 * max(value, 0) / top:.1f}"
        for index, value in enumerate(values)
    )


@register.filter
def spark_end(values: list[int]) -> str:
    """The height of the last point of `spark_points`."""
    return spark_points(values).rsplit(",", 1)[-1]


@register.filter
def stars_of(value: Any) -> list[bool]:
    """Five marks, the rounded number of them on."""
    return [position <= round(float(value)) for position in range(1, 6)]
