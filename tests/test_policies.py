"""Every route as every role. The table in `marketplace.policies` must name each route,
and each call must be answered as the audience below says: one's own things open, other
people's are not there (404), a stranger is sent to sign in, and a refusal changes no row.
"""

from dataclasses import dataclass, field

import pytest
from django.apps import apps
from django.core import signing
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.exceptions import NoReverseMatch

from creators.models import Collaboration, Partnership
from marketplace import policies
from marketplace.accounts import privacy
from marketplace.kit import mails, policy
from orders.models import Return, Review
from orders.services import addresses, links
from payouts.services import invoices, periods
from sellers.models import Membership, MembershipRole, Question, Shop
from sellers.services import stock_alerts
from tests.factories import buy_links as links_factory
from tests.factories import creators as make_creators
from tests.factories import disputes, market
from tests.factories import sellers as make_sellers

ROLES = (
    "stranger",
    "buyer",
    "other_buyer",
    "owner",
    "clerk",
    "other_owner",
    "creator",
    "other_creator",
    "staff",
    "superuser",
)
SIGNED_IN = frozenset(ROLES) - {"stranger"}
SHOP, OWNER = frozenset({"owner", "clerk"}), frozenset({"owner"})
ANY_CREATOR = frozenset({"creator", "other_creator"})
CREATOR, BUYER = frozenset({"creator"}), frozenset({"buyer"})
EVERYONE = frozenset(ROLES)


@dataclass
class World:
    """One shop, creator and buyer with things of their own, and people beside them."""

    users: dict = field(default_factory=dict)
    ids: dict = field(default_factory=dict)


