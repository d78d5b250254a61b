"""Shops, products and stock for tests, made by the services that make them in life."""

from datetime import UTC, datetime
from itertools import count

from marketplace.accounts.models import User
from sellers.models import Category, Photo, Product, Shop, ShopKind, Variant
from sellers.services import catalog, delivery, shops

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_numbers = count(1)


def user(email: str = "", **fields) -> User:
    return User.objects.create_user(
        email or f"seller{next(_numbers)}@example.com", **fields
    )


def shop(
    *,
    owner: User | None = None,
    name: str = "Studio Lera",
    handle: str = "",
    currency: str = "SEK",
    country: str = "SE",
    kind: ShopKind = ShopKind.PRIVATE,
    delivery_amount: int | None = 4900,
    **legal,
) -> Shop:
    """Open a shop; with a delivery price to Sweden and the Netherlands unless None."""
    opened = shops.start(
        user=owner or user(),
        name=name,
        handle=handle or f"stall{next(_numbers)}",
        kind=kind,
        country=country,
        currency=currency,
        contact_email="shop@example.com",
        at=AT,
        **legal,
    )
    if delivery_amount is not None:
        delivery.set_delivery(
            shop=opened,
            name="Parcel",
            countries=["JP"] if currency == "JPY" else ["SE", "NL"],
            price_amount=delivery_amount,
            days_min=2,
            days_max=4,
        )
    return opened


def photo(product: Product, *, position: int = 0) -> Photo:
    """Note a picture of which no file exists; `photos.add_photo` makes real ones."""
    return Photo.objects.create(
        product=product,
        position=position,
        alt="A cup",
        width=800,
        height=1000,
        renditions=[
            {"width": 400, "height": 500, "path": "products/none-400.webp"},
            {"width": 800, "height": 1000, "path": "products/none-800.webp"},
        ],
    )


def product(
    *,
    shop: Shop | None = None,
    title: str = "Stoneware cup",
    price_amount: int = 32_000,
    stock: int = 10,
    sizes: tuple[str, ...] = (),
    is_live: bool = True,
) -> Product:
    """Add a product, live unless told; with `sizes`, one variant of `stock` each."""
    owner = shop if shop is not None else globals()["shop"]()
    options: list[dict[str, str]] = [{"Size": size} for size in sizes] or [{}]
    made = catalog.add_product(
        shop=owner,
        title=title,
        description="Thrown by hand, holds 3 dl.",
        category=Category.KITCHEN,
        option_names=["Size"] if sizes else [],
        variants=[
            catalog.VariantInput(options=one, price_amount=price_amount, stock=stock)
            for one in options
        ],
        at=AT,
    )
    if is_live:
        photo(made)
        catalog.publish(product=made, at=AT)
    return made


def variant(**fields) -> Variant:
    """Add a live product of one variant and give that variant."""
    return product(**fields).variants.get()
