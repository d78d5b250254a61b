"""Cards kept for the next time: saved while paying, charged once, removed for good."""

from datetime import timedelta

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.kit import clock, jobs
from orders.models import (
    OrderStatus,
    PaymentCustomer,
    PaymentStatus,
    SavedCard,
)
from orders.services import checkout, payments, saved_cards
from orders.tasks import expire_unpaid
from payouts.services import ledger, settlement
from tests.factories import market, sellers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
ASKS_THE_BANK = "4000002500003155"
CHARGES = "/v1/payment_intents"


@pytest.fixture
def goods():
    return market.variant(market.shop(), price_amount=1995, stock=30)


@pytest.fixture
def user():
    return sellers.user()


def keep_card(user, goods, *, card=sandbox_control.WORKING_CARD, expiry="12/34"):
    """Buy one piece at the provider's page and ask it to keep the card."""
    order = market.place(
        market.cart((goods, 1)), market.buyer(user=user, saves_card=True)
    )
    payment = market.open_page(order)
    sandbox_control.pay(page_url=payment.page_url, card=card, expiry=expiry)
    settlement.refresh(payment_id=payment.pk, at=clock.now())
    jobs.drain()
    return saved_cards.cards_of(user=user, at=clock.now())[0]


def place(goods, card, units=2):
    buyer = market.buyer(user=card.customer.user, card=card)
    return market.place(market.cart((goods, units)), buyer)


def pay(order):
    payment = payments.open(payment_id=order.payments.get().pk, at=clock.now())
    jobs.drain()
    order.refresh_from_db()
    payment.refresh_from_db()
    return payment


def charges() -> list[str]:
    """Give how Stripe answered each question for a charge of a saved card."""
    return [
        line["outcome"]
        for line in sandbox_control.journal()
        if line["path"] == CHARGES and line["method"] == "POST"
    ]


def test_a_card_is_kept_when_its_buyer_asks_for_it(user, goods):
    card = keep_card(user, goods)

    assert (card.label, card.expires) == ("Visa 4242", "12/34")
    assert card.customer.user == user


def test_nobody_who_did_not_ask_for_it_is_made_known_to_stripe(user, goods):
    market.buy(market.cart((goods, 1)), market.buyer(user=user))

    assert PaymentCustomer.objects.count() == 0
    assert saved_cards.cards_of(user=user, at=clock.now()) == []


def test_a_guest_keeps_no_card(goods):
    order = market.place(market.cart((goods, 1)), market.buyer(saves_card=True))

    market.open_page(order)

    assert not order.saves_card
    assert PaymentCustomer.objects.count() == 0


def test_a_kept_card_pays_the_next_order_with_one_press(user, goods):
    card = keep_card(user, goods)
    order = place(goods, card)

    payment = pay(order)

    assert order.status == OrderStatus.PAID
    assert (payment.status, payment.card_label) == (PaymentStatus.PAID, "Visa 4242")
    assert payment.session_id is None
    assert payment.amount == 2 * 1995 + 495
    assert charges() == ["executed"]
    assert ledger.trial_balance() == {"EUR": 0}


def test_the_same_card_saved_twice_is_listed_once(user, goods):
    first = keep_card(user, goods)
    second = keep_card(user, goods)

    jobs.drain()

    assert [c.pk for c in saved_cards.cards_of(user=user, at=clock.now())] == [
        second.pk
    ]
    assert first.pk != second.pk
    kept = gateway.saved_cards(customer_id=second.customer.customer_id)
    assert [card.card_id for card in kept] == [second.card_id]


def test_a_card_is_not_offered_after_its_last_month(user, goods):
    keep_card(user, goods, expiry="12/28")

    assert saved_cards.cards_of(user=user, at=clock.now()) != []
    later = clock.now().replace(year=2029, month=1)
    assert saved_cards.cards_of(user=user, at=later) == []


