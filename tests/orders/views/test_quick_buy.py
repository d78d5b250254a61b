"""One thing bought from a sheet with a saved card: an order beside the bag, charged once,
and every way in which it does not come to that.
"""

import re

import pytest
from django.urls import reverse

from creators.services import attribution
from marketplace import gateway
from marketplace.demo import life
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import Cart, CartLine, Order, OrderStatus, Payment, PaymentStatus
from orders.services import addresses, saved_cards
from payouts.services import settlement
from sellers.models import Variant
from sellers.services import stock
from tests.factories import market, sellers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
ASKS_THE_BANK = "4000002500003155"


@pytest.fixture
def shirt():
    """A shirt in two sizes at 19.95, delivered for 4.95."""
    return sellers.product(
        shop=market.shop(), title="Linen shirt", price_amount=1995, sizes=("S", "M")
    )


@pytest.fixture
def user(client):
    found = sellers.user()
    client.force_login(found)
    return found


def size(product, name):
    return product.variants.get(options={"Size": name})


def keep_card(user, product, *, card=sandbox_control.WORKING_CARD):
    """An earlier order of this person, whose card was kept while paying."""
    order = market.place(
        market.cart((size(product, "M"), 1)),
        market.buyer(user=user, saves_card=True, postal_code="1015 AA"),
    )
    payment = market.open_page(order)
    sandbox_control.pay(page_url=payment.page_url, card=card)
    settlement.refresh(payment_id=payment.pk, at=clock.now())
    jobs.drain()
    return saved_cards.cards_of(user=user, at=clock.now())[0]


def sheet_of(client, product, **asked):
    """Give the fields of the sheet as the reader has it."""
    address = reverse("buying:sheet", args=[product.public_id])
    text = client.get(address, asked, headers={"X-Sheet": "1"}).content.decode()
    form = text[text.index('id="buy-form"') : text.index("</form>")]
    found = dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', form))
    return text.replace("\xa0", " "), found


def press(client, product, fields, *, name="S", pay="card", **headers):
    variant = size(product, name)
    return client.post(
        reverse("buying:buy"),
        {**fields, "variant": variant.public_id, "pay": pay},
        headers=headers,
    )


def newest():
    return Order.objects.order_by("-pk")[:1].get()


def test_the_sheet_of_a_returning_buyer_says_what_the_button_does(client, user, shirt):
    keep_card(user, shirt)

    text, fields = sheet_of(client, shirt)

    assert "Buy now, pay €24.90" in text
    assert "Visa 4242, charged when you press the button" in text
    assert "to Maja Nyström, Kungsgatan 31, Umeå" in text
    assert {"attempt", "card", "country"} <= set(fields)
    assert fields["country"] == "NL"


def test_a_kept_address_goes_before_that_of_the_last_order(client, user, shirt):
    keep_card(user, shirt)
    parts = {
        "name": "Maja N",
        "line1": "Oudegracht 210",
        "postal_code": "3511 NS",
        "city": "Utrecht",
        "country": "NL",
    }
    addresses.keep(user=user, address=parts, is_default=True, at=clock.now())
    text, fields = sheet_of(client, shirt)
    assert "to Maja N, Oudegracht 210, Utrecht" in text

    press(client, shirt, fields)

    assert newest().address.line1 == "Oudegracht 210"


def test_one_press_buys_and_the_sheet_says_so_on_the_page_it_was_on(
    client, user, shirt
):
    keep_card(user, shirt)
    _text, fields = sheet_of(client, shirt, back="/en/@nobody?x=1")
    assert fields["back"] == "/en/@nobody?x=1"

    answer = press(client, shirt, fields)

    order = newest()
    assert answer.status_code == 303
    assert answer["Location"] == (
        f"/en/@nobody?x=1&buy={shirt.public_id}&bought={order.public_id}"
    )
    assert (order.total_amount, order.user, order.address.line1) == (
        2490,
        user,
        "Kungsgatan 31",
    )
    jobs.drain()
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    page = client.get(f"/en/?buy={shirt.public_id}&bought={order.public_id}")
    text = page.content.decode()
    assert "Thank you, Linen shirt is yours" in text
    assert order.public_id in text
    assert "We mail you when it is shipped" in text


