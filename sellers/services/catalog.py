"""The catalogue of a shop: products, their variants, prices, and what the public sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from marketplace.kit import money
from marketplace.kit.errors import MarketplaceError
from sellers.models import (
    Category,
    Product,
    ProductStatus,
    Shop,
    Variant,
    WithdrawalException,
)
from sellers.services import indexing, prices, shops, stock

LONGEST_TITLE = 150
LONGEST_OPTION = 40
MOST_VARIANTS = 50
MOST_OPTION_NAMES = 3
# What Stripe can charge at once; a single thing cannot cost more.
HIGHEST_PRICE = 99_999_999


@dataclass(frozen=True, slots=True)
class VariantInput:
    """A variant as it comes in: a value for each option name, price in minor units of
    the shop's currency, tax included, and the units on hand.
    """

    options: dict[str, str]
    price_amount: int
    stock: int


class EmptyTitle(MarketplaceError):
    """The title is empty or too long."""

    def __init__(self) -> None:
        super().__init__(
            _("A product needs a title of 1 to 150 characters. Nothing was saved.")
        )


class BadPrice(MarketplaceError):
    """The price is not more than 0, past the highest, or no amount of the currency."""

    def __init__(self) -> None:
        super().__init__(
            _("A price is more than 0 and less than a million. Nothing was saved.")
        )


class BadOptions(MarketplaceError):
    """The options of the variants do not fit together."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Each variant needs one value for each option, of 1 to 40 characters,"
                " and no two variants the same. Nothing was saved."
            )
        )


