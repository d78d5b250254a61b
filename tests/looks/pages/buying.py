"""The buy sheet, buy links, the bag and the checkout."""

from collections.abc import Callable, Mapping

from django.urls import reverse

from orders.views import cart as cart_views
from tests.looks.purchases import JAPAN
from tests.looks.state import Path, State, at
from tests.looks.world import World


def _sheet(name: str, page: str = "table") -> Path:
    def path(world: World) -> str:
        thing = world.products[name].public_id
        return f"{world.posts[page].get_absolute_url()}?buy={thing}"

    return path


def _choose_first(page) -> None:
    page.locator("dialog[open] input[type=radio]:enabled").first.check(force=True)


def _alone(name: str) -> Path:
    return lambda world: reverse("buying:sheet", args=[world.products[name].public_id])


def _link(name: str, query: str = "") -> Path:
    return lambda world: reverse("buying:link", args=[world.links[name]]) + query


def bag_of(name: str) -> Callable[[World], Mapping[str, str]]:
    return lambda world: {"cart": world.carts[name][0]}


def _checkout(name: str) -> Path:
    return lambda world: cart_views.checkout_url(world.carts[name][1])


def _cart(name: str, called: str, **fields) -> State:
    return State(name, at("/cart"), cookies=bag_of(called), **fields)


def _type_code(page) -> None:
    page.locator("input[name=code]").locator("xpath=ancestor::details").evaluate(
        "one => { one.open = true }"
    )
    page.locator("input[name=code]").fill("NOSUCHCODE")
    with page.expect_navigation():
        page.locator("input[name=code]").press("Enter")


def type_postcode(page) -> None:
    page.locator("[name=postal_code]").fill("604-8005")
    page.locator("[data-postcode-said]:not(:empty)").wait_for()


def _send_empty(page) -> None:
    with page.expect_navigation():
        page.evaluate(
            """() => {
                const form = document.querySelector("main form[method=post]");
                form.noValidate = true;
                form.querySelectorAll("input:not([type=hidden])").forEach(one => {
                    if (one.type !== "radio" && one.type !== "checkbox") one.value = "";
                });
                form.querySelector("[name=email]").value = "maja@";
                form.submit();
            }"""
        )


SHEETS = (
    State("sheet", _sheet("mug"), is_public=True),
    State("sheet-unchosen", _sheet("shirt"), is_public=True),
    State("sheet-chosen", _sheet("shirt"), is_public=True, act=_choose_first),
    State("sheet-sold-out", _sheet("sold-out"), is_public=True),
    State("sheet-long-name", _sheet("blanket"), is_public=True),
    State("sheet-long-variants", _sheet("chair"), is_public=True),
    State("sheet-gone", _sheet("hidden"), is_public=True),
    State("sheet-custom-made", _sheet("engraved"), is_public=True),
    State("sheet-sealed", _sheet("sealed"), is_public=True),
    State("sheet-saved-card", _sheet("mug"), by="buyer"),
    State("sheet-alone", _alone("shirt"), is_public=True),
    State("link-product", _link("product"), is_public=True),
    State("link-fixed-price", _link("fixed"), is_public=True),
    State("link-bundle", _link("bundle"), is_public=True),
    State("link-closed", _link("bundle", "?look"), is_public=True),
    State("link-expired", _link("expired"), is_public=True),
    State("link-used-up", _link("used-up"), is_public=True),
    State("link-not-sent-there", _link("fixed", "?country=DE"), is_public=True),
    State("link-sold-out", _link("sold-out"), is_public=True),
)
CARTS = (
    State("cart-empty", at("/cart")),
    _cart("cart", "one"),
    _cart("cart-several-sellers", "sellers"),
    _cart("cart-changed", "changed"),
    _cart("cart-nothing-left", "gone"),
    _cart("cart-code", "code"),
    _cart("cart-wrong-code", "one", act=_type_code),
)
CHECKOUTS = (
    State("checkout", _checkout("one"), cookies=bag_of("one")),
    State(
        "checkout-japan",
        _checkout("kyoto"),
        cookies=bag_of("kyoto"),
        settings=JAPAN,
        act=type_postcode,
    ),
    State("checkout-several-sellers", _checkout("sellers"), cookies=bag_of("sellers")),
    State("checkout-limited", _checkout("limited"), cookies=bag_of("limited")),
    State("checkout-code", _checkout("code"), cookies=bag_of("code")),
    State("checkout-changed", _checkout("changed"), cookies=bag_of("changed")),
    State("checkout-errors", _checkout("one"), cookies=bag_of("one"), act=_send_empty),
    State("checkout-newcomer", _checkout("one"), by="newcomer", cookies=bag_of("one")),
    State("checkout-saved-card", _checkout("one"), by="buyer", cookies=bag_of("one")),
)
