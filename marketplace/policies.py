"""The one table of who may call what: route → method → policy.

`kit.policy` enforces it; `tests/test_policies.py` calls every route as every role.
Object access is finer than a route and is the views' `visible_to`.
"""

from collections.abc import Mapping

from django.http import HttpRequest

from marketplace.kit.policy import Policy


def _anyone(request: HttpRequest) -> bool:
    return True


def _signed_in(request: HttpRequest) -> bool:
    return request.user.is_authenticated


def _staff(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_staff


def _seller(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.memberships.exists()


def _seller_owner(request: HttpRequest) -> bool:
    if not request.user.is_authenticated or request.resolver_match is None:
        return False
    shop = request.resolver_match.kwargs["shop"]
    owned = request.user.memberships.filter(role="owner", shop__public_id=shop)
    return bool(owned.exists())


def _creator(request: HttpRequest) -> bool:
    return request.user.is_authenticated and hasattr(request.user, "creator")


PUBLIC = Policy("public", _anyone, needs_login=False)
# The address itself carries an unguessable token; the view finds the one object.
TOKEN = Policy("token", _anyone, needs_login=False)
# The body is signed by Stripe; the view verifies before it reads.
SIGNED = Policy("signed", _anyone, needs_login=False)
USER = Policy("user", _signed_in)
# Someone who runs a shop; which one is the view's question.
SELLER = Policy("seller", _seller, refusal=404)
# The owner of the very shop in the address.
SELLER_OWNER = Policy("seller_owner", _seller_owner, refusal=404)
CREATOR = Policy("creator", _creator, refusal=404)
STAFF = Policy("staff", _staff, refusal=404)


def _read(policy: Policy) -> Mapping[str, Policy]:
    return {"GET": policy}


def _send(policy: Policy) -> Mapping[str, Policy]:
    return {"POST": policy}


def _form(policy: Policy) -> Mapping[str, Policy]:
    return {"GET": policy, "POST": policy}


ROUTES: dict[str, Mapping[str, Policy]] = {
    "livez": _read(PUBLIC),
    "readyz": _read(PUBLIC),
    "media": _read(PUBLIC),
    # Django's admin asks for staff itself; its sign-in page must stay reachable.
    "admin:*": _form(PUBLIC),
    "account_*": _form(PUBLIC),
    "set_language": _send(PUBLIC),
    "pages:home": _read(PUBLIC),
    "pages:legal": _read(PUBLIC),
    "pages:party-legal": _read(PUBLIC),
    "pages:consent": _form(PUBLIC),
    "pages:report": _form(PUBLIC),
    "pages:embed": _read(PUBLIC),
    "pages:offline": _read(PUBLIC),
    "pages:styleguide": _read(PUBLIC),
    "pages:mails": _read(PUBLIC),
    "pages:mail": _read(PUBLIC),
    "pages:mail-html": _read(PUBLIC),
    "pages:mail-off": _form(TOKEN),
    "site:robots": _read(PUBLIC),
    "site:sitemap": _read(PUBLIC),
    "site:sitemap-section": _read(PUBLIC),
    "site:oembed": _read(PUBLIC),
    "site:card": _read(PUBLIC),
    "site:favicon": _read(PUBLIC),
    "site:manifest": _read(PUBLIC),
    "site:service-worker": _read(PUBLIC),
    "account:home": _read(USER),
    "account:place": _form(USER),
    "account:sign-in": _read(USER),
    "account:privacy": _read(USER),
    "account:confirm": _form(USER),
    "account:keep": _send(USER),
    "account:export-file": _read(USER),
    "webhooks:receive": _send(SIGNED),
    # --- sellers
    "sellers:search": _read(PUBLIC),
    "sellers:category": _read(PUBLIC),
    "sellers:product": _read(PUBLIC),
    "sellers:product-short": _read(PUBLIC),
    "sellers:ask": _form(USER),
    "sellers:questions": _read(PUBLIC),
    "sellers:notify": _form(PUBLIC),
    "sellers:alert-off": _form(TOKEN),
    "sell:questions": _read(SELLER),
    "sell:question": _send(SELLER),
    "sell:choose": _read(USER),
    "sell:start": _form(USER),
    "sell:home": _read(SELLER),
    "sell:products": _read(SELLER),
    "sell:product-new": _form(SELLER),
    "sell:product": _form(SELLER),
    "sell:publish": _send(SELLER),
    "sell:hide": _send(SELLER),
    "sell:variants": _send(SELLER),
    "sell:photos": _send(SELLER),
    "sell:photo": _send(SELLER),
    "sell:receives": _read(SELLER),
    "sell:delivery": _form(SELLER_OWNER),
    "sell:profile": _form(SELLER_OWNER),
    # --- creators: what buyers see, the studio, a shop's terms
    "creators:profile": _read(PUBLIC),
    # A stranger who presses Follow signs in first.
    "creators:follow": _form(PUBLIC),
    "create:following": _read(USER),
    "creators:collection": _read(PUBLIC),
    "creators:post": _read(PUBLIC),
    "create:go": _read(PUBLIC),
    # Both lead a person without a creator page to the form that makes one.
    "create:home": _read(USER),
    "create:start": _form(USER),
    "create:page": _form(CREATOR),
    "create:collections": _form(CREATOR),
    "create:collection-edit": _form(CREATOR),
    "create:collection-remove": _send(CREATOR),
    "create:pick-add": _send(CREATOR),
    "create:pick-change": _send(CREATOR),
    "create:posts": _read(CREATOR),
    "create:post-new": _form(CREATOR),
    "create:post-shared": _form(CREATOR),
    "create:post-remove": _send(CREATOR),
    "create:collaborations": _read(CREATOR),
    "create:collaboration": _form(CREATOR),
    "create:collaboration-leave": _send(CREATOR),
    "create:shop-collaborations": _form(SELLER_OWNER),
    "create:shop-collaboration-end": _send(SELLER_OWNER),
    # --- orders
    "buying:sheet": _read(PUBLIC),
    "buying:buy": _send(PUBLIC),
    "buying:link": _form(PUBLIC),
    "orders:link-qr": _read(PUBLIC),
    "orders:shop-links": _form(SELLER),
    "orders:shop-link": _form(SELLER),
    "orders:creator-links": _form(CREATOR),
    "orders:creator-link": _form(CREATOR),
    "orders:cart": _read(PUBLIC),
    "orders:cart-add": _send(PUBLIC),
    "orders:cart-line": _send(PUBLIC),
    "orders:carry": _form(TOKEN),
    "orders:cart-code": _send(PUBLIC),
    "orders:checkout": _form(TOKEN),
    "orders:return": _read(PUBLIC),
    "orders:order": _form(TOKEN),
    "orders:konbini": _read(TOKEN),
    "orders:review": _form(TOKEN),
    "orders:my-review": _form(USER),
    "orders:seller-reviews": _read(SELLER),
    "orders:seller-reply": _send(SELLER),
    "reviews:of-product": _read(PUBLIC),
    "orders:find": _form(PUBLIC),
    "orders:postcodes": _read(PUBLIC),
    "orders:addresses": _form(USER),
    "orders:address-new": _form(USER),
    "orders:address": _form(USER),
    "orders:cards": _form(USER),
    "orders:mine": _read(USER),
    "orders:my-order": _form(USER),
    "orders:my-konbini": _read(USER),
    "orders:seller-orders": _read(SELLER),
    "orders:seller-order": _form(SELLER),
    # --- payouts
    "payouts:cancel": _form(TOKEN),
    "payouts:withdraw": _form(TOKEN),
    "payouts:send-back": _form(TOKEN),
    "payouts:my-cancel": _form(USER),
    "payouts:my-withdraw": _form(USER),
    "payouts:my-send-back": _form(USER),
    "payouts:seller-refund": _form(SELLER_OWNER),
    "payouts:seller-return": _form(SELLER_OWNER),
    "payouts:seller-earnings": _read(SELLER_OWNER),
    "payouts:seller-disputes": _read(SELLER),
    "payouts:seller-dispute": _form(SELLER),
    "payouts:earnings": _read(CREATOR),
    "payouts:earning": _read(CREATOR),
    "payouts:creator-payouts": _read(CREATOR),
    "payouts:seller-statements": _read(SELLER_OWNER),
    "payouts:seller-statement": _read(SELLER_OWNER),
    "payouts:seller-statement-file": _read(SELLER_OWNER),
    "payouts:seller-invoice": _read(SELLER_OWNER),
    "payouts:creator-statements": _read(CREATOR),
    "payouts:creator-statement": _read(CREATOR),
    "payouts:creator-statement-file": _read(CREATOR),
    "payouts:onboarding": _read(USER),
    "payouts:onboarding-start": _send(USER),
    "payouts:onboarding-return": _read(USER),
}
