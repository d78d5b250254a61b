"""`{% load stock_alerts %}`: the form to be told when something is back in stock."""

from typing import Any

from django import template
from django.template import Context

from sellers import forms
from sellers.models import Product

register = template.Library()


@register.inclusion_tag("sellers/_notify.html", takes_context=True)
def notify_form(
    context: Context, product: Product, back: str = "", prefix: str = "notify"
) -> dict[str, Any]:
    """`{% notify_form product %}`: the form for what of a product is sold out, nothing
    where all of it can be bought; folded while something is left. Variants are loaded
    already: no query.
    """
    offered = [one for one in product.variants.all() if one.is_active]
    gone = [one for one in offered if not one.available]
    bound = context.get("form")
    given = bound.data if isinstance(bound, forms.StockAlertForm) else {}
    request = context.get("request")
    user = getattr(request, "user", None)
    return {
        "product": product,
        "gone": gone,
        "is_folded": len(gone) < len(offered)
        and not isinstance(bound, forms.StockAlertForm),
        "back": back or given.get("back", ""),
        "prefix": prefix,
        "chosen": given.get("variant", ""),
        "email": given.get("email") or getattr(user, "email", ""),
        "errors": bound.errors if isinstance(bound, forms.StockAlertForm) else {},
        "csrf_token": context.get("csrf_token"),
    }
