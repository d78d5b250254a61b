"""The same over a real connection: the SDK's own HTTP client, a port, a lost answer."""

import threading

import pytest

from marketplace import gateway
from marketplace.gateway import client, sandbox_control
from marketplace.sandbox import Sandbox, server
from tests.marketplace.gateway import asking

pytestmark = pytest.mark.http


@pytest.fixture
def served(settings):
    """Serve a fresh sandbox on a free port, and let the gateway talk to it."""
    made = Sandbox(":memory:")
    listening = server.listen(made, 0)
    # So that closing it waits for an answer that is still on its way.
    listening.daemon_threads = False
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox_http"
    settings.STRIPE_WSGI_APP = ""
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{listening.server_port}"
    client._build.cache_clear()
    yield made
    client._build.cache_clear()
    listening.shutdown()
    listening.server_close()
    thread.join(5)
    made.close()


@pytest.mark.usefixtures("served")
def test_page_is_opened_paid_and_its_share_sent():
    request = asking.checkout()
    page = gateway.open_checkout(request=request, key=asking.key())
    sandbox_control.pay(page_url=page.url, card="4000002500003155")
    page = gateway.fetch_checkout(session_id=page.session_id)
    facts = gateway.fetch_payment(payment_intent_id=page.payment_intent_id)
    assert (facts.status, facts.amount) == ("paid", 8736)
    account = gateway.create_account(request=asking.account(), key=asking.key())
    sandbox_control.onboard(account_id=account.account_id)
    sent = gateway.send_transfer(
        request=asking.transfer(
            destination=account.account_id,
            source_charge_id=facts.charge_id,
            transfer_group=request.transfer_group,
        ),
        key=asking.key(),
    )
    assert sent.amount == 5368


@pytest.mark.usefixtures("served")
def test_connection_closed_without_an_answer_is_unknown_and_the_key_finds_it():
    request, key = asking.checkout(), asking.key()
    sandbox_control.arm_fault(
        match="POST /v1/checkout/sessions", do="timeout_after_commit"
    )
    with pytest.raises(gateway.OutcomeUnknown):
        gateway.open_checkout(request=request, key=key)
    page = gateway.open_checkout(request=request, key=key)
    lines = [
        (line["outcome"], line["object_id"])
        for line in sandbox_control.journal()
        if line["path"] == "/v1/checkout/sessions"
    ]
    assert lines == [("executed", page.session_id), ("replayed", page.session_id)]


@pytest.mark.usefixtures("served")
def test_stripe_that_takes_too_long_is_unknown_and_is_not_asked_again(monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", (1.0, 0.2))
    client._build.cache_clear()
    sandbox_control.arm_fault(match="GET /v1/balance", do="slow:1", times=5)
    with pytest.raises(gateway.OutcomeUnknown):
        gateway.fetch_balance()
    (fault,) = sandbox_control.faults()
    assert fault["hit"] == 1


@pytest.mark.usefixtures("served")
def test_file_for_a_dispute_is_uploaded_whole_and_once():
    content = b"%PDF" + bytes(range(256)) * 4_000
    key = asking.key()
    sandbox_control.arm_fault(match="POST /v1/files", do="timeout_after_commit")
    with pytest.raises(gateway.OutcomeUnknown):
        gateway.upload_evidence(file=content, filename="kvitto å.pdf", key=key)

    # The SDK parts each body by another boundary; the sandbox compares what is in it.
    made = gateway.upload_evidence(file=content, filename="kvitto å.pdf", key=key)

    lines = [
        (line["outcome"], line["object_id"], line["request"]["file"]["size"])
        for line in sandbox_control.journal()
        if line["path"] == "/v1/files"
    ]
    size = str(len(content))
    assert lines == [("executed", made, size), ("replayed", made, size)]


def test_nobody_at_the_address_is_unknown(served, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(gateway.OutcomeUnknown):
        gateway.fetch_balance()
    with pytest.raises(gateway.OutcomeUnknown):
        sandbox_control.journal()
