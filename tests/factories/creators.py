"""Creators, their collaborations and their surfaces, made by the real services."""

from datetime import UTC, datetime, timedelta
from itertools import count

from creators.models import Collection, Creator, FundedBy, Partnership, Post
from creators.services import partnerships, profiles
from marketplace.accounts.models import User
from sellers.models import Product, ProductStatus, Shop, ShopKind, Variant

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_numbers = count(1)


def make_user(email: str | None = None) -> User:
    return User.objects.create_user(email or f"person{next(_numbers)}@example.com")


def make_creator(
    handle: str | None = None, *, name: str = "Nina Berg", user: User | None = None
) -> Creator:
    return profiles.join(
        user=user or make_user(),
        handle=handle or f"creator{next(_numbers)}",
        name=name,
        country="SE",
        at=AT - timedelta(days=60),
    )


def make_shop(name: str = "Lin & Lera", owner: User | None = None) -> Shop:
    shop = Shop.objects.create(
        handle=f"shop{next(_numbers)}",
        name=name,
        kind=ShopKind.BUSINESS,
        country="SE",
        currency="SEK",
        contact_email="hej@example.com",
        started_at=AT - timedelta(days=90),
    )
    if owner is not None:
        shop.memberships.create(user=owner, role="owner")
    return shop


def make_product(
    shop: Shop,
    title: str = "Linen shirt",
    *,
    price_amount: int = 129_000,
    stock: int = 5,
    status: str = ProductStatus.LIVE,
) -> Product:
    """A product with one photo and one variant."""
    product = Product.objects.create(
        shop=shop,
        title=title,
        slug="linen-shirt",
        category="clothing",
        status=status,
        listed_at=AT,
    )
    product.photos.create(
        alt=title,
        width=800,
        height=1000,
        renditions=[
            {"width": 400, "height": 500, "path": "t/400.webp"},
            {"width": 800, "height": 1000, "path": "t/800.webp"},
        ],
    )
    Variant.objects.create(
        product=product,
        price_amount=price_amount,
        currency=shop.currency,
        on_hand=stock,
    )
    return product


def make_partnership(
    creator: Creator,
    shop: Shop,
    *,
    rate_bps: int = 1200,
    funded_by: str = FundedBy.SELLER,
    at: datetime = AT - timedelta(days=30),
) -> Partnership:
    """A running consent to a new collaboration of the shop."""
    collaboration = partnerships.open(
        shop=shop, rate_bps=rate_bps, funded_by=funded_by, starts_at=at
    )
    return partnerships.join(creator=creator, collaboration=collaboration, at=at)


def make_collection(creator: Creator, title: str = "November at home") -> Collection:
    return Collection.objects.create(
        creator=creator, title=title, slug=f"list-{next(_numbers)}", created_at=AT
    )


def make_post(creator: Creator, caption: str = "Slow mornings") -> Post:
    """A post whose picture is only named, not written."""
    return Post.objects.create(
        creator=creator,
        slug="slow-mornings",
        caption=caption,
        alt="A cup on a sill",
        width=800,
        height=1000,
        renditions=[
            {"width": 400, "height": 500, "path": "t/400.webp"},
            {"width": 800, "height": 1000, "path": "t/800.webp"},
        ],
        published_at=AT,
    )
