"""`{% load creators %}`: the disclosure, and links that can earn a share.

`{% via_url %}` refuses to make a link before `{% disclosure %}` has been rendered on the
same page for the same creator, so no page can earn commission without saying so.
"""

from typing import Any

from django import template
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from creators.models import Collaboration, Creator, FundedBy
from creators.services import attribution
from sellers.models import Product

register = template.Library()
NAMED = 6
# More than these are chosen in the sheet.
MOST_SIZES = 8


class DisclosureMissing(Exception):
    """The page offers a link that earns commission and has not said so yet."""


class _Disclosure(template.Node):
    """Draws the disclosure, always: it has no `as` form that would keep it unseen."""

    def __init__(self, creator: Any, shops: Any) -> None:
        self.creator, self.shops = creator, shops

    def render(self, context: Context) -> SafeString:
        creator: Creator = self.creator.resolve(context)
        shops = self.shops.resolve(context) if self.shops else []
        drawn = render_to_string(
            "creators/disclosure.html",
            {"creator": creator, "shops": shops, "more": len(shops) - NAMED},
        )
        _disclosed(context).add(creator.pk)
        return drawn


@register.tag
def disclosure(parser: template.base.Parser, token: template.base.Token) -> _Disclosure:
    """`{% disclosure creator shop_names %}`: says that this creator earns here."""
    _name, *words = token.split_contents()
    if not 1 <= len(words) <= 2:
        raise template.TemplateSyntaxError("disclosure takes a creator, and shops")
    compiled = [parser.compile_filter(word) for word in words]
    return _Disclosure(compiled[0], compiled[1] if len(compiled) > 1 else None)


@register.simple_tag(takes_context=True)
def via_url(
    context: Context, product: Product, creator: Creator, source: attribution.Source
) -> str:
    """`{% via_url product creator source as href %}`: the product's address with the
    signed source.

    :raises DisclosureMissing: no `{% disclosure creator %}` stands before it.
    """
    if creator.pk not in _disclosed(context):
        raise DisclosureMissing(f"disclose {creator} before linking {product}")
    return f"{product.get_absolute_url()}?via={_token(source)}"


@register.simple_tag(takes_context=True)
def buy_url(
    context: Context, product: Product, creator: Creator, source: attribution.Source
) -> str:
    """`{% buy_url product creator source as href %}`: this page with the product's buy
    sheet open and the signed source, or the product's own page when it is not for
    quick buy.

    :raises DisclosureMissing: no `{% disclosure creator %}` stands before it.
    """
    details = via_url(context, product, creator, source)
    return details if product.needs_full_page else _sheet_url(context, product, source)


@register.simple_tag(takes_context=True)
def size_urls(
    context: Context, product: Product, creator: Creator, source: attribution.Source
) -> list[dict[str, Any]]:
    """`{% size_urls product creator source as sizes %}`: this page with the buy sheet
    open on each size, or colour, so that one press chooses it and opens the sheet; one
    that is sold out has no address. Empty where there is nothing, too much or more than
    one thing to choose, and for what is not for quick buy. The variants are loaded.

    :raises DisclosureMissing: no `{% disclosure creator %}` stands before it.
    """
    via_url(context, product, creator, source)
    variants = [one for one in product.variants.all() if one.is_active]
    if len(product.option_names) != 1 or product.needs_full_page:
        return []
    if not 1 < len(variants) <= MOST_SIZES:
        return []
    return [
        {
            "label": one.label,
            "amount": one.price_amount,
            "url": _sheet_url(context, product, source, variant=one.public_id)
            if one.available > 0
            else "",
        }
        for one in sorted(variants, key=lambda one: one.position)
    ]


def _tag_url(context: Context, product: Product, source: attribution.Source) -> str:
    if not product.needs_full_page:
        return _sheet_url(context, product, source)
    return f"{product.get_absolute_url()}?via={_token(source)}"


def _token(source: attribution.Source) -> str:
    return attribution.token(
        source_type=source.type, source_id=source.id, issued=source.issued
    )


def _sheet_url(
    context: Context, product: Product, source: attribution.Source, *, variant: str = ""
) -> str:
    asked = context["request"].GET.copy()
    asked["buy"] = variant or product.public_id
    asked["via"] = _token(source)
    asked.pop("country", None)
    return f"?{asked.urlencode()}"


@register.simple_tag(takes_context=True)
def hotspots(
    context: Context, rows: Any, source: attribution.Source | None = None
) -> list[dict[str, Any]]:
    """The tags of a post as `<c-tagged-photo>` takes them. With the source a number
    opens the buy sheet, or for what is not for quick buy the product's own page, and
    both say themselves who earns; else, and for what is gone, it leads to its row in
    the list.
    """
    return [
        {
            "x": row.x,
            "y": row.y,
            "number": row.number,
            "name": row.card.product.title,
            "gone": row.card.is_gone or row.card.is_sold_out,
            "href": ""
            if source is None or row.card.is_gone
            else _tag_url(context, row.card.product, source),
        }
        for row in rows
    ]


@register.simple_tag
def stored_url(path: str) -> str:
    """`{% stored_url post.video_path as src %}`: the address of a file we keep."""
    return default_storage.url(path) if path else ""


@register.filter
def language_name(code: str) -> str:
    """Name one of the platform's languages in itself."""
    return dict(settings.LANGUAGES).get(code, code)


@register.simple_tag
def paid_by(offer: Collaboration) -> str:
    """Who bears a collaboration's share, in words."""
    if offer.funded_by == FundedBy.SELLER:
        return _("Paid by the shop")
    return _("Paid by the marketplace")


@register.simple_tag
def creators_named(words: str) -> list[Creator]:
    """`{% creators_named words as named %}`: up to six whose name or handle has these
    words; one query.
    """
    text = " ".join(words.split())
    named = Q(name__icontains=text) | Q(handle__icontains=text.removeprefix("@"))
    return list(Creator.objects.filter(named).order_by("name", "pk")[:NAMED])


@register.simple_tag
def first_pictures(collection: Any) -> list[str]:
    """The addresses of a collection's first pictures, at most three."""
    shown = []
    for pick in collection.first_picks:
        photos = sorted(pick.product.photos.all(), key=lambda photo: photo.position)
        if photos:
            shown.append(default_storage.url(photos[0].renditions[0]["path"]))
    return shown


def _disclosed(context: Context) -> set[int]:
    """The creators disclosed so far, kept on the request: one page, one set."""
    request = context["request"]
    if not hasattr(request, "disclosed_creators"):
        request.disclosed_creators = set()
    disclosed: set[int] = request.disclosed_creators
    return disclosed
