"""What a shop's owner gives back, and that the preview is what comes of it."""

import re

import pytest
from django.urls import reverse

from marketplace.kit import clock, jobs
from orders.models import OrderStatus, Refund, Return, SellerOrder
from payouts.models import ReversedShare
from payouts.services import refund_doors
from sellers.models import Membership, MembershipRole
from tests.factories import market
from tests.factories import sellers as make_sellers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def shop():
    return market.shop()


@pytest.fixture
def order(shop):
    """Two shirts of 19.95 through a creator, delivery 4.95, paid."""
    market.take_in_topups()
    shirt = market.variant(shop, price_amount=1995)
    return market.buy(market.cart((shirt, 2, market.creator(shop))))


@pytest.fixture
def owner(client, shop):
    user = make_sellers.user("owner@example.com")
    Membership.objects.filter(shop=shop).update(user=user)
    client.force_login(user)
    return client


def part_of(order) -> SellerOrder:
    return order.seller_orders.get()


def url(order) -> str:
    part = part_of(order)
    return reverse("payouts:seller-refund", args=[part.shop.public_id, part.public_id])


def parcel_url(parcel) -> str:
    shop = parcel.seller_order.shop
    return reverse("payouts:seller-return", args=[shop.public_id, parcel.public_id])


def fields(order, kind, *, shirts=0, **more):
    line = part_of(order).lines.get()
    return {
        "request_key": "press-1",
        "kind": kind,
        f"units-{line.public_id}": shirts,
        "note": "As agreed with you",
        "step": "preview",
        **more,
    }


def digest_in(answer) -> str:
    found = re.search(r'name="digest" value="(\w+)"', answer.content.decode())
    assert found
    return found[1]


def test_what_the_preview_shows_is_what_each_bears(owner, order):
    fresh = owner.get(url(order)).content.decode()
    assert re.findall(r'name="units-\w+"[^>]* value="(\d)"', fresh) == ["0"]
    wish = fields(order, "cancelled", shirts=1)
    shown = owner.post(url(order), wish)
    text = shown.content.decode()
    assert shown.status_code == 200
    assert Refund.objects.count() == 0
    for words in ("You", "Nina Berg", "The marketplace&#x27;s commission", "€19.95"):
        assert words in text

    confirmed = wish | {"step": "confirm", "digest": digest_in(shown)}
    for _press in range(2):
        assert owner.post(url(order), confirmed).status_code == 303
    made = Refund.objects.get()
    assert (made.amount, made.door, made.reason) == (1995, "seller", "cancelled")
    shares = ReversedShare.objects.values_list("role", "amount")
    assert sum(amount for _role, amount in shares) == 1995
    for role, amount in shares:
        assert f"€{amount / 100:.2f}" in text, role
    jobs.drain()
    page = owner.get(
        reverse(
            "orders:seller-order",
            args=[part_of(order).shop.public_id, part_of(order).public_id],
        )
    ).content.decode()
    assert "by the shop" in page
    assert "Refund sent" in page
    assert "Ship 1 item" in page


def test_out_of_stock_lines_are_cancelled_with_their_delivery(owner, order):
    wish = fields(order, "cancelled", shirts=2)
    shown = owner.post(url(order), wish)
    owner.post(url(order), wish | {"step": "confirm", "digest": digest_in(shown)})
    assert Refund.objects.get().amount == 2 * 1995 + 495
    assert part_of(order).status == OrderStatus.CANCELLED


def test_an_amount_leaves_the_goods_with_the_buyer(owner, order):
    market.ship(order)
    wish = fields(order, "adjustment", amount="5,50")
    shown = owner.post(url(order), wish)
    owner.post(url(order), wish | {"step": "confirm", "digest": digest_in(shown)})
    made = Refund.objects.get()
    assert (made.amount, made.reason) == (550, "adjustment")
    assert part_of(order).status == OrderStatus.DELIVERED


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "adjustment", "amount": "-1"},
        {"kind": "adjustment", "amount": "0"},
        {"kind": "adjustment", "amount": "1.005"},
        {"kind": "adjustment", "amount": "1e3"},
        {"kind": "adjustment", "amount": ""},
        {"kind": "cancelled", "shirts": 3},
        {"kind": "cancelled", "shirts": -1},
        {"kind": "cancelled", "shirts": "1.5"},
        {"kind": "cancelled", "shirts": 0},
        {"kind": "returned", "shirts": 1},
        {"kind": "cancelled", "shirts": 1, "note": ""},
        {"kind": "everything"},
    ],
)
def test_what_cannot_be_is_refused_by_the_form(owner, order, more):
    answer = owner.post(url(order), fields(order, **more) | {"step": "confirm"})
    assert answer.status_code == 422
    assert Refund.objects.count() == 0


