"""The plain shapes of the demo's catalogue. Amounts in minor units, rates in basis
points, places on a picture in thousandths from its top left corner."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Currency = Literal["SEK", "EUR", "JPY"]
Funder = Literal["seller", "platform"]
CURRENCIES: dict[str, Currency] = {"SE": "SEK", "JP": "JPY"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where someone lives or works."""

    line: str
    postal_code: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a seller asks for one parcel, and how long it is on its way."""

    amount: int
    min_days: int
    max_days: int


@dataclass(frozen=True, slots=True)
class Seller:
    """A shop and the person who runs it."""

    handle: str
    name: str
    owner: str
    email: str
    is_business: bool
    legal_name: str
    registration: str
    vat_number: str
    address: Address
    phone: str
    currency: Currency
    language: Literal["sv", "nl", "en", "ja"]
    about: str
    delivery: Delivery
    return_days: int
    is_onboarded: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of each option, what it costs, what is left, its own picture."""

    values: tuple[str, ...]
    amount: int
    stock: int
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """Something a seller sells. `stock` of a choice is what is on the shelf on the
    last day of the history."""

    key: str
    seller: str
    title: str
    category: str
    description: str
    pictures: tuple[str, ...]
    alts: tuple[str, ...]
    choices: tuple[Choice, ...]
    options: tuple[str, ...] = ()

    @property
    def amount(self) -> int:
        return min(choice.amount for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Pick:
    """A product in a collection, and why the creator put it there."""

    product: str
    note: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A creator's named list of picks."""

    title: str
    about: str
    picks: tuple[Pick, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """A product pointed at in a picture."""

    product: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Post:
    """A picture with a caption and tagged products. `day` is of the history. With
    `is_film` there is a video of the scene too, and the picture is its cover.
    """

    slug: str
    day: int
    scene: str
    alt: str
    caption: str
    tags: tuple[Tag, ...]
    is_film: bool = False


@dataclass(frozen=True, slots=True)
class Reduction:
    """What a creator's code takes off, and who pays for it. The word itself is made of
    the creator's handle when the creator joins."""

    rate_bps: int
    funded_by: Funder
    seller: str = ""


@dataclass(frozen=True, slots=True)
class Creator:
    """Someone who recommends, with what stands on the page."""

    handle: str
    name: str
    email: str
    country: str
    currency: Currency
    language: Literal["sv", "nl", "en", "ja"]
    bio: str
    portrait: str
    collections: tuple[Collection, ...]
    posts: tuple[Post, ...]
    reduction: Reduction
    joins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collaboration:
    """Terms a seller offers to every creator who agrees."""

    seller: str
    creator_bps: int
    funded_by: Funder


@dataclass(frozen=True, slots=True)
class Buyer:
    """Someone who buys, with or without an account."""

    key: str
    name: str
    email: str
    address: Address
    phone: str
    has_account: bool = False

    @property
    def currency(self) -> Currency:
        return CURRENCIES.get(self.address.country, "EUR")


@dataclass(frozen=True, slots=True)
class Staff:
    """Someone who runs the platform."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Tax:
    """A country's standard rate, and who hands it to the state."""

    country: str
    rate_bps: int
    collected_by: Funder


@dataclass(frozen=True)
class Catalogue:
    """One platform's whole written-down world, and how busy it is: the orders of a day
    at the beginning and at the end of the history.
    """

    sellers: tuple[Seller, ...]
    products: tuple[Product, ...]
    creators: tuple[Creator, ...]
    collaborations: tuple[Collaboration, ...]
    buyers: tuple[Buyer, ...]
    taxes: tuple[Tax, ...]
    delivers_to: tuple[str, ...]
    orders_per_day: tuple[float, float]
    takes_cash: bool = False

    @cached_property
    def seller(self) -> dict[str, Seller]:
        return {seller.handle: seller for seller in self.sellers}

    @cached_property
    def product(self) -> dict[str, Product]:
        return {product.key: product for product in self.products}

    @cached_property
    def creator(self) -> dict[str, Creator]:
        return {creator.handle: creator for creator in self.creators}

    @cached_property
    def buyer(self) -> dict[str, Buyer]:
        return {buyer.key: buyer for buyer in self.buyers}


def single(*, amount: int, stock: int) -> tuple[Choice, ...]:
    """The choices of a product that comes in one kind."""
    return (Choice((), amount, stock),)


def colours(
    *, amount: int, kinds: tuple[tuple[str, str, int], ...]
) -> tuple[Choice, ...]:
    """Choices of one option: (name, picture, stock), all at one price."""
    return tuple(Choice((name,), amount, left, pic) for name, pic, left in kinds)


def sizes(*, amount: int, stock: dict[str, int]) -> tuple[Choice, ...]:
    """Choices by size alone, all at one price."""
    return tuple(Choice((size,), amount, left) for size, left in stock.items())


def garments(
    *, amount: int, kinds: dict[tuple[str, str], dict[str, int]]
) -> tuple[Choice, ...]:
    """Choices by colour and size: (colour, picture) → size → stock."""
    return tuple(
        Choice((colour, size), amount, left, picture)
        for (colour, picture), stock in kinds.items()
        for size, left in stock.items()
    )
