"""The list of page states is whole: each page that a buyer can come to has one."""

from django.conf import settings
from django.urls import resolve
from django.utils import translation

from marketplace.policies import ROUTES
from tests.looks.catalogue import ALL, PUBLIC

# What machines ask for, what other sites show, and the doors into the work side.
NO_PAGES = {
    *("livez", "readyz", "media", "orders:link-qr", "orders:postcodes"),
    *("site:robots", "site:sitemap", "site:sitemap-section", "site:oembed"),
    *("site:card", "site:favicon", "site:manifest", "site:service-worker"),
    *("admin:*", "account_*", "pages:embed"),
    *("sell:choose", "sell:start", "create:home", "create:start"),
    *("account:export-file", "creators:follow"),
    *("payouts:onboarding", "payouts:onboarding-return"),
}
# The same pages at another address: in the account, without a slug, on the way back.
TWINS = {
    *("sellers:product-short", "orders:return", "orders:my-konbini"),
    *("orders:my-review", "payouts:my-cancel", "payouts:my-withdraw"),
    *("payouts:my-send-back",),
}


def test_every_page_a_buyer_can_come_to_has_a_state(served):
    _url, world = served
    seen = set()
    with translation.override("en"):
        for state in ALL:
            path = state.path(world).partition("?")[0]
            if state.status == 200:
                seen.add(resolve(path).view_name)
    pages = {
        name
        for name, methods in ROUTES.items()
        if "GET" in methods and methods["GET"].name in ("public", "token", "user")
    }
    assert sorted(pages - NO_PAGES - TWINS - seen - {"create:go"}) == []


def test_names_of_states_are_unique_and_can_be_files():
    names = [state.name for state in ALL]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalnum() and name.islower() for name in names)


def test_the_list_holds_all_the_kinds_of_pages():
    assert len(ALL) >= 120
    assert len(PUBLIC) >= 60
    assert {code for code, _name in settings.LANGUAGES} == {"en", "sv", "nl", "ja"}
