import pytest

from tests.marketplace.gateway import stub as stub_module


@pytest.fixture
def stub(settings, monkeypatch):
    """Put a fresh stub in Stripe's place."""
    answering = stub_module.Stub()
    monkeypatch.setattr(stub_module, "current", answering)
    settings.STRIPE_WSGI_APP = stub_module.NAME
    settings.STRIPE_API_BASE = ""
    return answering
