"""What a product and a shop are known by: stars, and how well promises were kept. All
figures are counted from rows when they are asked for, so no counter can be wrong, and a
figure of too few is not shown.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import (
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Value,
)

from orders.models import OrderStatus, Review, SellerOrder
from sellers.models import Product, Shop
from sellers.services import questions

# A shop's figures are shown from so many on: fewer would be chance, or one person's.
LEAST_REVIEWS = 5
LEAST_PARTS = 10
# Figures of a shop are of the last half year.
LOOKED_BACK = timedelta(days=182)
DAY = timedelta(days=1)
STARS = (5, 4, 3, 2, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rating:
    """How many gave how many stars; `counts` from five stars down to one."""

    counts: tuple[int, int, int, int, int]

    @property
    def number(self) -> int:
        return sum(self.counts)

    @property
    def average(self) -> Decimal:
        """The average to one decimal, half up: 4.65 is 4.7."""
        stars = sum(s * n for s, n in zip(STARS, self.counts, strict=True))
        tenths = (stars * 20 + self.number) // (self.number * 2) if self.number else 0
        return Decimal(tenths).scaleb(-1)

    @property
    def rows(self) -> list[tuple[int, int]]:
        """Give (stars, how many) from five down."""
        return list(zip(STARS, self.counts, strict=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A shop's figures; None where there are too few to tell. `on_time_percent` is of
    the parcels, `reply_hours` the median from a question to its answer.
    """

    rating: Rating | None
    on_time_percent: int | None
    reply_hours: int | None

    @property
    def is_known(self) -> bool:
        """Say whether there is anything to tell."""
        figures = (self.rating, self.on_time_percent, self.reply_hours)
        return any(figure is not None for figure in figures)

    @property
    def on_time_bps(self) -> int | None:
        return None if self.on_time_percent is None else self.on_time_percent * 100

    @property
    def reply_days(self) -> int:
        """Give whole days, rounded up, from 24 hours on; else 0."""
        hours = self.reply_hours or 0
        return -(-hours // 24) if hours >= 24 else 0


def rating_of(*, product: Product) -> Rating:
    """Count the stars of a product; one query."""
    return _rating(Review.objects.filter(product=product))


def shop_rating(*, shop: Shop) -> Rating:
    """Count the stars of all a shop's products; one query."""
    return _rating(Review.objects.filter(shop=shop))


def record_of(*, shop: Shop, at: datetime) -> Record:
    """Give a shop's figures of the last half year, its stars of all time; 3 queries."""
    rating = shop_rating(shop=shop)
    return Record(
        rating=rating if rating.number >= LEAST_REVIEWS else None,
        on_time_percent=_on_time_percent(shop, at),
        reply_hours=questions.reply_hours(shop=shop, since=at - LOOKED_BACK, at=at),
    )


def _rating(reviews: QuerySet[Review]) -> Rating:
    rows = reviews.filter(status="shown").order_by().values_list("rating")
    counted: dict[int, int] = dict(rows.annotate(Count("pk")))
    five, four, three, two, one = (counted.get(stars, 0) for stars in STARS)
    return Rating(counts=(five, four, three, two, one))


def _on_time_percent(shop: Shop, at: datetime) -> int | None:
    """Count what was sent at least a day before the last promised day. What should have
    been sent and was not counts as late; what was cancelled does not count.
    """
    day = Value(DAY, output_field=DurationField())
    last = ExpressionWrapper(
        (F("delivery_days_max") - 1) * day, output_field=DurationField()
    )
    parts = (
        SellerOrder.objects.filter(shop=shop, order__paid_at__gte=at - LOOKED_BACK)
        .exclude(status__in=[OrderStatus.CANCELLED, OrderStatus.PROBLEM])
        .annotate(spent=last)
    )
    in_time = Q(fulfilled_at__lte=F("order__paid_at") + F("spent"))
    overdue = Q(fulfilled_at=None, order__paid_at__lt=at - F("spent"))
    counted = parts.aggregate(
        kept=Count("pk", filter=in_time),
        all=Count("pk", filter=Q(fulfilled_at__isnull=False) | overdue),
    )
    if counted["all"] < LEAST_PARTS:
        return None
    return int(counted["kept"]) * 100 // int(counted["all"])
