"""Money moves: a buyer pays on the sandbox's page, parties are sent their shares."""

import dataclasses
import datetime
import re

import pytest

from marketplace import gateway
from marketplace.gateway import sandbox_control
from marketplace.sandbox import operations
from tests.marketplace.gateway import asking, place

pytestmark = pytest.mark.usefixtures("sandbox")

DECLINED = "4000000000000002"
NEEDS_BANK = "4000002500003155"
EIGHT_DAYS = datetime.timedelta(days=8)


def opened(**more):
    return gateway.open_checkout(request=asking.checkout(**more), key=asking.key())


def paid():
    page = opened(transfer_group="ord_paid")
    sandbox_control.pay(page_url=page.url)
    page = gateway.fetch_checkout(session_id=page.session_id)
    return gateway.fetch_payment(payment_intent_id=page.payment_intent_id)


def ready_account(**more):
    made = gateway.create_account(request=asking.account(**more), key=asking.key())
    sandbox_control.onboard(account_id=made.account_id)
    return gateway.fetch_account(account_id=made.account_id)


def test_paid_page_gives_payment_charge_card_fee_and_reference():
    request = asking.checkout()
    page = gateway.open_checkout(request=request, key=asking.key())
    assert sandbox_control.pay(page_url=page.url) == "https://shop.example/orders/1"
    page = gateway.fetch_checkout(session_id=page.session_id)
    assert (page.status, page.payment_status, page.url) == ("complete", "paid", None)
    facts = gateway.fetch_payment(payment_intent_id=page.payment_intent_id)
    assert (facts.status, facts.amount, facts.currency) == ("paid", 8736, "EUR")
    assert facts.payment_reference == request.payment_reference
    assert (facts.card_brand, facts.card_last4) == ("visa", "4242")
    assert (facts.method, facts.voucher) == ("card", None)
    assert facts.card_fingerprint
    line = facts.balance_line
    assert (line.type, line.amount, line.fee_amount, line.net_amount) == (
        "charge",
        8736,
        156,
        8580,
    )
    assert (line.currency, line.source_id) == ("EUR", facts.charge_id)
    assert line.available_at > line.created_at
    with pytest.raises(gateway.CheckoutComplete):
        gateway.expire_checkout(session_id=page.session_id)


def test_same_card_has_the_same_fingerprint_in_two_payments():
    assert paid().card_fingerprint == paid().card_fingerprint


def test_declined_card_says_so_and_the_page_stays_open():
    page = opened()
    with pytest.raises(gateway.CardDeclined, match="declined"):
        sandbox_control.pay(page_url=page.url, card=DECLINED)
    page = gateway.fetch_checkout(session_id=page.session_id)
    assert (page.status, page.payment_status) == ("open", "unpaid")
    sandbox_control.pay(page_url=page.url)
    assert gateway.fetch_checkout(session_id=page.session_id).status == "complete"


def test_bank_is_asked_and_its_yes_pays_and_its_no_does_not():
    page = opened()
    with pytest.raises(gateway.CardDeclined):
        sandbox_control.pay(page_url=page.url, card=NEEDS_BANK, authenticate=False)
    assert gateway.fetch_checkout(session_id=page.session_id).status == "open"
    sandbox_control.pay(page_url=page.url, card=NEEDS_BANK)
    assert gateway.fetch_checkout(session_id=page.session_id).status == "complete"


def test_cancelling_leads_back_and_leaves_the_page_open():
    page = opened()
    assert sandbox_control.cancel(page_url=page.url) == "https://shop.example/back"
    assert gateway.fetch_checkout(session_id=page.session_id).status == "open"


def test_page_expires_by_the_clock():
    page = opened()
    sandbox_control.advance_clock(seconds=datetime.timedelta(minutes=31, seconds=1))
    assert gateway.fetch_checkout(session_id=page.session_id).status == "expired"


def test_onboarded_account_may_receive():
    facts = ready_account()
    assert (facts.transfers_active, facts.payouts_active) == (True, True)
    assert facts.requirements_due == ()


def test_onboarding_left_incomplete_and_restriction_are_seen():
    made = gateway.create_account(request=asking.account(), key=asking.key())
    sandbox_control.onboard(account_id=made.account_id, outcome="incomplete")
    facts = gateway.fetch_account(account_id=made.account_id)
    assert facts.transfers_active is False
    assert facts.requirements_due
    ready = ready_account()
    sandbox_control.onboard(account_id=ready.account_id, outcome="restrict")
    facts = gateway.fetch_account(account_id=ready.account_id)
    assert facts.transfers_active is False


