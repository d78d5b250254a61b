"""What happens in one story, drawn from its seed. Pure: no database, no clock.

Every draw has two or three sellers, a creator whose share is above zero, and at most
one discount. Amounts in minor units, rates in basis points.
"""

import random
from dataclasses import dataclass
from typing import Literal

Funder = Literal["seller", "platform"]

COUNTRIES = {"EUR": "NL", "SEK": "SE", "JPY": "JP"}
# Prices and delivery: between these, in minor units of the currency.
PRICES = {"EUR": (450, 24_900), "SEK": (4_900, 249_000), "JPY": (380, 29_800)}
DELIVERIES = {"EUR": (395, 1_450), "SEK": (3_900, 12_900), "JPY": (350, 1_200)}
NAMES = {
    "EUR": ("Houtvonk", "Zeepgoed", "Pims kast"),
    "SEK": ("Lerkulla", "Sundhälla", "Åsas vävstuga"),
    "JPY": ("青土工房", "ゆき布店", "木村の棚"),
}
GOODS = {
    "EUR": ("Stool", "Lamp", "Boards", "Soap", "Candle", "Umbrella"),
    "SEK": ("Mugg", "Vas", "Skålar", "Linneskjorta", "Sockor", "Ullpläd"),
    "JPY": ("湯呑み", "急須", "小皿", "手ぬぐい", "木の椀", "ろうそく"),
}
CREATORS = {"EUR": "Daan", "SEK": "Elin", "JPY": "ゆき"}


@dataclass(frozen=True, slots=True)
class DrawnSeller:
    """A seller, the delivery he asks for and the terms he offers creators."""

    name: str
    handle: str
    is_business: bool
    delivery_amount: int
    creator_bps: int
    creator_funded_by: Funder
    is_joined: bool


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A product of one seller, and whether it was bought from the creator's post."""

    seller: int
    title: str
    unit_amount: int
    quantity: int
    is_tagged: bool


@dataclass(frozen=True, slots=True)
class DrawnDiscount:
    """A word that lowers the price, and who bears it. `is_creators`: the creator's
    own code, which also says who sent the buyer."""

    word: str
    rate_bps: int
    funded_by: Funder
    seller: int | None
    is_creators: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """One whole story before it is lived."""

    seed: int
    currency: str
    country: str
    platform_bps: int
    creator: str
    sellers: tuple[DrawnSeller, ...]
    lines: tuple[DrawnLine, ...]
    discount: DrawnDiscount | None


def draw(*, seed: int, currency: str) -> Drawn:
    """Draw a story.

    :raises KeyError: for a currency no story is told in.
    """
    chance = random.Random(f"{seed} {currency}")
    platform_bps = chance.choice((500, 750, 1000, 1000, 1250, 1500))
    sellers = _sellers(chance, currency, platform_bps)
    return Drawn(
        seed=seed,
        currency=currency,
        country=COUNTRIES[currency],
        platform_bps=platform_bps,
        creator=CREATORS[currency],
        sellers=sellers,
        lines=_lines(chance, currency, sellers),
        discount=_discount(chance, len(sellers)),
    )


def _sellers(
    chance: random.Random, currency: str, platform_bps: int
) -> tuple[DrawnSeller, ...]:
    """Two or three, the first of them always joined by the creator."""
    sellers: list[DrawnSeller] = []
    for number in range(chance.choice((2, 2, 3))):
        is_platforms = chance.random() < 0.3
        # A share the platform pays stays within its commission.
        highest = platform_bps if is_platforms else 3000
        low, high = DELIVERIES[currency]
        sellers.append(
            DrawnSeller(
                name=NAMES[currency][number],
                handle=f"story.seller{number + 1}",
                is_business=chance.random() < 0.7,
                delivery_amount=chance.choice((0, *[chance.randint(low, high)] * 4)),
                creator_bps=chance.randrange(250, highest + 1, 25),
                creator_funded_by="platform" if is_platforms else "seller",
                is_joined=number == 0 or chance.random() < 0.5,
            )
        )
    return tuple(sellers)


def _lines(
    chance: random.Random, currency: str, sellers: tuple[DrawnSeller, ...]
) -> tuple[DrawnLine, ...]:
    """One or two products of each seller; the first is tapped in the post."""
    low, high = PRICES[currency]
    lines: list[DrawnLine] = []
    for number in range(len(sellers)):
        for title in chance.sample(
            GOODS[currency][number * 2 : number * 2 + 2], k=chance.choice((1, 1, 2))
        ):
            lines.append(
                DrawnLine(
                    seller=number,
                    title=title,
                    unit_amount=chance.randint(low, high),
                    quantity=chance.choice((1, 1, 2, 3, 5)),
                    is_tagged=not lines or chance.random() < 0.5,
                )
            )
    return tuple(lines)


def _discount(chance: random.Random, sellers: int) -> DrawnDiscount | None:
    if chance.random() < 0.35:
        return None
    by_platform = chance.random() < 0.5
    return DrawnDiscount(
        word="STORY",
        rate_bps=chance.randrange(300, 2501, 50),
        funded_by="platform" if by_platform else "seller",
        seller=None if by_platform else chance.randrange(sellers),
        is_creators=chance.random() < 0.4,
    )
