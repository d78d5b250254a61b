"""The rules of money alone: price, split, take back, in a ledger of plain numbers.

No database, no provider, no time: thousands of runs a minute over the pure modules
(`pricing`, `splits`, `takeback_shares`), held to the same laws as the platform.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from orders.services import pricing
from payouts.services import splits, takeback_shares
from payouts.services.takeback_shares import Component, Taken

SELLERS = ("shop_a", "shop_b")
ROLES = ("seller", "creator", "platform", "tax")
PARTIES = ("seller", "creator")


@dataclass(slots=True)
class Pots:
    """What a party holds of money: it gives back what is held, then payable, then owes.

    `sent` is what it was sent and did not have taken back.
    """

    held: int = 0
    payable: int = 0
    owed: int = 0
    sent: int = 0


@dataclass(slots=True)
class Sale:
    """One order: what is left of each component, and what its buyer paid and has back."""

    paid: int
    components: list[Component]
    first: list[Component]
    back: int = 0
    lost: list[list[Taken]] = field(default_factory=list)


@dataclass(slots=True)
class Model:
    """A platform of two sellers and a creator, driven by chance alone."""

    chance: random.Random
    sales: list[Sale] = field(default_factory=list)
    pots: dict[str, Pots] = field(default_factory=dict)
    platform: int = 0
    tax: int = 0
    subsidies: int = 0
    earned: Counter[str] = field(default_factory=Counter)

    def pot(self, party: str) -> Pots:
        """Give a party's pots."""
        return self.pots.setdefault(party, Pots())


def run(*, seed: int, steps: int) -> list[str]:
    """Live one run; gives in words which law was broken, if any."""
    model = Model(random.Random(f"model {seed}"))
    for number in range(steps):
        step = _first if not model.sales else model.chance.choice(STEPS)
        step(model)
        broken = list(_laws(model))
        if broken:
            return [f"after step {number + 1}, {step.__name__}: {b}" for b in broken]
    for sale in model.sales:
        _give_all_back(model, sale)
    return [f"at rest: {words}" for words in (*_laws(model), *_all_is_back(model))]


def sell(model: Model) -> None:
    """Price a cart of drawn goods, terms and taxes; split and capture it."""
    chance = model.chance
    tax = pricing.Tax(
        rate_bps=chance.choice((0, 600, 1000, 2100, 2500)),
        is_included=chance.random() < 0.6,
        collected_by=chance.choice(("seller", "platform")),
    )
    goods = [
        pricing.Goods(
            key=f"line{number}",
            seller=chance.choice(SELLERS),
            quantity=chance.randint(1, 7),
            unit_amount=chance.choice((1, 3, 99, chance.randint(1, 50_000))),
            tax=tax,
        )
        for number in range(chance.randint(1, 4))
    ]
    deliveries = [
        pricing.Delivery(seller=seller, amount=chance.choice((0, 1, 495)), tax=tax)
        for seller in sorted({one.seller for one in goods})
    ]
    reduction = None
    if chance.random() < 0.5:
        by_seller = chance.random() < 0.5
        reduction = pricing.Reduction(
            rate_bps=chance.randint(1, 9_000),
            funded_by="seller" if by_seller else "platform",
            seller=goods[0].seller if by_seller else None,
        )
    _capture(
        model, pricing.price(goods=goods, deliveries=deliveries, reduction=reduction)
    )


def _first(model: Model) -> None:
    sell(model)


def refund_units(model: Model) -> None:
    """Take units of a line back."""
    _back(
        model,
        lambda component: (
            takeback_shares.take_units(
                component, model.chance.randint(1, component.units)
            )
            if component.units
            else None
        ),
    )


def refund_amount(model: Model) -> None:
    """Take an amount of a component back."""
    _back(
        model,
        lambda component: (
            takeback_shares.take_amount(
                component, model.chance.randint(1, component.paid)
            )
            if component.paid
            else None
        ),
    )


