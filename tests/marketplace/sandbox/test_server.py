import contextlib
import http.server
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
import stripe

from tests.marketplace.sandbox import client as hands

ROOT = pathlib.Path(__file__).parents[3]
KEY = "sk_test_sandbox_http"

pytestmark = pytest.mark.http


def start(state, *more, **variables):
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.Popen(
        [sys.executable, "-m", "marketplace.sandbox", "--state", str(state), *more],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextlib.contextmanager
def running(state, **variables):
    process = start(state, "--port", "0", SANDBOX_SECRET_KEY=KEY, **variables)
    try:
        first = process.stdout.readline()
        yield re.search(r"http://[\d.:]+", first)[0]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.communicate()


def client_of(address):
    return stripe.StripeClient(
        KEY,
        stripe_version=hands.VERSION,
        base_addresses=dict.fromkeys(
            ("api", "connect", "files", "meter_events"), address
        ),
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=10),
    )


class Platform(http.server.BaseHTTPRequestHandler):
    """Takes webhooks as the platform does, and asks back before it answers."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        header = self.headers["Stripe-Signature"]
        self.server.got.append((self.path, body, header))
        if self.server.address:
            urllib.request.urlopen(self.server.address + "/_sandbox/health").read()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *given):
        pass


@contextlib.contextmanager
def platform():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    server.got, server.address = [], ""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def until(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


class StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given):
        return None


def submit(url, **fields):
    opener = urllib.request.build_opener(StayHere)
    try:
        return opener.open(url, urllib.parse.urlencode(fields).encode())
    except urllib.error.HTTPError as answer:
        return answer


def test_one_purchase_over_real_http(tmp_path):
    with platform() as web:
        base = f"http://127.0.0.1:{web.server_port}"
        with running(tmp_path, SANDBOX_WEBHOOK_BASE=base) as address:
            web.address = address
            client = client_of(address)
            params = hands.session_params(int(time.time()) + 60)
            session = client.v1.checkout.sessions.create(params)
            assert session.url.startswith(address)

            answer = submit(session.url, **hands.CARD)

            assert answer.status == 303
            expected = f"https://shop.test/done?session={session.id}"
            assert answer.headers["Location"] == expected
            until(lambda: len(web.got) == 5)
            for path, body, header in web.got:
                assert path == "/stripe/webhook/platform"
                client.construct_event(body, header, "whsec_sandbox_platform")

            arm_lost_transfer(address)
            party = client.v2.core.accounts.create(hands.account_params())
            onboard(address, party.id)
            transfer = {"amount": 618, "currency": "eur", "destination": party.id}
            options = {"idempotency_key": "k-1"}
            with pytest.raises(stripe.APIConnectionError):
                client.v1.transfers.create(transfer, options)
            again = client.v1.transfers.create(transfer, options)
            assert [one.id for one in client.v1.transfers.list().data] == [again.id]
            until(lambda: any(path.endswith("/v2") for path, _, _ in web.got))


def post(url, body):
    with urllib.request.urlopen(url, body) as answer:
        return answer.read()


def arm_lost_transfer(address):
    body = b'{"match": "POST /v1/transfers", "do": "timeout_after_commit"}'
    post(f"{address}/_sandbox/fault", body)


def onboard(address, account):
    url = f"{address}/_sandbox/accounts/{account}/onboard"
    post(url, b'{"outcome": "complete"}')


def test_a_slow_call_does_not_hold_up_the_dashboard(tmp_path):
    with running(tmp_path) as address:
        body = b'{"match": "GET /v1/balance", "do": "slow:3"}'
        post(f"{address}/_sandbox/fault", body)
        slow = threading.Thread(target=client_of(address).v1.balance.retrieve)
        slow.start()

        with urllib.request.urlopen(f"{address}/dashboard") as answer:
            assert answer.status == 200
        assert slow.is_alive()
        slow.join()


def test_malformed_requests_do_not_end_the_server(tmp_path):
    with running(tmp_path) as address:
        port = int(address.rsplit(":", 1)[1])
        for sent in (
            b"\r\n\r\n",
            b"GARBAGE\r\n\r\n",
            b"POST /v1/transfers HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            b"GET /%ff%fe HTTP/1.1\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
                raw.sendall(sent)
                raw.recv(100)
        with urllib.request.urlopen(f"{address}/_sandbox/health") as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, "STRIPE_SECRET_KEY is a live key"),
        ({"SANDBOX_SECRET_KEY": "sk_test_1"}, "must start with sk_test_sandbox"),
        ({"PLATFORM_COUNTRY": "EUROPE"}, "PLATFORM_COUNTRY"),
    ],
)
def test_bad_configuration_is_one_line_and_exit_1(tmp_path, variables, words):
    process = start(tmp_path, "--port", "0", **variables)
    _, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert words in errors
    assert len(errors.strip().splitlines()) == 1


def test_taken_port_is_one_line_and_exit_1(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = start(tmp_path, "--port", port)
        _, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert f"Port {port} cannot be used" in errors
    assert len(errors.strip().splitlines()) == 1


def test_unusable_state_folder_is_one_line_and_exit_1(tmp_path):
    (tmp_path / "file").write_text("in the way")
    process = start(tmp_path / "file", "--port", "0")
    _, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "cannot be used" in errors
    assert len(errors.strip().splitlines()) == 1
