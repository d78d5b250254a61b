"""Reads for creators' pages, each with a known number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)

from creators.models import (
    ClickCount,
    Collaboration,
    Collection,
    Creator,
    Follow,
    Partnership,
    Pick,
    Post,
    Tag,
)
from marketplace.kit import money
from marketplace.kit.errors import NotFound
from sellers import queries as seller_queries
from sellers.models import Product, ProductStatus, Shop
from sellers.models.product import ProductQuerySet

TILE_PICTURES = 3
# A product shows the same on every page.
Card = seller_queries.Card
card_of = seller_queries.card_of
LIVE_PICK = Q(product__status=ProductStatus.LIVE, product__shop__is_open=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A product with what a creator says of it, or its number and place on a picture
    (percent of width and height).
    """

    card: Card
    note: str = ""
    number: int = 0
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True)
class Prospect:
    """A product a creator may recommend, with what one sale earns at most (minor
    units, before the tax is taken out), and where to join when nothing is agreed.
    """

    card: Card
    earning_amount: int | None
    rate_bps: int | None
    collaboration: Collaboration | None


# --- public pages -----------------------------------------------------------------
def creator_of_handle(handle: str) -> Creator | None:
    """Find the creator who bears a handle; one query."""
    return Creator.objects.filter(handle=handle).first()


def open_shop(handle: str) -> Shop:
    """Give the shop that bears a handle.

    :raises NotFound: nobody does, or the shop is closed.
    """
    shop = Shop.objects.open().filter(handle=handle).first()
    if shop is None:
        raise NotFound
    return shop


def partner_shops(creator: Creator, at: datetime) -> list[str]:
    """Name the shops that pay this creator a share now, in order; one query."""
    running = Partnership.objects.running(at).filter(creator=creator)
    names = running.values_list("collaboration__shop__name", flat=True)
    return sorted(set(names))


def shelf(creator: Creator) -> ProductQuerySet:
    """List what can be bought of everything the creator picked, each product once, in
    the order of collections and picks. Two queries beside the rows: photos, variants.
    """
    shown = Q(picks__collection__creator=creator, picks__collection__is_published=True)
    return (
        Product.objects.live()
        .with_card()
        .annotate(
            shelf=Min("picks__collection__position", filter=shown),
            place=Min("picks__position", filter=shown),
        )
        .filter(shelf__isnull=False)
        .order_by("shelf", "place", "pk")
    )


def collections_of(creator: Creator, *, is_public: bool) -> QuerySet[Collection]:
    """List a creator's collections with `number` of products for sale and the first
    three pictures (`first_picks`). Three queries.
    """
    first = (
        Pick.objects.filter(LIVE_PICK)
        .select_related("product")
        .prefetch_related("product__photos")
        .order_by("position", "pk")[:TILE_PICTURES]
    )
    on_sale = Q(
        picks__product__status=ProductStatus.LIVE, picks__product__shop__is_open=True
    )
    collections = creator.collections.order_by("position", "pk")
    if is_public:
        collections = collections.published()
    return collections.annotate(number=Count("picks", filter=on_sale)).prefetch_related(
        Prefetch("picks", queryset=first, to_attr="first_picks")
    )


def published_collection(handle: str, slug: str) -> Collection:
    """Give a collection with its creator; one query.

    :raises NotFound: there is none, or it is hidden.
    """
    found = Collection.objects.published().select_related("creator")
    collection = found.filter(creator__handle=handle, slug=slug).first()
    if collection is None:
        raise NotFound
    return collection


def picks_of(collection: Collection) -> list[Row]:
    """List a collection's products that can be bought, in order. Three queries."""
    picks = (
        collection.picks.filter(LIVE_PICK)
        .select_related("product__shop")
        .prefetch_related("product__photos", "product__variants")
        .order_by("position", "pk")
    )
    return [Row(card=card_of(pick.product), note=pick.note) for pick in picks]


def posts_of(creator: Creator) -> QuerySet[Post]:
    """List a creator's posts, newest first, with the number of tags; one query."""
    return creator.posts.annotate(number=Count("tags")).order_by("-published_at", "-pk")


