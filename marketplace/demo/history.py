"""Ninety days of orders, drawn from the catalogue with a seeded generator.

Pure: the same seed gives the same plan. Nothing here touches a database; what is
planned is then lived through the services, a day at a time (`marketplace.demo.load`).
"""

import random
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from marketplace.demo import catalogue
from marketplace.demo.catalogue.shapes import (
    Buyer,
    Catalogue,
    Creator,
    Currency,
    Product,
    Seller,
)

DAYS = 90
SEED = 20_26
QUIET_WEEKDAYS = (1, 2)
SECOND_SELLER = 0.42
VIA_CREATOR = 0.72
WITH_CODE = 0.22
# What is sold out on the last day was still sold before this one.
SELLS_OUT_ON = 60
# Units beyond the first are only asked of choices with this much left on the shelf.
PLENTY = 10

Ending = Literal[
    "paid",
    "declined_then_paid",
    "expired",
    "unpaid",
    "cash_paid",
    "cash_expired",
    "cash_waiting",
]
PAID: tuple[Ending, ...] = ("paid", "declined_then_paid", "cash_paid")
# Every so many orders are paid at a konbini, where the platform takes cash.
CASH_EVERY = 4


@dataclass(frozen=True, slots=True)
class Surface:
    """Where a buyer tapped: a creator's post or collection, by its number."""

    creator: str
    kind: Literal["post", "collection"]
    number: int


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A product in one choice, how many, and from which surface, if any."""

    product: str
    choice: int
    quantity: int
    surface: Surface | None


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order: who, what, on which day, and what became of it.

    `code_of` is the creator whose code was typed, or empty. `ships_after` gives days
    after payment for each seller, `travels` the days on the way; a parcel whose day
    lies beyond the history is still to ship.
    """

    number: int
    day: int
    buyer: str
    currency: Currency
    lines: tuple[PlannedLine, ...]
    code_of: str
    ending: Ending
    ships_after: tuple[tuple[str, int], ...]
    travels: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class History:
    """All planned orders, by day, and what they were drawn from."""

    orders: tuple[PlannedOrder, ...]
    market: Catalogue = catalogue.EUROPE

    def on(self, day: int) -> tuple[PlannedOrder, ...]:
        """Give the orders of a day."""
        return tuple(order for order in self.orders if order.day == day)

    def sold(self) -> Counter[tuple[str, int]]:
        """Count units that leave the shelf, by product and choice."""
        units: Counter[tuple[str, int]] = Counter()
        for order in self.orders:
            if order.ending in PAID:
                for line in order.lines:
                    units[line.product, line.choice] += line.quantity
        return units

    def opening_stock(self) -> dict[tuple[str, int], int]:
        """Give what must be on the shelf on day 0 so that the catalogue's stock is
        what is left on the last day."""
        sold = self.sold()
        return {
            (product.key, number): choice.stock + sold[product.key, number]
            for product in self.market.products
            for number, choice in enumerate(product.choices)
        }

    def parcels_due(self, day: int) -> tuple[tuple[PlannedOrder, str], ...]:
        """Give (order, seller) of the parcels that leave on this day."""
        return tuple(
            (order, seller)
            for order in self.orders
            if order.ending in PAID
            for seller, after in order.ships_after
            if order.day + after == day
        )

    def arrivals(self, day: int) -> tuple[tuple[PlannedOrder, str], ...]:
        """Give (order, seller) of the parcels a carrier hands over on this day."""
        return tuple(
            (order, seller)
            for order in self.orders
            if order.ending in PAID
            for (seller, after), (_, days) in zip(
                order.ships_after, order.travels, strict=True
            )
            if order.day + after + days == day
        )


def plan(
    *, seed: int = SEED, days: int = DAYS, market: Catalogue = catalogue.EUROPE
) -> History:
    """Draw the history: more orders towards its end, fewer in the middle of the week,
    one order in the middle that ran out unpaid and one still unpaid on the last day."""
    draw = random.Random(seed)
    first, last = market.orders_per_day
    orders: list[PlannedOrder] = []
    for day in range(days):
        rate = first + (last - first) * day / days
        count = int(rate + draw.random())
        if day % 7 in QUIET_WEEKDAYS:
            count = max(1, count - 1)
        buyers = draw.sample(market.buyers, k=count)
        orders += [
            _order(draw, market, len(orders) + n, day, buyer)
            for n, buyer in enumerate(buyers)
        ]
    return History(tuple(_endings(orders, takes_cash=market.takes_cash)), market)


