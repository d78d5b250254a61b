"""What cannot be withdrawn from: said before it is bought, frozen when it is, left out of
the withdrawal afterwards; and what was sealed, which its seller may refuse unsealed.
"""

import pytest
from django.core import mail
from django.urls import reverse

from marketplace.kit import clock, jobs
from orders.models import Order, OrderLine, OrderStatus, Refund, Return
from orders.services import checkout, links, quotes, returns
from payouts.services import refund_doors
from payouts.services.refunds import Units
from sellers.models import Product
from tests.factories import market

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
CUSTOM = "Made to your own measure or wish"
SEALED = "you can change your mind while the seal is unbroken"


def thing(shop, title, exception="", amount=2000):
    variant = market.variant(shop, price_amount=amount)
    Product.objects.filter(pk=variant.product_id).update(
        title=title, withdrawal_exception=exception
    )
    variant.refresh_from_db()
    variant.product.refresh_from_db()
    return variant


@pytest.fixture
def shop():
    market.take_in_topups()
    return market.shop()


@pytest.fixture
def ring(shop):
    return thing(shop, "Engraved ring", "custom_made", 3000)


@pytest.fixture
def soap(shop):
    return thing(shop, "Soap", "sealed_hygiene", 1000)


@pytest.fixture
def mug(shop):
    return thing(shop, "Mug")


def bought(*variants):
    order = market.buy(market.cart(*((one, 1) for one in variants)))
    market.ship(order)
    return order


def part_of(order):
    return order.seller_orders.get()


def line_of(order, title):
    return OrderLine.objects.get(seller_order__order=order, title=title)


def order_page(client, order):
    token = links.make(order=order, at=clock.now())
    return client.get(reverse("orders:order", args=[token])).content.decode()


def url(order, what):
    token = links.make(order=order, at=clock.now())
    return reverse(f"payouts:{what}", args=[token, part_of(order).public_id])


def withdraw(order, quantities=None, key="press-1"):
    return refund_doors.withdraw(
        seller_order=part_of(order),
        quantities=quantities,
        actor="link",
        request_key=key,
        at=clock.now(),
    )


def decline(parcel):
    return refund_doors.decline_return(
        parcel=parcel, actor="1", note="The seal is broken.", at=clock.now()
    )


# --- after it was bought -----------------------------------------------------------
def test_a_thing_made_to_measure_is_left_out_of_the_withdrawal_with_the_reason(
    client, ring, mug
):
    order = bought(mug, ring)
    shown = client.get(url(order, "withdraw")).content.decode()
    assert f"units-{line_of(order, 'Mug').public_id}" in shown
    assert f"units-{line_of(order, 'Engraved ring').public_id}" not in shown
    assert "There is no right to withdraw from:" in shown
    assert CUSTOM in shown
    assert "€20.00" in shown

    made = withdraw(order)
    assert made.refund is None
    assert [row.line.title for row in made.parcel.lines.all()] == ["Mug"]


@pytest.mark.parametrize("is_shipped", [True, False])
def test_asked_for_all_the_same_it_is_refused_and_nothing_changes(ring, is_shipped):
    order = market.buy(market.cart((ring, 1)))
    if is_shipped:
        market.ship(order)
    before = part_of(order).status
    for wanted in (None, {line_of(order, "Engraved ring").pk: 1}):
        with pytest.raises(returns.NotWithdrawable):
            withdraw(order, wanted)
    assert Return.objects.count() == Refund.objects.count() == 0
    assert part_of(order).status == before


def test_the_service_of_returns_itself_refuses_such_a_withdrawal(ring):
    order = bought(ring)
    with pytest.raises(returns.NotWithdrawable):
        returns.request(
            seller_order=part_of(order),
            kind="withdrawal",
            quantities=None,
            note="",
            at=clock.now(),
        )
    assert Return.objects.count() == 0


def test_with_nothing_to_withdraw_from_the_pages_say_why_and_a_fault_is_returned(
    client, ring
):
    order = bought(ring)
    text = order_page(client, order)
    assert "Withdraw from contract here" not in text
    assert CUSTOM in text
    assert "Return it for another reason" in text
    shown = client.get(url(order, "withdraw")).content.decode()
    assert "There is no right to withdraw from this" in shown
    assert "Confirm withdrawal" not in shown
    assert CUSTOM in shown

    address = url(order, "send-back")
    field = f"units-{line_of(order, 'Engraved ring').public_id}"
    client.post(address, {"reason": "damaged", "note": "", field: 1})
    parcel = Return.objects.get()
    assert (parcel.kind, parcel.status) == ("return", "open")


def test_it_can_still_be_cancelled_at_once_in_the_first_minutes(ring):
    order = market.buy(market.cart((ring, 1)))
    refund_doors.cancel_by_buyer(
        seller_order=part_of(order), actor="link", request_key="c", at=clock.now()
    )
    assert part_of(order).status == OrderStatus.CANCELLED


def test_what_a_seller_says_later_changes_no_order(client, mug, ring):
    order = bought(mug, ring)
    Product.objects.filter(pk=mug.product_id).update(withdrawal_exception="perishable")
    Product.objects.filter(pk=ring.product_id).update(withdrawal_exception="")
    made = withdraw(order)
    assert [row.line.title for row in made.parcel.lines.all()] == ["Mug"]


