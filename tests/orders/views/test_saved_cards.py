"""A buyer who came before: nothing to type, one press to pay; and his list of cards."""

import re

import pytest
from django.urls import reverse

from marketplace import gateway
from marketplace.demo import life
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import (
    Order,
    OrderStatus,
    PaymentStatus,
    SavedAddress,
    SavedCard,
)
from orders.services import addresses, saved_cards
from payouts.services import settlement
from tests.factories import market, sellers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
ASKS_THE_BANK = "4000002500003155"


@pytest.fixture
def goods():
    return market.variant(market.shop(), price_amount=1995, stock=30)


@pytest.fixture
def user(client):
    found = sellers.user()
    client.force_login(found)
    return found


def keep_card(user, goods, *, card=sandbox_control.WORKING_CARD, expiry="12/34"):
    order = market.place(
        market.cart((goods, 1)),
        market.buyer(user=user, saves_card=True, postal_code="1015 AA"),
    )
    payment = market.open_page(order)
    sandbox_control.pay(page_url=payment.page_url, card=card, expiry=expiry)
    settlement.refresh(payment_id=payment.pk, at=clock.now())
    jobs.drain()
    return saved_cards.cards_of(user=user, at=clock.now())[0]


def checkout_of(client, goods) -> str:
    answer = client.post(
        reverse("orders:cart-add"), {"variant": goods.public_id, "then": "checkout"}
    )
    return answer["Location"]


def press(client, url, **more):
    """Press a button of the page as it is shown, with all its fields."""
    text = client.get(url).content.decode()
    form = text[text.index('id="checkout"') :]
    fields = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', form))
    fields |= {"country": "NL"}
    return client.post(url, fields | more)


def test_a_buyer_who_came_before_types_nothing_and_pays_with_one_press(
    client, user, goods
):
    card = keep_card(user, goods)
    url = checkout_of(client, goods)

    text = client.get(url).content.decode()
    assert "Buy now, pay €24.90" in text
    assert "Visa 4242" in text
    assert "Pay another way" in text
    shown = text[text.index("<address") : text.index("</address>")]
    assert "Kungsgatan 31" in shown
    folded = text[text.index("<details", text.index("</address>")) :]
    assert 'name="line1"' in folded[: folded.index("</details>")]
    answer = press(client, url, pay="card", card=card.public_id)

    order = Order.objects.get(status=OrderStatus.AWAITING_PAYMENT)
    assert answer.status_code == 303
    assert answer["Location"] == f"/checkout/return/{order.public_id}?paid=1"
    jobs.drain()
    page = client.get(answer["Location"], follow=True)
    assert "Thank you. One parcel is being prepared." in page.content.decode()
    assert "Visa 4242" in page.content.decode()


def test_another_way_goes_to_stripes_page(client, user, goods):
    card = keep_card(user, goods)
    url = checkout_of(client, goods)

    answer = press(client, url, pay="page", card=card.public_id)

    assert "/c/pay/" in answer["Location"]


def at_the_bank(client, user, goods, *, authenticate):
    """Press, answer the bank's page, come back, hear of it; the page then."""
    card = keep_card(user, goods, card=ASKS_THE_BANK)
    answer = press(client, checkout_of(client, goods), pay="card", card=card.public_id)
    back = sandbox_control.answer_bank(
        page_url=answer["Location"], authenticate=authenticate
    ).removeprefix("http://testserver")
    waiting = client.get(back, follow=True).content.decode()
    assert "We are waiting for the bank's answer" in waiting
    life.hear()
    return client.get(back, follow=True).content.decode()


def test_the_bank_asks_on_its_own_page_and_leads_back_to_the_order(client, user, goods):
    text = at_the_bank(client, user, goods, authenticate=True)

    assert "Thank you. One parcel is being prepared." in text


def test_who_does_not_confirm_at_the_bank_is_told_so_and_tries_again(
    client, user, goods
):
    text = at_the_bank(client, user, goods, authenticate=False)

    assert "The payment was not confirmed with your bank." in text
    assert "Nothing was charged; your bag is kept." in text
    assert "Try again" in text
    assert "waiting for the bank" not in text


