"""How a page appears elsewhere: its picture for sharing, its oEmbed answer, and the
small page that stands in a frame on other sites.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from csp.decorators import csp_replace
from django.conf import settings
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.views.decorators.clickjacking import xframe_options_exempt

from creators import queries as creator_queries
from creators.services.attribution import Source
from marketplace.kit import clock, found
from marketplace.kit.errors import NotFound
from marketplace.pages import shared
from sellers import queries as seller_queries
from sellers.services import cards

DAY = 24 * 3600
# The frame of a product or post: as wide as a phone's column, tall enough for a
# picture of 4:5 and what stands below it.
EMBED_WIDTH, EMBED_HEIGHT = 360, 640
LEAST_WIDTH, LEAST_HEIGHT = 220, 320
PRIVATE = ("/o/", "/checkout/", "/cart", "/account/", "/sell/", "/create/", "/admin/")


def card(request: HttpRequest, public_id: str, version: str) -> HttpResponseBase:
    """Send the 1200 x 630 picture of a public thing; ours when it has none. The version
    only tells caches that the pictures changed.
    """
    try:
        paths = shared.pictures_of(public_id)
        if not paths:
            raise Http404
        file = default_storage.open(cards.share_card(paths=paths))
    except OSError:
        return HttpResponseRedirect(static("build/share.png"))
    response = FileResponse(file, content_type="image/jpeg")
    response["Cache-Control"] = f"public, max-age={DAY}"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of ours that may be embedded or linked with a picture."""

    title: str
    author: str
    author_path: str
    renditions: Any
    embed: str = ""


def oembed(request: HttpRequest) -> HttpResponse:
    """Describe one of our public pages to a site that wants to show it: 404 for what is
    not there or not ours, 401 for what belongs to a person, 501 for XML.
    """
    if request.GET.get("format", "json") != "json":
        return JsonResponse({"error": "only json is given"}, status=501)
    asked = urlsplit(request.GET.get("url", ""))
    if f"{asked.scheme}://{asked.netloc}" != settings.SITE_URL:
        return JsonResponse({"error": "not an address of ours"}, status=404)
    if asked.path.startswith(PRIVATE):
        return JsonResponse({"error": "not public"}, status=401)
    # A shared address may carry no language; then ours is as good as any.
    language = translation.get_language_from_path(asked.path)
    path = asked.path if language else f"/{settings.LANGUAGE_CODE}{asked.path}"
    with translation.override(language or settings.LANGUAGE_CODE):
        page = _page_at(path)
        if page is None:
            return JsonResponse({"error": "nothing there"}, status=404)
        answer = _answer(page, _limits(request))
    response = JsonResponse(answer)
    response["Cache-Control"] = f"public, max-age={DAY}"
    # Read by scripts of other sites, and by nobody as anyone.
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _limits(request: HttpRequest) -> tuple[int, int]:
    """Read maxwidth and maxheight; what is no number asks for nothing."""
    asked = (request.GET.get(name, "") for name in ("maxwidth", "maxheight"))
    width, height = (
        int(one) if one.isascii() and one.isdecimal() and len(one) < 6 else 99_999
        for one in asked
    )
    return width, height


def _page_at(path: str) -> _Page | None:
    """Find what a public path shows."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    finder = _PAGES.get(match.view_name)
    try:
        return finder(**match.kwargs) if finder else None
    except NotFound:
        return None


def _product(product: str, slug: str = "") -> _Page:
    shown = seller_queries.live_product(product)
    photos = list(shown.photos.all())
    return _Page(
        title=shown.title,
        author=shown.shop.name,
        author_path=shown.shop.get_absolute_url(),
        renditions=photos[0].renditions if photos else [],
        embed=reverse("pages:embed", args=[shown.public_id]),
    )


def _post(public_id: str, slug: str) -> _Page:
    shown = creator_queries.post(public_id)
    return _Page(
        title=found.one_line(shown.caption or shown.alt, longest=120),
        author=shown.creator.name,
        author_path=shown.creator.get_absolute_url(),
        renditions=shown.renditions,
        embed=reverse("pages:embed", args=[shown.public_id]),
    )


def _profile(handle: str) -> _Page:
    creator = creator_queries.creator_of_handle(handle.lower())
    if creator is not None:
        path = creator.get_absolute_url()
        return _Page(creator.name, creator.name, path, creator.portrait)
    shop = creator_queries.open_shop(handle.lower())
    return _Page(shop.name, shop.name, shop.get_absolute_url(), [])


def _collection(handle: str, slug: str) -> _Page:
    shown = creator_queries.published_collection(handle.lower(), slug)
    creator = shown.creator
    rows = creator_queries.picks_of(shown)
    photo = next((row.card.photo for row in rows if row.card.photo), None)
    return _Page(
        title=shown.title,
        author=creator.name,
        author_path=creator.get_absolute_url(),
        renditions=photo.renditions if photo else [],
    )


_PAGES: dict[str, Callable[..., _Page]] = {
    "sellers:product": _product,
    "sellers:product-short": _product,
    "creators:post": _post,
    "creators:profile": _profile,
    "creators:collection": _collection,
}


def _answer(page: _Page, limits: tuple[int, int]) -> dict[str, Any]:
    """Write the answer: a frame where one fits and there is one, else a link."""
    answer: dict[str, Any] = {
        "version": "1.0",
        "type": "link",
        "title": page.title,
        "author_name": page.author,
        "author_url": found.absolute(page.author_path),
        "provider_name": settings.SITE_NAME,
        "provider_url": settings.SITE_URL,
        "cache_age": DAY,
        **_thumbnail(page.renditions, limits),
    }
    width = min(EMBED_WIDTH, limits[0])
    height = min(EMBED_HEIGHT, limits[1])
    if page.embed and width >= LEAST_WIDTH and height >= LEAST_HEIGHT:
        frame = {
            "src": found.absolute(page.embed),
            "title": page.title,
            "width": width,
            "height": height,
        }
        html = render_to_string("pages/embed_frame.html", frame).strip()
        answer |= {"type": "rich", "html": html, "width": width, "height": height}
    return answer


def _thumbnail(renditions: Any, limits: tuple[int, int]) -> dict[str, Any]:
    """Give the largest stored picture within the limits, or nothing."""
    fitting = [
        one
        for one in renditions or []
        if one["width"] <= limits[0] and one["height"] <= limits[1]
    ]
    if not fitting:
        return {}
    return {
        "thumbnail_url": found.absolute(default_storage.url(fitting[-1]["path"])),
        "thumbnail_width": fitting[-1]["width"],
        "thumbnail_height": fitting[-1]["height"],
    }


@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]
def embed(request: HttpRequest, public_id: str) -> HttpResponse:
    """A product or a post for a frame on any site. It sets no cookie, knows nobody, and
    its links open on top; nothing can be bought or signed in to inside the frame.
    """
    response = (
        _embedded_post(request, public_id)
        if public_id.startswith("post_")
        else _embedded_product(request, public_id)
    )
    response["Cache-Control"] = "public, max-age=300"
    return response


def _embedded_product(request: HttpRequest, public_id: str) -> HttpResponse:
    product = shared.product(public_id)
    if product is None:
        raise Http404
    card = creator_queries.card_of(product)
    return render(request, "pages/embed_product.html", {"card": card})


def _embedded_post(request: HttpRequest, public_id: str) -> HttpResponse:
    post = creator_queries.post(public_id)
    context = {
        "post": post,
        "creator": post.creator,
        "rows": creator_queries.tags_of(post),
        "source": Source("post", post.public_id, clock.now().date()),
    }
    return render(request, "pages/embed_post.html", context)
