"""`{% load stock_alerts %}`: the form to be told when something is back in stock."""

from typing import Any

from django import template
from django.contrib import messages
from django.http import HttpRequest
from django.template import Context

from sellers.forms import visitors as forms
from sellers.models import Product

register = template.Library()


@register.inclusion_tag("sellers/_notify.html", takes_context=True)
def notify_form(
    context: Context, product: Product, back: str = "", prefix: str = "notify"
) -> dict[str, Any]:
    """`{% notify_form product %}`: the form for what of a product is sold out, nothing
    where all of it can be bought; folded while something is left, and a word instead
    right after it was sent. Variants are loaded already: no query.
    """
    offered = [one for one in product.variants.all() if one.is_active]
    gone = [one for one in offered if not one.available]
    bound = context.get("form")
    request = context.get("request")
    given = bound.data if isinstance(bound, forms.StockAlertForm) else {}
    user = getattr(request, "user", None)
    return {
        "product": product,
        "gone": gone,
        "is_told": not back and _is_told(request, product),
        "is_folded": len(gone) < len(offered)
        and not isinstance(bound, forms.StockAlertForm),
        "back": back or given.get("back", ""),
        "prefix": prefix,
        "chosen": given.get("variant", ""),
        "email": given.get("email") or getattr(user, "email", ""),
        "errors": bound.errors if isinstance(bound, forms.StockAlertForm) else {},
        "csrf_token": context.get("csrf_token"),
    }


def _is_told(request: HttpRequest | None, product: Product) -> bool:
    """Say whether this page tells that an alert for the product was just noted."""
    if request is None:
        return False
    tag = f"told-{product.public_id}"
    return any(tag == said.extra_tags for said in messages.get_messages(request))