def test_transfer_out_of_a_charge_needs_no_available_balance():
    facts, account = paid(), ready_account()
    request = asking.transfer(
        destination=account.account_id,
        source_charge_id=facts.charge_id,
        transfer_group="ord_paid",
    )
    sent = gateway.send_transfer(request=request, key=asking.key())
    assert sent == gateway.TransferFacts(
        transfer_id=sent.transfer_id,
        reference=request.reference,
        amount=5368,
        currency="EUR",
        destination=account.account_id,
        source_charge_id=facts.charge_id,
        transfer_group=request.transfer_group,
        balance_line_id=sent.balance_line_id,
        created_at=sent.created_at,
        reversed_amount=0,
    )
    assert sent.balance_line_id is not None
    found = gateway.find_transfer(
        transfer_group=request.transfer_group, reference=request.reference
    )
    assert found == sent
    others = gateway.find_transfer(
        transfer_group=request.transfer_group, reference="trf_other"
    )
    assert others is None


def test_transfers_out_of_a_charge_never_exceed_it():
    facts, account = paid(), ready_account()
    first = asking.transfer(
        destination=account.account_id,
        source_charge_id=facts.charge_id,
        transfer_group="ord_paid",
    )
    gateway.send_transfer(request=first, key=asking.key())
    with pytest.raises(gateway.Refused) as refused:
        gateway.send_transfer(
            request=dataclasses.replace(first, reference="trf_more", amount=3369),
            key=asking.key(),
        )
    assert refused.value.permanent is True


def test_transfer_above_the_available_balance_is_named():
    account = ready_account()
    request = asking.transfer(destination=account.account_id, amount=1_000_001)
    with pytest.raises(gateway.InsufficientBalance) as refused:
        gateway.send_transfer(request=request, key=asking.key())
    assert refused.value.code == "balance_insufficient"
    assert gateway.fetch_balance()["EUR"].available_amount == 1_000_000


def test_balance_is_the_sum_of_its_lines_by_currency():
    account, facts = ready_account(), paid()
    gateway.send_transfer(
        request=asking.transfer(destination=account.account_id, amount=618),
        key=asking.key(),
    )
    since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    lines = [
        line
        for line in gateway.list_balance_lines(since=since)
        if line.currency == "EUR"
    ]
    assert sorted((line.type, line.net_amount) for line in lines) == [
        ("charge", 8580),
        ("topup", 1_000_000),
        ("transfer", -618),
    ]
    balance = gateway.fetch_balance()["EUR"]
    assert (balance.available_amount, balance.pending_amount) == (999_382, 8580)
    assert facts.balance_line in lines
    sandbox_control.advance_clock(seconds=EIGHT_DAYS)
    balance = gateway.fetch_balance()["EUR"]
    assert (balance.available_amount, balance.pending_amount) == (1_007_962, 0)


def test_lost_answer_and_the_same_key_send_the_money_once():
    account, key = ready_account(), asking.key()
    request = asking.transfer(destination=account.account_id)
    fault = sandbox_control.arm_fault(
        match="POST /v1/transfers", do="timeout_after_commit"
    )
    with pytest.raises(gateway.OutcomeUnknown) as unknown:
        gateway.send_transfer(request=request, key=key)
    assert unknown.value.replayed is False
    sent = gateway.send_transfer(request=request, key=key)
    found = gateway.find_transfer(
        transfer_group=request.transfer_group, reference=request.reference
    )
    assert found == sent
    assert gateway.fetch_balance()["EUR"].available_amount == 1_000_000 - 5368
    (armed,) = [line for line in sandbox_control.faults() if line["id"] == fault]
    assert (armed["armed"], armed["hit"]) == (False, 1)
    outcomes = [
        line["outcome"]
        for line in sandbox_control.journal()
        if line["path"] == "/v1/transfers"
    ]
    assert outcomes == ["executed", "replayed"]


@pytest.mark.parametrize(
    ("do", "is_there"), [("500_before", False), ("500_after", True)]
)
def test_stored_server_error_is_answered_again_and_the_look_up_tells(do, is_there):
    account, key = ready_account(), asking.key()
    request = asking.transfer(destination=account.account_id)
    sandbox_control.arm_fault(match="POST /v1/transfers", do=do)
    replayed = []
    for _ in range(3):
        with pytest.raises(gateway.OutcomeUnknown) as unknown:
            gateway.send_transfer(request=request, key=key)
        replayed.append(unknown.value.replayed)
    assert replayed == [False, True, True]
    found = gateway.find_transfer(
        transfer_group=request.transfer_group, reference=request.reference
    )
    assert (found is not None) is is_there