# Route → who gets past the door, and the ids in its address (keys of World.ids).
AUDIENCE = {
    "livez": (EVERYONE, []),
    "readyz": (EVERYONE, []),
    "media": (EVERYONE, ["media"]),
    "set_language": (EVERYONE, []),
    "pages:home": (EVERYONE, []),
    "pages:legal": (EVERYONE, ["legal"]),
    "pages:party-legal": (EVERYONE, ["handle"]),
    "pages:consent": (EVERYONE, []),
    "pages:report": (EVERYONE, ["report_type", "product"]),
    "pages:embed": (EVERYONE, ["product"]),
    "pages:offline": (EVERYONE, []),
    "pages:styleguide": (EVERYONE, []),
    "pages:mails": (EVERYONE, []),
    "pages:mail": (EVERYONE, ["mail"]),
    "pages:mail-html": (EVERYONE, ["mail"]),
    "pages:mail-off": (EVERYONE, ["mail_off_token"]),
    "site:robots": (EVERYONE, []),
    "site:sitemap": (EVERYONE, []),
    "site:sitemap-section": (EVERYONE, ["section"]),
    "site:oembed": (EVERYONE, []),
    "site:card": (EVERYONE, ["product", "version"]),
    "site:favicon": (EVERYONE, []),
    "site:manifest": (EVERYONE, []),
    "site:service-worker": (EVERYONE, []),
    "account:home": (SIGNED_IN, []),
    "account:place": (SIGNED_IN, []),
    "account:sign-in": (SIGNED_IN, []),
    "account:privacy": (SIGNED_IN, []),
    "account:confirm": (SIGNED_IN, ["purpose"]),
    "account:keep": (SIGNED_IN, []),
    "account:export-file": (BUYER, ["export"]),
    "webhooks:receive": (EVERYONE, ["endpoint"]),
    "sellers:search": (EVERYONE, []),
    "sellers:category": (EVERYONE, ["category"]),
    "sellers:product": (EVERYONE, ["product", "product_slug"]),
    "sellers:product-short": (EVERYONE, ["product"]),
    "sellers:ask": (SIGNED_IN, ["product"]),
    "sellers:questions": (EVERYONE, ["product"]),
    "sellers:notify": (EVERYONE, ["product"]),
    "sellers:alert-off": (EVERYONE, ["alert_token"]),
    "reviews:of-product": (EVERYONE, ["product"]),
    "orders:review": (EVERYONE, ["order_token", "line"]),
    "orders:my-review": (BUYER, ["order", "line"]),
    "orders:seller-reviews": (SHOP, ["shop"]),
    "orders:seller-reply": (SHOP, ["shop", "review"]),
    "sell:questions": (SHOP, ["shop"]),
    "sell:question": (SHOP, ["shop", "question"]),
    "creators:profile": (EVERYONE, ["handle"]),
    "creators:follow": (EVERYONE, ["handle"]),
    "create:following": (SIGNED_IN, []),
    "creators:collection": (EVERYONE, ["handle", "collection_slug"]),
    "creators:post": (EVERYONE, ["post", "post_slug"]),
    "create:go": (EVERYONE, ["link"]),
    "buying:sheet": (EVERYONE, ["product"]),
    "buying:buy": (EVERYONE, []),
    "buying:link": (EVERYONE, ["shop_code"]),
    "orders:link-qr": (EVERYONE, ["shop_code", "qr"]),
    "orders:shop-links": (SHOP, ["shop"]),
    "orders:shop-link": (SHOP, ["shop", "shop_code"]),
    "orders:creator-links": (ANY_CREATOR, []),
    "orders:creator-link": (CREATOR, ["creator_code"]),
    "orders:cart": (EVERYONE, []),
    "orders:cart-add": (EVERYONE, []),
    "orders:cart-line": (EVERYONE, ["variant"]),
    "orders:cart-code": (EVERYONE, []),
    "orders:carry": (EVERYONE, ["cart_token"]),
    "orders:checkout": (EVERYONE, ["cart_token"]),
    "orders:return": (EVERYONE, ["order"]),
    "orders:order": (EVERYONE, ["order_token"]),
    "orders:konbini": (EVERYONE, ["order_token"]),
    "orders:find": (EVERYONE, []),
    "orders:postcodes": (EVERYONE, ["country"]),
    "orders:addresses": (SIGNED_IN, []),
    "orders:address-new": (SIGNED_IN, []),
    "orders:address": (BUYER, ["address"]),
    "orders:cards": (SIGNED_IN, []),
    "orders:mine": (SIGNED_IN, []),
    "orders:my-order": (BUYER, ["order"]),
    "orders:my-konbini": (BUYER, ["order"]),
    "orders:seller-orders": (SHOP, ["shop"]),
    "orders:seller-order": (SHOP, ["shop", "seller_order"]),
    "payouts:cancel": (EVERYONE, ["order_token", "seller_order"]),
    "payouts:withdraw": (EVERYONE, ["order_token", "seller_order"]),
    "payouts:send-back": (EVERYONE, ["order_token", "seller_order"]),
    "payouts:my-cancel": (BUYER, ["order", "seller_order"]),
    "payouts:my-withdraw": (BUYER, ["order", "seller_order"]),
    "payouts:my-send-back": (BUYER, ["order", "seller_order"]),
    "payouts:seller-refund": (OWNER, ["shop", "seller_order"]),
    "payouts:seller-return": (OWNER, ["shop", "parcel"]),
    "payouts:seller-earnings": (OWNER, ["shop"]),
    "payouts:seller-disputes": (SHOP, ["shop"]),
    "payouts:seller-dispute": (SHOP, ["shop", "dispute"]),
    "payouts:earnings": (ANY_CREATOR, []),
    "payouts:earning": (CREATOR, ["accrual"]),
    "payouts:creator-payouts": (ANY_CREATOR, []),
    "payouts:seller-statements": (OWNER, ["shop"]),
    "payouts:seller-statement": (OWNER, ["shop", "month", "currency"]),
    "payouts:seller-statement-file": (OWNER, ["shop", "month", "currency", "form"]),
    "payouts:seller-invoice": (OWNER, ["shop", "invoice"]),
    "payouts:creator-statements": (ANY_CREATOR, []),
    "payouts:creator-statement": (CREATOR, ["month", "currency"]),
    "payouts:creator-statement-file": (CREATOR, ["month", "currency", "form"]),
    "payouts:onboarding": (OWNER, ["shop"]),
    "payouts:onboarding-start": (OWNER, ["shop"]),
    "payouts:onboarding-return": (OWNER, ["shop"]),
    "sell:choose": (SIGNED_IN, []),
    "sell:start": (SIGNED_IN, []),
    "sell:home": (SHOP, ["shop"]),
    "sell:products": (SHOP, ["shop"]),
    "sell:product-new": (SHOP, ["shop"]),
    "sell:product": (SHOP, ["shop", "product"]),
    "sell:publish": (SHOP, ["shop", "product"]),
    "sell:hide": (SHOP, ["shop", "product"]),
    "sell:variants": (SHOP, ["shop", "product"]),
    "sell:photos": (SHOP, ["shop", "product"]),
    "sell:photo": (SHOP, ["shop", "product", "photo"]),
    "sell:receives": (SHOP, ["shop"]),
    "sell:delivery": (OWNER, ["shop"]),
    "sell:profile": (OWNER, ["shop"]),
    "create:home": (SIGNED_IN, []),
    "create:start": (SIGNED_IN, []),
    "create:page": (ANY_CREATOR, []),
    "create:collections": (ANY_CREATOR, []),
    "create:collection-edit": (CREATOR, ["collection"]),
    "create:collection-remove": (CREATOR, ["collection"]),
    "create:pick-add": (CREATOR, ["collection"]),
    "create:pick-change": (CREATOR, ["collection", "pick"]),
    "create:posts": (ANY_CREATOR, []),
    "create:post-new": (ANY_CREATOR, []),
    "create:post-shared": (CREATOR, ["post"]),
    "create:post-remove": (CREATOR, ["post"]),
    "create:collaborations": (ANY_CREATOR, []),
    "create:collaboration": (ANY_CREATOR, ["collaboration"]),
    "create:collaboration-leave": (CREATOR, ["collaboration"]),
    "create:shop-collaborations": (OWNER, ["shop"]),
    "create:shop-collaboration-end": (OWNER, ["shop", "collaboration"]),
}


