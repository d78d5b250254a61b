"""What a variant cost before: the journal of its prices, and what a reduction of it may
be compared with.

The rule is Art. 6a of Directive 98/6/EC (put in by Directive (EU) 2019/2161, "Omnibus"):
whoever announces a reduction shows the prior price, and that is the lowest price that
applied in the 30 days before the reduction. So a struck figure is always that lowest
price, kept on the variant when the reduction is made (`was_amount`); there is no way to
strike another. Prices that nobody could buy at do not apply.
"""

from datetime import datetime, timedelta

from django.db.models import Min, Q, QuerySet

from sellers.models import PriceChange, ProductStatus, Variant

PERIOD = timedelta(days=30)


def note(*, variant: Variant, at: datetime) -> None:
    """Write down that the variant's price applies from `at`. Call it in the transaction
    that sets the price.
    """
    PriceChange.objects.create(
        variant=variant,
        price_amount=variant.price_amount,
        currency=variant.currency,
        at=at,
    )


def lowest_before(*, variant: Variant, at: datetime) -> int | None:
    """Give the lowest price (minor units) that applied in the 30 days before `at`.

    Who raises a price while nobody can buy, and lowers it again on the first day back,
    gains nothing by it: unless the variant was on offer all 30 days, the time since its
    product was first public counts whole. None for what is not on offer. Two queries,
    and the variant's product.
    """
    product = variant.product
    if product.status != ProductStatus.LIVE or variant.offered_at is None:
        return None
    start = at - PERIOD
    if variant.offered_at > start:
        start = product.listed_at
    history = PriceChange.objects.filter(variant=variant, currency=variant.currency)
    within = Q(at__gt=start, at__lt=at)
    lowest = history.filter(within).aggregate(lowest=Min("price_amount"))["lowest"]
    begun = history.filter(at__lte=start, at__lt=at).order_by("-at", "-pk").first()
    known = [lowest, begun.price_amount if begun else None]
    return min((one for one in known if one is not None), default=None)


def offer(*, variants: "QuerySet[Variant]", at: datetime) -> None:
    """Note that the public can buy these from `at`. What was reduced while it could not
    is no reduction.
    """
    variants.update(offered_at=at, was_amount=None, reduced_at=None)


def reduction(
    *, variant: Variant, price_amount: int, at: datetime
) -> tuple[int | None, datetime | None]:
    """Give what a change to `price_amount` is to be compared with, and since when it is
    a reduction: the lowest price of the 30 days before, when the new one is below it.
    """
    lowest = lowest_before(variant=variant, at=at)
    if lowest is None or price_amount >= lowest:
        return None, None
    return lowest, at


def end_reductions(*, at: datetime) -> int:
    """Take the struck figure from what has cost its reduced price for 30 days: by then
    that is simply its price. Gives the number of variants.
    """
    over = Variant.objects.filter(reduced_at__lte=at - PERIOD)
    return over.update(was_amount=None, reduced_at=None)


def history(*, variant: Variant, at: datetime) -> list[PriceChange]:
    """List the prices of the last 30 days, oldest first, the first being the one that
    applied when they began; at most 60. One query.
    """
    start = at - PERIOD
    rows = PriceChange.objects.filter(
        variant=variant, currency=variant.currency, at__lte=at
    ).order_by("-at", "-pk")[:60]
    found: list[PriceChange] = []
    for row in rows:
        found.append(row)
        if row.at <= start:
            break
    return found[::-1]
