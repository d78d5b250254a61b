"""The SDK's HTTP client that needs no network: it calls a WSGI application.

`settings.STRIPE_WSGI_APP` names the application ("package.module:attribute"). The name
is looked up at each call, so a test may put another application there.
"""

import importlib
import io
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit
from wsgiref.headers import Headers

from stripe import APIConnectionError, HTTPClient

# How the application says that it ends the connection without an answer. Known by its
# name, since nothing here may import the application.
ANSWER_LOST = "AnswerLost"


class WsgiClient(HTTPClient):
    """Hands the SDK's requests to the WSGI application of that name."""

    name = "wsgi"

    def __init__(self, *, application: str) -> None:
        super().__init__()
        self.application = application

    def request(
        self,
        method: str,
        url: str,
        headers: Any,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Any]:
        try:
            status, answered, body = call(
                application=self.application,
                method=method,
                url=url,
                headers=headers or {},
                body=post_data or b"",
            )
        except Exception as problem:
            if type(problem).__name__ != ANSWER_LOST:
                raise
            raise APIConnectionError(  # type: ignore[no-untyped-call]
                f"The connection was closed without an answer ({problem}).",
                should_retry=True,
            ) from problem
        return body.decode(), status, answered

    def request_stream(
        self,
        method: str,
        url: str,
        headers: Any,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Any]:
        body, status, answered = self.request(method, url, headers, post_data)
        return io.BytesIO(body.encode()), status, answered

    def close(self) -> None:
        """There is no connection to close."""


def call(
    *,
    application: str,
    method: str,
    url: str,
    headers: dict[str, str],
    body: str | bytes,
) -> tuple[int, Headers, bytes]:
    """Send one request to a WSGI application; returns status, headers and body."""
    sent = body.encode() if isinstance(body, str) else body
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, answered: list[tuple[str, str]], *_: Any) -> Any:
        started.append((status, answered))

    chunks: Iterable[bytes] = _load(application)(
        _environment(method, url, headers, sent), start_response
    )
    try:
        answer = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, answered = started[-1]
    return int(status.split(" ", 1)[0]), Headers(answered), answer


def _load(application: str) -> Any:
    module, _, attribute = application.partition(":")
    return getattr(importlib.import_module(module), attribute or "application")


def _environment(
    method: str, url: str, headers: dict[str, str], body: bytes
) -> dict[str, Any]:
    """Build what PEP 3333 asks for; a fresh one per call, so threads share nothing."""
    address = urlsplit(url)
    environment: dict[str, Any] = {
        "REQUEST_METHOD": method.upper(),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(address.path, encoding="latin-1"),
        "QUERY_STRING": address.query,
        "SERVER_NAME": address.hostname or "localhost",
        "SERVER_PORT": str(address.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": address.netloc,
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": address.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environment[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environment