def routes(resolver=None, namespace=""):
    """Give the name of every route the resolver knows."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = (
                f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            )
            yield from routes(pattern, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or ''}"


def test_every_route_has_a_policy_and_every_policy_a_route():
    found = set(routes())
    for name in found:
        assert policy.row_of(name), name
    named = {name for name in policies.ROUTES if not name.endswith("*")}
    assert named <= found
    assert "" not in {name.rpartition(":")[2] for name in found if "admin" not in name}


def test_every_route_of_the_table_is_called_below():
    named = {name for name in policies.ROUTES if not name.endswith("*")}
    assert named == set(AUDIENCE)


@pytest.fixture
def world(books):
    made = World()
    users = {role: make_sellers.user(f"{role}@example.com") for role in SIGNED_IN}
    for role in ("staff", "superuser"):
        users[role].is_staff = True
        users[role].is_superuser = role == "superuser"
        users[role].save()
    made.users = users
    shop = market.shop()
    Membership.objects.filter(shop=shop).update(user=users["owner"])
    Membership.objects.create(shop=shop, user=users["clerk"], role=MembershipRole.STAFF)
    Membership.objects.filter(shop=market.shop()).update(user=users["other_owner"])
    creator = market.creator(shop)
    type(creator).objects.filter(pk=creator.pk).update(user=users["creator"])
    other = market.creator(is_payable=False)
    type(other).objects.filter(pk=other.pk).update(user=users["other_creator"])
    variant = market.variant(shop, price_amount=2_000)
    order = market.buy(
        market.cart((variant, 1, creator)), market.buyer(user=users["buyer"])
    )
    part = order.seller_orders.get()
    collection = make_creators.make_collection(creator)
    post = make_creators.make_post(creator)
    pick = collection.picks.create(product=variant.product)
    product = make_sellers.product(shop=Shop.objects.get(pk=shop.pk))
    made.ids = {
        "legal": "terms",
        "country": "JP",
        "category": "kitchen",
        "report_type": "product",
        "section": "products",
        "version": "0",
        "media": "no-such-picture.webp",
        "endpoint": "platform",
        "mail": "confirmation",
        "mail_off_token": _last(
            mails.unsubscribe_url(email="maja@example.com", kind="reviews")
        ),
        "alert_token": signing.dumps(0, salt=stock_alerts.SALT),
        "shop": shop.public_id,
        "product": product.public_id,
        "product_slug": product.slug,
        "photo": product.photos.get().pk,
        "variant": variant.public_id,
        "handle": creator.handle,
        "collection": collection.public_id,
        "collection_slug": collection.slug,
        "pick": pick.pk,
        "post": post.public_id,
        "post_slug": post.slug,
        "link": creator.link.slug,
        "collaboration": Collaboration.objects.get(shop=shop).public_id,
        "order": order.public_id,
        "order_token": links.make(order=order, at=order.placed_at),
        "cart_token": "no-such-token-but-well-formed",
        "seller_order": part.public_id,
        "line": part.lines.get().public_id,
        "review": _review(part).public_id,
        "question": _question(product, users["buyer"]),
        "dispute": disputes.opened(order).public_id,
        "parcel": _parcel(part),
        "accrual": part.accruals.get(kind="share").public_id,
        "month": str(periods.Month.of(order.placed_at)),
        "currency": "EUR",
        "form": "csv",
        "invoice": _invoice(shop),
        "qr": "svg",
        "purpose": "erase",
        "address": _address(users["buyer"], order),
        "export": _export(users["buyer"], order.placed_at),
        "shop_code": links_factory.link(shop, product).code,
        "creator_code": links_factory.link(creator, variant.product).code,
    }
    assert Partnership.objects.filter(creator=creator).exists()
    return made


def _address(user, order):
    """Where the order went, kept for the next time."""
    addresses.keep_that_of(order=order, at=order.placed_at)
    return user.saved_addresses.get().public_id


def _export(user, at):
    """A copy of the buyer's data that can be fetched."""
    asked = privacy.ask_export(user=user, consent_subject="", language="en", at=at)
    privacy.make_export(request=asked, at=at)
    return asked.public_id


