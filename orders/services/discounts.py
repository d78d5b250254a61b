"""Words that lower the price: made, found, and counted when an order uses one."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from creators.models import Code, FundedBy
from marketplace.kit.errors import MarketplaceError
from orders.models import Discount, Order, Redemption
from sellers.models import Shop

WORD_LENGTH = 20
RATE_MAX_BPS = 9000


class DiscountUsedUp(MarketplaceError):
    """The code has been used as often as it may be."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _(
                "This code was used up a moment ago. Nothing was charged and your bag "
                "is kept, without the code."
            )
        )


class DiscountRefused(MarketplaceError):
    """A discount is 1 to 9000 basis points, and a seller's one names the shop."""


class WordTaken(MarketplaceError):
    """This word is a code already. Choose another."""

    status_code = 409


def clean(word: str) -> str:
    """Bring a typed word into its one form: upper case, no spaces."""
    return "".join(word.split()).upper()[:WORD_LENGTH]


def create(
    *,
    word: str,
    rate_bps: int,
    funded_by: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
    shop: Shop | None = None,
    creator_code: Code | None = None,
    max_redemptions: int | None = None,
) -> Discount:
    """Make a discount: `rate_bps` off the goods, of one shop or, paid by the platform,
    of all.

    :raises DiscountRefused: for a rate, a funder or a shop that do not go together.
    :raises WordTaken: when the word is a discount's already, or another creator's.
    """
    cleaned = clean(word)
    if (
        not cleaned
        or not 0 < rate_bps <= RATE_MAX_BPS
        or funded_by not in FundedBy.values
        or (funded_by == FundedBy.SELLER) != (shop is not None)
    ):
        raise DiscountRefused
    own = creator_code.pk if creator_code else 0
    if (
        Discount.objects.filter(word=cleaned).exists()
        or Code.objects.filter(word=cleaned).exclude(pk=own).exists()
    ):
        raise WordTaken
    return Discount.objects.create(
        word=cleaned,
        rate_bps=rate_bps,
        funded_by=funded_by,
        shop=shop,
        creator_code=creator_code,
        starts_at=starts_at,
        ends_at=ends_at,
        max_redemptions=max_redemptions,
    )


def find(*, word: str, at: datetime) -> Discount | None:
    """Give the discount of a word that runs now and is not used up; one query."""
    return (
        Discount.objects.running(at)
        .filter(
            Q(max_redemptions=None) | Q(redeemed__lt=F("max_redemptions")),
            word=clean(word),
        )
        .first()
    )


def redeem(*, discount: Discount, order: Order, at: datetime) -> Redemption:
    """Count one use by an order; assumes a transaction, which a refusal rolls back.

    :raises DiscountUsedUp: when the last use went to someone else.
    """
    if not _count_use(discount.pk):
        raise DiscountUsedUp
    return Redemption.objects.create(discount=discount, order=order, redeemed_at=at)


def release(*, order: Order, at: datetime) -> bool:
    """Give the use of an order that is not paid back; assumes a transaction. Returns
    whether there was one to give back.
    """
    redemption = Redemption.objects.filter(order=order).first()
    if redemption is None or not _move(redemption, before=None, after=at):
        return False
    Discount.objects.filter(pk=redemption.discount_id).update(
        redeemed=F("redeemed") - 1
    )
    return True


def take_again(*, order: Order, at: datetime) -> bool:
    """Count the use anew when an order that was given up is paid after all; assumes a
    transaction. Returns whether it could be: the buyer's price holds either way.
    """
    redemption = Redemption.objects.filter(order=order).first()
    if redemption is None or redemption.released_at is None:
        return False
    with transaction.atomic():
        if not _count_use(redemption.discount_id):
            return False
        if not _move(redemption, before=redemption.released_at, after=None):
            transaction.set_rollback(True)
            return False
    return True


def _count_use(discount_id: int) -> bool:
    """Raise the counter in one conditional statement, so that two cannot both be the
    last.
    """
    free = Discount.objects.filter(
        Q(max_redemptions=None) | Q(redeemed__lt=F("max_redemptions")), pk=discount_id
    )
    return free.update(redeemed=F("redeemed") + 1) == 1


def _move(
    redemption: Redemption, *, before: datetime | None, after: datetime | None
) -> bool:
    found = Redemption.objects.filter(pk=redemption.pk, released_at=before)
    return found.update(released_at=after) == 1


def name_of(*, order: Order) -> str:
    """Name what lowered an order's price: its code, a link's price, or both. At most
    two queries.
    """
    by_code = getattr(order, "redemption", None) is not None
    by_link = order.buy_link_uses.exists()
    if by_code and by_link:
        return _("Code %(word)s and the price of a link") % {"word": order.code}
    if by_link:
        return _("Price of the link")
    return _("Code %(word)s") % {"word": order.code}
