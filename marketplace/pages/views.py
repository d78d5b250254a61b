"""Pages no single app owns."""

import logging
import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext_lazy as _

from creators import queries as creator_queries
from marketplace.kit import errors
from marketplace.kit.templatetags import pills
from marketplace.kit.templatetags.icons import ICONS
from marketplace.pages import samples
from sellers import queries as seller_queries
from sellers.models import Category

logger = logging.getLogger(__name__)

FRONT_CREATORS = 8
FRONT_PRODUCTS = 12

LEGAL = {
    "terms": _("Terms"),
    "privacy": _("Privacy"),
    "returns": _("Withdraw from a contract"),
    "imprint": _("Company details"),
}


def home(request: HttpRequest) -> HttpResponse:
    """The front page: who recommends, what is for sale, how to begin."""
    products = seller_queries.newest_of_each_shop(limit=FRONT_PRODUCTS)
    return render(
        request,
        "pages/home.html",
        {
            "categories": Category.choices,
            "creators": creator_queries.front_creators(limit=FRONT_CREATORS),
            "cards": [creator_queries.card_of(product) for product in products],
        },
    )


def legal(request: HttpRequest, name: str) -> HttpResponse:
    """What buyers, sellers and creators agree to, and what we know about them."""
    if name not in LEGAL:
        raise Http404
    return render(request, f"pages/legal/{name}.html", {"legal_pages": LEGAL})


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


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of a request we could not read."""
    return errors.page(request, 400, "")


def server_error(request: HttpRequest) -> HttpResponse:
    """The page of a fault of ours. It needs no database, session or user; the
    reference it shows stands in the log beside the trace.
    """
    reference = uuid.uuid4().hex[:10]
    logger.error("page broke, reference %s", reference, exc_info=True)
    page = loader.render_to_string(
        "500.html", {"reference": reference, "SITE_NAME": settings.SITE_NAME}
    )
    return HttpResponse(page, status=500)
