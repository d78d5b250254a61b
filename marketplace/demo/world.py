"""The demo's people, shops and creators, made through the services: day 0.

Each step looks first whether its row is there, so a run that was broken off is taken
up again, and a second run changes nothing.
"""

import functools
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from creators.models import Collection, Creator
from creators.services import content, partnerships, profiles
from marketplace.accounts.models import User
from marketplace.demo import catalogue, render
from marketplace.demo.catalogue import shapes
from marketplace.demo.catalogue.shapes import Catalogue
from marketplace.demo.history import History
from marketplace.gateway import sandbox_control
from orders.models import Discount, TaxRate
from orders.services import discounts, tax
from payouts.services import onboarding
from sellers.models import Product, Shop, ShopKind, Variant
from sellers.services import catalog, delivery, photos, shops

Say = Callable[[str], object]
PASSWORD = "salu-demo-2026"
# Every so many products costs so much less in the end, in whole units of 100.
REDUCED_EVERY, REDUCED_TO_PERCENT, WHOLE = 6, 85, 100
COUNTRY_NAMES = {"SE": "Sverige", "NL": "Nederland", "JP": "日本"}
CARRIERS = {"SE": "PostNord", "NL": "PostNL", "JP": "ヤマト運輸"}


@dataclass(slots=True)
class World:
    """What the days are lived with, by the catalogue's keys."""

    market: Catalogue = catalogue.EUROPE
    shops: dict[str, Shop] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    variants: dict[tuple[str, int], Variant] = field(default_factory=dict)
    creators: dict[str, Creator] = field(default_factory=dict)
    collections: dict[tuple[str, int], Collection] = field(default_factory=dict)
    buyers: dict[str, User] = field(default_factory=dict)
    scenes: dict[str, bytes] = field(default_factory=dict)


def make(*, history: History, at: datetime, say: Say = str) -> World:
    """Make everything that is there before the first order, or find it."""
    market = history.market
    world = World(market)
    say(f"{len(market.sellers)} shops, {len(market.creators)} creators")
    _tax_rates(market)
    make_staff()
    opening = history.opening_stock()
    for seller in market.sellers:
        world.shops[seller.handle] = _shop(market, seller, at)
    for product in market.products:
        _product(world, product, opening, at)
    for creator in market.creators:
        world.creators[creator.handle] = _creator(creator, at)
    say(f"The photos of {len(market.products)} products")
    _pictures(world, at)
    for creator in market.creators:
        _collections(world, creator, at)
    for terms in market.collaborations:
        _collaboration(world, terms, at)
    for creator in market.creators:
        _reduction(world, creator, at)
    for buyer in market.buyers:
        if buyer.has_account:
            world.buyers[buyer.key] = _user(buyer.email, buyer.name)
    say("Payout accounts at the sandbox")
    _onboard(world, at)
    return world


def make_staff() -> None:
    """Make the two members of staff, unless they are there."""
    for one in (catalogue.STAFF, catalogue.SECOND_STAFF):
        _user(one.email, one.name, is_staff=True)


def staff_logins() -> list[tuple[str, str]]:
    """Give (role, e-mail) of the members of staff."""
    return [("staff", one.email) for one in (catalogue.STAFF, catalogue.SECOND_STAFF)]


def logins(market: Catalogue) -> list[tuple[str, str]]:
    """Give (role, e-mail) of everyone who can sign in with PASSWORD."""
    return [
        *staff_logins(),
        *(("seller", seller.email) for seller in market.sellers),
        *(("creator", creator.email) for creator in market.creators),
        *(("buyer", b.email) for b in market.buyers if b.has_account),
    ]


def _tax_rates(market: Catalogue) -> None:
    known = set(TaxRate.objects.filter(category="").values_list("country", flat=True))
    for rate in market.taxes:
        if rate.country not in known:
            tax.set_rate(
                country=rate.country,
                rate_bps=rate.rate_bps,
                is_included=True,
                collected_by=rate.collected_by,
            )


def _user(email: str, name: str, *, is_staff: bool = False) -> User:
    """Make someone who can sign in with the demo's password, address verified."""
    found = User.objects.filter(email=email).first()
    if found is not None:
        return found
    user = User.objects.create_user(
        email, name=name, is_staff=is_staff, is_superuser=is_staff
    )
    user.password = _hashed_password()
    user.save(update_fields=["password"])
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@functools.cache
def _hashed_password() -> str:
    """Hash the one password once: hashing is slow on purpose."""
    return make_password(PASSWORD)


def _shop(market: Catalogue, seller: shapes.Seller, at: datetime) -> Shop:
    found = Shop.objects.filter(handle=seller.handle).first()
    if found is not None:
        return found
    kind = ShopKind.BUSINESS if seller.is_business else ShopKind.PRIVATE
    address = seller.address
    legal_address = (
        f"{address.line}\n{address.postal_code} {address.city}\n"
        f"{COUNTRY_NAMES[address.country]}"
        f"\n{seller.phone}"
    )
    shop = shops.start(
        user=_user(seller.email, seller.owner),
        name=seller.name,
        handle=seller.handle,
        kind=kind,
        country=address.country,
        currency=seller.currency,
        contact_email=seller.email,
        at=at,
    )
    shops.update_profile(
        shop=shop,
        name=seller.name,
        about=seller.about,
        contact_email=seller.email,
        kind=kind,
        legal_name=seller.legal_name,
        legal_address=legal_address,
        registration_number=" · ".join(
            number for number in (seller.registration, seller.vat_number) if number
        ),
        return_days=seller.return_days,
    )
    delivery.set_delivery(
        shop=shop,
        name=CARRIERS[address.country],
        countries=list(market.delivers_to),
        price_amount=seller.delivery.amount,
        days_min=seller.delivery.min_days,
        days_max=seller.delivery.max_days,
    )
    return shop