def test_a_declined_card_shows_the_same_page_with_the_reason_and_the_fields_kept(
    client, user, goods
):
    card = keep_card(user, goods)
    url = checkout_of(client, goods)
    gateway.remove_card(card_id=card.card_id)

    answer = press(client, url, pay="card", card=card.public_id, city="Utrecht")

    text = answer.content.decode()
    assert answer.status_code == 402
    assert (
        "The card cannot be charged any more. Nothing was charged and your bag is kept"
        in text
    )
    assert 'value="Utrecht"' in text
    order = Order.objects.get(status=OrderStatus.AWAITING_PAYMENT)
    assert order.payments.get().status == PaymentStatus.FAILED
    again = press(client, url, pay="page")
    assert "/c/pay/" in again["Location"]


def test_a_card_of_somebody_else_pays_nothing(client, user, goods):
    keep_card(user, goods)
    theirs = keep_card(sellers.user(), goods)
    url = checkout_of(client, goods)

    answer = press(client, url, pay="card", card=theirs.public_id)

    assert answer.status_code == 409
    assert "This card is not kept any more" in answer.content.decode()
    assert not Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT).exists()


def test_a_guest_is_asked_for_no_saved_card_and_may_keep_none(client, goods):
    url = checkout_of(client, goods)

    text = client.get(url).content.decode()

    assert "Keep this card" not in text
    assert "Continue to payment, €24.90" in text


def test_who_asks_to_keep_the_card_finds_it_in_his_list_and_removes_it(
    client, user, goods
):
    card = keep_card(user, goods)
    page = client.get(reverse("orders:cards")).content.decode()
    assert "Visa 4242" in page
    assert "until 12/34" in page

    answer = client.post(reverse("orders:cards"), {"card": card.public_id}, follow=True)

    assert "Visa 4242 is removed." in answer.content.decode()
    assert "No saved cards" in answer.content.decode()
    jobs.drain()
    assert gateway.saved_cards(customer_id=card.customer.customer_id) == []


def test_a_card_that_ran_out_is_shown_as_such_and_not_offered(client, user, goods):
    card = keep_card(user, goods)
    SavedCard.objects.filter(pk=card.pk).update(expires_month=1, expires_year=2025)

    assert "ran out after 01/25" in client.get(reverse("orders:cards")).content.decode()
    text = client.get(checkout_of(client, goods)).content.decode()
    assert "Continue to payment" in text


def test_nobody_removes_the_card_of_somebody_else(client, user, goods):
    theirs = keep_card(sellers.user(), goods)

    answer = client.post(reverse("orders:cards"), {"card": theirs.public_id})

    assert answer.status_code == 404
    theirs.refresh_from_db()
    assert theirs.removed_at is None


def test_an_address_of_another_cart_is_known_to_its_owner_only(client, user, goods):
    """Prefilled for the account, and never by the cart's address alone."""
    keep_card(user, goods)
    url = checkout_of(client, goods)
    assert "Kungsgatan 31" in client.get(url).content.decode()

    client.logout()

    assert "Kungsgatan 31" not in client.get(url).content.decode()


def test_the_checkout_is_filled_in_with_the_default_address(client, user, goods):
    """Before where the last order went."""
    keep_card(user, goods)
    kept = {"name": "Maja Berg", "line1": "Storgatan 2", "city": "Luleå"}
    addresses.keep(
        user=user,
        address={**kept, "postal_code": "972 31", "region": "", "country": "SE"},
        is_default=True,
        at=clock.now(),
    )

    text = client.get(checkout_of(client, goods)).content.decode()

    assert "Maja Berg<br>Storgatan 2<br>972 31 Luleå, Sweden" in text
    assert "Kungsgatan 31" not in text


def test_an_address_is_kept_when_that_is_asked_for_and_not_else(client, user, goods):
    assert (
        "Keep this address" in client.get(checkout_of(client, goods)).content.decode()
    )
    keep_card(user, goods)
    url = checkout_of(client, goods)
    press(client, url, pay="page")
    assert not SavedAddress.objects.exists()

    press(client, url, pay="page", keeps_address="on")

    (kept,) = SavedAddress.objects.visible_to(user)
    assert (kept.line1, kept.is_default) == ("Kungsgatan 31", True)


def test_a_guest_is_not_asked_to_keep_his_address(client, goods):
    url = checkout_of(client, goods)
    assert "Keep this address" not in client.get(url).content.decode()

    press(client, url, keeps_address="on")

    assert not SavedAddress.objects.exists()