def _order(
    draw: random.Random, market: Catalogue, number: int, day: int, buyer: Buyer
) -> PlannedOrder:
    creator = (
        _creator(draw, market, buyer.currency) if draw.random() < VIA_CREATOR else None
    )
    lines: list[PlannedLine] = []
    if creator is not None:
        lines.append(_line(draw, market, creator, day))
    else:
        lines.append(_loose(draw, market, buyer.currency, day, ()))
    if draw.random() < SECOND_SELLER:
        used = (market.product[lines[0].product].seller,)
        lines.append(_loose(draw, market, buyer.currency, day, used))
    sellers = list(dict.fromkeys(market.product[x.product].seller for x in lines))
    code_of = creator.handle if creator and draw.random() < WITH_CODE else ""
    if creator and creator.reduction.seller not in ("", *sellers):
        code_of = ""
    return PlannedOrder(
        number=number,
        day=day,
        buyer=buyer.key,
        currency=buyer.currency,
        lines=tuple(lines),
        code_of=code_of,
        ending="paid",
        ships_after=tuple((s, draw.choice((1, 1, 2, 2, 3, 4))) for s in sellers),
        travels=tuple((s, _travel(draw, market.seller[s])) for s in sellers),
    )


def _endings(orders: list[PlannedOrder], *, takes_cash: bool) -> list[PlannedOrder]:
    """Mark a few: each ninth-but-some card is declined first, one order ran out, the
    last one is unpaid. With cash, some are paid so, one ran out, the last one waits."""
    middle = len(orders) // 2
    marks: dict[int, Ending] = {middle: "expired", len(orders) - 1: "unpaid"}
    marks |= dict.fromkeys(range(11, len(orders) - 1, 29), "declined_then_paid")
    if takes_cash:
        marks |= dict.fromkeys(range(2, len(orders) - 1, CASH_EVERY), "cash_paid")
        marks |= {len(orders) - 6: "cash_expired", len(orders) - 1: "cash_waiting"}
    return [
        order
        if number not in marks
        else PlannedOrder(
            number=order.number,
            day=order.day,
            buyer=order.buyer,
            currency=order.currency,
            lines=order.lines,
            code_of=order.code_of,
            ending=marks[number],
            ships_after=order.ships_after,
            travels=order.travels,
        )
        for number, order in enumerate(orders)
    ]


def _creator(draw: random.Random, market: Catalogue, currency: Currency) -> Creator:
    return draw.choice([c for c in market.creators if c.currency == currency])


def _line(
    draw: random.Random, market: Catalogue, creator: Creator, day: int
) -> PlannedLine:
    """A product of the creator's own surface; posts only once they are published."""
    surfaces: list[tuple[Surface, list[str]]] = [
        (Surface(creator.handle, "post", n), [tag.product for tag in post.tags])
        for n, post in enumerate(creator.posts)
        if post.day <= day
    ] + [
        (Surface(creator.handle, "collection", n), [p.product for p in shelf.picks])
        for n, shelf in enumerate(creator.collections)
    ]
    surface, keys = draw.choice(surfaces)
    products = [market.product[key] for key in keys]
    return _pick(draw, [p for p in products if _kinds(p, day)], day, surface)


def _loose(
    draw: random.Random,
    market: Catalogue,
    currency: Currency,
    day: int,
    not_from: tuple[str, ...],
) -> PlannedLine:
    return _pick(
        draw,
        [
            product
            for product in market.products
            if market.seller[product.seller].currency == currency
            and product.seller not in not_from
            and _kinds(product, day)
        ],
        day,
        None,
    )


def _pick(
    draw: random.Random, products: list[Product], day: int, surface: Surface | None
) -> PlannedLine:
    product = draw.choice(products)
    number = draw.choice(_kinds(product, day))
    plenty = product.choices[number].stock >= PLENTY
    quantity = draw.choice((1, 1, 1, 2, 2, 3)) if plenty else 1
    return PlannedLine(product.key, number, quantity, surface)


def _kinds(product: Product, day: int) -> list[int]:
    """The numbers of the choices that can be bought on this day."""
    return [
        number
        for number, choice in enumerate(product.choices)
        if choice.stock or day < SELLS_OUT_ON
    ]


def _travel(draw: random.Random, seller: Seller) -> int:
    return draw.randint(seller.delivery.min_days, seller.delivery.max_days)