def test_more_than_is_left_is_refused_with_what_is(owner, order):
    answer = owner.post(url(order), fields(order, "adjustment", amount="44.86"))
    assert answer.status_code == 409
    assert "44.85" in answer.content.decode()
    assert Refund.objects.count() == 0


def test_above_its_limit_a_shop_asks_the_marketplace(owner, order, settings):
    settings.SELLER_REFUND_LIMIT_AMOUNTS = {"EUR": 1000}
    wish = fields(order, "cancelled", shirts=1)
    shown = owner.post(url(order), wish)
    answer = owner.post(
        url(order), wish | {"step": "confirm", "digest": digest_in(shown)}
    )
    assert answer.status_code == 403
    assert "€10.00" in answer.content.decode()
    assert Refund.objects.count() == 0


def test_a_preview_that_is_old_is_shown_anew_and_nothing_is_done(owner, order):
    wish = fields(order, "cancelled", shirts=1, step="confirm", digest="0" * 64)
    answer = owner.post(url(order), wish)
    assert answer.status_code == 409
    assert "Something changed" in answer.content.decode()
    assert Refund.objects.count() == 0


def test_a_foreign_line_and_another_shops_order_are_not_found(owner, order, shop):
    other = market.buy(
        market.cart((market.variant(market.shop(), price_amount=900), 1))
    )
    foreign = f"units-{part_of(other).lines.get().public_id}"
    wish = fields(order, "cancelled") | {foreign: 1}
    assert owner.post(url(order), wish).status_code == 404
    assert owner.get(url(other)).status_code == 404
    mixed = reverse(
        "payouts:seller-refund", args=[shop.public_id, part_of(other).public_id]
    )
    assert owner.get(mixed).status_code == 404
    assert owner.post(mixed, fields(order, "cancelled")).status_code == 404
    assert Refund.objects.count() == 0


def test_a_shops_staff_sees_no_button_and_no_form(client, order, shop):
    clerk = make_sellers.user("clerk@example.com")
    Membership.objects.create(shop=shop, user=clerk, role=MembershipRole.STAFF)
    client.force_login(clerk)
    part = part_of(order)
    page = client.get(
        reverse("orders:seller-order", args=[shop.public_id, part.public_id])
    )
    assert page.status_code == 200
    assert url(order) not in page.content.decode()
    assert client.get(url(order)).status_code == 404
    assert client.post(url(order), fields(order, "cancelled")).status_code == 404
    assert Refund.objects.count() == 0


@pytest.fixture
def parcel(order):
    market.ship(order)
    return refund_doors.request_return(
        seller_order=part_of(order), quantities=None, note="Torn", at=clock.now()
    )


def test_goods_that_came_back_are_refunded_once(owner, parcel):
    shown = owner.get(parcel_url(parcel)).content.decode()
    assert "Torn" in shown
    assert "€39.90" in shown
    assert "€44.85" in owner.get(
        parcel_url(parcel), {"with_delivery": "on"}
    ).content.decode().replace("&#x20AC;", "€")

    sent = {"step": "receive", "with_delivery": "on", "is_restocked": "on"}
    for _press in range(2):
        assert owner.post(parcel_url(parcel), sent).status_code == 303
    assert Refund.objects.get().amount == 4485
    parcel.refresh_from_db()
    assert parcel.status == "refunded"


def test_a_return_is_declined_with_a_reason_and_a_withdrawal_is_not(
    owner, order, parcel
):
    assert owner.post(parcel_url(parcel), {"step": "decline"}).status_code == 422
    owner.post(parcel_url(parcel), {"step": "decline", "note": "It was worn"})
    parcel.refresh_from_db()
    assert parcel.status == "declined"
    assert part_of(order).status == OrderStatus.DELIVERED

    withdrawal = refund_doors.withdraw(
        seller_order=part_of(order),
        quantities=None,
        actor="",
        request_key="w",
        at=clock.now(),
    ).parcel
    assert withdrawal is not None
    owner.post(parcel_url(withdrawal), {"step": "decline", "note": "No"})
    assert Return.objects.get(pk=withdrawal.pk).status == "open"
    assert Refund.objects.count() == 0