def test_a_removed_card_is_gone_at_once_and_can_not_be_charged_any_more(user, goods):
    card = keep_card(user, goods)
    order = place(goods, card)

    saved_cards.remove(card=card, at=clock.now())
    jobs.drain()

    assert saved_cards.cards_of(user=user, at=clock.now()) == []
    assert gateway.saved_cards(customer_id=card.customer.customer_id) == []
    with pytest.raises(saved_cards.CardGone):
        saved_cards.card_of(user=user, public_id=card.public_id, at=clock.now())
    with pytest.raises(payments.CardDeclined) as refused:
        pay(order)
    assert refused.value.message == (
        "The card cannot be charged any more. Nothing was charged and your bag is kept:"
        " pay another way."
    )
    assert order.payments.get().status == PaymentStatus.FAILED
    assert ledger.balances()["order_clearing:EUR"] == 0


def test_a_card_removed_at_stripe_leaves_the_list_when_it_is_declined(user, goods):
    card = keep_card(user, goods)
    order = place(goods, card)
    gateway.remove_card(card_id=card.card_id)

    with pytest.raises(payments.CardDeclined):
        pay(order)
    jobs.drain()

    assert saved_cards.cards_of(user=user, at=clock.now()) == []


def test_somebody_elses_card_is_not_there(user, goods):
    card = keep_card(user, goods)

    with pytest.raises(saved_cards.CardGone):
        saved_cards.card_of(
            user=sellers.user(), public_id=card.public_id, at=clock.now()
        )


def test_paying_twice_charges_once(user, goods):
    order = place(goods, keep_card(user, goods))

    pay(order)
    pay(order)

    assert set(charges()) <= {"executed", "replayed"}
    assert charges().count("executed") == 1
    assert order.status == OrderStatus.PAID


@pytest.mark.parametrize("fault", ["timeout_after_commit", "timeout_before"])
def test_a_lost_answer_is_unknown_and_asking_again_charges_once(user, goods, fault):
    order = place(goods, keep_card(user, goods))
    sandbox_control.arm_fault(match=f"POST {CHARGES}", do=fault)

    with pytest.raises(payments.PaymentPageUnavailable):
        pay(order)

    assert order.payments.get().status == PaymentStatus.UNKNOWN
    settlement.resolve_open(at=clock.now() + 2 * settlement.UNANSWERED_AFTER)
    jobs.drain()
    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert order.payments.get().attempt == 1
    assert charges().count("executed") == 1


@pytest.mark.parametrize(("fault", "attempt"), [("500_before", 2), ("500_after", 1)])
def test_a_failure_stored_under_the_key_is_looked_up_not_repeated(
    user, goods, fault, attempt
):
    order = place(goods, keep_card(user, goods))
    sandbox_control.arm_fault(match=f"POST {CHARGES}", do=fault)

    for _ in range(3):
        try:
            pay(order)
        except payments.PaymentPageUnavailable:
            continue

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID
    assert order.payments.get().attempt == attempt
    intents = {
        line["object_id"]
        for line in sandbox_control.journal()
        if line["path"] == CHARGES and line["object_id"]
    }
    assert len(intents) == 1


def test_a_notice_alone_settles_a_charge_whose_answer_was_lost(user, goods, deliver):
    order = place(goods, keep_card(user, goods))
    sandbox_control.arm_fault(match=f"POST {CHARGES}", do="timeout_after_commit")
    with pytest.raises(payments.PaymentPageUnavailable):
        pay(order)

    deliver()

    order.refresh_from_db()
    assert order.status == OrderStatus.PAID


def bank_asks(user, goods):
    """An order whose charge waits at the bank's page."""
    order = place(goods, keep_card(user, goods, card=ASKS_THE_BANK))
    payment = pay(order)
    assert payment.status == PaymentStatus.NEEDS_ACTION
    assert "/3ds/" in payment.page_url
    return order, payment


def test_the_buyer_confirms_at_the_bank_and_it_is_paid(user, goods):
    order, payment = bank_asks(user, goods)

    back = sandbox_control.answer_bank(page_url=payment.page_url, authenticate=True)
    settlement.refresh(payment_id=payment.pk, at=clock.now())

    order.refresh_from_db()
    assert back.split("?")[0].endswith(f"/checkout/return/{order.public_id}")
    assert order.status == OrderStatus.PAID


