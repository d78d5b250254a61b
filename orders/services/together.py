"""What is often bought together: counted from paid orders, told of many buyers only."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Lower

from orders.models import Companion, OrderLine, OrderStatus
from sellers.models import Product
from sellers.models.product import ProductQuerySet

# So many different buyers had both: one order, or one person's many, show nothing.
LEAST_BUYERS = 3
LOOKED_BACK = timedelta(days=365)
KEPT_PER_PRODUCT = 12
SHOWN = 4


def count(*, at: datetime) -> int:
    """Count the pairs of a year anew and keep the strongest of each product. Returns
    how many pairs are kept. Run twice at once, the later one's rows stay.
    """
    rows = (
        OrderLine.objects.filter(
            seller_order__order__status=OrderStatus.PAID,
            seller_order__order__paid_at__gt=at - LOOKED_BACK,
        )
        .annotate(
            one=F("variant__product_id"),
            other=F("seller_order__order__seller_orders__lines__variant__product_id"),
        )
        .values("one", "other")
        .exclude(one=F("other"))
        .annotate(buyers=Count(Lower("seller_order__order__email"), distinct=True))
        .filter(buyers__gte=LEAST_BUYERS)
        .order_by("one", "-buyers", "-other")
    )
    found: dict[int, list[Companion]] = defaultdict(list)
    for row in rows.iterator():
        if len(found[row["one"]]) < KEPT_PER_PRODUCT:
            found[row["one"]].append(
                Companion(
                    product_id=row["one"], other_id=row["other"], buyers=row["buyers"]
                )
            )
    made = [pair for pairs in found.values() for pair in pairs]
    with transaction.atomic():
        Companion.objects.all().delete()
        Companion.objects.bulk_create(made, batch_size=1000, ignore_conflicts=True)
    return len(made)


def bought_with(*, product: Product, limit: int = SHOWN) -> ProductQuerySet:
    """List what was most often bought with a product and can be bought now, with what
    a card shows; 3 queries, 1 without any.
    """
    pairs = Companion.objects.filter(product=product)
    buyers = pairs.filter(other=OuterRef("pk")).values("buyers")
    return (
        Product.objects.live()
        .in_stock()
        .filter(pk__in=pairs.values("other"))
        .with_card()
        .annotate(buyers=Subquery(buyers))
        .order_by("-buyers", "-pk")[:limit]
    )
