"""An order on every step of its way, and what its buyer may still do about it."""

import contextlib
from unittest import mock

from django.urls import reverse

from orders.models import OrderLine
from orders.services import links
from tests.looks.pages.buying import bag_of
from tests.looks.purchases import JAPAN
from tests.looks.state import Path, State, at
from tests.looks.world import World

OFTEN = 1000


def _order(name: str, query: str = "") -> Path:
    return lambda world: reverse("orders:order", args=[world.tokens[name]]) + query


def _of_part(route: str, name: str) -> Path:
    def path(world: World) -> str:
        part = world.orders[name].seller_orders.earliest("pk")
        return reverse(route, args=[world.tokens[name], part.public_id])

    return path


def _review(name: str) -> Path:
    def path(world: World) -> str:
        lines = OrderLine.objects.filter(seller_order__order=world.orders[name])
        line = lines.earliest("pk")
        return reverse("orders:review", args=[world.tokens[name], line.public_id])

    return path


@contextlib.contextmanager
def _asked_for_often(_world: World):
    """Every theme, size and language asks for the same links within the hour."""
    with mock.patch.multiple(links, SENDS_PER_EMAIL=OFTEN, SENDS_PER_ADDRESS=OFTEN):
        yield


def _own(route: str, name: str) -> Path:
    return lambda world: reverse(route, args=[world.orders[name].public_id])


def _confirm(page) -> None:
    with page.expect_navigation():
        page.locator("main form[method=post] button[type=submit]").last.click()


def _choose_reason(page) -> None:
    page.get_by_role("radio").first.check()


def _send_empty(page) -> None:
    with page.expect_navigation():
        page.evaluate(
            """() => {
                const form = document.querySelector("main form[method=post]");
                form.noValidate = true;
                form.submit();
            }"""
        )


def _find(email: str):
    def act(page) -> None:
        page.locator("input[name=email]").fill(email)
        with page.expect_navigation():
            page.evaluate(
                """() => {
                    const field = document.querySelector("main input[name=email]");
                    field.form.noValidate = true;
                    field.form.submit();
                }"""
            )

    return act


STATES = (
    State("order-awaiting-payment", _order("awaiting")),
    State("order-awaiting-own", _order("awaiting"), cookies=bag_of("awaiting")),
    State("order-being-checked", _order("awaiting", "?paid=1")),
    State("order-given-up", _order("given-up")),
    State("order-paid", _order("paid")),
    State("order-just-paid", _order("paid", "?paid=1"), cookies=bag_of("paid")),
    State("order-shipped", _order("shipped")),
    State("order-delivered", _order("delivered")),
    State("order-to-be-withdrawn", _order("to-be-withdrawn")),
    State("order-without-withdrawal", _order("engraved")),
    State("order-reviewed", _order("reviewed")),
    State("order-old", _order("old")),
    State("order-cancelled", _order("cancelled")),
    State("order-withdrawn", _order("withdrawn")),
    State("order-return-open", _order("return-open")),
    State("order-return-taken-over", _order("taken-over")),
    State("order-refunded-part", _order("refunded-part")),
    State("order-refunded", _order("refunded")),
    State("order-in-the-account", _own("orders:my-order", "delivered"), by="buyer"),
    State("order-unknown-link", at("/o/nosuchtoken"), status=404),
    State("konbini-order", _order("voucher"), settings=JAPAN),
    State(
        "konbini-voucher",
        lambda world: reverse("orders:konbini", args=[world.tokens["voucher"]]),
        settings=JAPAN,
    ),
    State("konbini-paid", _order("voucher-paid"), settings=JAPAN),
)
RIGHTS = (
    State("cancel", _of_part("payouts:cancel", "paid")),
    State("cancel-too-late", _of_part("payouts:cancel", "delivered")),
    State("withdraw", _of_part("payouts:withdraw", "delivered")),
    State("withdraw-before-shipping", _of_part("payouts:withdraw", "paid")),
    State("withdraw-too-late", _of_part("payouts:withdraw", "old")),
    State("withdraw-no-right", _of_part("payouts:withdraw", "engraved")),
    State("withdraw-limited", _of_part("payouts:withdraw", "limited")),
    State("withdraw-receipt", _order("withdrawn")),
    State("return", _of_part("payouts:send-back", "delivered")),
    State(
        "return-with-words",
        _of_part("payouts:send-back", "delivered"),
        act=_choose_reason,
    ),
    State("return-errors", _of_part("payouts:send-back", "delivered"), act=_send_empty),
    State("return-too-late", _of_part("payouts:send-back", "old")),
    State("review", _review("delivered")),
    State("review-errors", _review("delivered"), act=_send_empty),
    State("review-written", _review("reviewed")),
    State("find-my-order", at("/orders/find")),
    State("find-my-order-errors", at("/orders/find"), act=_find("maja@")),
    State(
        "find-my-order-sent",
        at("/orders/find"),
        act=_find("guest@example.com"),
        world_is=_asked_for_often,
    ),
)