class LastVariant(MarketplaceError):
    """The last variant on sale of a live product."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _("A live product keeps one variant on sale. Hide the product instead.")
        )


class NotReady(MarketplaceError):
    """The product cannot be published yet. It was kept as it is.

    `missing` holds the codes of what is missing: photo, variant, delivery,
    legal_details.
    """

    status_code = 409

    def __init__(self, missing: list[str]) -> None:
        super().__init__(
            _("Not published yet, your draft is kept. Still missing: %(missing)s.")
            % {"missing": shops.describe_missing(missing)}
        )
        self.missing = missing


def add_product(
    *,
    shop: Shop,
    title: str,
    description: str,
    category: Category | str,
    variants: Sequence[VariantInput],
    at: datetime,
    option_names: Sequence[str] = (),
    withdrawal_exception: str = "",
) -> Product:
    """Add a product as a draft, with its variants and their first stock.

    :raises EmptyTitle: without a title, or with one that is too long.
    :raises BadPrice: for a price of 0 or less, or past the highest.
    :raises BadOptions: when variants and option names do not fit together.
    :raises BadQuantity: for a stock below 0 or past a million.
    """
    names = [name.strip() for name in option_names]
    _check_options(names, [variant.options for variant in variants])
    product = Product(
        shop=shop,
        title=_title(title),
        slug=_slug(title),
        description=description.strip(),
        category=Category(category),
        option_names=names,
        withdrawal_exception=_exception(withdrawal_exception),
        listed_at=at,
    )
    with transaction.atomic():
        product.save()
        for position, variant in enumerate(variants):
            _add(product, variant, position, at=at)
        indexing.index_product(product)
    return product


def edit(
    *,
    product: Product,
    title: str,
    description: str,
    category: Category | str,
    needs_full_page: bool,
    withdrawal_exception: str,
) -> None:
    """Change what a product says. Its address follows the title; the old one still
    leads to it. With `needs_full_page` it is not for quick buy. What is sold already
    keeps the `withdrawal_exception` its buyers were told of.

    :raises EmptyTitle: without a title, or with one that is too long.
    """
    product.title = _title(title)
    product.slug = _slug(title)
    product.description = description.strip()
    product.category = Category(category)
    product.needs_full_page = needs_full_page
    product.withdrawal_exception = _exception(withdrawal_exception)
    with transaction.atomic():
        product.save(
            update_fields=[
                "title",
                "slug",
                "description",
                "category",
                "needs_full_page",
                "withdrawal_exception",
            ]
        )
        indexing.index_product(product)


def add_variant(*, product: Product, variant: VariantInput, at: datetime) -> Variant:
    """Add one more variant, after the others; one taken off sale before returns.

    :raises BadOptions: when its options do not fit the product, or it exists.
    :raises BadPrice: for a price of 0 or less, or past the highest.
    :raises BadQuantity: for a stock below 0 or past a million.
    """
    with transaction.atomic():
        Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        # Not `product.variants`: the caller's object may hold rows of before the lock.
        others = list(Variant.objects.filter(product=product))
        _check_options(
            product.option_names, [variant.options, *(o.options for o in others)]
        )
        last = product.variants.aggregate(last=Max("position"))["last"]
        added = _add(product, variant, 0 if last is None else last + 1, at=at)
        indexing.index_product(product)
        return added


def name_option(*, product: Product, name: str, value: str) -> None:
    """Give a product without options its first one, and its one variant a value of it.

    :raises BadOptions: when it has options already, or a word is empty or too long.
    """
    if product.option_names:
        raise BadOptions
    with transaction.atomic():
        only = product.variants.select_for_update(no_key=True).get()
        options = {name.strip(): value.strip()}
        _check_options([name.strip()], [options])
        product.option_names = [name.strip()]
        product.save(update_fields=["option_names"])
        only.options = options
        indexing.index_variant(only)
        only.save(update_fields=["options", "facets"])
        indexing.index_product(product)


def change_price(*, variant: Variant, price_amount: int, at: datetime) -> None:
    """Set the price of a variant, in minor units, tax included. Carts and checkouts
    that showed the old one say so before anything is charged. A price below the lowest
    of the last 30 days is a reduction from that one.

    :raises BadPrice: for a price of 0 or less, or past the highest.
    """
    amount = _price(price_amount, variant.currency)
    with transaction.atomic():
        kept = (
            Variant.objects.select_for_update(no_key=True, of=("self",))
            .select_related("product")
            .get(pk=variant.pk)
        )
        if kept.price_amount != amount:
            variant.was_amount, variant.reduced_at = prices.reduction(
                variant=kept, price_amount=amount, at=at
            )
            variant.price_amount = amount
            variant.save(update_fields=["price_amount", "was_amount", "reduced_at"])
            prices.note(variant=variant, at=at)
    variant.price_amount = amount


def set_on_sale(*, variant: Variant, on_sale: bool, at: datetime) -> None:
    """Take a variant off sale or put it back.

    :raises LastVariant: when it is the last one of a live product.
    """
    with transaction.atomic():
        product = Product.objects.select_for_update(no_key=True).get(
            pk=variant.product_id
        )
        others = product.variants.filter(is_active=True).exclude(pk=variant.pk)
        if not on_sale and product.is_live and not others.exists():
            raise LastVariant
        if on_sale and not variant.is_active and not product.is_draft:
            prices.offer(variants=product.variants.filter(pk=variant.pk), at=at)
        variant.is_active = on_sale
        variant.save(update_fields=["is_active"])


def missing(product: Product) -> list[str]:
    """Name what a product still needs before the public may see it. May query."""
    needs = []
    if not product.photos.exists():
        needs.append("photo")
    if not product.variants.filter(is_active=True).exists():
        needs.append("variant")
    return needs + shops.missing_for_sale(product.shop)


def publish(*, product: Product, at: datetime) -> None:
    """Show a draft or hidden product to the public.

    :raises NotReady: names what is missing.
    :raises NotAllowed: when it is live already, or staff blocked it.
    """
    needs = missing(product)
    if needs:
        raise NotReady(needs)
    first = {"listed_at": at} if product.is_draft else {}
    with transaction.atomic():
        product.move_to(ProductStatus.LIVE, at=at, **first)
        prices.offer(variants=product.variants.filter(is_active=True), at=at)


def hide(*, product: Product, at: datetime) -> None:
    """Take a live product out of the public's sight; orders of it go on.

    :raises NotAllowed: when it is not live.
    """
    product.move_to(ProductStatus.HIDDEN, at=at)


def block(*, product: Product, at: datetime) -> None:
    """Take a product down for good, by staff; its page says so, and orders go on.

    :raises NotAllowed: when it is a draft or blocked already.
    """
    product.move_to(ProductStatus.BLOCKED, at=at)


def _title(title: str) -> str:
    cleaned = " ".join(title.split())
    if not 1 <= len(cleaned) <= LONGEST_TITLE:
        raise EmptyTitle
    return cleaned


def _exception(code: str) -> str:
    return WithdrawalException(code).value if code else ""


def _slug(title: str) -> str:
    """Make the readable end of an address; a title without Latin letters has none."""
    return slugify(title)[:80].strip("-") or "product"


def _price(amount: int, currency: str) -> int:
    if type(amount) is not int or not 0 < amount <= HIGHEST_PRICE:
        raise BadPrice
    try:
        return money.Money(amount, currency).amount
    except ValueError:
        raise BadPrice from None


def _check_options(names: Sequence[str], options: Sequence[dict[str, str]]) -> None:
    words = [*names, *(value for given in options for value in given.values())]
    values = [
        tuple(given.get(name, "").casefold() for name in names) for given in options
    ]
    if not (
        1 <= len(options) <= MOST_VARIANTS
        and len(names) <= MOST_OPTION_NAMES
        and len(set(names)) == len(names)
        and all(set(given) == set(names) for given in options)
        and all(1 <= len(word.strip()) <= LONGEST_OPTION for word in words)
        and len(set(values)) == len(values)
    ):
        raise BadOptions


def _add(
    product: Product, given: VariantInput, position: int, *, at: datetime
) -> Variant:
    variant = Variant(
        product=product,
        # In the order of the product's axes, so that the label always reads the same.
        options={name: given.options[name].strip() for name in product.option_names},
        position=position,
        price_amount=_price(given.price_amount, product.shop.currency),
        currency=product.shop.currency,
        offered_at=None if product.is_draft else at,
    )
    indexing.index_variant(variant)
    if not 0 <= given.stock <= stock.MOST_UNITS:
        raise stock.BadQuantity
    try:
        with transaction.atomic():
            variant.save()
            prices.note(variant=variant, at=at)
    except IntegrityError:
        raise BadOptions from None
    if given.stock:
        stock.receive(variant=variant, quantity=given.stock, at=at)
    return variant
