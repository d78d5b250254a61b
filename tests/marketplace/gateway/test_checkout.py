import dataclasses
import datetime
from urllib.parse import parse_qs

import pytest

from marketplace import gateway
from marketplace.gateway import checkout

AT = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC)

REQUEST = gateway.CheckoutRequest(
    payment_reference="pay_1",
    order_reference="ord_1",
    currency="EUR",
    total_amount=8736,
    items=(
        gateway.CheckoutItem(name="Shirt × 3", amount=5386),
        gateway.CheckoutItem(name="Mug × 1", amount=2205),
        gateway.CheckoutItem(name="Delivery, Shop A", amount=495),
        gateway.CheckoutItem(name="Delivery, Shop B", amount=650),
    ),
    email="buyer@example.com",
    locale="nl-be",
    success_url="https://shop.example/orders/ord_1",
    cancel_url="https://shop.example/checkout/back",
    transfer_group="ord_1",
    expires_at=AT,
    custom_text="You pay 87.36 EUR.",
    konbini_expires_after_days=None,
)

PAGE = {
    "id": "cs_1",
    "object": "checkout.session",
    "url": "http://sandbox.localhost/c/pay/cs_1",
    "status": "open",
    "payment_status": "unpaid",
    "payment_intent": None,
    "metadata": {"payment": "pay_1"},
    "amount_total": 8736,
    "currency": "eur",
    "expires_at": 1795262460,
}


def asked_for(stub) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(stub.asked[-1]["body"]).items()}


def listed(*objects):
    return {"object": "list", "data": list(objects), "has_more": False, "url": "/v1/x"}


def test_order_becomes_a_hosted_page_with_one_item_per_line_and_delivery(stub):
    stub.answer = PAGE
    page = gateway.open_checkout(request=REQUEST, key="test:pay:1:1")
    assert page == gateway.CheckoutPage(
        session_id="cs_1",
        url="http://sandbox.localhost/c/pay/cs_1",
        status="open",
        payment_status="unpaid",
        payment_intent_id=None,
        payment_reference="pay_1",
        amount=8736,
        currency="EUR",
        expires_at=AT + datetime.timedelta(minutes=1),
    )
    assert stub.asked[0]["HTTP_IDEMPOTENCY_KEY"] == "test:pay:1:1"
    items = {
        f"line_items[{row}][{name}]": value
        for row, item in enumerate(REQUEST.items)
        for name, value in (
            ("quantity", "1"),
            ("price_data][currency", "eur"),
            ("price_data][unit_amount", str(item.amount)),
            ("price_data][product_data][name", item.name),
        )
    }
    assert asked_for(stub) == items | {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "currency": "eur",
        "adaptive_pricing[enabled]": "false",
        "allowed_payment_method_types[0]": "card",
        "client_reference_id": "ord_1",
        "customer_email": "buyer@example.com",
        "locale": "nl",
        "metadata[payment]": "pay_1",
        "payment_intent_data[metadata][payment]": "pay_1",
        "payment_intent_data[transfer_group]": "ord_1",
        "success_url": "https://shop.example/orders/ord_1",
        "cancel_url": "https://shop.example/checkout/back",
        "expires_at": "1795262460",
        "custom_text[submit][message]": "You pay 87.36 EUR.",
    }


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ((), "0 items"),
        ((gateway.CheckoutItem(name="Mug", amount=1),) * 91, "91 items"),
        (
            (
                gateway.CheckoutItem(name="Mug", amount=8736),
                gateway.CheckoutItem(name="Free", amount=0),
            ),
            "an item of 0",
        ),
        (
            (
                gateway.CheckoutItem(name="Mug", amount=8737),
                gateway.CheckoutItem(name="Discount", amount=-1),
            ),
            "an item of -1",
        ),
        (
            (gateway.CheckoutItem(name="Mug", amount=8735),),
            "items of 8735 for a total of 8736",
        ),
    ],
)
def test_page_that_contradicts_the_order_is_not_sent(stub, items, said):
    with pytest.raises(gateway.SessionMismatch) as refused:
        gateway.open_checkout(
            request=dataclasses.replace(REQUEST, items=items), key="k"
        )
    assert refused.value.message == (
        f"The payment page was not opened: it would show {said}."
    )
    assert stub.asked == []


