import pytest

from marketplace.webhooks import handlers
from tests.marketplace.webhooks import notices


@pytest.fixture(autouse=True)
def secrets(settings):
    """Sign with secrets of these tests' own."""
    settings.STRIPE_WEBHOOK_SECRETS = dict(notices.SECRETS)


@pytest.fixture
def handler(monkeypatch):
    """Put a handler for `test.happened` into the dict; it keeps what it was given."""

    class Recording:
        def __init__(self):
            self.handled = []
            self.raises = None
            self.outcome = handlers.Outcome.APPLIED

        def __call__(self, *, event, at):
            self.handled.append(event.event_id)
            if self.raises is not None:
                raise self.raises
            return self.outcome

    recording = Recording()
    monkeypatch.setattr(handlers, "HANDLERS", {"test.happened": recording})
    return recording