def post(public_id: str) -> Post:
    """Give a post with its creator; one query.

    :raises NotFound: there is none.
    """
    found = Post.objects.select_related("creator").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def tags_of(shown: Post) -> list[Row]:
    """List a post's tags by number, what is gone included. Three queries."""
    tags: Iterable[Tag] = (
        shown.tags.select_related("product__shop")
        .prefetch_related("product__photos", "product__variants")
        .order_by("number")
    )
    return [
        Row(card=card_of(tag.product), number=tag.number, x=tag.x / 10, y=tag.y / 10)
        for tag in tags
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Front:
    """A creator on the front page, with the newest post if there is one."""

    creator: Creator
    post: Post | None


def front_creators(*, limit: int, user: Any = None) -> list[Front]:
    """List creators who have something to show: those `user` follows first, then who
    posted last first. Two queries, however many.
    """
    newest = Post.objects.filter(creator=OuterRef("pk")).order_by(
        "-published_at", "-pk"
    )
    shelves = Collection.objects.published().filter(
        creator=OuterRef("pk"), picks__product__in=Product.objects.live()
    )
    creators = list(
        Creator.objects.annotate(newest_pk=Subquery(newest.values("pk")[:1]))
        .annotate(posted_at=Subquery(newest.values("published_at")[:1]))
        .filter(Q(newest_pk__isnull=False) | Exists(shelves))
        .annotate(is_followed=_followed_by(user))
        .order_by("-is_followed", F("posted_at").desc(nulls_last=True), "pk")[:limit]
    )
    newest_of = {each.pk: getattr(each, "newest_pk", None) for each in creators}
    posts = Post.objects.in_bulk([pk for pk in newest_of.values() if pk])
    return [
        Front(creator=each, post=posts.get(newest_of[each.pk] or 0))
        for each in creators
    ]


def _followed_by(user: Any) -> Exists | Value:
    if not user or not user.is_authenticated:
        return Value(False)
    mine = Follow.objects.visible_to(user)
    return Exists(mine.filter(handle__reference=OuterRef("public_id")))


# --- who is followed ----------------------------------------------------------------
SHOWN_FROM = 10  # a small number says more of who follows than of who is followed


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """A creator or shop on somebody's list, with the newest there is to see of it."""

    handle: str
    name: str
    url: str
    party: Creator | Shop
    post: Post | None
    card: Card | None


def follows(user: Any, handle: str) -> bool:
    """Say whether a person follows the bearer of a handle; one query, none for a
    stranger.
    """
    if not user or not user.is_authenticated:
        return False
    mine = Follow.objects.visible_to(user)
    return mine.filter(handle__handle=handle).exists()


def followers_shown(handle: str) -> int:
    """Give how many follow a handle, or 0 as long as they are few; one query."""
    number = Follow.objects.filter(handle__handle=handle).count()
    return number if number >= SHOWN_FROM else 0


def followed_by(user: Any) -> QuerySet[Follow]:
    """List whom a person follows, the last one first; one query."""
    mine = Follow.objects.visible_to(user).select_related("handle")
    return mine.order_by("-followed_at", "-pk")


def shown_followed(rows: Iterable[Follow]) -> list[Followed]:
    """Give what a page of the list shows; those who are gone are left out. Six queries,
    however many rows.
    """
    rows = list(rows)
    references = [row.handle.reference for row in rows]
    found: dict[str, Creator | Shop] = {}
    for creator in Creator.objects.filter(public_id__in=references):
        found[creator.public_id] = creator
    for shop in Shop.objects.open().filter(public_id__in=references):
        found[shop.public_id] = shop
    posts = {
        post.creator_id: post
        for post in Post.objects.filter(creator__public_id__in=references)
        .order_by("creator_id", "-published_at", "-pk")
        .distinct("creator_id")
    }
    newest = (
        Product.objects.live()
        .filter(shop__public_id__in=references)
        .order_by("shop_id", "-listed_at", "-pk")
        .distinct("shop_id")
    )
    products = {
        product.shop_id: product
        for product in Product.objects.filter(pk__in=newest.values("pk")).with_card()
    }
    shown = []
    for row in rows:
        party = found.get(row.handle.reference)
        if party is None:
            continue
        is_shop = isinstance(party, Shop)
        product = products.get(party.pk) if is_shop else None
        shown.append(
            Followed(
                handle=row.handle.handle,
                name=party.name,
                url=party.get_absolute_url(),
                party=party,
                post=None if is_shop else posts.get(party.pk),
                card=card_of(product) if product else None,
            )
        )
    return shown


# --- the creator's studio ---------------------------------------------------------
def clicks_since(creator: Creator, at: datetime, *, days: int = 7) -> int:
    """Sum the clicks of the last days; one query."""
    first = at.date() - timedelta(days=days - 1)
    counted = ClickCount.objects.filter(creator=creator, day__gte=first)
    return int(counted.aggregate(sum=Sum("clicks"))["sum"] or 0)


def open_collaborations(at: datetime) -> QuerySet[Collaboration]:
    """List the collaborations anyone may join now, the best rate first, with the
    number of products on sale; one query.
    """
    return (
        Collaboration.objects.running(at)
        .filter(shop__is_open=True)
        .select_related("shop")
        .annotate(
            products=Count(
                "shop__products", filter=Q(shop__products__status=ProductStatus.LIVE)
            )
        )
        .order_by("-rate_bps", "pk")
    )


def running_partnerships(creator: Creator, at: datetime) -> QuerySet[Partnership]:
    """List what the creator has joined and not left, oldest first; one query."""
    return (
        Partnership.objects.filter(
            Q(collaboration__ends_at=None) | Q(collaboration__ends_at__gt=at),
            creator=creator,
            ended_at=None,
        )
        .select_related("collaboration__shop")
        .order_by("joined_at", "pk")
    )


def prospects(
    products: Sequence[Product], *, creator: Creator, at: datetime
) -> list[Prospect]:
    """Say what a sale of each product would earn this creator at most. Two queries,
    however many products.
    """
    shops = {product.shop_id for product in products}
    rates: dict[int, int] = {}
    for shop_id, rate_bps in (
        Partnership.objects.running(at)
        .filter(creator=creator, collaboration__shop__in=shops)
        .values_list("collaboration__shop_id", "collaboration__rate_bps")
    ):
        rates[shop_id] = max(rate_bps, rates.get(shop_id, 0))
    offers: dict[int, Collaboration] = {}
    running = Collaboration.objects.running(at).filter(shop__in=shops)
    for each in running.order_by("-rate_bps", "pk"):
        offers.setdefault(each.shop_id, each)
    found = []
    for product in products:
        card = card_of(product)
        joined = rates.get(product.shop_id)
        offer = None if joined else offers.get(product.shop_id)
        rate = joined or (offer.rate_bps if offer else None)
        earning = (
            money.rate_floor(card.amount, rate)
            if rate is not None and card.amount is not None
            else None
        )
        found.append(Prospect(card, earning, rate, offer))
    return found


def taggable(creator: Creator, at: datetime, *, limit: int = 300) -> list[Product]:
    """List what the creator may tag: live products of the shops joined, then those
    picked before; by shop and title. One query.
    """
    joined = (
        Partnership.objects.running(at)
        .filter(creator=creator)
        .values("collaboration__shop_id")
    )
    picked = Pick.objects.filter(collection__creator=creator).values("product_id")
    products = (
        Product.objects.live()
        .filter(Q(shop__in=joined) | Q(pk__in=picked))
        .select_related("shop")
        .order_by("shop__name", "title", "pk")
    )
    return list(products[:limit])


# --- the seller's side ------------------------------------------------------------
def collaborations_of(shop: Shop) -> QuerySet[Collaboration]:
    """List a shop's collaborations, newest first, with the creators who take part."""
    return shop.collaborations.annotate(
        creators=Count("partnerships", filter=Q(partnerships__ended_at=None))
    ).order_by("-starts_at", "-pk")
