"""The Chromium of the tests that look at pages: one for each folder of them, so that it is
closed before tests that count or end the processes around them.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def launched() -> Iterator[Any]:
    """Give the browser, and close it; without one the tests that need it are skipped."""
    if not CHROMIUM.exists():
        pytest.skip("BROWSER TESTS SKIPPED: there is no Chromium on this machine")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="browser tests need requirements-e2e.txt"
    )
    # Playwright's loop runs in this thread; Django would take it for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        # Beside a running loop Django keeps connections of their own: they would stay
        # open, unseen by the tests that follow, until somebody ends them.
        connections.close_all()
        opened.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
