import pytest
import stripe

from tests.marketplace.sandbox.client import line


def refusal_of(world, **more):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        world.session(**more)
    assert world.v1.checkout.sessions.list().data == []
    return refusal.value


def test_session_is_open_and_unpaid_with_a_page(world):
    session = world.session()

    assert session.id.startswith("cs_test_a1")
    assert len(session.id) == 68
    assert session.url == f"http://sandbox.test/c/pay/{session.id}"
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency) == (8_736, "eur")
    assert session.expires_at == world.now + 1_800
    assert session.client_reference_id == "pay_1"
    assert session.metadata.to_dict() == {"payment": "pay_1"}
    assert session.payment_intent is None
    assert session.livemode is False
    assert session.ui_mode == "hosted_page"


def test_session_lives_24_hours_where_nothing_is_said(world):
    params = {
        "mode": "payment",
        "line_items": [line("Mug", 2_450)],
        "success_url": "https://shop.test/",
    }
    session = world.v1.checkout.sessions.create(params)

    assert session.expires_at == world.now + 86_400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1_799, "at least 30 minutes"),
        (86_401, "less than 24 hours"),
        (-1, "30 minutes"),
    ],
)
def test_session_must_end_within_30_minutes_and_24_hours(world, seconds, words):
    refusal = refusal_of(world, expires_at=world.now + seconds)

    assert refusal.param == "expires_at"
    assert words in str(refusal)


@pytest.mark.parametrize("seconds", [1_800, 86_400])
def test_the_ends_of_that_range_are_taken(world, seconds):
    session = world.session(expires_at=world.now + seconds)

    assert session.expires_at == world.now + seconds


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "eur", "amount_too_small"),
        (299, "sek", "amount_too_small"),
        (49, "jpy", "amount_too_small"),
        (0, "usd", "amount_too_small"),
        (100_000_000, "eur", "amount_too_large"),
        (-1, "eur", "parameter_invalid_integer"),
    ],
)
def test_amounts_stripe_would_not_charge_are_refused(world, amount, currency, code):
    items = [line("Mug", amount, currency)]
    refusal = refusal_of(world, line_items=items, currency=currency)

    assert refusal.code == code


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(50, "eur"), (300, "sek"), (50, "jpy"), (99_999_999, "jpy")],
)
def test_the_smallest_and_largest_amounts_are_taken(world, amount, currency):
    items = [line("Mug", amount, currency)]

    assert world.session(line_items=items, currency=currency).amount_total == amount


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"line_items": []}, "line_items"),
        ({"line_items": [line("Mug", 100)] * 101}, "line_items"),
        ({"line_items": [line("Mug", 100, "sek")]}, "line_items"),
        ({"line_items": [line("Mug", 100, quantity=0)]}, "line_items[0][quantity]"),
        (
            {"line_items": [line(" ", 100)]},
            "line_items[0][price_data][product_data][name]",
        ),
        (
            {"line_items": [line("Mug", 100, "xxx")]},
            "line_items[0][price_data][currency]",
        ),
        ({"line_items": [{"price": "price_1", "quantity": 1}]}, "line_items[0][price]"),
        ({"success_url": "/done"}, "success_url"),
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"cancel_url": "ftp://shop.test"}, "cancel_url"),
        ({"customer_email": "nobody"}, "customer_email"),
        ({"client_reference_id": "x" * 201}, "client_reference_id"),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]"),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, "metadata"),
        (
            {"custom_text": {"submit": {"message": "x" * 1_201}}},
            "custom_text[submit][message]",
        ),
        ({"mode": "subscription"}, "mode"),
        ({"ui_mode": "embedded_page"}, "ui_mode"),
        ({"allowed_payment_method_types": ["card", "konbini"]}, None),
        ({"automatic_tax": {"enabled": True}}, "automatic_tax[enabled]"),
        ({"adaptive_pricing": {"enabled": True}}, "adaptive_pricing[enabled]"),
        ({"allow_promotion_codes": True}, "allow_promotion_codes"),
        ({"shipping_address_collection": {"allowed_countries": ["SE"]}}, None),
        (
            {"payment_intent_data": {"application_fee_amount": 5}},
            "payment_intent_data[application_fee_amount]",
        ),
        (
            {"payment_intent_data": {"capture_method": "manual"}},
            "payment_intent_data[capture_method]",
        ),
    ],
)
def test_what_is_wrong_or_not_offered_is_refused(world, more, param):
    refusal = refusal_of(world, **more)

    assert refusal.http_status == 400
    if param is not None:
        assert refusal.param == param


def test_line_items_come_when_asked_for(world):
    session = world.session(expand=["line_items"])

    amounts = [item.amount_total for item in session.line_items.data]
    assert amounts == [5_386, 2_205, 495, 650]
    assert "line_items" not in world.v1.checkout.sessions.retrieve(session.id).to_dict()


def test_line_items_in_pages(world):
    session = world.session(line_items=[line(f"Mug {n}", 100) for n in range(25)])
    sessions = world.v1.checkout.sessions

    page = sessions.line_items.list(session.id, {"limit": 10})
    assert (len(page.data), page.has_more) == (10, True)
    names = [item.description for item in page.auto_paging_iter()]
    assert names == [f"Mug {n}" for n in range(25)]


def test_field_that_is_no_object_cannot_be_expanded(world):
    session = world.session()

    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        world.v1.checkout.sessions.retrieve(session.id, {"expand": ["currency"]})


def test_open_session_can_be_expired_once(world):
    session = world.session()

    expired = world.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        world.v1.checkout.sessions.expire(session.id)

    events = world.v1.events.list({"type": "checkout.session.expired"}).data
    assert [event.data.object.id for event in events] == [session.id]


def test_paid_session_cannot_be_expired(world):
    session = world.session()
    world.pay(session)

    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        world.v1.checkout.sessions.expire(session.id)


def test_session_ends_by_the_clock(world):
    session = world.session()
    world.advance(1_799)
    assert world.v1.checkout.sessions.retrieve(session.id).status == "open"

    world.advance(1)

    assert world.v1.checkout.sessions.retrieve(session.id).status == "expired"
    event = world.v1.events.list({"type": "checkout.session.expired"}).data[0]
    assert event.created == session.expires_at
    answer = world.pay(session)
    assert answer.status == 410
    assert world.v1.charges.list().data == []


def test_effects_of_a_long_jump_carry_the_moment_they_were_due(world):
    first, second = world.session(), world.session(expires_at=world.now + 7_200)

    world.advance(86_400)

    events = world.v1.events.list({"type": "checkout.session.expired"}).data
    assert [event.created for event in events] == [second.expires_at, first.expires_at]


def test_sessions_are_listed_newest_first_and_by_time(world):
    first = world.session()
    world.advance(60)
    second = world.session()

    listed = world.v1.checkout.sessions.list().data
    assert [session.id for session in listed] == [second.id, first.id]
    since = {"created": {"gte": second.created}}
    assert [one.id for one in world.v1.checkout.sessions.list(since).data] == [
        second.id
    ]


def test_a_filter_that_is_not_applied_is_refused(world):
    with pytest.raises(stripe.InvalidRequestError, match="does not offer `customer`"):
        world.v1.checkout.sessions.list({"customer": "cus_1"})


def test_missing_session_is_404(world):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        world.v1.checkout.sessions.retrieve("cs_test_none")

    assert refusal.value.http_status == 404
    assert refusal.value.code == "resource_missing"
