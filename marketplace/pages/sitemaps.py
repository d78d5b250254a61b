"""What search engines may list: products, posts, profiles and collections, each with its
day, its picture and its address in every language.

A page of a sitemap holds 500 things, each once for each language: well under the 50,000
addresses and 50 MB a page may have.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Exists, F, Max, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import translation

from creators.models import Collection, Creator, Post
from marketplace.kit import found
from sellers.models import Photo, Product, Shop

THINGS_PER_PAGE = 500


class Section(Sitemap):  # type: ignore[type-arg]
    """One kind of page, paged in the database: a page loads its own rows only."""

    limit = THINGS_PER_PAGE
    day: ClassVar[str]

    def lastmod(self, item: Any) -> Any:
        return getattr(item, self.day)

    def pictures(self, item: Any) -> Iterable[Any]:
        """Give the renditions of the pictures the page shows first."""
        return []

    def film(self, item: Any) -> dict[str, Any] | None:
        """Give what a video sitemap says of the page's video, if it shows one."""
        return None

    def get_latest_lastmod(self) -> Any:
        items: models.QuerySet[Any] = self.items()  # type: ignore[assignment]
        return items.order_by().aggregate(latest=Max(self.day))["latest"]

    def entries(self, page: int) -> list[dict[str, Any]]:
        """Write a page's entries: each thing in each language, with the others beside.

        :raises django.core.paginator.InvalidPage: there is no such page.
        """
        written = []
        for item in self.paginator.page(page).object_list:
            addresses = dict(_addresses(item))
            default = addresses[settings.LANGUAGE_CODE].replace(
                f"/{settings.LANGUAGE_CODE}/", "/", 1
            )
            pictures = [
                found.absolute(default_storage.url(one[-1]["path"]))
                for one in self.pictures(item)
                if one
            ]
            written += [
                {
                    "location": f"{settings.SITE_URL}{address}",
                    "lastmod": self.lastmod(item),
                    "alternates": [
                        (code, f"{settings.SITE_URL}{other}")
                        for code, other in addresses.items()
                    ],
                    "default": f"{settings.SITE_URL}{default}",
                    "pictures": pictures,
                    "film": self.film(item),
                }
                for address in addresses.values()
            ]
        return written


def _addresses(item: Any) -> Iterable[tuple[str, str]]:
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            yield code, item.get_absolute_url()


class Products(Section):
    """What can be bought."""

    day = "listed_at"

    def items(self) -> models.QuerySet[Product]:
        first = models.Prefetch("photos", Photo.objects.order_by("position"))
        return Product.objects.live().prefetch_related(first).order_by("pk")

    def pictures(self, item: Product) -> Iterable[Any]:
        return [photo.renditions for photo in item.photos.all()]


class Posts(Section):
    """Pictures with products on them."""

    day = "published_at"

    def items(self) -> models.QuerySet[Post]:
        return Post.objects.order_by("pk")

    def pictures(self, item: Post) -> Iterable[Any]:
        return [item.renditions]

    def film(self, item: Post) -> dict[str, Any] | None:
        if not item.is_video:
            return None
        words = item.caption or item.alt
        return {
            "cover": found.absolute(default_storage.url(item.renditions[-1]["path"])),
            "title": found.one_line(words, longest=100),
            "description": found.one_line(words, longest=2048),
            "address": found.absolute(default_storage.url(item.video_path)),
            "seconds": item.video_ms and max(1, round(item.video_ms / 1000)),
            "day": item.published_at,
        }


class Creators(Section):
    """Pages of creators who have something to show."""

    day = "changed_at"

    def items(self) -> models.QuerySet[Creator]:
        shelves = Collection.objects.published().filter(creator=OuterRef("pk"))
        posts = Post.objects.filter(creator=OuterRef("pk"))
        shown = Creator.objects.filter(Q(Exists(posts)) | Q(Exists(shelves)))
        newest = posts.order_by("-published_at").values("published_at")[:1]
        return shown.annotate(
            changed_at=Coalesce(models.Subquery(newest), F("joined_at"))
        ).order_by("pk")

    def pictures(self, item: Creator) -> Iterable[Any]:
        return [item.portrait]


class Shops(Section):
    """Pages of open shops that sell something."""

    day = "changed_at"

    def items(self) -> models.QuerySet[Shop]:
        sold = Product.objects.live().filter(shop=OuterRef("pk"))
        newest = sold.order_by("-listed_at").values("listed_at")[:1]
        return (
            Shop.objects.open()
            .filter(Exists(sold))
            .annotate(changed_at=models.Subquery(newest))
            .order_by("pk")
        )


class Collections(Section):
    """Shelves with something on them."""

    day = "created_at"

    def items(self) -> models.QuerySet[Collection]:
        filled = Product.objects.live().filter(picks__collection=OuterRef("pk"))
        return (
            Collection.objects.published()
            .filter(Exists(filled))
            .select_related("creator")
            .order_by("pk")
        )


SECTIONS: dict[str, type[Section]] = {
    "products": Products,
    "posts": Posts,
    "creators": Creators,
    "shops": Shops,
    "collections": Collections,
}
