"""Who gets which part of what a buyer paid. Pure whole-number arithmetic.

The one remainder of a line is the seller's; everybody else's part is rounded down or
frozen at sale. docs/money.md works both examples to the cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from marketplace.kit import money

Funder = Literal["seller", "platform"]
Role = Literal["seller", "creator", "platform", "tax"]
Kind = Literal["goods", "shipping", "share", "commission", "tax", "subsidy"]

PLATFORM = "platform"


class TermsRefused(ValueError):
    """These terms would take more from a line than it brings."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LineTerms:
    """A sold line as it was frozen. Amounts in minor units, rates in basis points."""

    line: str
    seller: str
    gross_amount: int
    seller_discount_amount: int
    platform_discount_amount: int
    tax_included_amount: int
    tax_added_amount: int
    platform_collects_tax: bool
    platform_bps: int
    creator: str | None
    creator_bps: int | None
    creator_funded_by: Funder | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryTerms:
    """A seller's delivery as it was frozen; it bears no commission and no share."""

    seller: str
    amount: int
    tax_included_amount: int
    tax_added_amount: int
    platform_collects_tax: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One party's part; a subsidy is negative, so that the parts sum to what was paid.

    `base_amount` is what a rate was taken of (the whole part for goods, delivery, tax).
    """

    party: str
    role: Role
    kind: Kind
    amount: int
    base_amount: int
    line: str | None
    seller: str


def check_terms(*, platform_bps: int, creator_bps: int, funded_by: str) -> None:
    """Make sure that a creator's rate leaves the others something to bear it with.

    :raises TermsRefused: when both rates together exceed the line, or a share funded
        by the platform exceeds its commission.
    """
    if funded_by == "platform" and creator_bps > platform_bps:
        raise TermsRefused("a share funded by the platform exceeds its commission")
    if funded_by == "seller" and platform_bps + creator_bps > money.BPS:
        raise TermsRefused("commission and share together exceed the line")


class Priced(Protocol):
    """A line as it was sold: amounts in minor units."""

    @property
    def gross_amount(self) -> int: ...

    @property
    def seller_discount_amount(self) -> int: ...

    @property
    def tax_included_amount(self) -> int: ...


def commission_base(line: Priced) -> int:
    """Give what rates are taken of: gross less the seller's discount and the tax that
    the rest contains.
    """
    return line.gross_amount - line.seller_discount_amount - line.tax_included_amount


def split_line(terms: LineTerms) -> list[Share]:
    """Split a line. Parts of 0 are left out; the parts sum to what the buyer paid.

    :raises TermsRefused: for terms that cannot be.
    """
    base = commission_base(terms)
    commission = money.rate_floor(base, terms.platform_bps)
    share = 0
    if terms.creator is not None:
        if terms.creator_bps is None or terms.creator_funded_by is None:
            raise TermsRefused(f"line {terms.line} has a creator but no rate or funder")
        check_terms(
            platform_bps=terms.platform_bps,
            creator_bps=terms.creator_bps,
            funded_by=terms.creator_funded_by,
        )
        share = money.rate_floor(base, terms.creator_bps)
    tax = _platform_tax(terms)
    goods = (
        terms.gross_amount
        + terms.tax_added_amount
        - terms.seller_discount_amount
        - commission
        - share
        - tax
    )
    if terms.creator_funded_by == "platform":
        commission -= share
        goods += share
    rows: list[tuple[str | None, Role, Kind, int, int]] = [
        (terms.seller, "seller", "goods", goods, goods),
        (terms.creator, "creator", "share", share, base),
        (PLATFORM, "platform", "commission", commission, base),
        (PLATFORM, "tax", "tax", tax, tax),
        (
            PLATFORM,
            "platform",
            "subsidy",
            -terms.platform_discount_amount,
            terms.gross_amount,
        ),
    ]
    return [
        Share(
            party=party,
            role=role,
            kind=kind,
            amount=amount,
            base_amount=of,
            line=terms.line,
            seller=terms.seller,
        )
        for party, role, kind, amount, of in rows
        if party is not None and amount
    ]


def split_delivery(terms: DeliveryTerms) -> list[Share]:
    """Split a delivery: its seller's, less the tax that the platform collects."""
    tax = _platform_tax(terms)
    amount = terms.amount + terms.tax_added_amount - tax
    rows: list[tuple[str, Role, Kind, int]] = [
        (terms.seller, "seller", "shipping", amount),
        (PLATFORM, "tax", "tax", tax),
    ]
    return [
        Share(
            party=party,
            role=role,
            kind=kind,
            amount=part,
            base_amount=part,
            line=None,
            seller=terms.seller,
        )
        for party, role, kind, part in rows
        if part
    ]


def split(
    *, lines: Sequence[LineTerms], deliveries: Sequence[DeliveryTerms]
) -> list[Share]:
    """Split a whole order, line by line and delivery by delivery."""
    return [share for line in lines for share in split_line(line)] + [
        share for delivery in deliveries for share in split_delivery(delivery)
    ]


def _platform_tax(terms: LineTerms | DeliveryTerms) -> int:
    if not terms.platform_collects_tax:
        return 0
    return terms.tax_included_amount + terms.tax_added_amount