def lose(model: Model) -> None:
    """A bank takes an amount over all that is left of a sale."""
    sale = model.chance.choice(model.sales)
    left = sum(one.paid for one in sale.components)
    if left:
        taken = takeback_shares.spread(sale.components, model.chance.randint(1, left))
        for one in taken:
            _take(model, sale, one)
        sale.lost.append(taken)


def win(model: Model) -> None:
    """An appeal gives back exactly what was lost."""
    sale = model.chance.choice(model.sales)
    if not sale.lost:
        return
    for taken in sale.lost.pop():
        _give(model, sale, taken)


def release(model: Model) -> None:
    """What is held becomes payable, and debts are set off."""
    for pot in model.pots.values():
        pot.payable, pot.held = pot.payable + pot.held, 0
        netted = min(pot.payable, pot.owed)
        pot.payable, pot.owed = pot.payable - netted, pot.owed - netted


def send(model: Model) -> None:
    """What is payable is sent."""
    for pot in model.pots.values():
        pot.sent, pot.payable = pot.sent + pot.payable, 0


def reverse(model: Model) -> None:
    """Some of what a party owes is taken back from what it was sent."""
    for pot in model.pots.values():
        taken = model.chance.randint(0, min(pot.owed, pot.sent))
        pot.sent, pot.owed = pot.sent - taken, pot.owed - taken


STEPS: tuple[Callable[[Model], None], ...] = (
    sell,
    refund_units,
    refund_units,
    refund_amount,
    refund_amount,
    lose,
    win,
    release,
    send,
    reverse,
)


def _capture(model: Model, price: pricing.Price) -> None:
    chance = model.chance
    platform_bps = chance.choice((0, 500, 1000, 1500))
    shares: dict[tuple[str, str | None], Counter[str]] = {}
    units = {line.goods.key: line.goods.quantity for line in price.lines}
    for line in price.lines:
        by_platform = chance.random() < 0.3
        most = platform_bps if by_platform else 10_000 - platform_bps
        collects = line.goods.tax.collected_by == "platform"
        for share in splits.split_line(
            splits.LineTerms(
                line=line.goods.key,
                seller=line.goods.seller,
                gross_amount=line.goods.quantity * line.goods.unit_amount,
                seller_discount_amount=line.seller_discount_amount,
                platform_discount_amount=line.platform_discount_amount,
                tax_included_amount=line.tax_included_amount,
                tax_added_amount=line.tax_added_amount,
                platform_collects_tax=collects,
                platform_bps=platform_bps,
                creator="creator" if chance.random() < 0.7 else None,
                creator_bps=chance.randint(0, most),
                creator_funded_by="platform" if by_platform else "seller",
            )
        ):
            _add(shares, share)
    for delivery in price.deliveries:
        for share in splits.split_delivery(
            splits.DeliveryTerms(
                seller=delivery.delivery.seller,
                amount=delivery.delivery.amount,
                tax_included_amount=delivery.tax_included_amount,
                tax_added_amount=delivery.tax_added_amount,
                platform_collects_tax=delivery.delivery.tax.collected_by == "platform",
            )
        ):
            _add(shares, share)
    components = [
        Component(
            line=line,
            seller_order=seller,
            units=units[line] if line else 0,
            subsidy=amounts["subsidy"],
            **{role: amounts[role] for role in ROLES},
        )
        for (seller, line), amounts in shares.items()
    ]
    sale = Sale(paid=price.total_amount, components=components, first=list(components))
    model.sales.append(sale)
    for component in components:
        model.pot(component.seller_order).held += component.seller
        model.pot("creator").held += component.creator
        model.earned[component.seller_order] += component.seller
        model.earned["creator"] += component.creator
        model.platform += component.platform
        model.tax += component.tax
        model.subsidies += component.subsidy


def _add(
    shares: dict[tuple[str, str | None], Counter[str]], share: splits.Share
) -> None:
    amounts = shares.setdefault((share.seller, share.line), Counter())
    amounts["subsidy" if share.kind == "subsidy" else share.role] += abs(share.amount)


