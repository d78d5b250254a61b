"""Who gives back which part of a refund or a lost dispute. Pure whole-number arithmetic.

Every amount is taken from what remains of the sale, component by component, so that
nobody gives back more than he got and the last refund ends each component at 0.
Independent rounding of each refund drifts by cents; docs/money.md shows the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from marketplace.kit import money


class TakesTooMuch(ValueError):
    """More than remains was asked for; `remaining_amount` is what does."""

    def __init__(self, remaining_amount: int) -> None:
        super().__init__(f"only {remaining_amount} remains")
        self.remaining_amount = remaining_amount


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What each party has of a sold line, or (without `line`) of a seller's delivery;
    minor units.
    """

    line: str | None
    seller_order: str
    units: int
    seller: int
    creator: int
    platform: int
    tax: int
    subsidy: int

    @property
    def shared(self) -> int:
        """What the parties hold of it together."""
        return self.seller + self.creator + self.platform + self.tax


@dataclass(frozen=True, kw_only=True, slots=True)
class Component(Parts):
    """What remains of a sold line, or (without `line`) of a seller's delivery.

    The parties' amounts sum to what the buyer paid plus `subsidy`, the platform's own
    discount in it. Minor units; `units` not given back so far, 0 for a delivery.
    """

    @property
    def paid(self) -> int:
        """What the buyer paid of it and did not get back."""
        return self.shared - self.subsidy


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken(Parts):
    """What each gives back of one component; the buyer gets `buyer`, `subsidy` goes
    back to the platform's discounts, and `goodwill` makes good what the platform gave
    the buyer before.
    """

    goodwill: int

    @property
    def buyer(self) -> int:
        return self.shared - self.subsidy - self.goodwill


def take_units(component: Component, units: int) -> Taken:
    """Give back so many units of a line: their part of what remains, half up; the last
    unit takes the rest.

    :raises TakesTooMuch: more units than remain, or none.
    """
    if not 0 < units <= component.units:
        raise TakesTooMuch(component.units)
    if units == component.units:
        return take_all(component)
    shared = money.half_up(component.shared * units, component.units)
    subsidy = money.half_up(component.subsidy * units, component.units)
    return _take(component, units=units, shared=shared, subsidy=subsidy)


def take_amount(component: Component, amount: int) -> Taken:
    """Give back an amount of what the buyer paid for a component, without units.

    :raises TakesTooMuch: more than remains, or nothing.
    """
    if not 0 < amount <= component.paid:
        raise TakesTooMuch(component.paid)
    subsidy = money.half_up(component.subsidy * amount, component.paid)
    return _take(component, units=0, shared=amount + subsidy, subsidy=subsidy)


def take_all(component: Component) -> Taken:
    """Give back all that remains of a component."""
    return _take(
        component,
        units=component.units,
        shared=component.shared,
        subsidy=component.subsidy,
    )


def spread(components: Sequence[Component], amount: int) -> list[Taken]:
    """Give back an amount over several components, by what the buyer paid for each
    (largest remainder, ties to the earlier). Components that bear nothing are left out.

    :raises TakesTooMuch: more than remains of all, or nothing.
    """
    whole = sum(component.paid for component in components)
    if not 0 < amount <= whole:
        raise TakesTooMuch(whole)
    parts = money.largest_remainder(amount, [one.paid for one in components])
    return [
        take_amount(component, part)
        for component, part in zip(components, parts, strict=True)
        if part
    ]


def make_good(taken: Sequence[Taken], amount: int) -> list[Taken]:
    """Give the buyer only `amount` of what is taken: the parties give back the same, and
    the rest makes good what the platform gave the buyer before (largest remainder, ties
    to the earlier).
    """
    parts = money.largest_remainder(amount, [one.buyer for one in taken])
    return [
        replace(one, goodwill=one.goodwill + one.buyer - part)
        for one, part in zip(taken, parts, strict=True)
    ]


def less(component: Component, taken: Taken) -> Component:
    """Give what remains of a component after something was given back of it."""
    return replace(
        component,
        units=component.units - taken.units,
        seller=component.seller - taken.seller,
        creator=component.creator - taken.creator,
        platform=component.platform - taken.platform,
        tax=component.tax - taken.tax,
        subsidy=component.subsidy - taken.subsidy,
    )


def _take(component: Component, *, units: int, shared: int, subsidy: int) -> Taken:
    # Ties go to the seller, then the creator, the platform, the tax.
    seller, creator, platform, tax = money.largest_remainder(
        shared,
        [component.seller, component.creator, component.platform, component.tax],
    )
    return Taken(
        line=component.line,
        seller_order=component.seller_order,
        units=units,
        seller=seller,
        creator=creator,
        platform=platform,
        tax=tax,
        subsidy=subsidy,
        goodwill=0,
    )