def test_the_press_of_a_script_is_answered_with_the_sheet_itself(client, user, shirt):
    keep_card(user, shirt)
    _text, fields = sheet_of(client, shirt)

    answer = press(client, shirt, fields, **{"X-Sheet": "1"})

    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.strip().startswith("<dialog")
    assert "waiting for the bank" in text
    assert f"bought={newest().public_id}" in answer["X-Sheet-Address"]
    jobs.drain()
    polled = re.search(r'hx-get="([^"]+)"', text)
    assert polled is not None
    again = client.get(
        polled[1].replace("&amp;", "&"), headers={"X-Sheet": "1", "HX-Request": "true"}
    ).content.decode()
    assert "Thank you, Linen shirt is yours" in again
    assert "hx-get" not in again


def test_pressed_twice_it_is_one_order_and_one_charge(client, user, shirt):
    keep_card(user, shirt)
    _text, fields = sheet_of(client, shirt)

    first, second = press(client, shirt, fields), press(client, shirt, fields)
    jobs.drain()
    third = press(client, shirt, fields)

    assert first["Location"] == second["Location"] == third["Location"]
    assert Order.objects.filter(user=user).count() == 2
    assert Payment.objects.filter(status=PaymentStatus.PAID).count() == 2


def test_the_bag_of_two_sellers_stays_as_it_is(client, user, shirt):
    keep_card(user, shirt)
    mug = market.variant(market.shop(), price_amount=1000)
    lamp = market.variant(market.shop(), price_amount=3000)
    for one in (mug, lamp):
        client.post(reverse("orders:cart-add"), {"variant": one.public_id})
    bag = Cart.objects.get(lines__variant=mug)
    _text, fields = sheet_of(client, shirt)

    press(client, shirt, fields)
    jobs.drain()

    assert newest().status == OrderStatus.PAID
    assert [
        line.variant.product_id
        for part in newest().seller_orders.all()
        for line in part.lines.all()
    ] == [shirt.pk]
    bag.refresh_from_db()
    assert bag.closed_at is None
    assert set(bag.lines.values_list("variant", flat=True)) == {mug.pk, lamp.pk}


def test_a_price_that_changed_is_shown_and_nothing_is_charged(client, user, shirt):
    keep_card(user, shirt)
    _text, fields = sheet_of(client, shirt)
    Variant.objects.filter(product=shirt).update(price_amount=2095)

    answer = press(client, shirt, fields)

    text = answer.content.decode().replace("\xa0", " ")
    assert answer.status_code == 409
    assert "The total is now €25.90, it was €24.90. Nothing was charged." in text
    assert "Buy now, pay €25.90" in text
    assert Order.objects.filter(user=user).count() == 1


def test_a_size_sold_meanwhile_offers_the_others(client, user, shirt):
    keep_card(user, shirt)
    _text, fields = sheet_of(client, shirt)
    stock.correct(variant=size(shirt, "S"), on_hand=0, at=clock.now())

    answer = press(client, shirt, fields)

    assert answer.status_code == 409
    assert "The others can still be had" in answer.content.decode()
    assert Order.objects.filter(user=user).count() == 1


def test_the_bank_asks_and_leads_back_to_the_sheet(client, user, shirt):
    keep_card(user, shirt, card=ASKS_THE_BANK)
    _text, fields = sheet_of(client, shirt, back="/en/@nobody")
    answer = press(client, shirt, fields)
    assert "/3ds/" in answer["Location"]
    assert press(client, shirt, fields)["Location"] == answer["Location"]

    back = sandbox_control.answer_bank(page_url=answer["Location"], authenticate=True)
    lands = client.get(back.removeprefix("http://testserver"))

    order = newest()
    assert lands["Location"] == (
        f"/en/@nobody?buy={shirt.public_id}&bought={order.public_id}"
    )
    life.hear()
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


def test_who_does_not_confirm_is_told_so_in_the_sheet_and_may_press_again(
    client, user, shirt
):
    keep_card(user, shirt, card=ASKS_THE_BANK)
    _text, fields = sheet_of(client, shirt)
    answer = press(client, shirt, fields, **{"X-Sheet": "1"})
    assert answer.status_code == 204
    bank = answer["X-Sheet-Go"]
    back = sandbox_control.answer_bank(page_url=bank, authenticate=False)
    life.hear()

    lands = client.get(back.removeprefix("http://testserver"), follow=True)

    text = lands.content.decode()
    assert "The payment was not confirmed with your bank. Nothing was charged" in text
    assert "Buy now, pay" in text
    _text, fresh = sheet_of(client, shirt)
    again = press(client, shirt, fresh)
    assert "/3ds/" in again["Location"]
    assert again["Location"] != bank