def test_rate_limit_and_lock_timeout_leave_nothing_and_the_same_key_sends():
    account, key = ready_account(), asking.key()
    request = asking.transfer(destination=account.account_id)
    sandbox_control.arm_fault(match="POST /v1/transfers", do="429")
    with pytest.raises(gateway.RateLimited):
        gateway.send_transfer(request=request, key=key)
    sandbox_control.clear_faults()
    sandbox_control.arm_fault(match="POST /v1/transfers", do="lock_timeout")
    with pytest.raises(gateway.GatewayError) as busy:
        gateway.send_transfer(request=request, key=key)
    assert busy.value.permanent is False
    assert gateway.send_transfer(request=request, key=key).amount == 5368


def test_page_whose_answer_was_lost_is_found_and_the_same_key_gives_it():
    request, key = asking.checkout(), asking.key()
    sandbox_control.arm_fault(
        match="POST /v1/checkout/sessions", do="timeout_after_commit"
    )
    with pytest.raises(gateway.OutcomeUnknown):
        gateway.open_checkout(request=request, key=key)
    found = gateway.find_checkout(
        payment_reference=request.payment_reference,
        created_after=datetime.datetime.now(datetime.UTC),
    )
    assert found == gateway.open_checkout(request=request, key=key)


def test_every_notice_the_sandbox_signs_is_read_on_its_endpoint():
    facts, account = paid(), ready_account()
    request = asking.transfer(
        destination=account.account_id,
        source_charge_id=facts.charge_id,
        transfer_group="ord_paid",
    )
    gateway.send_transfer(request=request, key=asking.key())
    pending = sandbox_control.pending()
    for notice in pending:
        read = gateway.parse_event(
            endpoint=notice["endpoint"],
            body=notice["body"].encode(),
            header=notice["signature"],
        )
        assert (read.event_id, read.type) == (notice["event_id"], notice["type"])
        assert read.api_version in (None, gateway.API_VERSION)
        sandbox_control.answered(notice["id"], 200)
    assert sandbox_control.pending() == []
    assert {
        ("platform", "checkout.session.completed"),
        ("platform", "payment_intent.succeeded"),
        ("platform", "transfer.created"),
        ("v2", "v2.core.account[requirements].updated"),
    } <= {(notice["endpoint"], notice["type"]) for notice in pending}
    listed = {
        event.event_id
        for event in gateway.list_events(
            created_after=datetime.datetime.now(datetime.UTC)
            - datetime.timedelta(hours=1)
        )
    }
    assert listed == {
        notice["event_id"] for notice in pending if notice["endpoint"] == "platform"
    }


def test_notices_are_repeated_spoilt_kept_back_and_dropped():
    sandbox_control.drop_next(3)
    paid()
    types = [notice["type"] for notice in sandbox_control.pending()]
    assert types == ["charge.updated", "checkout.session.completed"]
    (event, _) = [notice["event_id"] for notice in sandbox_control.pending()]

    twice = sandbox_control.pending(event=event, copies=2)
    assert [notice["event_id"] for notice in twice] == [event, event]
    for sign in ("bad", "old", "none", "wrong_secret"):
        (notice,) = sandbox_control.pending(event=event, sign=sign)
        with pytest.raises(gateway.EventRefused):
            gateway.parse_event(
                endpoint="platform",
                body=notice["body"].encode(),
                header=notice["signature"],
            )
    (older,) = sandbox_control.pending(event=event, api_version="2020-01-01")
    read = gateway.parse_event(
        endpoint="platform", body=older["body"].encode(), header=older["signature"]
    )
    assert (read.event_id, read.api_version) == (event, "2020-01-01")
    sent = sandbox_control.deliver(event, delay=60)["sent"]
    assert [push["status"] for push in sent] == [None]
    assert len(sandbox_control.pending()) == 1
    sandbox_control.advance_clock(seconds=61)
    assert event in [notice["event_id"] for notice in sandbox_control.pending()]


def test_control_plane_needs_a_sandbox(settings):
    settings.STRIPE_WSGI_APP = settings.STRIPE_API_BASE = ""
    with pytest.raises(gateway.NotSandbox):
        sandbox_control.journal()


def test_control_plane_that_refuses_says_why():
    with pytest.raises(gateway.GatewayError, match="400"):
        sandbox_control.arm_fault(match="nonsense", do="429")


