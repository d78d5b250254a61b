"""When a search finds nothing: what was perhaps meant, what is near, what others buy,
and a note of what was looked for, without a word about who did.
"""

from datetime import datetime, timedelta
from difflib import get_close_matches

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Count, F

from marketplace.kit import folding
from sellers.models import Product, SearchMiss, StockMove, StockMoveKind
from sellers.services import search

# Among so many of the newest titles the nearest are looked for: a bound to the scan.
NEWEST = 10_000
NEAR = 0.3
ALIKE = 0.6
MOST_MISSES_PER_DAY = 1_000
MISSES_KEPT = timedelta(days=90)
POPULAR_WITHIN = timedelta(days=30)
# So many digits are rather a number of somebody's than the name of a thing.
MOST_DIGITS = 5


def nearest(*, words: list[str], limit: int) -> list[Product]:
    """List the products on sale whose titles are nearest to the words, the nearest
    first, with their shops; one query, none without words.
    """
    if not words:
        return []
    newest = Product.objects.live().order_by("-listed_at", "-pk").values("pk")[:NEWEST]
    return list(
        Product.objects.filter(pk__in=newest)
        .annotate(near=TrigramWordSimilarity(" ".join(words), "folded_title"))
        .filter(near__gte=NEAR)
        .order_by("-near", "-listed_at", "-pk")[:limit]
    )


def spelling(*, words: list[str], near: list[Product]) -> str:
    """Give the words as they are perhaps meant: each replaced by the nearest word of
    one title, written as the title writes it; empty when no title has one for each.
    """
    for product in near:
        written = {folding.fold(word): word for word in product.title.split()}
        found = [get_close_matches(word, written, n=1, cutoff=ALIKE) for word in words]
        if all(found) and [one[0] for one in found] != words:
            return " ".join(written[one[0]].strip(",.;:()").lower() for one in found)
    return ""


def popular(*, at: datetime, limit: int) -> list[int]:
    """List the products that sold in most orders' lines within 30 days and can be bought
    now, by primary key; one query.
    """
    sold = (
        StockMove.objects.filter(
            kind=StockMoveKind.SALE,
            at__gt=at - POPULAR_WITHIN,
            variant__product__in=Product.objects.live().in_stock(),
        )
        .values(product=F("variant__product"))
        .annotate(number=Count("pk"))
        .order_by("-number", "-product")
    )
    return [row["product"] for row in sold[:limit]]


def note_miss(*, asked: search.Asked, at: datetime) -> None:
    """Count that words found nothing. What could name a person (an address, a number)
    is not kept; nor is more than a thousand different things a day.
    """
    words = " ".join(asked.words)[:80].strip()
    digits = sum(letter.isdigit() for letter in words)
    if not words or "@" in asked.text or digits > MOST_DIGITS:
        return
    today = SearchMiss.objects.filter(day=at.date())
    if today.filter(words=words).update(number=F("number") + 1):
        return
    if today.count() < MOST_MISSES_PER_DAY:
        SearchMiss.objects.bulk_create(
            [SearchMiss(day=at.date(), words=words, number=1)], ignore_conflicts=True
        )


def forget_misses(*, at: datetime) -> int:
    """Forget what was not found more than 90 days ago. Gives the number of rows."""
    gone, _each = SearchMiss.objects.filter(day__lt=(at - MISSES_KEPT).date()).delete()
    return gone
