"""What a cart costs now, where it goes, and what changed since it was shown.

A quote is read twice: for the page, and again under the cart's lock when the order is
placed. Equal fingerprints mean the buyer gets what the page said.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.kit.errors import MarketplaceError
from orders.models import BuyLink, Cart, CartLine, Discount
from orders.services import cart as carts
from orders.services import price_locks, pricing, tax
from sellers import queries as sellers_queries
from sellers.models import DeliveryProfile, ProductStatus, Shop

ChangeKind = Literal["price", "stock", "gone", "delivery", "code", "link", "other"]


class EmptyCart(MarketplaceError):
    """The cart is empty; there is nothing to pay."""

    status_code = 409


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Something that is no longer as the buyer saw it, in words with names in them."""

    kind: ChangeKind
    message: str
    cart_line_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class QuoteLine:
    """A cart line with its price; `line.variant.product.shop` is loaded."""

    line: CartLine
    priced: pricing.PricedLine
    link_discount_amount: int


@dataclass(frozen=True, kw_only=True, slots=True)
class QuotePart:
    """One seller's part: his lines and his delivery."""

    shop: Shop
    profile: DeliveryProfile
    lines: tuple[QuoteLine, ...]
    delivery: pricing.PricedDelivery

    @property
    def goods_amount(self) -> int:
        return sum(line.priced.goods.gross_amount for line in self.lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """A whole cart priced for a country. `changes` must be empty to place it. `links`
    are the buy links it holds whole, `lost_links` those that hold no more.
    """

    currency: str
    country: str
    parts: tuple[QuotePart, ...]
    price: pricing.Price
    discount: Discount | None
    changes: tuple[Change, ...]
    links: tuple[BuyLink, ...]
    lost_links: tuple[BuyLink, ...]
    link_discount_amount: int

    @property
    def code_discount_amount(self) -> int:
        return self.price.discount_amount - self.link_discount_amount

    @property
    def total_amount(self) -> int:
        return self.price.total_amount

    @property
    def units(self) -> int:
        return sum(line.line.quantity for part in self.parts for line in part.lines)

    @property
    def fingerprint(self) -> str:
        """A digest of every amount, thing and right the buyer is shown."""
        shown = [
            self.currency,
            self.country,
            self.discount.word if self.discount else "",
            [
                [
                    part.shop.public_id,
                    part.delivery.paid_amount,
                    [
                        [
                            line.line.variant.public_id,
                            line.line.quantity,
                            line.priced.goods.unit_amount,
                            line.priced.paid_amount,
                            line.line.variant.product.withdrawal_exception,
                        ]
                        for line in part.lines
                    ],
                ]
                for part in self.parts
            ],
        ]
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def quote(
    *,
    cart: Cart,
    country: str,
    at: datetime,
    held: Mapping[int, int] | None = None,
) -> Quote:
    """Price the cart as of now. Amounts in minor units of the cart's currency.

    `held`: units by variant id that the cart's own unpaid order holds; they are free
    for this buyer. Looked up when not given.

    Lines that cannot be sold or delivered are left out of the price and named in
    `changes`, as is a price or stock that differs from what was shown. At most 7
    queries, whatever the number of lines.

    :raises EmptyCart: no line is left at all.
    :raises tax.TaxRateMissing: a trader's goods go to a country without a tax rate.
    """
    lines = list(
        cart.lines.select_related("variant__product__shop")
        .prefetch_related("variant__product__photos")
        .order_by("variant__product__shop_id", "pk")
    )
    if not lines:
        raise EmptyCart
    shops = {_shop(line) for line in lines}
    profiles = sellers_queries.delivery_for(shops=shops, country=country)
    if held is None:
        held = carts.held_for(cart=cart)
    free = {
        line.pk: line.variant.available + held.get(line.variant_id, 0) for line in lines
    }
    changes = [
        change
        for line in lines
        for change in _line_changes(line, profiles, free[line.pk])
    ]
    sellable = [
        line
        for line in lines
        if _is_sellable(line, free[line.pk]) and _shop(line).pk in profiles
    ]
    discount, code_changes = _discount(cart, sellable, at)
    locks = price_locks.held(cart=cart, lines=sellable, at=at)
    changes = [one for one in changes if not _is_held(one, locks)]
    changes += [Change(kind="link", message=why) for _link, why in locks.lost if why]
    return _compose(
        cart, country, sellable, profiles, discount, locks, (*changes, *code_changes)
    )


def _is_held(change: Change, held: price_locks.Held) -> bool:
    """A new list price is no change to who pays the price of his link."""
    return change.kind == "price" and bool(held.off.get(change.cart_line_id or 0))


def _compose(
    cart: Cart,
    country: str,
    lines: Sequence[CartLine],
    profiles: dict[int, DeliveryProfile],
    discount: Discount | None,
    held: price_locks.Held,
    changes: tuple[Change, ...],
) -> Quote:
    shops = list(dict.fromkeys(_shop(line) for line in lines))
    price = _price(lines, shops, profiles, tax.table(country=country), discount, held)
    by_line = dict(zip(lines, price.lines, strict=True))
    parts = tuple(
        QuotePart(
            shop=shop,
            profile=profiles[shop.pk],
            lines=tuple(
                QuoteLine(
                    line=line,
                    priced=by_line[line],
                    link_discount_amount=held.off.get(line.pk, 0),
                )
                for line in lines
                if _shop(line) == shop
            ),
            delivery=delivery,
        )
        for shop, delivery in zip(shops, price.deliveries, strict=True)
    )
    return Quote(
        currency=cart.currency,
        country=country,
        parts=parts,
        price=price,
        discount=discount,
        changes=changes,
        links=held.links,
        lost_links=tuple(link for link, _why in held.lost),
        link_discount_amount=sum(held.off.values()),
    )


def _shop(line: CartLine) -> Shop:
    return line.variant.product.shop


def _is_sellable(line: CartLine, free: int) -> bool:
    variant = line.variant
    return (
        variant.is_active
        and variant.product.status == ProductStatus.LIVE
        and variant.product.shop.is_open
        and free > 0
    )


def _line_changes(
    line: CartLine, profiles: dict[int, DeliveryProfile], free: int
) -> list[Change]:
    """Name what is different about a line since it was shown."""
    variant, title = line.variant, line.variant.product.title

    def change(kind: ChangeKind, message: str) -> Change:
        return Change(kind=kind, message=message, cart_line_id=line.pk)

    if not _is_sellable(line, free):
        return [change("gone", _("%(title)s is sold out.") % {"title": title})]
    found: list[Change] = []
    if _shop(line).pk not in profiles:
        words = _("%(shop)s does not deliver to this country.")
        return [change("delivery", words % {"shop": _shop(line).name})]
    if line.quantity > free:
        found.append(stock_change(line, left=free))
    if line.listed_amount != variant.price_amount:
        found.append(
            change("price", _("The price of %(title)s has changed.") % {"title": title})
        )
    return found


def stock_change(line: CartLine, *, left: int) -> Change:
    """Say how many of a line's thing are left, when it asks for more."""
    words = (
        ngettext(
            "Only %(left)s of %(title)s is left.",
            "Only %(left)s of %(title)s are left.",
            left,
        )
        if left
        else _("%(title)s is sold out.")
    )
    names = {"left": left, "title": line.variant.product.title}
    return Change(kind="stock", message=words % names, cart_line_id=line.pk)


def _discount(
    cart: Cart, lines: Sequence[CartLine], at: datetime
) -> tuple[Discount | None, list[Change]]:
    """Find the discount of the typed word; a word that only names a creator has none."""
    if not cart.code:
        return None, []
    found = (
        Discount.objects.running(at)
        .filter(word=cart.code)
        .select_related("shop")
        .first()
    )
    if found is None:
        return None, []
    if found.max_redemptions is not None and found.redeemed >= found.max_redemptions:
        words = _("The code %(word)s has been used up.")
        return None, [Change(kind="code", message=words % {"word": found.word})]
    touched = [line for line in lines if found.shop_id in (None, _shop(line).pk)]
    return (found if touched else None), []


def _price(
    lines: Sequence[CartLine],
    shops: Sequence[Shop],
    profiles: dict[int, DeliveryProfile],
    rates: tax.Table,
    discount: Discount | None,
    held: price_locks.Held,
) -> pricing.Price:
    return pricing.price(
        goods=[
            pricing.Goods(
                key=line.variant.public_id,
                seller=_shop(line).public_id,
                quantity=line.quantity,
                unit_amount=line.variant.price_amount,
                tax=rates.rate_for(
                    category=line.variant.product.category,
                    shop_kind=_shop(line).kind,
                ),
            )
            for line in lines
        ],
        deliveries=[
            pricing.Delivery(
                seller=shop.public_id,
                amount=profiles[shop.pk].price_amount,
                tax=rates.rate_for(category=tax.DELIVERY, shop_kind=shop.kind),
            )
            for shop in shops
        ],
        reduction=_reduction(discount),
        locks={
            line.variant.public_id: held.off[line.pk]
            for line in lines
            if line.pk in held.off
        },
    )


def _reduction(discount: Discount | None) -> pricing.Reduction | None:
    if discount is None:
        return None
    return pricing.Reduction(
        rate_bps=discount.rate_bps,
        funded_by="platform" if discount.funded_by == "platform" else "seller",
        seller=discount.shop.public_id if discount.shop else None,
    )
