import datetime

import pytest
import stripe
from django.core.exceptions import ImproperlyConfigured

from marketplace import gateway
from marketplace.gateway import client
from tests.marketplace.gateway import stub as stub_module


def send():
    return gateway.send_transfer(
        request=gateway.TransferRequest(
            reference="trf_1",
            amount=5368,
            currency="EUR",
            destination="acct_1",
            transfer_group="ord_1",
            source_charge_id="ch_1",
            description="Order 1",
        ),
        key="test:trf:1:1",
    )


def test_pinned_version_is_the_one_of_the_installed_sdk():
    assert stripe.VERSION == "16.1.0"
    assert stripe._api_version._ApiVersion.CURRENT == client.API_VERSION


def test_client_makes_no_retry_and_pins_version_and_all_four_addresses(settings):
    settings.STRIPE_WSGI_APP = ""
    settings.STRIPE_API_BASE = "http://127.0.0.1:9/"
    built = client.connect()
    options = built._requestor._options
    assert options.max_network_retries == 0
    assert options.stripe_version == "2026-10-28.endive"
    assert options.base_addresses == {
        "api": "http://127.0.0.1:9",
        "connect": "http://127.0.0.1:9",
        "files": "http://127.0.0.1:9",
        "meter_events": "http://127.0.0.1:9",
    }
    assert built._requestor._client._timeout == (3.0, 10.0)
    assert stripe.enable_telemetry is False


def test_without_a_sandbox_the_client_talks_to_real_stripe(settings):
    settings.STRIPE_WSGI_APP = settings.STRIPE_API_BASE = ""
    addresses = client.connect()._requestor._options.base_addresses
    assert addresses["api"] == "https://api.stripe.com"


def test_client_is_built_once_for_the_same_settings(settings):
    settings.STRIPE_WSGI_APP = stub_module.NAME
    first = client.connect()
    assert client.connect() is first
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox_other"
    assert client.connect() is not first


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1"])
@pytest.mark.parametrize(
    ("name", "value"),
    [("STRIPE_API_BASE", "http://127.0.0.1:9"), ("STRIPE_WSGI_APP", stub_module.NAME)],
)
def test_live_key_with_a_sandbox_address_refuses_to_start(settings, key, name, value):
    settings.STRIPE_WSGI_APP = settings.STRIPE_API_BASE = ""
    settings.STRIPE_SECRET_KEY = key
    setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured) as refused:
        client.connect()
    assert str(refused.value) == (
        f"STRIPE_SECRET_KEY is a live key while {name} names a sandbox: "
        "unset one of them."
    )
    assert [found.id for found in gateway.check_settings()] == ["gateway.E001"]


def test_missing_key_is_named_in_one_line(settings):
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(ImproperlyConfigured, match=r"^STRIPE_SECRET_KEY is not set\.$"):
        client.connect()


def test_missing_webhook_secret_is_a_warning_that_names_it(settings):
    settings.STRIPE_WEBHOOK_SECRETS = {"platform": "whsec_1", "connect": "", "v2": "w"}
    (found,) = gateway.check_settings()
    assert found.msg == (
        "STRIPE_WEBHOOK_SECRET_CONNECT is not set: every notice on "
        "/stripe/webhook/connect will be refused."
    )


