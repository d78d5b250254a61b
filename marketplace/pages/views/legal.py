"""The legal pages of the platform, and of each shop and creator."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from creators import queries as creator_queries
from marketplace.kit import found
from marketplace.pages import legal
from sellers import queries as seller_queries


def page(request: HttpRequest, name: str) -> HttpResponse:
    """What buyers, sellers and creators agree to, and what we know about them."""
    if name not in legal.PAGES:
        raise Http404
    context = {
        "meta": found.Meta(
            title=f"{legal.PAGES[name]} · {settings.SITE_NAME}", path=request.path
        ),
        "legal_pages": legal.PAGES,
        "version": legal.VERSIONS[name],
        "platform": legal.platform_rows(),
        "platform_name": settings.PLATFORM_LEGAL["name"] or settings.SITE_NAME,
        "platform_email": settings.PLATFORM_LEGAL["email"],
        "withdrawal_days": settings.WITHDRAWAL_DAYS,
        "cancel_minutes": settings.BUYER_CANCEL_MINUTES,
        "window_days": settings.ATTRIBUTION_WINDOW_DAYS,
        "tokushoho": legal.tokushoho_of_platform() if name == "tokushoho" else (),
        "optional_purposes": settings.CONSENT_PURPOSES,
    }
    return render(request, f"pages/legal/{name}.html", context)


def party(request: HttpRequest, handle: str) -> HttpResponse:
    """Who stands behind a shop or a creator, and on what terms a shop sells."""
    handle = handle.lower()
    creator = creator_queries.creator_of_handle(handle)
    context: dict[str, object]
    if creator is not None:
        context = {
            "name": creator.name,
            "address": creator.get_absolute_url(),
            "rows": legal.creator_rows(creator),
        }
    else:
        shop = creator_queries.open_shop(handle)
        deliveries = seller_queries.deliveries_of(shop)
        context = {
            "name": shop.name,
            "address": shop.get_absolute_url(),
            "shop": shop,
            "rows": legal.shop_rows(shop),
            "tokushoho": legal.tokushoho_of_shop(shop, deliveries),
            "is_japanese": shop.country == "JP",
            "withdrawal_days": settings.WITHDRAWAL_DAYS,
        }
    title = _("Legal details of %(name)s") % {"name": context["name"]}
    context |= {
        "title": title,
        "meta": found.Meta(title=title, path=request.path),
        "legal_pages": legal.PAGES,
        "bar_title": title,
        "back_url": context["address"],
    }
    return render(request, "pages/legal/party.html", context)
