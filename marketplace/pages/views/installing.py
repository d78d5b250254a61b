"""The platform as something one keeps on a phone: its manifest, its icons, and the page
that stands there without a network.

The service worker keeps that page and static files, never a price, a bag or an order.
"""

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

DAY = 24 * 3600
PAPER = "#F7F5F1"
ICONS = (("icon-192.png", 192, "any"), ("icon-512.png", 512, "any"))
MASKABLE = ("icon-maskable-512.png", 512, "maskable")
# What the page without a network is made of.
KEPT = ("build/app.css", "build/inter-regular.woff2", "icon.svg")


def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask for the old address to our mark."""
    return HttpResponsePermanentRedirect(static("build/icon-48.png"))


def manifest(request: HttpRequest) -> HttpResponse:
    """Describe the platform as an app, in the reader's language."""
    language = translation.get_language()
    start = f"/{language}/"
    described = {
        "id": "/",
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME[:12],
        "description": _("Bought from the people who show it"),
        "lang": language,
        "dir": "ltr",
        "start_url": start,
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "categories": ["shopping"],
        "icons": [_icon(*icon) for icon in (*ICONS, MASKABLE)],
        "shortcuts": [
            {"name": str(name), "url": url, "icons": [_icon(*ICONS[0])]}
            for name, url in (
                (_("Bag"), reverse("orders:cart")),
                (_("My orders"), reverse("orders:mine")),
                (_("New post"), reverse("create:post-new")),
            )
        ],
        # A creator shares words or an address from another app; the picture is
        # chosen on the page itself.
        "share_target": {
            "action": reverse("create:post-new"),
            "method": "GET",
            "params": {"title": "title", "text": "caption", "url": "url"},
        },
    }
    response = JsonResponse(described, content_type="application/manifest+json")
    response["Cache-Control"] = f"private, max-age={DAY}"
    response["Vary"] = "Accept-Language, Cookie"
    return response


def _icon(name: str, size: int, purpose: str) -> dict[str, str]:
    return {
        "src": static(f"build/{name}"),
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": purpose,
    }


def service_worker(request: HttpRequest) -> HttpResponse:
    """Send the service worker, from the root so that it stands before every page. Its
    list of files changes with their names, and so does the worker.
    """
    pages = [f"/{code}/offline" for code, _name in settings.LANGUAGES]
    response = render(
        request,
        "pages/service_worker.js",
        {
            "pages": pages,
            "files": [static(name) for name in KEPT],
            "static_root": settings.STATIC_URL,
            "languages": [code for code, _name in settings.LANGUAGES],
        },
        content_type="text/javascript",
    )
    response["Cache-Control"] = "no-cache"
    return response


def offline(request: HttpRequest) -> HttpResponse:
    """The page that is shown without a network; the same for everyone."""
    response = render(request, "pages/offline.html")
    response["Cache-Control"] = f"public, max-age={DAY}"
    return response
