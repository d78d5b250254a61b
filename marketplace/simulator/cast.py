"""Who takes part in a run, made by the services that make them in life."""

from collections.abc import Iterator

from creators.models import Creator
from creators.services import partnerships, profiles
from marketplace.accounts.models import User
from marketplace.gateway import sandbox_control
from marketplace.simulator.world import World
from orders.services import discounts, tax
from payouts.services import fees, onboarding
from sellers.models import Photo, Product, Shop, ShopKind, Variant
from sellers.services import catalog, delivery, shops

# Currency, country and whether a business: one shop of each.
EUROPEAN = (("EUR", "NL", True), ("EUR", "NL", False), ("SEK", "SE", True))
JAPANESE = (("JPY", "JP", True), ("JPY", "JP", False), ("JPY", "JP", True))
TAXES = {"SE": (2500, True, "seller"), "NL": (2100, True, "seller")}
PRICES = {"EUR": (100, 9_999), "SEK": (1_000, 99_900), "JPY": (150, 30_000)}
DELIVERIES = {"EUR": 495, "SEK": 4_900, "JPY": 650}
WORD = "SPRING"
MEMBERS = 2


def assemble(world: World, *, is_complete: bool = False) -> None:
    """Make taxes, shops with goods, creators with terms, one discount, and buyers with
    an account. Most parties can be paid already, all of them where the cast `is_complete`.
    """
    for country, (rate_bps, is_included, collected_by) in TAXES.items():
        tax.set_rate(
            country=country,
            rate_bps=rate_bps,
            is_included=is_included,
            collected_by=collected_by,
        )
    tax.set_rate(
        country="JP",
        rate_bps=1000,
        is_included=world.chance.random() < 0.5,
        collected_by="platform" if world.chance.random() < 0.5 else "seller",
    )
    for number, terms in enumerate(JAPANESE if world.is_japanese() else EUROPEAN):
        world.shops.append(_shop(world, number, *terms, is_complete=is_complete))
    for number in range(2):
        _creator(world, number)
    discounts.create(
        word=WORD,
        rate_bps=world.chance.choice((333, 1000, 1500)),
        funded_by="platform",
        starts_at=world.now(),
    )
    for number in range(MEMBERS):
        world.members.append(User.objects.create_user(f"member{number}@example.com"))
    parties: list[Shop | Creator] = [*world.shops, *world.creators]
    for party in parties:
        if is_complete or world.chance.random() < 0.85:
            onboard(world, party)
    fees.book_topups(since=world.now(), at=world.now())


def onboard(world: World, party: Shop | Creator) -> None:
    """Take a party through the provider's page to its end."""
    at = world.now()
    account = onboarding.open_account(party=party, email="party@example.com", at=at)
    assert account.provider_id is not None
    sandbox_control.onboard(account_id=account.provider_id)
    onboarding.refresh(account=account, at=at)


def _shop(
    world: World,
    number: int,
    currency: str,
    country: str,
    is_business: bool,
    *,
    is_complete: bool,
) -> Shop:
    at = world.now()
    made = shops.start(
        user=User.objects.create_user(f"seller{number}@example.com"),
        name=f"Shop {number}",
        handle=f"simshop{number}",
        kind=ShopKind.BUSINESS if is_business else ShopKind.PRIVATE,
        country=country,
        currency=currency,
        contact_email=f"seller{number}@example.com",
        legal_name="Trader" if is_business else "",
        legal_address="1 Street" if is_business else "",
        at=at,
    )
    delivery.set_delivery(
        shop=made,
        name="Parcel",
        countries=["JP"] if world.is_japanese() else ["SE", "NL"],
        price_amount=world.chance.choice((0, DELIVERIES[currency])),
        days_min=1,
        days_max=3,
    )
    world.variants.extend(_variants(world, made, is_complete=is_complete))
    return made


def _variants(world: World, shop: Shop, *, is_complete: bool) -> Iterator[Variant]:
    low, high = PRICES[shop.currency]
    for number in range(2):
        # Some goods are so few that buyers meet at the last unit.
        stock = 60 if is_complete else world.chance.choice((6, 12, 60))
        product = catalog.add_product(
            shop=shop,
            title=f"Thing {number}",
            description="",
            category="home",
            variants=[
                catalog.VariantInput(
                    options={},
                    price_amount=world.chance.randint(low, high),
                    stock=stock,
                )
            ],
            at=world.now(),
        )
        _picture(product)
        catalog.publish(product=product, at=world.now())
        variant = product.variants.get()
        world.received[variant.pk] = stock
        yield variant


def _picture(product: Product) -> None:
    """Note a picture of which no file exists: nobody looks at it here."""
    Photo.objects.create(
        product=product,
        position=0,
        alt="A thing",
        width=800,
        height=1000,
        renditions=[{"width": 400, "height": 500, "path": "products/none-400.webp"}],
    )


def _creator(world: World, number: int) -> None:
    """A creator whose share comes out of the seller's part or the platform's."""
    made = profiles.join(
        user=User.objects.create_user(f"creator{number}@example.com"),
        handle=f"sim.creator{number}",
        name=f"Creator {number}",
        country=world.shops[0].country,
        at=world.now(),
    )
    world.creators.append(made)
    for shop in world.shops:
        by_platform = world.chance.random() < 0.3
        terms = partnerships.open(
            shop=shop,
            rate_bps=world.chance.randrange(150, 1_000 if by_platform else 2_500, 25),
            funded_by="platform" if by_platform else "seller",
            starts_at=world.now(),
        )
        partnerships.join(creator=made, collaboration=terms, at=world.now())
