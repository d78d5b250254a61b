"""The small world that every page state is looked at in: shops, creators, people and
what they bought and said, made once by the services that make them in life.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.test import Client

from creators.models import Collection, Creator, Post
from creators.services import content, profiles
from marketplace.accounts.models import User
from marketplace.demo import render
from marketplace.kit import clock
from orders.models import Cart, Order
from sellers.models import Photo, Product, Shop, ShopKind, Variant
from sellers.services import catalog, delivery, photos, shops
from tests.factories import creators as make_creators
from tests.factories import market, sellers

DAY = timedelta(days=1)
LONG_SWEDISH = (
    "Handvävd ylleplädsfilt i återvunnen gotlandsull med tvinnade fransar,"
    " oblekt och växtfärgad, dubbelbredd för soffa och säng"
)
LONG_JAPANESE = (
    "常滑焼の急須 やまね窯 朱泥 三百六十ミリリットル 横手 帯網 ささめ茶こし付き"
    " 木箱入り 贈答用 手作りのため一点ずつ色合いが異なります"
)
ABOUT = "Hand made in a small workshop by the sea. Each one is a little different."


@dataclass(slots=True)
class World:
    """What the states are made of, by name."""

    shops: dict[str, Shop] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    creators: dict[str, Creator] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    collections: dict[str, Collection] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    carts: dict[str, tuple[str, Cart]] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    def variant(self, name: str) -> Variant:
        """The first variant of a product."""
        found = self.products[name].variants.order_by("position").first()
        assert found is not None
        return found

    def session_of(self, name: str) -> str:
        """The session of one of the people, signed in once."""
        if name not in self.sessions:
            client = Client()
            client.force_login(self.people[name])
            self.sessions[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
        return self.sessions[name]


@cache
def drawing(name: str) -> bytes:
    """One of the demo's drawings as a JPEG."""
    return render.jpeg(name)


def picture(name: str) -> io.BytesIO:
    """The same, as a file that is sent."""
    return io.BytesIO(drawing(name))


def make() -> World:
    """Make shops, what they sell, and who shows it."""
    world = World()
    market.set_taxes()
    _people(world)
    _shops(world)
    _products(world)
    _creators(world)
    return world


def _people(world: World) -> None:
    for name, called in (
        ("buyer", "Maja van den Broek"),
        ("newcomer", "Noor Visser"),
        ("asker", "Ida Lund"),
    ):
        world.people[name] = sellers.user(f"{name}@example.com", name=called)


def _shop(world: World, key: str, **fields: Any) -> Shop:
    owner = world.people[f"{key}-owner"] = sellers.user(f"{key}@example.com")
    shop = shops.start(
        user=owner,
        handle=key,
        contact_email=f"hello@{key}.example",
        at=clock.now() - 400 * DAY,
        **fields,
    )
    delivery.set_delivery(
        shop=shop,
        name={"SE": "PostNord", "NL": "PostNL"}[shop.country],
        countries=["SE", "NL"],
        price_amount=495 if shop.currency == "EUR" else 4900,
        days_min=2,
        days_max=4,
    )
    shops.update_profile(
        shop=shop,
        name=shop.name,
        about=ABOUT,
        contact_email=shop.contact_email,
        kind=shop.kind,
        legal_name=shop.legal_name,
        legal_address=shop.legal_address,
        registration_number="KvK 00000000" if shop.is_business else "",
        return_days=30,
    )
    world.shops[key] = shop
    return shop


def _shops(world: World) -> None:
    trader: dict[str, Any] = {
        "kind": ShopKind.BUSINESS,
        "country": "NL",
        "currency": "EUR",
    }
    _shop(
        world,
        "lerkulla",
        name="Lerkulla Keramik",
        legal_name="Lerkulla Keramik B.V.",
        legal_address="Keizersgracht 1\n1015 CN Amsterdam\nNederland",
        **trader,
    )
    _shop(
        world,
        "houtenzoon",
        name="Hout & Zoon, meubelmakers sinds 1931 te Bergen op Zoom",
        legal_name="Meubelmakerij Hout & Zoon Bergen op Zoom B.V.",
        legal_address="Havenweg 12\n4611 EA Bergen op Zoom\nNederland",
        **trader,
    )
    _shop(
        world,
        "ingrid",
        name="Ingrid",
        kind=ShopKind.PRIVATE,
        country="SE",
        currency="EUR",
    )
    _shop(
        world,
        "tomvind",
        name="Tomvind",
        legal_name="Tomvind AB",
        legal_address="Storgatan 1\n903 26 Umeå\nSverige",
        kind=ShopKind.BUSINESS,
        country="SE",
        currency="SEK",
    )
    for key in ("lerkulla", "houtenzoon", "ingrid"):
        market.payable(world.shops[key])


def product(
    world: World,
    key: str,
    *,
    shop: str,
    title: str,
    drawings: Sequence[str],
    category: str = "home",
    amount: int = 2900,
    stock: int = 40,
    sizes: Sequence[tuple[str, int, int]] = (),
    option: str = "Size",
    description: str = ABOUT,
    withdrawal_exception: str = "",
) -> Product:
    """Put a product on sale; `sizes` are (name, price, stock)."""
    at = clock.now() - 60 * DAY
    made = catalog.add_product(
        shop=world.shops[shop],
        title=title,
        description=description,
        category=category,
        option_names=[option] if sizes else [],
        withdrawal_exception=withdrawal_exception,
        variants=[
            catalog.VariantInput(options={option: name}, price_amount=one, stock=left)
            for name, one, left in sizes
        ]
        or [catalog.VariantInput(options={}, price_amount=amount, stock=stock)],
        at=at,
    )
    for name in drawings:
        _photo(made, name)
    catalog.publish(product=made, at=at)
    world.products[key] = made
    return made


