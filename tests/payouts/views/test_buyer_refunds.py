"""What a buyer presses to get money back: cancel, withdraw, return; by link or account."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from marketplace.kit import clock, jobs
from marketplace.kit.templatetags.formats import write_day
from orders.models import OrderStatus, Refund, Return, SellerOrder
from orders.services import fulfilment, links, refunding
from payouts.services import buyer_rights, refund_doors
from tests.factories import disputes as make_disputes
from tests.factories import market
from tests.factories import sellers as make_sellers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def order():
    """Two shirts of 19.95 and a mug of 24.50 from one shop, delivery 4.95, paid."""
    market.take_in_topups()
    shop = market.shop()
    shirt = market.variant(shop, price_amount=1995)
    mug = market.variant(shop, price_amount=2450)
    return market.buy(market.cart((shirt, 2), (mug, 1)))


def part_of(order) -> SellerOrder:
    return order.seller_orders.get()


def url(order, what):
    token = links.make(order=order, at=clock.now())
    return reverse(f"payouts:{what}", args=[token, part_of(order).public_id])


def units(order, **wanted) -> dict[str, int]:
    """Fields for the first line (`shirt`) and the second (`mug`)."""
    first, second = part_of(order).lines.order_by("pk")
    names = {"shirt": first.public_id, "mug": second.public_id}
    return {f"units-{names[name]}": n for name, n in wanted.items()}


def page(client, order):
    token = links.make(order=order, at=clock.now())
    answer = client.get(reverse("orders:order", args=[token]))
    return answer.content.decode()


def paying(text) -> list[str]:
    """The pills beside how the order was paid."""
    section = text.split('aria-labelledby="paying"')[1].split("</section>")[0]
    return re.findall(r'<span class="pill[^>]*>.*?</svg>([^<]*)</span>', section, re.S)


def send(client, address, **fields):
    return client.post(address, {"request_key": "press-1", **fields})


def test_a_purchase_is_cancelled_with_one_confirm_and_pressed_twice_is_once(
    client, order
):
    address = url(order, "cancel")
    shown = client.get(address).content.decode()
    assert "Confirm cancellation" in shown
    assert "€69.35" in shown
    assert Refund.objects.count() == 0

    for _press in range(2):
        answer = send(client, address)
        assert answer.status_code == 303
    made = Refund.objects.get()
    assert (made.amount, made.door, made.reason) == (6935, "buyer", "cancelled")
    assert part_of(order).status == OrderStatus.CANCELLED

    jobs.drain()
    text = page(client, order)
    assert "This order is over" in text
    assert "Refund sent" in text
    assert paying(text) == ["Refunded"]
    assert "To be refunded" not in text
    assert "−€69.35" in text
    assert "Withdraw from contract here" not in text


def test_after_thirty_minutes_it_is_said_what_is_still_possible(client, order):
    market.advance(timedelta(minutes=31))
    address = url(order, "cancel")
    shown = client.get(address).content.decode()
    assert "This can no longer be cancelled at once" in shown
    assert "Withdraw from contract here" in shown

    send(client, address)
    assert Refund.objects.count() == 0


def test_a_shipped_purchase_is_withdrawn_from_in_two_steps_and_waits_for_the_goods(
    client, order
):
    market.ship(order)
    assert "Withdraw from contract here" in page(client, order)
    address = url(order, "withdraw")
    shown = client.get(address).content.decode()
    assert "Confirm withdrawal" in shown
    assert "€69.35" in shown
    assert "maja@example.com" not in shown
    assert re.findall(r'name="units-\w+"[^>]* value="(\d)"', shown) == ["2", "1"]
    assert Return.objects.count() == 0

    send(client, address, **units(order, shirt=2, mug=1))
    parcel = Return.objects.get()
    assert (parcel.kind, parcel.status) == ("withdrawal", "open")
    assert part_of(order).status == OrderStatus.WITHDRAWN
    send(client, address, **units(order, shirt=2, mug=1))
    assert Return.objects.count() == 1
    assert Refund.objects.count() == 0
    text = page(client, order)
    assert "You withdrew on" in text
    assert "You withdrew from this order" in text
    until = write_day(parcel.requested_at + timedelta(days=14))
    assert f"Send it back by {until}." in text
    assert text.index("Send it to") < text.index("Keizersgracht 1")
    assert text.index("Keizersgracht 1") < text.index("If the seller has neither")
    assert "Write a review" not in text


def test_part_of_what_is_not_shipped_is_withdrawn_from_and_refunded_at_once(
    client, order
):
    market.advance(timedelta(hours=2))
    address = url(order, "withdraw")
    seen = client.get(address, units(order, shirt=1)).content.decode()
    assert "€19.95" in seen

    for _press in range(2):
        send(client, address, **units(order, shirt=1, mug=0))
    assert Refund.objects.get().amount == 1995
    text = page(client, order)
    assert "Cancelled" in text
    assert "−€19.95" in text


@pytest.mark.parametrize("typed", ["-1", "1.5", "3", "NaN", "1e3", ""])
def test_a_quantity_that_is_none_changes_nothing(client, order, typed):
    address = url(order, "withdraw")
    answer = send(client, address, **units(order, shirt=typed))
    assert answer.status_code == 422
    assert Refund.objects.count() == Return.objects.count() == 0


def test_a_line_of_somebody_else_is_not_found(client, order):
    other = market.buy(
        market.cart((market.variant(market.shop(), price_amount=900), 1))
    )
    foreign = f"units-{part_of(other).lines.get().public_id}"
    for what in ("withdraw", "send-back"):
        answer = send(client, url(order, what), **{foreign: 1})
        assert answer.status_code == 404
    token = links.make(order=order, at=clock.now())
    for what in ("cancel", "withdraw", "send-back"):
        strange = reverse(f"payouts:{what}", args=[token, part_of(other).public_id])
        assert client.get(strange).status_code == 404
        assert client.post(strange).status_code == 404
    assert Refund.objects.count() == Return.objects.count() == 0


def test_a_return_needs_a_reason_and_asks_for_the_goods_first(client, order):
    market.ship(order)
    address = url(order, "send-back")
    answer = send(client, address, **units(order, mug=1))
    assert answer.status_code == 422
    assert Return.objects.count() == 0

    send(
        client,
        address,
        reason="damaged",
        note="A crack\x00 in it",
        **units(order, shirt=0, mug=1),
    )
    assert Return.objects.count() == 0
    send(
        client,
        address,
        reason="damaged",
        note="A crack in it",
        **units(order, shirt=0, mug=1),
    )
    parcel = Return.objects.get()
    assert (parcel.kind, parcel.note) == (
        "return",
        "It is damaged or does not work. A crack in it",
    )
    assert part_of(order).status == OrderStatus.RETURN_OPEN
    assert Refund.objects.count() == 0


def test_fourteen_days_after_it_arrived_only_the_seller_can_help(client, order):
    market.ship(order)
    market.advance(timedelta(days=14, minutes=1))
    part = part_of(order)
    type(part.shop).objects.update(return_days=30)
    address = url(order, "withdraw")
    shown = client.get(address).content.decode()
    assert "You cannot withdraw from this any more" in shown
    assert "takes goods back until" in shown
    send(client, address, **units(order, shirt=1))
    assert Return.objects.count() == 0

    market.advance(timedelta(days=17))
    shown = client.get(url(order, "send-back")).content.decode()
    assert "This cannot be returned any more" in shown
    assert part.shop.contact_email in shown


def test_while_the_bank_decides_nothing_is_offered_or_done(client, order):
    make_disputes.opened(order)
    text = page(client, order)
    assert "Your bank is looking at this payment" in text
    assert "Withdraw from contract here" not in text
    answer = send(client, url(order, "cancel"))
    assert answer.status_code == 303
    assert Refund.objects.count() == 0


def test_the_page_follows_what_the_bank_decides(client, order):
    dispute = make_disputes.opened(order)
    total = re.escape("69.35")
    lost = make_disputes.decided(dispute, "lost")
    text = page(client, order)
    assert "Your bank gave you the money back" in text
    assert re.search(
        rf"Given back by your bank.*?{total}.*?Paid in the end", text, re.S
    )
    shown = client.get(url(order, "withdraw")).content.decode()
    assert "There is nothing left to pay back" in shown

    make_disputes.appealed(lost)
    text = page(client, order)
    assert "Your bank has decided" in text
    assert "Given back by your bank" not in text
    assert "Paid in the end" not in text


@pytest.mark.parametrize(
    ("status", "word"),
    [("requested", "Requested"), ("waits_for_buyer", "Needs your bank account")],
)
def test_a_refund_that_was_not_sent_is_to_be_refunded(client, order, status, word):
    send(client, url(order, "cancel"))
    jobs.drain()
    Refund.objects.update(status=status)
    text = page(client, order)
    assert paying(text) == ["To be refunded"]
    assert text.count("To be refunded") == 2
    assert "<dt>Refunded</dt>" not in text
    assert word in text
    assert "Refund waits for buyer" not in text


def test_a_buyer_reaches_the_same_pages_in_the_account(client, order):
    user = make_sellers.user("buyer@example.com")
    type(order).objects.filter(pk=order.pk).update(user=user)
    client.force_login(user)
    part = part_of(order)
    mine = client.get(reverse("orders:my-order", args=[order.public_id]))
    address = reverse("payouts:my-cancel", args=[order.public_id, part.public_id])
    assert address in mine.content.decode()
    send(client, address)
    assert Refund.objects.get().actor == str(user.pk)


def test_a_revoked_link_opens_nothing(client, order):
    address = url(order, "cancel")
    links.revoke(order=order, at=clock.now())
    assert client.get(address).status_code == 404
    assert send(client, address).status_code == 404
    assert Refund.objects.count() == 0


def test_what_the_page_counts_is_what_the_doors_count(order):
    part = part_of(order)
    shirt, _mug = part.lines.order_by("pk")
    refund_doors.withdraw(
        seller_order=part,
        quantities={shirt.pk: 1},
        actor="",
        request_key="w",
        at=clock.now(),
    )
    part.refresh_from_db()
    fulfilment.ship(
        seller_order=part,
        carrier="PostNL",
        tracking_number="3S",
        quantities={shirt.pk: 1},
        at=clock.now(),
    )
    part.refresh_from_db()
    read = buyer_rights.rights(
        parts=[part], back=buyer_rights.back(order=part.order), at=clock.now()
    )[part.pk]
    assert read.to_ship == fulfilment.units_to_ship(seller_order=part)
    assert read.with_buyer == refunding.units_with_buyer(part=part)
    assert read.can_cancel == refund_doors.can_cancel(seller_order=part, at=clock.now())