def test_a_refusal_at_the_bank_keeps_the_order_and_its_bag(user, goods, deliver):
    order, payment = bank_asks(user, goods)

    sandbox_control.answer_bank(page_url=payment.page_url, authenticate=False)
    deliver()

    order.refresh_from_db()
    payment.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT
    assert payment.status == PaymentStatus.FAILED
    assert payment.failure_code == "payment_intent_authentication_failure"
    assert order.cart.closed_at is None


def test_who_never_answers_the_bank_is_not_charged_and_the_goods_are_free(user, goods):
    order, payment = bank_asks(user, goods)

    expire_unpaid(at=market.advance(timedelta(hours=1)))

    order.refresh_from_db()
    payment.refresh_from_db()
    goods.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert (payment.status, goods.reserved) == (PaymentStatus.EXPIRED, 0)
    facts = gateway.fetch_payment(payment_intent_id=payment.payment_intent_id)
    assert facts.status == "cancelled"


def test_after_a_refusal_the_same_bag_is_paid_another_way(user, goods):
    card = keep_card(user, goods)
    cart = market.cart((goods, 2))
    refused = market.place(cart, market.buyer(user=user, card=card))
    gateway.remove_card(card_id=card.card_id)
    with pytest.raises(payments.CardDeclined):
        pay(refused)

    order = market.buy(cart, market.buyer(user=user))

    refused.refresh_from_db()
    assert refused.status == OrderStatus.CANCELLED
    assert (order.status, order.cart_id) == (OrderStatus.PAID, refused.cart_id)


def test_an_order_is_not_given_up_while_its_charge_may_be_on_its_way(user, goods):
    order = place(goods, keep_card(user, goods))
    sandbox_control.arm_fault(match=f"POST {CHARGES}", do="timeout_before")
    with pytest.raises(payments.PaymentPageUnavailable):
        pay(order)

    with pytest.raises(payments.PaymentPageUnavailable):
        checkout.give_up(order=order, at=clock.now(), by_buyer=True)
    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT

    checkout.give_up(order=order, at=market.advance(timedelta(minutes=2)))
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED


def test_an_order_that_was_charged_is_not_given_up(user, goods):
    order = place(goods, keep_card(user, goods))
    sandbox_control.arm_fault(match=f"POST {CHARGES}", do="timeout_after_commit")
    with pytest.raises(payments.PaymentPageUnavailable):
        pay(order)

    with pytest.raises(payments.AlreadyPaid):
        checkout.give_up(order=order, at=clock.now(), by_buyer=True)

    order.refresh_from_db()
    assert order.status == OrderStatus.AWAITING_PAYMENT


def test_nothing_is_charged_for_an_order_whose_time_is_over(user, goods):
    order = place(goods, keep_card(user, goods))
    market.advance(timedelta(hours=1))

    with pytest.raises(payments.PaymentPageUnavailable):
        pay(order)
    expire_unpaid(at=clock.now())

    assert charges() == []
    assert order.payments.get().status == PaymentStatus.EXPIRED


def test_a_customer_whose_making_was_not_answered_is_made_once(user, goods):
    sandbox_control.arm_fault(match="POST /v1/customers", do="timeout_after_commit")
    order = market.place(
        market.cart((goods, 1)), market.buyer(user=user, saves_card=True)
    )
    with pytest.raises(payments.PaymentPageUnavailable):
        market.open_page(order)

    market.open_page(order)

    made = {
        line["object_id"]
        for line in sandbox_control.journal()
        if line["path"] == "/v1/customers" and line["object_id"]
    }
    assert made == {PaymentCustomer.objects.get().customer_id}


def test_two_cards_of_one_customer_are_both_kept_newest_first(user, goods):
    keep_card(user, goods)
    newest = keep_card(user, goods, card="5555555555554444")

    found = saved_cards.cards_of(user=user, at=clock.now())

    assert [card.last4 for card in found] == ["4444", "4242"]
    assert found[0] == newest
    assert SavedCard.objects.count() == 2
