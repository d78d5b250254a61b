import os

import pytest

from marketplace.sandbox import Sandbox
from tests.marketplace.gateway import place
from tests.marketplace.gateway import stub as stub_module

TEST_KEY = os.environ.get("STRIPE_TEST_KEY", "")
PROVIDERS = ["sandbox", "stripe"] if "_test_" in TEST_KEY else ["sandbox"]


@pytest.fixture
def stub(settings, monkeypatch):
    """Put a fresh stub in Stripe's place."""
    answering = stub_module.Stub()
    monkeypatch.setattr(stub_module, "current", answering)
    settings.STRIPE_WSGI_APP = stub_module.NAME
    settings.STRIPE_API_BASE = ""
    return answering


@pytest.fixture
def sandbox(settings, monkeypatch):
    """Put a fresh sandbox, with its opening balance, in Stripe's place."""
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox_contract"
    settings.STRIPE_WSGI_APP = place.NAME
    settings.STRIPE_API_BASE = ""
    made = Sandbox(":memory:", secrets=settings.STRIPE_WEBHOOK_SECRETS)
    monkeypatch.setattr(place, "current", made)
    monkeypatch.setattr(place, "calls", [])
    yield made
    made.close()


@pytest.fixture
def japan(sandbox, settings, monkeypatch):
    """Put a fresh sandbox of a platform in Japan in Stripe's place."""
    made = Sandbox(":memory:", secrets=settings.STRIPE_WEBHOOK_SECRETS, country="JP")
    monkeypatch.setattr(place, "current", made)
    yield made
    made.close()


@pytest.fixture(params=PROVIDERS)
def provider(request, settings):
    """Ask the same of the sandbox and, where there is a test key, of real Stripe."""
    if request.param == "sandbox":
        request.getfixturevalue("sandbox")
    else:
        settings.STRIPE_SECRET_KEY = TEST_KEY
        settings.STRIPE_WSGI_APP = settings.STRIPE_API_BASE = ""
    return request.param