def _product(
    world: World,
    product: shapes.Product,
    opening: dict[tuple[str, int], int],
    at: datetime,
) -> None:
    """Make a draft with its opening stock; it goes live with its first picture."""
    shop = world.shops[product.seller]
    made = Product.objects.filter(shop=shop, title=product.title).first()
    if made is None:
        made = catalog.add_product(
            shop=shop,
            title=product.title,
            description=product.description,
            category=product.category,
            option_names=product.options,
            variants=[
                catalog.VariantInput(
                    options=dict(zip(product.options, choice.values, strict=True)),
                    price_amount=choice.amount,
                    stock=opening[product.key, number],
                )
                for number, choice in enumerate(product.choices)
            ],
            at=at,
        )
    world.products[product.key] = made
    for number, variant in enumerate(made.variants.order_by("position")):
        world.variants[product.key, number] = variant


def _creator(creator: shapes.Creator, at: datetime) -> Creator:
    found = Creator.objects.filter(handle=creator.handle).first()
    return found or profiles.join(
        user=_user(creator.email, creator.name),
        handle=creator.handle,
        name=creator.name,
        country=creator.country,
        bio=creator.bio,
        at=at,
    )


def _pictures(world: World, at: datetime) -> None:
    """Upload the portraits and the products' photos that are missing; publish. The
    scenes of posts to come are rendered beside."""
    portraits = [
        c for c in world.market.creators if not world.creators[c.handle].portrait
    ]
    missing = [
        (product, number)
        for product in world.market.products
        for number in range(
            world.products[product.key].photos.count(), len(product.pictures)
        )
    ]
    scenes = [
        post.scene
        for creator in world.market.creators
        for post in creator.posts
        if not world.creators[creator.handle].posts.filter(alt=post.alt).exists()
    ]
    drawings = render.jpegs(
        [creator.portrait for creator in portraits]
        + [product.pictures[number] for product, number in missing]
        + scenes
    )
    for creator in portraits:
        profiles.set_portrait(
            creator=world.creators[creator.handle], file=_next(drawings)
        )
    for product, number in missing:
        photos.add_photo(
            product=world.products[product.key],
            file=_next(drawings),
            alt=product.alts[number],
        )
    world.scenes = dict(drawings)
    for product in world.market.products:
        if not world.products[product.key].is_live:
            catalog.publish(product=world.products[product.key], at=at)


def _next(drawings: Iterator[tuple[str, bytes]]) -> io.BytesIO:
    _name, pixels = next(drawings)
    return io.BytesIO(pixels)


def _collections(world: World, creator: shapes.Creator, at: datetime) -> None:
    owner = world.creators[creator.handle]
    for number, shelf in enumerate(creator.collections):
        made = Collection.objects.filter(creator=owner, title=shelf.title).first()
        if made is None:
            made = content.create_collection(
                creator=owner, title=shelf.title, about=shelf.about, at=at
            )
            for pick in shelf.picks:
                content.add_pick(
                    collection=made,
                    product=world.products[pick.product],
                    note=pick.note,
                )
        world.collections[creator.handle, number] = made


def _collaboration(world: World, terms: shapes.Collaboration, at: datetime) -> None:
    """Open a shop's terms and let the creators who agree join them."""
    shop = world.shops[terms.seller]
    opened = shop.collaborations.first() or partnerships.open(
        shop=shop,
        rate_bps=terms.creator_bps,
        funded_by=terms.funded_by,
        starts_at=at,
    )
    joined = set(opened.partnerships.values_list("creator_id", flat=True))
    for creator in world.market.creators:
        made = world.creators[creator.handle]
        if terms.seller in creator.joins and made.pk not in joined:
            partnerships.join(creator=made, collaboration=opened, at=at)


def _reduction(world: World, creator: shapes.Creator, at: datetime) -> None:
    """Hang a discount on the creator's code."""
    code = world.creators[creator.handle].code
    if Discount.objects.filter(creator_code=code).exists():
        return
    seller = creator.reduction.seller
    discounts.create(
        word=code.word,
        rate_bps=creator.reduction.rate_bps,
        funded_by=creator.reduction.funded_by,
        shop=world.shops[seller] if seller else None,
        creator_code=code,
        starts_at=at,
        ends_at=at + timedelta(days=365),
    )


def _onboard(world: World, at: datetime) -> None:
    """Let everyone who does so set up payouts on the provider's page."""
    parties: list[Shop | Creator] = [
        world.shops[seller.handle]
        for seller in world.market.sellers
        if seller.is_onboarded
    ]
    parties += [world.creators[creator.handle] for creator in world.market.creators]
    for party in parties:
        if not party.is_payable:
            set_up_payouts(party=party, email=email_of(party), at=at)


def set_up_payouts(*, party: Shop | Creator, email: str, at: datetime) -> None:
    """Open the payout account and press 'complete' on the provider's page."""
    onboarding.start(party=party, email=email, at=at)
    account = onboarding.account_of(party)
    assert account.provider_id is not None
    sandbox_control.onboard(account_id=account.provider_id)
    onboarding.refresh(account=account, at=at)


def email_of(party: Shop | Creator) -> str:
    """Give the address a party's payout account is opened with."""
    if isinstance(party, Shop):
        return party.contact_email
    return party.user.email


def reduce_prices(world: World, *, at: datetime) -> None:
    """Let some products cost less from now on, once."""
    for product in world.market.products[::REDUCED_EVERY]:
        for variant in world.products[product.key].variants.all():
            if variant.price_changes.count() == 1:
                less = variant.price_amount * REDUCED_TO_PERCENT // 100
                catalog.change_price(
                    variant=variant, price_amount=less // WHOLE * WHOLE, at=at
                )
