"""What a seller does on the product form in one go: list with photos, save with rows.

Each function is one transaction over `catalog`, `photos` and `stock`: all of it or
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from marketplace.kit.errors import MarketplaceError
from sellers.models import Category, Photo, Product, Shop, Variant
from sellers.services import catalog, photos, stock


@dataclass(frozen=True, slots=True)
class VariantChange:
    """A row of the product form: what the seller wants a variant to be, and the stock
    that stood on the screen (`seen`).
    """

    variant: Variant
    price_amount: int
    on_hand: int
    seen: int
    is_active: bool


class RowRefused(MarketplaceError):
    """One row of the form was refused, so nothing of the form was saved.

    `variant` and `field` (`price`, `stock`, `is_active`) say which.
    """

    def __init__(self, variant: Variant, field: str, cause: MarketplaceError) -> None:
        super().__init__(cause.message)
        self.variant = variant
        self.field = field
        self.status_code = cause.status_code


class PhotoRefused(MarketplaceError):
    """One of the photos was refused, so nothing was saved; `place` counts from 1."""

    def __init__(self, place: int, cause: MarketplaceError) -> None:
        super().__init__(cause.message)
        self.place = place
        self.status_code = cause.status_code


def create(
    *,
    shop: Shop,
    title: str,
    description: str,
    category: Category | str,
    variants: Sequence[catalog.VariantInput],
    option_names: Sequence[str],
    pictures: Sequence[BinaryIO],
    at: datetime,
    withdrawal_exception: str = "",
) -> Product:
    """Add a product with its first photos, as a draft.

    :raises PhotoRefused: for a photo that is none, or too large; no file stays.
    :raises MarketplaceError: see `catalog.add_product`; no file stays.
    """
    rendered: list[photos.Rendition] = []
    try:
        with transaction.atomic():
            product = catalog.add_product(
                shop=shop,
                title=title,
                description=description,
                category=category,
                variants=variants,
                option_names=option_names,
                withdrawal_exception=withdrawal_exception,
                at=at,
            )
            rendered = _add_photos(product, pictures)
    except BaseException:
        photos.remove(renditions=rendered)
        raise
    return product


def save(
    *,
    product: Product,
    title: str,
    description: str,
    category: Category | str,
    needs_full_page: bool,
    withdrawal_exception: str,
    changes: Sequence[VariantChange],
    at: datetime,
) -> None:
    """Save the product form. A row is touched only where it differs from what is kept.

    :raises EmptyTitle: without a title, or with one that is too long.
    :raises RowRefused: when a price or stock cannot be, or orders hold more, or the
        last variant would go; nothing of the form is saved.
    """
    with transaction.atomic():
        catalog.edit(
            product=product,
            title=title,
            description=description,
            category=category,
            needs_full_page=needs_full_page,
            withdrawal_exception=withdrawal_exception,
        )
        # Rows that come on sale first, so that the last one may change places.
        for change in sorted(changes, key=lambda one: not one.is_active):
            _apply(change, at=at)


def add_variant(
    *,
    product: Product,
    variant: catalog.VariantInput,
    at: datetime,
    option_name: str = "",
    current: str = "",
) -> None:
    """Add a variant; a product without options first gets one named `option_name`, of
    which `current` is what its one variant is.

    :raises BadOptions: when the words do not fit together; nothing is saved.
    :raises MarketplaceError: see `catalog.add_variant`; nothing is saved.
    """
    with transaction.atomic():
        if not product.option_names:
            catalog.name_option(product=product, name=option_name, value=current)
        catalog.add_variant(product=product, variant=variant, at=at)


def add_photos(*, product: Product, pictures: Sequence[BinaryIO]) -> None:
    """Add photos to a product, all of them or none.

    :raises PhotoRefused: for one that is none, too large, or one too many.
    """
    rendered: list[photos.Rendition] = []
    try:
        with transaction.atomic():
            rendered = _add_photos(product, pictures)
    except BaseException:
        photos.remove(renditions=rendered)
        raise


def _apply(change: VariantChange, *, at: datetime) -> None:
    variant = change.variant
    field = "price"
    try:
        if change.price_amount != variant.price_amount:
            catalog.change_price(
                variant=variant, price_amount=change.price_amount, at=at
            )
        field = "stock"
        if change.on_hand != change.seen:
            stock.correct(
                variant=variant, on_hand=change.on_hand, seen=change.seen, at=at
            )
        field = "is_active"
        if change.is_active != variant.is_active:
            catalog.set_on_sale(variant=variant, on_sale=change.is_active, at=at)
    except MarketplaceError as refused:
        raise RowRefused(variant, field, refused) from refused


def _add_photos(
    product: Product, pictures: Sequence[BinaryIO]
) -> list[photos.Rendition]:
    rendered: list[photos.Rendition] = []
    try:
        for place, picture in enumerate(pictures, start=1):
            try:
                photo: Photo = photos.add_photo(product=product, file=picture, alt="")
            except MarketplaceError as refused:
                raise PhotoRefused(place, refused) from refused
            rendered += photo.renditions
    except BaseException:
        photos.remove(renditions=rendered)
        raise
    return rendered
