"""Where the sandbox of one test stands, as a WSGI application that can be named."""

from typing import Any

from marketplace.sandbox import Sandbox

NAME = "tests.marketplace.gateway.place:application"

current: Sandbox | None = None
calls: list[tuple[str, str]] = []


def application(environ: dict[str, Any], start_response: Any) -> Any:
    assert current is not None
    calls.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
    return current.wsgi(environ, start_response)
