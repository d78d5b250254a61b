"""What search engines are told: the sitemap, and what not to fetch."""

from django.conf import settings
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from marketplace.pages import sitemaps

XML = "application/xml"
HOUR = 3600
# Bound to a person, an order or a bag; or a link that only counts and leads on.
NOT_TO_FETCH = (
    *("/checkout", "/o/", "/go/", "/cart", "/account", "/sell/", "/create/"),
    *("/admin/", "/stripe/"),
)
# They fetch what a person has just shared, to draw its preview.
PREVIEWERS = (
    *("Twitterbot", "facebookexternalhit", "LinkedInBot", "Slackbot-LinkExpanding"),
    *("WhatsApp", "TelegramBot", "line-poker"),
)


def robots(request: HttpRequest) -> HttpResponse:
    """Say what not to fetch. Who draws previews may follow a creator's short link."""
    refused = [f"Disallow: {path}" for path in NOT_TO_FETCH]
    previews = [line for line in refused if line != "Disallow: /go/"]
    lines = [
        *("User-agent: *", *refused, ""),
        *(f"User-agent: {name}" for name in PREVIEWERS),
        *("Allow: /go/", *previews, ""),
        f"Sitemap: {settings.SITE_URL}{reverse('site:sitemap')}",
    ]
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
    response["Cache-Control"] = f"public, max-age={HOUR}"
    return response


def sitemap_index(request: HttpRequest) -> HttpResponse:
    """List the pages of the sitemap; a kind with nothing in it is left out."""
    parts = []
    for name, section in sitemaps.SECTIONS.items():
        made = section()
        latest = made.get_latest_lastmod()
        if latest is None:
            continue
        address = f"{settings.SITE_URL}{reverse('site:sitemap-section', args=[name])}"
        for page in made.paginator.page_range:
            parts.append((f"{address}?p={page}" if page > 1 else address, latest))
    return _xml(request, "pages/sitemap_index.xml", {"parts": parts})


def sitemap_section(request: HttpRequest, section: str) -> HttpResponse:
    """List one page of a kind."""
    found = sitemaps.SECTIONS.get(section)
    if found is None:
        raise Http404
    try:
        entries = found().entries(int(request.GET.get("p", "1")))
    except (InvalidPage, ValueError):
        raise Http404 from None
    return _xml(request, "pages/sitemap.xml", {"entries": entries})


def _xml(
    request: HttpRequest, template: str, context: dict[str, object]
) -> HttpResponse:
    response = render(request, template, context, content_type=XML)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = f"public, max-age={HOUR}"
    return response