def test_ninety_items_are_accepted(stub):
    stub.answer = PAGE
    items = (gateway.CheckoutItem(name="Mug", amount=10),) * 90
    gateway.open_checkout(
        request=dataclasses.replace(REQUEST, items=items, total_amount=900), key="k"
    )
    assert len(stub.asked) == 1


def test_long_names_and_texts_are_shortened_to_what_stripe_takes(stub):
    stub.answer = PAGE
    items = (gateway.CheckoutItem(name="a" * 300, amount=8736),)
    gateway.open_checkout(
        request=dataclasses.replace(REQUEST, items=items, custom_text="b" * 1201),
        key="k",
    )
    asked = asked_for(stub)
    assert asked["line_items[0][price_data][product_data][name]"] == "a" * 249 + "…"
    assert asked["custom_text[submit][message]"] == "b" * 1199 + "…"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "en"),
        ("en-gb", "en-GB"),
        ("en-us", "en"),
        ("sv", "sv"),
        ("nl", "nl"),
        ("ja", "ja"),
        ("pt_BR", "pt-BR"),
        ("zh-hant", "zh-TW"),
        ("no", "nb"),
        ("eo", "auto"),
        ("", "auto"),
    ],
)
def test_language_becomes_the_nearest_one_stripe_has(language, expected):
    assert checkout.stripe_locale(language) == expected


def test_finding_a_page_prefers_the_complete_one_and_ignores_other_payments(stub):
    created_after = AT - datetime.timedelta(hours=1)
    stub.answer = listed(
        PAGE | {"id": "cs_other", "metadata": {"payment": "pay_2"}},
        PAGE | {"id": "cs_foreign", "metadata": {}},
        PAGE | {"id": "cs_open"},
        PAGE | {"id": "cs_done", "status": "complete", "payment_status": "paid"},
        PAGE | {"id": "cs_old", "status": "expired"},
    )
    found = gateway.find_checkout(
        payment_reference="pay_1", created_after=created_after
    )
    assert found is not None
    assert found.session_id == "cs_done"
    assert stub.asked[0]["QUERY_STRING"] == "created[gte]=1795258500&limit=100"
    assert (
        gateway.find_checkout(payment_reference="pay_3", created_after=created_after)
        is None
    )


def intent(status, **more):
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "status": status,
        "amount": 8736,
        "amount_received": 8736 if status == "succeeded" else 0,
        "currency": "eur",
        "metadata": {"payment": "pay_1"},
        "latest_charge": None,
        "last_payment_error": None,
    } | more


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("succeeded", "paid"),
        ("processing", "processing"),
        ("canceled", "cancelled"),
        ("requires_action", "needs_action"),
        ("requires_payment_method", "needs_action"),
    ],
)
def test_payment_status_is_told_in_our_words(stub, status, expected):
    stub.answer = intent(status)
    facts = gateway.fetch_payment(payment_intent_id="pi_1")
    assert (facts.status, facts.amount, facts.currency) == (expected, 8736, "EUR")


def test_declined_payment_carries_the_reason(stub):
    stub.answer = intent(
        "requires_payment_method",
        last_payment_error={
            "type": "card_error",
            "code": "card_declined",
            "decline_code": "insufficient_funds",
        },
    )
    facts = gateway.fetch_payment(payment_intent_id="pi_1")
    assert (facts.status, facts.failure_code) == ("failed", "insufficient_funds")


def test_charge_without_a_balance_line_yet_has_none(stub):
    stub.answer = intent(
        "succeeded",
        latest_charge={
            "id": "ch_1",
            "object": "charge",
            "balance_transaction": None,
            "payment_method_details": {
                "type": "card",
                "card": {"fingerprint": "fp", "brand": "visa", "last4": "4242"},
            },
        },
    )
    facts = gateway.fetch_payment(payment_intent_id="pi_1")
    assert facts.balance_line is None
    assert (facts.charge_id, facts.card_fingerprint, facts.card_last4) == (
        "ch_1",
        "fp",
        "4242",
    )
