import pytest
import stripe

from marketplace.sandbox import wire
from marketplace.sandbox.contract import derive, requests, responses, source
from marketplace.sandbox.errors import Invalid
from marketplace.sandbox.operations import OPERATIONS
from tests.marketplace.sandbox import client as hands

# What an event carries is any object; each is checked by its own `object` value.
LISTED_AS_ANYTHING = {
    "Event.Data.object{}",
    "Event.Data.previous_attributes{}",
    "Event.changes{}",
    "PaymentIntent.NextAction.use_stripe_sdk{}",
    "_payment_intent.py.PaymentIntent.NextAction.use_stripe_sdk{}",
}
# A file is bytes in a multipart body; only its name, size and digest are parameters.
SENT_AS_ANYTHING = {"FileCreateParams.file"}
RETURNED = (
    "account_session",
    "balance",
    "balance_settings",
    "balance_transaction",
    "bank_account",
    "charge",
    "checkout.session",
    "customer",
    "dispute",
    "event",
    "file",
    "item",
    "login_link",
    "payment_intent",
    "payment_method",
    "payout",
    "price",
    "refund",
    "topup",
    "transfer",
    "transfer_reversal",
    "v2.core.account",
    "v2.core.account_link",
    "webhook_endpoint",
)
THIN = (
    "v2.core.account.closed",
    "v2.core.account.created",
    "v2.core.account.updated",
    "v2.core.account[requirements].updated",
    "v2.core.account[configuration.recipient].capability_status_updated",
    "v2.core.account_link.returned",
)


def check(dotted, text):
    return requests.check(dotted, wire.decode_form(text), from_form=True)


@pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda operation: operation.params
)
def test_every_parameter_type_resolves_to_something(operation):
    derived = derive.params(operation.params)

    assert derived.anything <= SENT_AS_ANYTHING
    assert derived.schema["additionalProperties"] is False


@pytest.mark.parametrize("object_name", RETURNED)
def test_every_returned_type_resolves_to_something(object_name):
    assert derive.resource(object_name).anything <= LISTED_AS_ANYTHING


@pytest.mark.parametrize("event_type", THIN)
def test_every_thin_event_resolves_to_something(event_type):
    assert derive.thin_event(event_type).anything <= LISTED_AS_ANYTHING


def test_what_operations_return_is_checked_above():
    returned = {operation.returns for operation in OPERATIONS}

    assert returned - {"list", "v2.core.event"} <= set(RETURNED)


def test_a_class_the_sdk_does_not_have_is_an_error():
    with pytest.raises(source.ContractMissing, match="has no file"):
        derive.params("TransferInventParams")


def test_a_planted_open_type_is_found(tmp_path, monkeypatch):
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "_thing_create_params.py").write_text(
        "class ThingCreateParams(TypedDict):\n"
        "    shape: NotRequired[SomethingElse]\n"
        "    size: NotRequired[Any]\n"
    )
    monkeypatch.setattr(source, "root", lambda: tmp_path)

    anything = derive.params("ThingCreateParams").anything

    assert anything == {"ThingCreateParams.shape", "ThingCreateParams.size"}


@pytest.mark.parametrize(
    ("text", "code", "param", "message"),
    [
        (
            "currency=eur&destination=acct_1&amount=5&colour=red",
            "parameter_unknown",
            "colour",
            "Received unknown parameter: colour",
        ),
        (
            "amount=5&currency=eur",
            "parameter_missing",
            "destination",
            "Missing required param: destination.",
        ),
        (
            "amount=5.5&currency=eur&destination=acct_1",
            "parameter_invalid_integer",
            "amount",
            "Invalid integer: 5.5",
        ),
        (
            "amount=1e3&currency=eur&destination=acct_1",
            "parameter_invalid_integer",
            "amount",
            "Invalid integer: 1e3",
        ),
        (
            "amount=99999999999999999999&currency=eur&destination=acct_1",
            "parameter_invalid_integer",
            "amount",
            "Invalid integer: 99999999999999999999",
        ),
        (
            "amount=&currency=eur&destination=acct_1",
            "parameter_invalid_empty",
            "amount",
            "You passed an empty string for 'amount', which cannot be unset.",
        ),
        (
            "amount=5&currency=eur&destination=acct_1&source_type=gold",
            None,
            "source_type",
            "Invalid source_type: must be one of bank_account, card, fpx",
        ),
        (
            "amount=5&currency=eur&destination[id]=acct_1",
            None,
            "destination",
            "Invalid string: {'id': 'acct_1'}",
        ),
        (
            "amount=5&currency=eur&destination=acct_1&expand[1]=x",
            None,
            "expand",
            "Invalid array: {'1': 'x'}",
        ),
    ],
)
def test_malformed_transfer_is_refused_in_stripes_words(text, code, param, message):
    with pytest.raises(Invalid) as refusal:
        check("TransferCreateParams", text)

    assert refusal.value.message == message
    assert (refusal.value.code, refusal.value.param) == (code, param)
    assert not refusal.value.stored


