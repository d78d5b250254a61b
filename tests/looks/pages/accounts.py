"""Signing in, the account, the pages of words, and what went wrong."""

import contextlib
from unittest import mock

from django.core.cache import cache
from django.urls import reverse

from creators import queries
from marketplace.kit import switches
from orders.services import addresses
from tests.looks.pages import buying
from tests.looks.purchases import JAPAN
from tests.looks.state import Path, State, at
from tests.looks.world import World


def _legal(name: str) -> Path:
    return lambda _world: reverse("pages:legal", args=[name])


def _party(handle: str) -> Path:
    return lambda _world: reverse("pages:party-legal", args=[handle])


def _address(world: World) -> str:
    kept = addresses.default_of(user=world.people["buyer"])
    assert kept is not None
    return reverse("orders:address", args=[kept.public_id])


def _report(world: World) -> str:
    return reverse("pages:report", args=["product", world.products["mug"].public_id])


def _consent(_world: World) -> str:
    return reverse("pages:consent")


def _home(_world: World) -> str:
    return reverse("pages:home")


def _nowhere(_world: World) -> str:
    return f"{reverse('pages:home')}nothing-here"


def _send_empty(page) -> None:
    with page.expect_navigation():
        page.evaluate(
            """() => {
                const form = document.querySelector("main form[method=post]");
                form.noValidate = true;
                form.submit();
            }"""
        )


def _report_it(page) -> None:
    page.locator("main input[type=radio], main select").first.evaluate(
        """one => {
            if (one.type === "radio") one.checked = true;
            else one.selectedIndex = 1;
        }"""
    )
    page.locator("main textarea").first.fill("It is not what the picture shows.")
    for name, words in (("name", "Ida Lund"), ("email", "ida@example.com")):
        page.locator(f"main input[name={name}]").fill(words)
    page.evaluate(
        "document.querySelectorAll('main input[type=checkbox]')"
        ".forEach(one => { one.checked = true })"
    )
    with page.expect_navigation():
        page.locator("main form[method=post] [type=submit]").last.click()


def _ask_for_a_code(page) -> None:
    page.locator("main input[name=email]").fill("nobody@example.com")
    with page.expect_navigation():
        page.locator("main form[method=post] [type=submit]").last.click()


@contextlib.contextmanager
def _a_fault(_world: World):
    with mock.patch.object(queries, "front_creators", side_effect=ZeroDivisionError):
        yield


@contextlib.contextmanager
def _maintenance(_world: World):
    cache.set(f"switch:{switches.MAINTENANCE}", True)
    switches._seen.clear()
    try:
        yield
    finally:
        cache.delete(f"switch:{switches.MAINTENANCE}")
        switches._seen.clear()


BOTH = {"CONSENT_PURPOSES": ["attribution", "analytics"]}
STATES = (
    State("sign-in", at("/account/login/")),
    State("sign-in-errors", at("/account/login/"), act=_send_empty),
    State("sign-in-code", at("/account/login/code/")),
    State("sign-in-code-sent", at("/account/login/code/"), act=_ask_for_a_code),
    State("sign-up", at("/account/signup/")),
    State("sign-up-errors", at("/account/signup/"), act=_send_empty),
    State("password-reset", at("/account/password/reset/")),
    State("sign-out", at("/account/logout/"), by="buyer"),
    State("account-email", at("/account/email/"), by="buyer"),
    State("account-password", at("/account/password/set/"), by="buyer"),
    State("account-orders", at("/account/orders"), by="buyer"),
    State("account-orders-empty", at("/account/orders"), by="newcomer"),
    State("account-cards", at("/account/cards"), by="buyer"),
    State("account-cards-empty", at("/account/cards"), by="newcomer"),
    State("account", at("/account"), by="buyer"),
    State("account-place", at("/account/place"), by="buyer"),
    State("account-sign-in", at("/account/sign-in"), by="buyer"),
    State("account-privacy", at("/account/privacy"), by="buyer"),
    State("account-erase", at("/account/privacy/erase"), by="buyer"),
    State("account-addresses", at("/account/addresses"), by="buyer"),
    State("account-addresses-empty", at("/account/addresses"), by="newcomer"),
    State("account-address-new", at("/account/addresses/new"), by="newcomer"),
    State(
        "account-address-errors",
        at("/account/addresses/new"),
        by="newcomer",
        act=_send_empty,
    ),
    State(
        "account-address-japan",
        at("/account/addresses/new"),
        by="newcomer",
        settings=JAPAN,
        act=buying.type_postcode,
    ),
    State("account-address", _address, by="buyer"),
    State("account-following", at("/account/following"), by="buyer"),
    State("account-following-empty", at("/account/following"), by="newcomer"),
)
WORDS = (
    *(
        State(f"legal-{name}", _legal(name), is_public=True)
        for name in ("terms", "privacy", "cookies", "returns", "imprint", "dsa")
    ),
    State("legal-tokushoho", _legal("tokushoho"), is_public=True),
    State("legal-of-business", _party("lerkulla"), is_public=True),
    State("legal-of-private", _party("ingrid"), is_public=True),
    State("legal-of-creator", _party("elin"), is_public=True),
    State("consent-nothing-asked", _consent, is_public=True),
    State("consent", _consent, is_public=True, settings=BOTH),
    State("consent-bar", _home, is_public=True, settings=BOTH),
    State("report", _report, is_public=True),
    State("report-errors", _report, is_public=True, act=_send_empty),
    State("report-receipt", _report, is_public=True, act=_report_it),
    State("styleguide", lambda _world: reverse("pages:styleguide")),
)
FAILURES = (
    State("error-404", _nowhere, status=404),
    State("error-405", at("/cart/add"), status=405),
    State(
        "error-429",
        lambda _world: reverse("sellers:search"),
        status=429,
        settings={"SEARCHES_PER_MINUTE": 0},
    ),
    State("error-500", _home, status=500, world_is=_a_fault),
    State("error-503", _home, status=503, world_is=_maintenance),
    State("offline", lambda _world: reverse("pages:offline"), is_public=True),
    State("no-link", at("/go/nosuchlink"), status=404),
)