def test_our_key_version_and_form_body_reach_stripe(stub, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox_1"
    stub.raises = stub_module.AnswerLost()
    with pytest.raises(gateway.OutcomeUnknown):
        send()
    (asked,) = stub.asked
    assert asked["REQUEST_METHOD"] == "POST"
    assert asked["PATH_INFO"] == "/v1/transfers"
    assert asked["HTTP_IDEMPOTENCY_KEY"] == "test:trf:1:1"
    assert asked["HTTP_STRIPE_VERSION"] == "2026-10-28.endive"
    assert asked["HTTP_AUTHORIZATION"] == "Bearer sk_test_sandbox_1"
    assert asked["CONTENT_TYPE"] == "application/x-www-form-urlencoded"
    assert asked["body"] == (
        "amount=5368&currency=eur&destination=acct_1&transfer_group=ord_1"
        "&description=Order+1&metadata[reference]=trf_1&source_transaction=ch_1"
    )


def test_lost_answer_is_unknown_and_was_asked_only_once(stub):
    stub.raises = stub_module.AnswerLost()
    with pytest.raises(gateway.OutcomeUnknown) as unknown:
        send()
    assert unknown.value.permanent is False
    assert unknown.value.replayed is False
    assert len(stub.asked) == 1


def test_an_exception_of_the_application_itself_is_not_hidden(stub):
    stub.raises = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        send()


def test_server_error_is_unknown_and_was_asked_only_once(stub):
    stub.refuse(500, "api_error", "api_error")
    with pytest.raises(gateway.OutcomeUnknown) as unknown:
        send()
    assert unknown.value.replayed is False
    assert len(stub.asked) == 1


def test_stored_server_error_answered_again_says_so(stub):
    stub.refuse(500, "api_error", "api_error")
    stub.headers = {"Idempotent-Replayed": "true", "Request-Id": "req_1"}
    with pytest.raises(gateway.OutcomeUnknown) as unknown:
        send()
    assert unknown.value.replayed is True
    assert unknown.value.request_id == "req_1"


@pytest.mark.parametrize("status", [200, 502, 504])
def test_unreadable_answer_is_unknown(stub, status):
    stub.status = status
    stub.answer = "<html>gateway</html>"
    with pytest.raises(gateway.OutcomeUnknown):
        send()


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("", None), ("soon", None)])
def test_rate_limit_carries_the_seconds_to_wait(stub, header, seconds):
    stub.refuse(429, "rate_limit", "invalid_request_error")
    stub.headers = {"Retry-After": header}
    with pytest.raises(gateway.RateLimited) as limited:
        send()
    assert limited.value.retry_after == seconds
    assert limited.value.permanent is False


def test_lock_timeout_is_a_rate_limit(stub):
    stub.refuse(429, "lock_timeout")
    with pytest.raises(gateway.RateLimited):
        send()


def test_key_in_use_is_not_permanent(stub):
    stub.refuse(409, "idempotency_key_in_use", "idempotency_error")
    with pytest.raises(gateway.KeyInUse) as in_use:
        send()
    assert in_use.value.permanent is False


def test_wrong_api_key_leaves_the_row_to_be_tried_again(stub):
    stub.refuse(401, "api_key_expired")
    with pytest.raises(gateway.NotAuthorised) as refused:
        send()
    assert refused.value.permanent is False


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("balance_insufficient", gateway.InsufficientBalance),
        ("transfers_not_allowed", gateway.AccountNotReady),
        ("capability_not_active", gateway.AccountNotReady),
        ("account_closed", gateway.AccountNotReady),
        ("amount_too_small", gateway.AmountTooSmall),
        ("parameter_unknown", gateway.Refused),
    ],
)
def test_definite_refusal_is_named_and_permanent(stub, code, error):
    stub.refuse(400, code)
    with pytest.raises(gateway.Refused) as refused:
        send()
    assert type(refused.value) is error
    assert refused.value.code == code
    assert refused.value.permanent is True
    assert refused.value.message == "Stripe refused: Said no. Nothing was done."


def test_same_key_with_other_parameters_is_a_definite_refusal(stub):
    stub.refuse(400, None, "idempotency_error")
    with pytest.raises(gateway.Refused) as refused:
        send()
    assert refused.value.code == "idempotency_error"


def test_unknown_object_is_not_found(stub):
    stub.refuse(404, "resource_missing")
    with pytest.raises(gateway.NotFound):
        gateway.fetch_checkout(session_id="cs_none")


def test_card_error_is_card_declined(stub):
    stub.refuse(402, "card_declined", "card_error")
    with pytest.raises(gateway.CardDeclined):
        send()


def test_error_while_a_list_is_read_is_translated_too(stub):
    stub.refuse(500, "api_error", "api_error")
    lines = gateway.list_balance_lines(
        since=datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
    )
    with pytest.raises(gateway.OutcomeUnknown):
        next(lines)
    assert stub.asked[0]["QUERY_STRING"] == "created[gte]=1793491200&limit=100"