# --- sealed ------------------------------------------------------------------------
def test_what_is_sealed_is_withdrawn_from_with_its_limit_said(client, soap, mug):
    order = bought(soap, mug)
    shown = client.get(url(order, "withdraw")).content.decode()
    assert f"units-{line_of(order, 'Soap').public_id}" in shown
    assert shown.count(SEALED) == 1
    assert withdraw(order).parcel.lines.count() == 2


def test_a_seller_may_decline_what_came_back_with_its_seal_broken(soap):
    order = bought(soap)
    parcel = withdraw(order).parcel
    decline(parcel)
    parcel.refresh_from_db()
    assert parcel.status == "declined"
    assert part_of(order).status == OrderStatus.DELIVERED
    assert Refund.objects.count() == 0


def test_what_had_no_seal_is_refunded_before_the_rest_is_declined(client, soap, mug):
    order = bought(soap, mug)
    parcel = withdraw(order).parcel
    with pytest.raises(returns.NotDeclined):
        decline(parcel)
    parcel.refresh_from_db()
    assert parcel.status == "open"

    refund_doors.refund_by_seller(
        shop=mug.product.shop,
        seller_order=part_of(order),
        wanted=Units(lines={line_of(order, "Mug").pk: 1}),
        reason="returned",
        note="The mug came back.",
        actor="1",
        request_key="mug",
        at=clock.now(),
    )
    decline(parcel)
    parcel.refresh_from_db()
    assert parcel.status == "declined"
    assert Refund.objects.get().amount == 2000
    jobs.drain()
    assert not any(market.broken_invariants().values())


def test_a_withdrawal_from_what_had_no_seal_is_never_declined(mug):
    parcel = withdraw(bought(mug)).parcel
    with pytest.raises(returns.NotDeclined):
        decline(parcel)
    parcel.refresh_from_db()
    assert parcel.status == "open"


def test_the_sellers_page_offers_to_decline_only_what_was_sealed(client, soap, mug):
    owner = mug.product.shop.memberships.get().user
    client.force_login(owner)
    for variants, is_offered in (((soap,), True), ((mug,), False)):
        parcel = withdraw(bought(*variants), key=str(variants)).parcel
        address = reverse(
            "payouts:seller-return", args=[mug.product.shop.public_id, parcel.public_id]
        )
        shown = client.get(address).content.decode()
        assert ("Decline the return" in shown) is is_offered


# --- before it is bought -----------------------------------------------------------
def test_all_pages_before_the_purchase_say_it(client, ring, soap, mug):
    for variant, words in ((ring, CUSTOM), (soap, SEALED)):
        product = variant.product
        page = client.get(product.get_absolute_url() + "?country=NL").content.decode()
        assert words in page
        assert ("days to change your mind" in page) is (variant is soap)
        sheet = client.get(f"/en/?buy={product.public_id}&country=NL").content.decode()
        assert words in sheet
    plain = client.get(mug.product.get_absolute_url()).content.decode()
    assert CUSTOM not in plain
    assert SEALED not in plain

    add = reverse("orders:cart-add")
    for variant in (ring, mug):
        answer = client.post(
            add, {"variant": variant.public_id, "quantity": 1, "then": "checkout"}
        )
    shown = client.get(answer["Location"] + "?country=NL").content.decode()
    assert f"Engraved ring: {CUSTOM}" in shown
    assert "14 days from receipt of each parcel" in shown


def test_the_offer_found_by_search_engines_permits_no_return(client, ring, mug):
    said = "MerchantReturnNotPermitted"
    assert said in client.get(ring.product.get_absolute_url()).content.decode()
    assert said not in client.get(mug.product.get_absolute_url()).content.decode()


def test_an_order_is_not_placed_when_the_right_was_taken_away_meanwhile(mug):
    cart = market.cart((mug, 1))
    shown = quotes.quote(cart=cart, country="NL", at=clock.now()).fingerprint
    Product.objects.filter(pk=mug.product_id).update(withdrawal_exception="perishable")
    with pytest.raises(checkout.OrderChanged):
        checkout.place(cart=cart, buyer=market.buyer(), shown=shown, at=clock.now())
    assert Order.objects.count() == 0


def test_a_sheet_that_promised_the_right_comes_back_without_it(client, mug):
    pressed = {
        "variant": mug.public_id,
        f"shown-{mug.public_id}": 2495,
        "country": "NL",
        "exception": "",
    }
    Product.objects.filter(pk=mug.product_id).update(withdrawal_exception="perishable")
    answer = client.post(reverse("buying:buy"), pressed)
    assert answer.status_code == 409
    assert "Whether you can change your mind" in answer.content.decode()
    pressed["exception"] = "perishable"
    assert client.post(reverse("buying:buy"), pressed).status_code == 303


def test_the_mails_keep_what_was_said(ring, mug):
    mail.outbox.clear()
    bought(ring)
    jobs.drain()
    sent = {message.subject.split(",")[0]: message.body for message in mail.outbox}
    for body in sent.values():
        if "confirmed" in body or "counts as delivered" in body:
            assert CUSTOM in body
            assert "You may withdraw" not in body
    assert any(CUSTOM in body for body in sent.values())