def test_a_declined_card_says_why_and_leaves_the_other_way(client, user, shirt):
    card = keep_card(user, shirt)
    _text, fields = sheet_of(client, shirt)
    gateway.remove_card(card_id=card.card_id)

    answer = press(client, shirt, fields)

    text = answer.content.decode()
    assert answer.status_code == 402
    assert "The card cannot be charged any more. Nothing was charged" in text
    assert 'value="page"' in text
    other = press(client, shirt, fields, pay="page")
    assert "/checkout/" in other["Location"]
    assert CartLine.objects.filter(cart__closed_at=None, cart__user=user).count() == 2


def test_a_lost_answer_is_waited_for_and_charged_once(client, user, shirt):
    keep_card(user, shirt)
    _text, fields = sheet_of(client, shirt)
    sandbox_control.arm_fault(
        match="POST /v1/payment_intents", do="timeout_after_commit"
    )

    answer = press(client, shirt, fields)
    again = press(client, shirt, sheet_of(client, shirt)[1])

    assert answer["Location"] == again["Location"]
    jobs.drain()
    life.hear()
    assert newest().status == OrderStatus.PAID
    assert Order.objects.filter(user=user).count() == 2


def test_the_creator_whose_post_it_was_earns_on_it(client, user, shirt):
    keep_card(user, shirt)
    nina = market.creator(shirt.shop)
    via = attribution.token(
        source_type="profile", source_id=nina.public_id, issued=clock.now().date()
    )
    _text, fields = sheet_of(client, shirt, via=via)

    press(client, shirt, fields)
    jobs.drain()

    line = newest().seller_orders.get().lines.get()
    assert (line.creator, line.creator_bps) == (nina, 1250)


@pytest.mark.parametrize("forged", ["", "1:cart_x", "5:cart_2222:bad"])
def test_an_attempt_we_did_not_sign_buys_nothing(client, user, shirt, forged):
    keep_card(user, shirt)
    _text, fields = sheet_of(client, shirt)

    answer = press(client, shirt, {**fields, "attempt": forged})

    assert answer.status_code == 409
    assert Order.objects.filter(user=user).count() == 1


def test_the_attempt_and_the_card_of_somebody_else_buy_nothing(client, user, shirt):
    keep_card(user, shirt)
    other = sellers.user()
    keep_card(other, shirt)
    client.force_login(other)
    _text, theirs = sheet_of(client, shirt)
    client.force_login(user)
    _text, mine = sheet_of(client, shirt)
    before = Order.objects.count()

    for one in (
        {**mine, "card": theirs["card"]},
        {**mine, "attempt": theirs["attempt"]},
    ):
        assert press(client, shirt, one).status_code == 409

    assert Order.objects.count() == before


def test_an_order_of_somebody_else_opens_nothing(client, user, shirt):
    keep_card(sellers.user(), shirt)
    theirs = newest()

    page = client.get(f"/en/?buy={shirt.public_id}&bought={theirs.public_id}")

    assert theirs.public_id not in page.content.decode().replace(
        f"bought={theirs.public_id}", ""
    )


def test_a_guest_and_another_country_lead_to_the_checkout(client, user, shirt):
    keep_card(user, shirt)
    text, _fields = sheet_of(client, shirt, country="SE")
    assert "Buy for" in text
    assert "Buy now" not in text
    client.logout()
    text, _fields = sheet_of(client, shirt)
    assert "Buy now" not in text


@pytest.mark.parametrize(
    ("language", "words"),
    [("sv", "Köp och betala"), ("nl", "en betalen"), ("ja", "注文を確定する")],
)
def test_the_button_has_the_paying_words_of_the_market(
    client, user, shirt, language, words
):
    keep_card(user, shirt)
    address = f"/{language}/buy/{shirt.public_id}"

    text = client.get(address).content.decode()

    assert words in text
