"""A served platform for a browser: the site, the sandbox over HTTP, and a phone."""

import os
import threading
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from marketplace.gateway import client
from marketplace.kit import jobs
from marketplace.sandbox import Sandbox, server

PHONE = {
    "viewport": {"width": 360, "height": 640},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
    "locale": "en-GB",
}


@pytest.fixture
def site(live_server, settings, styled, stripe):
    """Serve the site and a sandbox that the browser can reach too."""
    settings.SITE_URL = live_server.url
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    made = Sandbox(":memory:")
    listening = server.listen(made, 0)
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    settings.STRIPE_WSGI_APP = ""
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{listening.server_port}"
    client._build.cache_clear()
    yield live_server.url
    client._build.cache_clear()
    listening.shutdown()
    listening.server_close()
    thread.join(5)
    made.close()


@pytest.fixture
def phone(browser):
    """A phone with touch, 360 by 640; whatever goes wrong in a page fails the test."""
    context = browser.new_context(**PHONE)
    context.set_default_timeout(10_000)
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text)
            # A page that answers 4xx on purpose is named by the browser too.
            if message.type == "error" and "Failed to load" not in message.text
            else None
        ),
    )
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def work():
    """Do what a worker would have done by now."""
    return jobs.drain


@pytest.fixture
def look(request):
    """Keep a picture of each page in reports/pictures when PICTURES is set."""
    folder = Path(django_settings.BASE_DIR) / "reports" / "pictures"

    def take(page, name):
        if os.environ.get("PICTURES"):
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(folder / f"{name}.png"), full_page=True)

    return take