def _back(model: Model, choose: Callable[[Component], Taken | None]) -> None:
    sale = model.chance.choice(model.sales)
    if not sale.components:
        return  # everything in it was free
    taken = choose(model.chance.choice(sale.components))
    if taken is not None:
        _take(model, sale, taken)


def _take(model: Model, sale: Sale, taken: Taken) -> None:
    """Take a component's part back: held first, then payable, the rest is owed."""
    _change(sale, taken, -1)
    sale.back += taken.buyer
    for party, amount in (
        (taken.seller_order, taken.seller),
        ("creator", taken.creator),
    ):
        pot = model.pot(party)
        held = min(amount, pot.held)
        payable = min(amount - held, pot.payable)
        pot.held, pot.payable = pot.held - held, pot.payable - payable
        pot.owed += amount - held - payable
        model.earned[party] -= amount
    model.platform -= taken.platform
    model.tax -= taken.tax
    model.subsidies -= taken.subsidy


def _give(model: Model, sale: Sale, taken: Taken) -> None:
    """Give a component's part back to those it was taken from: debts first."""
    _change(sale, taken, 1)
    sale.back -= taken.buyer
    for party, amount in (
        (taken.seller_order, taken.seller),
        ("creator", taken.creator),
    ):
        pot = model.pot(party)
        repaid = min(amount, pot.owed)
        pot.owed, pot.payable = pot.owed - repaid, pot.payable + amount - repaid
        model.earned[party] += amount
    model.platform += taken.platform
    model.tax += taken.tax
    model.subsidies += taken.subsidy


def _change(sale: Sale, taken: Taken, sign: int) -> None:
    """Take `taken` off its component (-1), or put it back (+1)."""
    for place, one in enumerate(sale.components):
        if (one.line, one.seller_order) == (taken.line, taken.seller_order):
            sale.components[place] = Component(
                line=one.line,
                seller_order=one.seller_order,
                **{
                    name: getattr(one, name) + sign * getattr(taken, name)
                    for name in ("units", "subsidy", *ROLES)
                },
            )


def _give_all_back(model: Model, sale: Sale) -> None:
    for component in list(sale.components):
        if component.shared or component.units:
            _take(model, sale, takeback_shares.take_all(component))


def _laws(model: Model) -> Iterator[str]:
    """What must hold after every step."""
    for number, sale in enumerate(model.sales):
        if sum(one.paid for one in sale.first) != sale.paid:
            yield f"sale {number} of {sale.paid} was split into something else"
        if sum(one.paid for one in sale.components) != sale.paid - sale.back:
            yield f"sale {number} has not what its buyer has not got back"
        if not 0 <= sale.back <= sale.paid:
            yield f"the buyer of sale {number} got {sale.back} of {sale.paid} back"
        for one in sale.components:
            if min(one.units, one.subsidy, *(getattr(one, r) for r in ROLES)) < 0:
                yield f"sale {number} has less than nothing left of {one.line}"
    for party, pot in model.pots.items():
        if min(pot.held, pot.payable, pot.owed, pot.sent) < 0:
            yield f"{party} holds less than nothing: {pot}"
        if pot.held + pot.payable + pot.sent - pot.owed != model.earned[party]:
            yield f"{party} earned {model.earned[party]} and has {pot}"
    # Whatever came in and did not go back is somebody's.
    inside = sum(sale.paid - sale.back for sale in model.sales) + model.subsidies
    shared = sum(model.earned.values()) + model.platform + model.tax
    if inside != shared:
        yield f"{inside} is inside, {shared} is somebody's"


def _all_is_back(model: Model) -> Iterator[str]:
    """When every sale was given back whole, nobody has earned anything."""
    rest = {party: amount for party, amount in model.earned.items() if amount}
    if rest or model.platform or model.tax or model.subsidies:
        yield f"left over: {rest}, {model.platform}, {model.tax}, {model.subsidies}"
