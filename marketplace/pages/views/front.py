"""Pages no single app owns."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from creators import queries as creator_queries
from marketplace.kit import found
from marketplace.kit.templatetags import pills
from marketplace.kit.templatetags.icons import ICONS
from marketplace.pages import samples
from sellers import queries as seller_queries
from sellers.models import Category

FRONT_CREATORS = 8
FRONT_PRODUCTS = 12


def home(request: HttpRequest) -> HttpResponse:
    """The front page: who recommends, what is for sale, how to begin."""
    products = seller_queries.newest_of_each_shop(limit=FRONT_PRODUCTS)
    return render(
        request,
        "pages/home.html",
        {
            "meta": _meta(request),
            "categories": Category.choices,
            "creators": creator_queries.front_creators(
                limit=FRONT_CREATORS, user=request.user
            ),
            "cards": [creator_queries.card_of(product) for product in products],
        },
    )


def _meta(request: HttpRequest) -> found.Meta:
    slogan = _("Bought from the people who show it")
    site = found.node("WebSite", name=settings.SITE_NAME, url=f"{settings.SITE_URL}/")
    return found.Meta(
        title=f"{settings.SITE_NAME}: {slogan}",
        path=request.path,
        description=_(
            "Creators show what they use, sellers send it, you pay once. Every price is"
            " the whole price, and every recommendation that earns says so."
        ),
        card_alt=settings.SITE_NAME,
        data=(site,),
    )


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in its states, for people and for visual tests."""
    theme = request.GET.get("theme", "")
    return render(
        request,
        "pages/styleguide.html",
        {
            "theme": theme if theme in ("light", "dark") else "",
            "pills": pills.tables(),
            "icons": sorted(ICONS),
            **samples.everything(),
        },
    )
