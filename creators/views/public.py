"""What buyers see: a creator's or shop's page, a collection, a post, a short link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from creators import queries
from creators.models import Creator, Link
from creators.services import attribution, links
from creators.services.attribution import Source
from marketplace.kit import clock, consent, limits
from marketplace.kit.pagination import page_of
from sellers import queries as seller_queries
from sellers.models import Shop

TABS = ("shop", "posts", "collections")
CLICKS_PER_HOUR = 60


def profile(request: HttpRequest, handle: str) -> HttpResponse:
    """The page of a creator, or of a shop when the handle is a shop's."""
    if handle != handle.lower():
        return _moved(request, reverse("creators:profile", args=[handle.lower()]))
    creator = queries.creator_of_handle(handle)
    if creator is None:
        return _shop_page(request, queries.open_shop(handle))
    at = clock.now()
    tab = request.GET.get("tab", "shop")
    tab = tab if tab in TABS else "shop"
    context = {
        "creator": creator,
        "shops": queries.partner_shops(creator, at),
        "source": _source(request, creator, "profile"),
        "tab": tab,
        "keep": request.GET.get("via", ""),
        "bar_title": creator.handle,
        "back_url": reverse("pages:home"),
    }
    if tab == "posts":
        context["page"] = page_of(queries.posts_of(creator), request)
    else:
        context["collections"] = queries.collections_of(creator, is_public=True)
    if tab == "shop":
        context["page"] = page = page_of(queries.shelf(creator), request)
        context["cards"] = [queries.card_of(product) for product in page]
    return render(request, "creators/profile.html", context)


def _shop_page(request: HttpRequest, shop: Shop) -> HttpResponse:
    """What a shop sells and who stands behind it. No share is earned here."""
    page = page_of(seller_queries.product_list(shops=[shop]), request)
    return render(
        request,
        "creators/shop.html",
        {
            "shop": shop,
            "page": page,
            "cards": [queries.card_of(product) for product in page],
            "bar_title": shop.name,
            "back_url": reverse("pages:home"),
        },
    )


def collection(request: HttpRequest, handle: str, slug: str) -> HttpResponse:
    """A shelf of picks with the creator's notes."""
    shown = queries.published_collection(handle.lower(), slug)
    source = Source("collection", shown.public_id, clock.now().date())
    return render(
        request,
        "creators/collection.html",
        {
            "collection": shown,
            "creator": shown.creator,
            "shops": queries.partner_shops(shown.creator, clock.now()),
            "rows": queries.picks_of(shown),
            "source": source,
            "bar_title": shown.title,
            "back_url": shown.creator.get_absolute_url(),
        },
    )


def post(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    """A picture with numbered products, and the same numbers in the list."""
    shown = queries.post(public_id)
    if slug != shown.slug:
        return _moved(request, shown.get_absolute_url())
    rows = queries.tags_of(shown)
    tagged = {row.card.product.shop.name for row in rows}
    partners = queries.partner_shops(shown.creator, clock.now())
    return render(
        request,
        "creators/post.html",
        {
            "post": shown,
            "creator": shown.creator,
            "shops": [name for name in partners if name in tagged],
            "rows": rows,
            "source": Source("post", shown.public_id, clock.now().date()),
            "bar_title": _("Post"),
            "back_url": shown.creator.get_absolute_url(),
        },
    )


def go(request: HttpRequest, slug: str) -> HttpResponse:
    """A creator's short link: counts a click without a name and leads to the page.
    Nothing is set in the browser, unless its reader agreed that links are remembered.
    """
    link = Link.objects.select_related("creator").filter(slug=slug.lower()).first()
    if link is None:
        return render(request, "creators/no_link.html", status=404)
    at = clock.now()
    source = Source("link", link.creator.public_id, at.date())
    visitor = request.META.get("REMOTE_ADDR", "")
    if request.method == "GET" and limits.count_softly(
        f"click:{link.pk}:{visitor}", limit=CLICKS_PER_HOUR, seconds=3600
    ):
        links.count_click(source=source, at=at)
    via = attribution.token(
        source_type=source.type, source_id=source.id, issued=source.issued
    )
    response = redirect(f"{link.creator.get_absolute_url()}?via={via}")
    response["Cache-Control"] = "no-store"
    consent.remember_leader(request, response, via)
    return response


def _source(request: HttpRequest, creator: Creator, source_type: str) -> Source:
    """Name this page as the source of what is bought from it; who came by the
    creator's own link stays counted as such.
    """
    at = clock.now()
    came_by = attribution.read_token(token=request.GET.get("via", ""), at=at)
    if came_by and (came_by.type, came_by.id) == ("link", creator.public_id):
        return came_by
    return Source(source_type, creator.public_id, at.date())


def _moved(request: HttpRequest, address: str) -> HttpResponse:
    """Lead to the one address of a page, with the query kept."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{address}?{query}" if query else address, permanent=True)
