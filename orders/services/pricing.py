"""What a cart costs: discounts, delivery and tax, in whole minor units.

Pure arithmetic over plain values; `quotes` loads and `checkout` saves. The rules, with
worked figures, are in docs/money.md:

- a discount is half up of the goods it touches, spread over their lines by largest
  remainder over gross;
- tax is half up once for each seller and rate, of goods less what the seller gives
  away, plus delivery, spread over lines and delivery by largest remainder;
- what the platform gives away lowers what the buyer pays, never the tax;
- a locked price is final: what it gives away is the seller's, and a code lowers the
  other lines only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from marketplace.kit import money

FundedBy = Literal["seller", "platform"]
Collector = Literal["seller", "platform", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tax:
    """The tax on a thing: its rate in basis points, whether the shown price contains
    it, and who hands it to the state.
    """

    rate_bps: int
    is_included: bool
    collected_by: Collector


# What locked prices take off, by the key of the goods.
Locks = Mapping[str, int]
NO_LOCKS: Locks = MappingProxyType({})
NO_TAX = Tax(rate_bps=0, is_included=True, collected_by="none")


@dataclass(frozen=True, kw_only=True, slots=True)
class Goods:
    """A line as it is put in the cart: `key` names it, `seller` its shop."""

    key: str
    seller: str
    quantity: int
    unit_amount: int
    tax: Tax

    @property
    def gross_amount(self) -> int:
        return self.quantity * self.unit_amount


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What one seller asks for delivering his part, and its tax."""

    seller: str
    amount: int
    tax: Tax


@dataclass(frozen=True, kw_only=True, slots=True)
class Reduction:
    """A discount: `rate_bps` off all goods (platform-funded) or one seller's."""

    rate_bps: int
    funded_by: FundedBy
    seller: str | None

    def touches(self, goods: Goods) -> bool:
        return self.funded_by == "platform" or goods.seller == self.seller


@dataclass(frozen=True, kw_only=True, slots=True)
class PricedLine:
    """A line with every amount frozen; `paid_amount` is what the buyer pays for it."""

    goods: Goods
    seller_discount_amount: int
    platform_discount_amount: int
    tax_included_amount: int
    tax_added_amount: int

    @property
    def discount_amount(self) -> int:
        return self.seller_discount_amount + self.platform_discount_amount

    @property
    def paid_amount(self) -> int:
        return self.goods.gross_amount - self.discount_amount + self.tax_added_amount


@dataclass(frozen=True, kw_only=True, slots=True)
class PricedDelivery:
    """A delivery with its tax; `paid_amount` is what the buyer pays for it."""

    delivery: Delivery
    tax_included_amount: int
    tax_added_amount: int

    @property
    def paid_amount(self) -> int:
        return self.delivery.amount + self.tax_added_amount


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What the whole cart costs, line by line; the sums are of these parts."""

    lines: tuple[PricedLine, ...]
    deliveries: tuple[PricedDelivery, ...]

    @property
    def goods_amount(self) -> int:
        return sum(line.goods.gross_amount for line in self.lines)

    @property
    def discount_amount(self) -> int:
        return sum(line.discount_amount for line in self.lines)

    @property
    def delivery_amount(self) -> int:
        return sum(part.delivery.amount for part in self.deliveries)

    @property
    def _paid(self) -> tuple[PricedLine | PricedDelivery, ...]:
        return (*self.lines, *self.deliveries)

    @property
    def included_tax_amount(self) -> int:
        return sum(x.tax_included_amount for x in self._paid)

    @property
    def added_tax_amount(self) -> int:
        return sum(x.tax_added_amount for x in self._paid)

    @property
    def total_amount(self) -> int:
        return sum(x.paid_amount for x in self._paid)


def price(
    *,
    goods: Sequence[Goods],
    deliveries: Sequence[Delivery],
    reduction: Reduction | None,
    locks: Locks = NO_LOCKS,
) -> Price:
    """Price a cart. Amounts in minor units of one currency, order of lines kept.

    `locks` gives what a locked price takes off a line's goods, at its seller's cost.
    The sum of the lines' and deliveries' `paid_amount` is the total.
    """
    discounts = _discounts(goods, reduction, locks)
    by_platform = reduction is not None and reduction.funded_by == "platform"
    by_seller = [
        0 if by_platform and item.key not in locks else discount
        for item, discount in zip(goods, discounts, strict=True)
    ]
    taxes = _taxes(
        [
            *(
                (item.seller, item.tax, item.gross_amount - discount)
                for item, discount in zip(goods, by_seller, strict=True)
            ),
            *((one.seller, one.tax, one.amount) for one in deliveries),
        ]
    )
    return Price(
        lines=tuple(
            PricedLine(
                goods=item,
                seller_discount_amount=own,
                platform_discount_amount=discount - own,
                tax_included_amount=tax if item.tax.is_included else 0,
                tax_added_amount=0 if item.tax.is_included else tax,
            )
            for item, discount, own, tax in zip(
                goods, discounts, by_seller, taxes[: len(goods)], strict=True
            )
        ),
        deliveries=tuple(
            PricedDelivery(
                delivery=delivery,
                tax_included_amount=tax if delivery.tax.is_included else 0,
                tax_added_amount=0 if delivery.tax.is_included else tax,
            )
            for delivery, tax in zip(deliveries, taxes[len(goods) :], strict=True)
        ),
    )


def locked_off(
    *,
    gross: Sequence[int],
    locked: Sequence[int | None],
    total_amount: int | None,
) -> list[int]:
    """Give what fixed prices take off lines of one seller, in minor units.

    `locked` is each line's own price, or None; `total_amount`, where given, is the
    price of them all, and what it takes off is spread by largest remainder over gross.
    A price that fell below the fixed one stays: nothing is ever put on top.
    """
    if total_amount is not None:
        return money.largest_remainder(max(0, sum(gross) - total_amount), gross)
    return [
        0 if price is None else max(0, amount - price)
        for amount, price in zip(gross, locked, strict=True)
    ]


def _discounts(
    goods: Sequence[Goods], reduction: Reduction | None, locks: Locks
) -> list[int]:
    """Give what comes off each line: a lock, else its part of the discount, else 0."""
    fixed = [locks.get(item.key, 0) for item in goods]
    if reduction is None:
        return fixed
    weights = [
        item.gross_amount if reduction.touches(item) and item.key not in locks else 0
        for item in goods
    ]
    total = money.half_up(sum(weights) * reduction.rate_bps, money.BPS)
    spread = money.largest_remainder(total, weights)
    return [off or part for off, part in zip(fixed, spread, strict=True)]


def _taxes(bearers: Sequence[tuple[str, Tax, int]]) -> list[int]:
    """Give the tax of each of what bears it: seller, tax, taxable amount. Computed once
    for each seller and tax, and spread over theirs.
    """
    groups: dict[tuple[str, Tax], list[int]] = {}
    for place, (seller, tax, _) in enumerate(bearers):
        groups.setdefault((seller, tax), []).append(place)
    found: dict[int, int] = {}
    for (_, tax), places in groups.items():
        weights = [bearers[place][2] for place in places]
        rule = money.tax_within if tax.is_included else money.tax_on
        parts = money.largest_remainder(rule(sum(weights), tax.rate_bps), weights)
        found.update(zip(places, parts, strict=True))
    return [found[place] for place in range(len(bearers))]
