"""Buy links: made, stopped, put in a bag, and counted when an order uses one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from creators import queries as creators_queries
from creators.models import Creator
from creators.services import attribution
from marketplace.accounts.models import User
from marketplace.kit import limits
from marketplace.kit.errors import MarketplaceError
from orders.models import (
    BuyLink,
    BuyLinkItem,
    BuyLinkState,
    BuyLinkUse,
    Cart,
    Order,
    OrderStatus,
)
from orders.services import cart as carts
from sellers.models import Product, ProductStatus, Shop, Variant

ITEMS_PER_LINK = 10
MOST_UNITS = 20
MOST_USES = 1_000_000
LINKS_PER_HOUR = 60
# A fixed price is at least a tenth of today's: less is a slip of the finger.
LEAST_OF_PRICE = 10
VIEWS_PER_HOUR = 20


class LinkRefused(MarketplaceError):
    """A link like this cannot be made; the words say why."""


class LinkUsedUp(MarketplaceError):
    """The link was used up a moment ago. Nothing was charged and your bag is kept, at
    today's prices.
    """

    status_code = 409


class LinkClosed(MarketplaceError):
    """This link does not sell any more. Nothing was added."""

    status_code = 409


class ChooseVariant(MarketplaceError):
    """Choose a size or colour for each thing, and try again. Nothing was added."""

    status_code = 422


@dataclass(frozen=True, kw_only=True, slots=True)
class NewItem:
    """A thing to sell by a link. `locked_amount` is the price of all its units."""

    product: Product
    variant: Variant | None
    quantity: int
    locked_amount: int | None


def make(
    *,
    maker: Shop | Creator,
    made_by: User | None,
    items: Sequence[NewItem],
    locked_amount: int | None,
    expires_at: datetime | None,
    max_uses: int | None,
    at: datetime,
) -> BuyLink:
    """Make a link that sells these things.

    A shop sells its own; a creator what can be bought of what it may recommend, at the
    shops' prices. `locked_amount` fixes the price of all goods together, in minor
    units; what it gives away is the shop's.

    :raises LinkRefused: nothing to sell, not the maker's, more than one currency, a
        price or a limit that cannot be.
    :raises limits.TooMany: past LINKS_PER_HOUR.
    """
    limits.count(f"buy-links:{maker.public_id}", limit=LINKS_PER_HOUR, seconds=3600)
    _check_items(maker, items, at)
    _check_lock(maker, items, locked_amount)
    if max_uses is not None and not 1 <= max_uses <= MOST_USES:
        raise LinkRefused(_("A link can be used once or more often, or always."))
    if expires_at is not None and expires_at <= at:
        raise LinkRefused(_("The last day has passed already. Choose a later one."))
    with transaction.atomic():
        link = BuyLink.objects.create(
            shop=maker if isinstance(maker, Shop) else None,
            creator=maker if isinstance(maker, Creator) else None,
            made_by=made_by,
            currency=items[0].product.shop.currency,
            locked_amount=locked_amount,
            made_at=at,
            expires_at=expires_at,
            max_uses=max_uses,
        )
        BuyLinkItem.objects.bulk_create(
            BuyLinkItem(
                link=link,
                position=position,
                product=item.product,
                variant=item.variant,
                quantity=item.quantity,
                locked_amount=item.locked_amount,
            )
            for position, item in enumerate(items)
        )
    return link


def sellable(*, maker: Shop | Creator, at: datetime) -> QuerySet[Product]:
    """List what a maker may sell by a link: a shop's own live products, or those a
    creator may recommend. One query beside photos and variants.
    """
    products = Product.objects.live().with_card()
    if isinstance(maker, Shop):
        return products.filter(shop=maker).order_by("title", "pk")
    taggable = creators_queries.taggable(maker, at)
    return products.filter(pk__in=[one.pk for one in taggable]).order_by("title", "pk")


def stop(*, link: BuyLink, at: datetime) -> None:
    """Let a link sell no more; what was sold through it stays sold."""
    BuyLink.objects.filter(pk=link.pk, stopped_at=None).update(stopped_at=at)


def reopen(*, link: BuyLink) -> None:
    """Let a stopped link sell again, within its day and its number."""
    BuyLink.objects.filter(pk=link.pk).update(stopped_at=None)


def seen(*, link: BuyLink, visitor: str) -> None:
    """Count that somebody looked at it, without a name, so often an hour at most."""
    if limits.count_softly(
        f"buy-link:{link.pk}:{visitor}", limit=VIEWS_PER_HOUR, seconds=3600
    ):
        BuyLink.objects.filter(pk=link.pk).update(views=F("views") + 1)


def put_in_cart(
    *,
    link: BuyLink,
    cart: Cart,
    chosen: Mapping[int, Variant],
    via: attribution.Source | None,
    at: datetime,
) -> None:
    """Put everything a link sells in a cart, in the link's own numbers; a thing that
    was there already has that number now. `chosen` gives the variant of each item (by
    key) that leaves the choice to the buyer.

    :raises LinkClosed: it is stopped, expired or used up.
    :raises ChooseVariant: a choice is missing, or is of another product.
    :raises carts.NotForSale, carts.TooManyUnits, carts.CartCurrencyMismatch,
        carts.CartFull, carts.CartClosed: as for any line; nothing of it is added.
    """
    own = uses_held(link=link, cart=cart)
    if link.state(at=at, own_uses=own) != BuyLinkState.OPEN:
        raise LinkClosed
    with transaction.atomic():
        for item in link.items.select_related("product", "variant").order_by(
            "position"
        ):
            variant = item.variant or chosen.get(item.pk)
            if variant is None or variant.product_id != item.product_id:
                raise ChooseVariant
            line = carts.put(
                cart=cart, variant=variant, quantity=item.quantity, via=via, at=at
            )
            line.buy_link = link
            line.save(update_fields=["buy_link"])


def uses_held(*, link: BuyLink, cart: Cart) -> int:
    """Count the uses that a cart's own unpaid order holds; one query."""
    return BuyLinkUse.objects.filter(
        link=link,
        released_at=None,
        order__cart=cart,
        order__status=OrderStatus.AWAITING_PAYMENT,
    ).count()


