"""What the gateway relies on, asked of the sandbox and, with a key, of real Stripe.

Only what needs no person at a page: paying is in `test_paying.py`.
"""

import datetime
import itertools

import pytest

from marketplace import gateway
from tests.marketplace.gateway import asking
from tests.marketplace.gateway.conftest import PROVIDERS


def now():
    return datetime.datetime.now(datetime.UTC)


def test_contract_is_tried_on_real_stripe_too():
    if "stripe" not in PROVIDERS:
        pytest.skip("STRIPE_TEST_KEY is not set: nothing here was tried on real Stripe")


def test_page_is_opened_fetched_found_and_closed(provider):
    request = asking.checkout()
    opened = gateway.open_checkout(request=request, key=asking.key())
    assert opened.url is not None
    assert (opened.status, opened.payment_status) == ("open", "unpaid")
    assert (opened.amount, opened.currency) == (8736, "EUR")
    assert opened.payment_reference == request.payment_reference
    assert opened.expires_at == (
        request.expires_at + datetime.timedelta(minutes=1)
    ).replace(microsecond=0)
    assert gateway.fetch_checkout(session_id=opened.session_id) == opened
    found = gateway.find_checkout(
        payment_reference=request.payment_reference, created_after=now()
    )
    assert found == opened
    closed = gateway.expire_checkout(session_id=opened.session_id)
    assert (closed.session_id, closed.status, closed.url) == (
        opened.session_id,
        "expired",
        None,
    )
    assert gateway.expire_checkout(session_id=opened.session_id) == closed


def test_same_key_opens_the_same_page_and_another_key_another(provider):
    request, key = asking.checkout(), asking.key()
    opened = gateway.open_checkout(request=request, key=key)
    assert gateway.open_checkout(request=request, key=key) == opened
    other = gateway.open_checkout(request=request, key=asking.key())
    assert other.session_id != opened.session_id


def test_same_key_with_another_order_is_refused(provider):
    key = asking.key()
    gateway.open_checkout(request=asking.checkout(), key=key)
    with pytest.raises(gateway.Refused) as refused:
        gateway.open_checkout(request=asking.checkout(), key=key)
    assert refused.value.code == "idempotency_error"


@pytest.mark.parametrize("currency", ["EUR", "SEK", "JPY", "USD"])
def test_amounts_are_minor_units_in_every_currency(provider, currency):
    opened = gateway.open_checkout(
        request=asking.checkout(currency=currency), key=asking.key()
    )
    assert (opened.amount, opened.currency) == (8736, currency)


def test_every_language_of_ours_is_taken(provider):
    for language in ("en", "sv", "nl", "ja", "eo"):
        opened = gateway.open_checkout(
            request=asking.checkout(locale=language), key=asking.key()
        )
        assert opened.status == "open"


def test_total_under_the_minimum_is_named(provider):
    request = asking.checkout(
        total_amount=1, items=(gateway.CheckoutItem(name="Sticker", amount=1),)
    )
    with pytest.raises(gateway.AmountTooSmall):
        gateway.open_checkout(request=request, key=asking.key())


def test_page_that_does_not_exist_is_not_found(provider):
    with pytest.raises(gateway.NotFound):
        gateway.fetch_checkout(session_id="cs_test_none")
    with pytest.raises(gateway.NotFound):
        gateway.expire_checkout(session_id="cs_test_none")
    with pytest.raises(gateway.NotFound):
        gateway.fetch_payment(payment_intent_id="pi_none")
    found = gateway.find_checkout(payment_reference="pay_none", created_after=now())
    assert found is None


@pytest.mark.parametrize("entity", ["individual", "company"])
def test_new_account_can_receive_nothing_yet_and_is_sent_to_onboarding(
    provider, entity
):
    request, key = asking.account(entity=entity), asking.key()
    made = gateway.create_account(request=request, key=key)
    assert (made.transfers_active, made.payouts_active, made.is_closed) == (
        False,
        False,
        False,
    )
    assert made.requirements_due
    assert made.reference == request.reference
    assert gateway.create_account(request=request, key=key) == made
    assert gateway.fetch_account(account_id=made.account_id) == made
    links = {
        gateway.onboarding_link(
            account_id=made.account_id,
            refresh_url="https://shop.example/again",
            return_url="https://shop.example/back",
        )
        for _ in range(2)
    }
    assert len(links) == 2


def test_transfer_to_an_account_that_is_not_ready_is_refused_and_not_there(provider):
    made = gateway.create_account(request=asking.account(), key=asking.key())
    request = asking.transfer(destination=made.account_id)
    with pytest.raises(gateway.AccountNotReady):
        gateway.send_transfer(request=request, key=asking.key())
    found = gateway.find_transfer(
        transfer_group=request.transfer_group, reference=request.reference
    )
    assert found is None


def test_balance_and_its_lines_are_read(provider):
    for currency, facts in gateway.fetch_balance().items():
        assert facts.currency == currency == currency.upper()
    lines = gateway.list_balance_lines(since=now() - datetime.timedelta(days=1))
    for line in itertools.islice(lines, 5):
        assert line.net_amount == line.amount - line.fee_amount
        assert line.available_at.tzinfo is datetime.UTC
    later = now() + datetime.timedelta(hours=1)
    assert list(gateway.list_balance_lines(since=later)) == []


def test_events_are_listed_newest_first(provider):
    since = now() - datetime.timedelta(minutes=1)
    page = gateway.open_checkout(request=asking.checkout(), key=asking.key())
    gateway.expire_checkout(session_id=page.session_id)
    found = list(itertools.islice(gateway.list_events(created_after=since), 50))
    assert ("checkout.session.expired", page.session_id) in {
        (event.type, event.object_id) for event in found
    }
    moments = [event.created_at for event in found]
    assert moments == sorted(moments, reverse=True)
    assert {event.endpoint for event in found} == {"platform"}


def test_wrong_key_is_not_permanent(provider, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_wrong"
    with pytest.raises(gateway.NotAuthorised):
        gateway.fetch_balance()