def _last(url):
    """What an address ends in."""
    return url.rpartition("/")[2]


def _review(part):
    """A review of the part's line, as its buyer left it."""
    line = part.lines.get()
    return Review.objects.create(
        line=line,
        product=line.variant.product,
        shop=part.shop,
        rating=4,
        language="en",
        written_at=part.order.placed_at,
    )


def _question(product, asker):
    """A question that waits for its answer."""
    made = Question.objects.create(
        product=product,
        shop=product.shop,
        asker=asker,
        text="Is it safe in a dishwasher?",
        language="en",
        asked_at=product.listed_at,
    )
    return made.public_id


def _parcel(part):
    """A return that was declined: one that may be looked at and changes nothing."""
    at = part.order.placed_at
    row = Return.objects.create(
        seller_order=part,
        kind="return",
        status="declined",
        requested_at=at,
        answer_by=at,
        closed_at=at,
    )
    return row.public_id


def _invoice(shop):
    """Issue the shop's commission invoice of its first month."""
    account = shop.connected_account
    month = periods.Month.of(account.accruals.first().accrued_at)
    invoices.issue(account=account, month=month, at=month.ends_at)
    return account.commission_invoices.get().reference


def checksum():
    """Digest every row of ours, so that a refusal can be shown to change none."""
    digests = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model.__module__.startswith(("django.", "allauth.")):
                continue
            table = model._meta.db_table
            cursor.execute(
                f"SELECT count(*), coalesce(sum(hashtext(t::text)), 0) FROM {table} t"
            )
            digests[table] = cursor.fetchone()
    return digests


def client_of(world, role):
    client = Client()
    if role != "stranger":
        client.force_login(world.users[role])
    return client


def refused(response):
    """Say how a call was turned away, or None if it came past the door."""
    if response.status_code in (403, 404):
        return response.status_code
    if response.status_code == 302 and "/account/login" in response["Location"]:
        return "sign in"
    return None


def address(world, name):
    try:
        return reverse(name, args=[world.ids[key] for key in AUDIENCE[name][1]])
    except NoReverseMatch:
        pytest.fail(f"{name} takes other arguments than {AUDIENCE[name][1]}")


# What a bare token or a missing body gives is the view's own answer, tried elsewhere.
OPEN_404 = {"media", "site:oembed", "orders:cart-line", "orders:checkout"}


@pytest.mark.django_db
def test_every_route_answers_every_role_as_its_audience_says(world):
    wrong = []
    clients = {role: client_of(world, role) for role in ROLES}
    before = checksum()
    for name, (audience, _ids) in sorted(AUDIENCE.items()):
        url = address(world, name)
        for method in sorted(policies.ROUTES[name]):
            for role in ROLES:
                if role in audience:
                    continue
                answer = clients[role].generic(method, url)
                expected = "sign in" if role == "stranger" else 404
                if refused(answer) != expected:
                    wrong.append((name, method, role, answer.status_code, expected))
    assert wrong == []
    assert checksum() == before


@pytest.mark.django_db
def test_those_of_the_audience_come_past_the_door(world):
    """Reading only, so that one role's success does not take the next one's object."""
    wrong = []
    clients = {role: client_of(world, role) for role in ROLES}
    for name, (audience, _ids) in sorted(AUDIENCE.items()):
        if "GET" not in policies.ROUTES[name] or name in OPEN_404:
            continue
        for role in sorted(audience):
            answer = clients[role].get(address(world, name))
            if refused(answer) is not None or answer.status_code >= 500:
                wrong.append((name, role, answer.status_code))
    assert wrong == []


@pytest.mark.django_db
def test_a_method_that_is_not_in_the_table_is_refused(world):
    superuser = client_of(world, "superuser")
    for name in sorted(AUDIENCE):
        unlisted = {"GET", "POST", "PUT", "DELETE", "PATCH"} - set(
            policies.ROUTES[name]
        )
        for method in sorted(unlisted):
            answer = superuser.generic(method, address(world, name))
            assert answer.status_code == 405, (name, method)


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(set(ROLES) - {"staff", "superuser"}))
def test_the_admin_shows_nothing_to_those_who_are_not_staff(world, role):
    for model in ("payouts/entry", "orders/order", "sellers/shop"):
        answer = client_of(world, role).get(f"/admin/{model}/")
        assert answer.status_code in (302, 403, 404)
        assert b"<table" not in answer.content
