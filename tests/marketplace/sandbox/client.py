"""The real SDK on a sandbox in the same process, and hands for its pages."""

import io
import json
from urllib.parse import unquote, urlencode, urlsplit
from wsgiref.headers import Headers

import stripe

BASE = "http://sandbox.test"
KEY = "sk_test_sandbox_tests"
VERSION = "2026-10-28.endive"


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.text = body.decode()

    @property
    def location(self):
        return self.headers.get("Location")

    def json(self):
        return json.loads(self.text)


def send(sandbox, method, url, *, headers=None, body=b""):
    """Send one request to the sandbox's WSGI callable."""
    parts = urlsplit(url)
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote(parts.path, encoding="latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "sandbox.test",
        "SERVER_PORT": "80",
        "HTTP_HOST": "sandbox.test",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
    }
    for name, value in (headers or {}).items():
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    started = []
    chunks = sandbox.wsgi(environ, lambda *given: started.append(given))
    status, answered = started[0]
    return Answer(int(status.split()[0]), Headers(answered), b"".join(chunks))


class InProcess(stripe.HTTPClient):
    """Hands the SDK's requests to a sandbox."""

    name = "in-process"

    def __init__(self, sandbox):
        super().__init__()
        self.sandbox = sandbox

    def request(self, method, url, headers, post_data=None, *, _usage=None):
        body = post_data or b""
        body = body.encode() if isinstance(body, str) else body
        try:
            answer = send(self.sandbox, method.upper(), url, headers=headers, body=body)
        except Exception as problem:
            if not getattr(problem, "is_answer_lost", False):
                raise
            raise stripe.APIConnectionError("lost") from problem
        return answer.text, answer.status, answer.headers

    def close(self):
        pass


def client_of(sandbox, *, key=KEY, version=VERSION):
    """Return the SDK's client on a sandbox."""
    addresses = dict.fromkeys(("api", "connect", "files", "meter_events"), BASE)
    return stripe.StripeClient(
        key,
        stripe_version=version,
        base_addresses=addresses,
        max_network_retries=0,
        http_client=InProcess(sandbox),
    )


def control(sandbox, method, path, **asked):
    """Use the control plane; return its JSON."""
    body = json.dumps(asked).encode() if asked else b""
    answer = send(sandbox, method, f"{BASE}/_sandbox/{path}", body=body)
    assert answer.status == 200, answer.text
    return answer.json()


def submit(sandbox, url, **fields):
    """Post a form of a page."""
    return send(sandbox, "POST", url, body=urlencode(fields).encode())


def get(sandbox, url):
    """Get a page; a relative one too."""
    return send(sandbox, "GET", url if "://" in url else BASE + url)


def session_params(now, **more):
    """Return parameters of a well-formed Checkout Session of 87.36 EUR."""
    return {
        "mode": "payment",
        "currency": "eur",
        "line_items": [
            line("Linen shirt × 3", 5_386),
            line("Mug", 2_205),
            line("Delivery from North", 495),
            line("Delivery from Saga", 650),
        ],
        "success_url": "https://shop.test/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.test/cart",
        "expires_at": now + 1_800,
        "client_reference_id": "pay_1",
        "customer_email": "buyer@example.com",
        "metadata": {"payment": "pay_1"},
        "payment_intent_data": {"transfer_group": "order_1"},
        "adaptive_pricing": {"enabled": False},
        **more,
    }


def line(name, amount, currency="eur", quantity=1):
    """Return one line item."""
    return {
        "quantity": quantity,
        "price_data": {
            "currency": currency,
            "unit_amount": amount,
            "product_data": {"name": name},
        },
    }


def account_params(country="SE", **more):
    """Return parameters of a connected account that receives transfers."""
    return {
        "contact_email": "party@example.com",
        "display_name": "Party",
        "dashboard": "express",
        "identity": {"country": country, "entity_type": "individual"},
        "configuration": {
            "recipient": {
                "capabilities": {
                    "stripe_balance": {"stripe_transfers": {"requested": True}}
                }
            }
        },
        "defaults": {
            "responsibilities": {
                "fees_collector": "application",
                "losses_collector": "application",
            }
        },
        "include": ["configuration.recipient", "requirements"],
        **more,
    }


CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123"}
