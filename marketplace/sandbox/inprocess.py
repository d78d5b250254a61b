"""The sandbox inside the process that talks to it: tests and the story.

`STRIPE_WSGI_APP=marketplace.sandbox.inprocess:application` makes the SDK call
it without a port. State is kept in the folder `SANDBOX_STATE`, by default a
temporary one that ends with the process. Nothing is delivered by itself, and what
parties receive stays in their balances unless `SANDBOX_PARTY_PAYOUTS` is `daily`.
"""

import functools
import os
import tempfile
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from marketplace.sandbox import config
from marketplace.sandbox.app import Sandbox


@functools.cache
def _temporary_folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="sandbox-")


@functools.cache
def sandbox() -> Sandbox:
    """Return this process's sandbox, made when it is first needed."""
    chosen = config.from_environment()
    return Sandbox(
        os.environ.get("SANDBOX_STATE") or _temporary_folder().name,
        secrets=chosen.secrets,
        country=chosen.country,
        secret_key=chosen.secret_key,
        webhook_base=chosen.webhook_base,
        base_url=chosen.base_url,
        start_offset=chosen.start_offset,
        party_payouts=os.environ.get("SANDBOX_PARTY_PAYOUTS") or "manual",
    )


def application(
    environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer one request as the WSGI callable."""
    return sandbox().wsgi(environ, start_response)