USED = {
    "POST /v1/checkout/sessions",
    "GET /v1/checkout/sessions",
    "GET /v1/checkout/sessions/{id}",
    "POST /v1/checkout/sessions/{id}/expire",
    "GET /v1/payment_intents/{id}",
    "GET /v1/payment_intents",
    "POST /v1/payment_intents/{id}/cancel",
    "POST /v1/transfers",
    "GET /v1/transfers",
    "POST /v1/refunds",
    "GET /v1/refunds",
    "GET /v1/refunds/{id}",
    "GET /v1/transfers/{id}",
    "POST /v1/transfers/{id}/reversals",
    "GET /v1/transfers/{id}/reversals",
    "GET /v1/disputes",
    "GET /v1/disputes/{id}",
    "POST /v1/disputes/{id}",
    "POST /v1/disputes/{id}/close",
    "POST /v1/files",
    "POST /v1/payouts",
    "GET /v1/payouts",
    "GET /v1/payouts/{id}",
    "POST /v1/balance_settings",
    "POST /v1/accounts/{id}/login_links",
    "GET /v1/accounts/{id}/external_accounts",
    "GET /v1/balance",
    "GET /v1/balance_transactions",
    "GET /v1/events",
    "POST /v2/core/accounts",
    "GET /v2/core/accounts/{id}",
    "POST /v2/core/account_links",
}


def walk_payouts(account_id, since):
    gateway.set_payout_schedule(account_id=account_id, interval="weekly")
    gateway.set_minimum_balance(minimums={"EUR": 1})
    gateway.payout_to_bank(amount=1, currency="EUR", reference="a", key=asking.key())
    sandbox_control.advance_clock(seconds=2 * EIGHT_DAYS)
    (payout,) = gateway.list_party_payouts(account_id=account_id, since=since)
    gateway.fetch_party_payout(account_id=account_id, payout_id=payout.payout_id)
    gateway.fetch_party_balance(account_id=account_id)
    gateway.login_link(account_id=account_id)


def walk_reversals_and_disputes(since):
    (transfer,) = gateway.list_transfers(since=since)
    transfer_id = transfer.transfer_id
    gateway.fetch_transfer(transfer_id=transfer_id)
    asked = gateway.ReversalRequest(
        reference="rev_1", transfer_id=transfer_id, amount=1, currency="EUR"
    )
    gateway.send_reversal(request=asked, key=asking.key())
    gateway.find_reversal(transfer_id=transfer_id, reference="rev_1")
    for text in ("Delivered.", None):
        dispute_id = sandbox_control.open_dispute(
            payment_intent_id=paid().payment_intent_id
        )
        gateway.fetch_dispute(dispute_id=dispute_id)
        if text is None:
            gateway.accept_dispute(dispute_id=dispute_id)
            continue
        file_id = gateway.upload_evidence(
            file=b"%PDF", filename="a.pdf", key=asking.key()
        )
        gateway.submit_evidence(
            dispute_id=dispute_id,
            evidence={"uncategorized_text": text, "receipt": file_id},
            submit=True,
            key=asking.key(),
        )
    gateway.list_disputes(since=since)


def test_every_operation_the_gateway_uses_passes_the_sandboxs_contract():
    """The sandbox checks each request and each answer against the SDK's own types and
    refuses what does not fit, so a walk that ends is the check."""
    since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    page = opened()
    gateway.find_checkout(payment_reference="pay_none", created_after=since)
    gateway.expire_checkout(session_id=page.session_id)
    facts, account = paid(), ready_account()
    gateway.list_payments(since=since)
    with pytest.raises(gateway.CheckoutComplete):
        gateway.cancel_payment(payment_intent_id=facts.payment_intent_id)
    gateway.onboarding_link(
        account_id=account.account_id,
        refresh_url="https://shop.example/again",
        return_url="https://shop.example/back",
    )
    request = asking.transfer(
        destination=account.account_id,
        source_charge_id=facts.charge_id,
        transfer_group="ord_paid",
    )
    gateway.send_transfer(request=request, key=asking.key())
    gateway.find_transfer(transfer_group=request.transfer_group, reference="trf_none")
    refund = gateway.send_refund(
        request=asking.refund(payment_intent_id=facts.payment_intent_id),
        key=asking.key(),
    )
    gateway.fetch_refund(refund_id=refund.refund_id)
    gateway.list_refunds(since=since)
    walk_reversals_and_disputes(since)
    walk_payouts(account.account_id, since)
    gateway.fetch_balance()
    list(gateway.list_balance_lines(since=since, until=since))
    list(gateway.list_events(created_after=since))
    patterns = {
        f"{known.method} {known.pattern}": re.compile(
            re.sub(r"\{\w+\}", "[^/]+", known.pattern)
        )
        for known in operations.OPERATIONS
    }
    used = {
        name
        for method, path in place.calls
        for name, pattern in patterns.items()
        if name.startswith(method) and pattern.fullmatch(path)
    }
    assert used == USED