def use(*, links: Sequence[BuyLink], order: Order, at: datetime) -> None:
    """Count one use of each link by an order; assumes a transaction, which a refusal
    rolls back.

    :raises LinkUsedUp: the last use went to someone else.
    """
    for link in sorted(links, key=lambda one: one.pk):
        if not _count_use(link.pk):
            raise LinkUsedUp
        BuyLinkUse.objects.create(link=link, order=order, used_at=at)


def release(*, order: Order, at: datetime) -> None:
    """Give the uses of an order that is not paid back; assumes a transaction."""
    for row in BuyLinkUse.objects.filter(order=order).order_by("link_id"):
        if _move(row, before=None, after=at):
            BuyLink.objects.filter(pk=row.link_id).update(uses=F("uses") - 1)


def take_again(*, order: Order, at: datetime) -> None:
    """Count the uses anew when an order that was given up is paid after all; assumes a
    transaction. One that went to someone else meanwhile stays there: the buyer's price
    holds either way.
    """
    rows = BuyLinkUse.objects.filter(order=order, released_at__isnull=False)
    for row in rows.order_by("link_id"):
        if _count_use(row.link_id):
            _move(row, before=row.released_at, after=None)


def _count_use(link_id: int) -> bool:
    """Raise the counter in one conditional statement, so that two cannot both be the
    last.
    """
    free = BuyLink.objects.filter(
        Q(max_uses=None) | Q(uses__lt=F("max_uses")), pk=link_id
    )
    return free.update(uses=F("uses") + 1) == 1


def _move(row: BuyLinkUse, *, before: datetime | None, after: datetime | None) -> bool:
    found = BuyLinkUse.objects.filter(pk=row.pk, released_at=before)
    return found.update(released_at=after) == 1


def _check_items(maker: Shop | Creator, items: Sequence[NewItem], at: datetime) -> None:
    if not 1 <= len(items) <= ITEMS_PER_LINK:
        raise LinkRefused(
            _("Choose what the link sells: 1 to %(most)s things.")
            % {"most": ITEMS_PER_LINK}
        )
    allowed = set(
        sellable(maker=maker, at=at)
        .filter(pk__in=[item.product.pk for item in items])
        .values_list("pk", flat=True)
    )
    open_choice = [item.product.pk for item in items if item.variant is None]
    for item in items:
        own = item.variant is None or item.variant.product_id == item.product.pk
        if item.product.pk not in allowed or not own:
            raise LinkRefused(_("You can only sell what you sell or recommend."))
        if not 1 <= item.quantity <= MOST_UNITS:
            raise LinkRefused(
                _("Enter how many, from 1 to %(most)s.") % {"most": MOST_UNITS}
            )
        if item.product.pk in open_choice and _times(items, item.product) > 1:
            raise LinkRefused(
                _("A product stands here twice: choose its size or colour each time.")
            )
    chosen = [item.variant.pk for item in items if item.variant is not None]
    if len(chosen) != len(set(chosen)):
        raise LinkRefused(
            _("The same thing stands here twice. Use the number instead.")
        )
    if len({item.product.shop.currency for item in items}) > 1:
        raise LinkRefused(_("Everything in a link must be in one currency."))


def _times(items: Sequence[NewItem], product: Product) -> int:
    return sum(1 for item in items if item.product.pk == product.pk)


def _check_lock(
    maker: Shop | Creator, items: Sequence[NewItem], locked_amount: int | None
) -> None:
    own = [item.locked_amount for item in items if item.locked_amount is not None]
    if locked_amount is None and not own:
        return
    if not isinstance(maker, Shop):
        raise LinkRefused(_("Only the shop that sells it can fix its price."))
    if locked_amount is not None and own:
        raise LinkRefused(_("Fix the price of all together or of each, not both."))
    for item in items:
        _check_price(item.locked_amount, _today(item))
    _check_price(locked_amount, sum(_today(item) for item in items))


def _today(item: NewItem) -> int:
    """What an item costs today, at the lowest price of what it may be."""
    if item.variant is not None:
        return item.quantity * item.variant.price_amount
    prices = [one.price_amount for one in item.product.variants.all() if one.is_active]
    return item.quantity * min(prices, default=0)


def _check_price(locked_amount: int | None, today_amount: int) -> None:
    if locked_amount is None:
        return
    if not 0 < locked_amount <= today_amount:
        raise LinkRefused(_("A fixed price is at most what it costs today."))
    if locked_amount * LEAST_OF_PRICE < today_amount:
        raise LinkRefused(
            _("A fixed price is at least a tenth of what it costs today.")
        )


def is_withdrawn(item: BuyLinkItem) -> bool:
    """Say whether a thing is not on sale any more; product and shop are loaded."""
    product = item.product
    on_sale = product.status == ProductStatus.LIVE and product.shop.is_open
    return not on_sale or (item.variant is not None and not item.variant.is_active)