def _photo(product: Product, name: str) -> None:
    """Upload a drawing once, and let other products show the same files."""
    known = Photo.objects.filter(alt=f"Drawing of a {name}").first()
    if known is None:
        photos.add_photo(
            product=product, file=picture(name), alt=f"Drawing of a {name}"
        )
        return
    Photo.objects.create(
        product=product,
        position=product.photos.count(),
        alt=known.alt,
        width=known.width,
        height=known.height,
        renditions=known.renditions,
    )


def _products(world: World) -> None:
    clay: dict[str, Any] = {"shop": "lerkulla", "category": "kitchen"}
    product(world, "mug", title="Mugg Norr i stengods", drawings=["mug"], **clay)
    product(
        world,
        "shirt",
        shop="lerkulla",
        title="Linen shirt",
        category="clothing",
        drawings=["shirt", "shirt-blue"],
        sizes=(("S", 5990, 9), ("M", 5990, 2), ("L", 6290, 12), ("XL", 6290, 0)),
    )
    product(
        world,
        "reduced",
        title="Vas Tunn, 32 cm",
        drawings=["vase", "vase-white"],
        amount=8900,
        **clay,
    )
    product(world, "sold-out", title="Kanna", drawings=["pitcher"], stock=0, **clay)
    product(
        world,
        "few",
        title="Skålar, tre i varandra",
        drawings=["bowls"],
        stock=3,
        **clay,
    )
    product(
        world, "teapot", title=LONG_JAPANESE, drawings=["teapot"], amount=12900, **clay
    )
    product(
        world,
        "blanket",
        shop="houtenzoon",
        title=LONG_SWEDISH,
        drawings=["throw"],
        amount=10950,
    )
    product(
        world,
        "chair",
        shop="houtenzoon",
        title="Spindle chair Utrecht",
        drawings=["chair", "chair-smoked", "chair-detail"],
        amount=45900,
        option="Finish",
        sizes=(
            ("Natural oak with a clear oil", 45900, 4),
            ("Smoked oak, hard wax, ready in six weeks", 48900, 7),
        ),
    )
    product(
        world,
        "dear",
        shop="houtenzoon",
        title="Clock",
        drawings=["clock"],
        amount=99_999_900,
    )
    product(
        world, "cheap", shop="ingrid", title="Postcard", drawings=["socks"], amount=1
    )
    product(
        world,
        "lamp",
        shop="ingrid",
        title="Bordslampa Skymning",
        drawings=["lamp"],
        category="lighting",
        amount=17500,
    )
    product(
        world,
        "engraved",
        title="Namnskylt i lergods, bränd med era egna ord",
        drawings=["plates"],
        withdrawal_exception="custom_made",
        **clay,
    )
    product(
        world,
        "sealed",
        title="Kräm Norr, 50 ml",
        drawings=["candle"],
        category="beauty",
        shop="lerkulla",
        withdrawal_exception="sealed_hygiene",
    )
    product(world, "hidden", title="Fat", drawings=["plates"], **clay)
    product(world, "blocked", title="Ljus", drawings=["candle"], **clay)


def _creators(world: World) -> None:
    for key, name, bio in (
        (
            "elin",
            "Elin Sandström",
            "Ett litet hus vid havet, lera, linne och långa frukostar. Jag visar det"
            " jag själv använder varje dag.",
        ),
        ("sora", "空 さくら", ""),
    ):
        made = profiles.join(
            user=sellers.user(f"{key}@example.com"),
            handle=key,
            name=name,
            country="SE",
            bio=bio,
            at=clock.now() - 90 * DAY,
        )
        world.creators[key] = made
    elin = world.creators["elin"]
    profiles.set_portrait(creator=elin, file=picture("creator-elin"))
    for shop in ("lerkulla", "houtenzoon"):
        make_creators.make_partnership(elin, world.shops[shop], rate_bps=1200)
    shown = world.products
    at = clock.now() - 10 * DAY
    world.posts["table"] = content.publish_post(
        creator=elin,
        picture=picture("scene-table"),
        caption="Söndag morgon. Muggen får aldrig stå i skåpet, och plädens fransar"
        " är redan lite tufsiga.",
        alt="A laid table by a window",
        tags=[
            (shown["mug"], 300, 400),
            (shown["shirt"], 620, 320),
            (shown["blanket"], 500, 800),
            (shown["hidden"], 820, 640),
        ],
        at=at,
    )
    world.posts["plain"] = content.publish_post(
        creator=elin,
        picture=picture("scene-wardrobe"),
        caption="",
        alt="A wardrobe",
        tags=[(shown["chair"], 500, 500)],
        at=at + DAY,
    )
    full = content.create_collection(
        creator=elin, title="Första advent", about="Ljus, lera och en filt.", at=at
    )
    for key in ("mug", "blanket", "sold-out", "reduced", "hidden"):
        content.add_pick(
            collection=full,
            product=shown[key],
            note="Den använder jag varje dag." if key == "mug" else "",
        )
    world.collections["full"] = full
    catalog.hide(product=shown["hidden"], at=clock.now())
    catalog.block(product=shown["blocked"], at=clock.now())