@pytest.mark.parametrize(
    ("text", "param"),
    [
        ("ui_mode=hosted", "ui_mode"),
        ("ui_mode=embedded", "ui_mode"),
        ("payment_method_types[0]=card", "payment_method_types"),
        ("line_items[0][price_data][cost]=1", "line_items[0][price_data][cost]"),
        ("mode=pay", "mode"),
    ],
)
def test_what_older_api_versions_took_is_refused(text, param):
    with pytest.raises(Invalid) as refusal:
        check("checkout.SessionCreateParams", text)

    assert refusal.value.param == param


def test_options_of_the_sdk_are_no_parameters():
    with pytest.raises(Invalid, match="unknown parameter: api_key"):
        check("TransferCreateParams", "currency=eur&destination=a&api_key=sk_test_1")


def test_account_link_takes_no_configurations():
    use_case = {
        "type": "account_onboarding",
        "account_onboarding": {
            "refresh_url": "https://shop.test/r",
            "configurations": ["recipient"],
        },
    }
    with pytest.raises(Invalid) as refusal:
        requests.check(
            "v2.core.AccountLinkCreateParams",
            {"account": "acct_1", "use_case": use_case},
            from_form=False,
            dotted_names=True,
        )

    assert refusal.value.param == "use_case.account_onboarding.configurations"


def test_text_of_the_wire_becomes_what_the_schema_says():
    params = check(
        "TransferCreateParams",
        "amount=5&currency=eur&destination=acct_1&metadata[0]=7&expand[]=a&expand[]=b",
    )

    assert params == {
        "amount": 5,
        "currency": "eur",
        "destination": "acct_1",
        "metadata": {"0": "7"},
        "expand": ["a", "b"],
    }


def test_a_union_takes_each_of_its_members():
    assert check("TransferListParams", "created=7")["created"] == 7
    assert check("TransferListParams", "created[gte]=7")["created"] == {"gte": 7}


def test_the_sdks_own_encoding_round_trips(world):
    asked = hands.session_params(
        world.now, custom_text={"submit": {"message": "Tack & 茶"}}, locale="sv"
    )
    seen = []
    sandbox = world.sandbox
    handle = sandbox._api.handle
    sandbox._api.handle = lambda request: seen.append(request) or handle(request)

    world.v1.checkout.sessions.create(asked)

    text = seen[0].body.decode()
    assert check("checkout.SessionCreateParams", text) == asked


def test_an_answer_with_an_invented_field_is_caught(world):
    transfer = responses.complete("transfer", {"id": "tr_1", "object": "transfer"})

    with pytest.raises(responses.ContractBroken, match="required property"):
        responses.check(transfer)


def test_an_answer_with_an_unknown_status_is_caught(world):
    charge = world.paid().to_dict()

    with pytest.raises(responses.ContractBroken, match="charge status"):
        responses.check({**charge, "status": "done"})


def test_a_resource_inside_another_is_checked_too():
    page = {"object": "list", "url": "/", "has_more": False}
    broken = {"object": "balance", "livemode": False}

    with pytest.raises(responses.ContractBroken, match="balance"):
        responses.check({**page, "data": [broken]})


def test_unknown_parameter_reaches_the_caller_as_stripes_error(world):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        world.session(payment_method_types=["card"])

    assert refusal.value.http_status == 400
    assert refusal.value.code == "parameter_unknown"
    assert refusal.value.param == "payment_method_types"
    assert world.v1.checkout.sessions.list().data == []
