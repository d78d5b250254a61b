"""`{% load found %}`: the part of a page's head that search engines and other sites read."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.templatetags.static import static
from django.utils import translation
from django.utils.safestring import SafeString

from marketplace.kit import found, money

register = template.Library()


@register.inclusion_tag("partials/head_meta.html", takes_context=True)
def head_meta(context: Context, meta: found.Meta | None = None) -> dict[str, Any]:
    """`{% head_meta meta %}`: canonical address, languages, sharing and JSON-LD. Without
    a `meta` only what is true of any page; a page outside the language prefix is bound
    to a person or a token, and asks not to be listed.
    """
    # A template that has none passes an empty string.
    meta = meta or None
    request: HttpRequest | None = context.get("request")
    language = translation.get_language() or settings.LANGUAGE_CODE
    path = meta.path if meta else (request.path if request else "/")
    rest = _without_language(path, language)
    query = _kept(request)
    is_public = rest is not None and not (meta and meta.is_hidden)
    return {
        "meta": meta,
        "SITE_NAME": settings.SITE_NAME,
        "canonical": f"{settings.SITE_URL}{path}{query}",
        "is_listed": is_public,
        "alternates": _alternates(rest, query) if is_public and rest else [],
        "default": f"{settings.SITE_URL}{rest}{query}" if rest else "",
        "locale": found.OG_LOCALES.get(language, "en_GB"),
        "other_locales": [
            code for key, code in found.OG_LOCALES.items() if key != language
        ],
        "card": found.absolute(
            meta.card if meta and meta.card else static("build/share.png")
        ),
        "card_size": found.CARD_SIZE,
        "price": _price(meta),
        "oembed": _oembed(meta, query) if meta and meta.is_embeddable else "",
    }


@register.simple_tag
def json_ld(data: found.Data) -> SafeString:
    """`{% json_ld data %}`: one more node of JSON-LD, written safely."""
    return found.script(data)


def _without_language(path: str, language: str) -> str | None:
    """Give the path as it is without its language, or None for one that has none."""
    prefix = f"/{language}/"
    return path[len(prefix) - 1 :] if path.startswith(prefix) else None


def _kept(request: HttpRequest | None) -> str:
    """Keep of a query what makes it another page: `?tab=posts&page=2`."""
    if request is None:
        return ""
    asked = {name: request.GET.get(name, "") for name in found.KEPT}
    if asked["page"] in ("0", "1") or not asked["page"].isdecimal():
        asked["page"] = ""
    if not asked["tab"].isalpha():
        asked["tab"] = ""
    said = {name: value for name, value in asked.items() if value}
    return f"?{urlencode(said)}" if said else ""


def _alternates(rest: str, query: str) -> list[tuple[str, str]]:
    return [
        (code, f"{settings.SITE_URL}/{code}{rest}{query}")
        for code, _name in settings.LANGUAGES
    ]


def _price(meta: found.Meta | None) -> str:
    if not meta or meta.offered is None:
        return ""
    return money.plain(meta.offered.amount, meta.offered.currency)


def _oembed(meta: found.Meta, query: str) -> str:
    asked = urlencode({"url": f"{settings.SITE_URL}{meta.path}", "format": "json"})
    return f"{settings.SITE_URL}/oembed?{asked}"
