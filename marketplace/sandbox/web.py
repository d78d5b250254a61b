"""Request and response over bare WSGI, and a router by method and pattern."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Generic, TypeVar
from wsgiref.types import StartResponse, WSGIEnvironment

# Stripe's own limit is not published; a Checkout Session of 100 lines is ~60 KB.
BODY_LIMIT = 1_000_000
# An uploaded file of 4.5 MB in its multipart envelope.
FILES_PATH = "/v1/files"
FILE_BODY_LIMIT = 5_000_000

PAGE_HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)


def body_limit(path: str) -> int:
    """Return how long a body may be; one that reaches it was cut."""
    return FILE_BODY_LIMIT if path == FILES_PATH else BODY_LIMIT


@dataclass(frozen=True)
class Request:
    """One HTTP request. Header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    base_url: str

    @property
    def body_expected(self) -> bool:
        """Whether the parameters are in the body."""
        return self.method == "POST"

    @classmethod
    def from_environ(cls, environ: WSGIEnvironment) -> "Request":
        """Read the request; a body above the limit is cut, and so refused."""
        headers = {
            name[5:].replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        if environ.get("CONTENT_TYPE"):
            headers["content-type"] = environ["CONTENT_TYPE"]
        raw_length = environ.get("CONTENT_LENGTH") or "0"
        length = int(raw_length) if raw_length.isdigit() else 0
        limit = body_limit(environ.get("PATH_INFO", "/"))
        body = environ["wsgi.input"].read(min(length, limit)) if length else b""
        scheme = environ.get("wsgi.url_scheme", "http")
        host = headers.get("host") or "{}:{}".format(
            environ.get("SERVER_NAME", "sandbox.test"),
            environ.get("SERVER_PORT", "80"),
        )
        return cls(
            method=environ["REQUEST_METHOD"].upper(),
            # WSGI hands the path over as latin-1.
            path=environ.get("PATH_INFO", "/")
            .encode("latin-1", "replace")
            .decode("utf-8", "replace"),
            query=environ.get("QUERY_STRING", ""),
            headers=headers,
            body=body,
            base_url=f"{scheme}://{host}",
        )


@dataclass(frozen=True)
class Response:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=())

    @classmethod
    def of_json(
        cls, status: int, value: Any, headers: Iterable[tuple[str, str]] = ()
    ) -> "Response":
        """Return an answer with `value` as its JSON body."""
        body = json.dumps(value, ensure_ascii=False).encode()
        return cls(status, body, (("Content-Type", "application/json"), *headers))

    @classmethod
    def of_page(cls, status: int, page: str) -> "Response":
        """Return an HTML page with the headers every page carries."""
        content_type = ("Content-Type", "text/html; charset=utf-8")
        return cls(status, page.encode(), (content_type, *PAGE_HEADERS))

    @classmethod
    def redirect(cls, location: str) -> "Response":
        """Return 303 See Other, the answer to a form."""
        return cls(303, b"", (("Location", location), *PAGE_HEADERS))

    def send(self, start_response: StartResponse) -> list[bytes]:
        """Answer a WSGI server."""
        phrase = HTTPStatus(self.status).phrase
        start_response(
            f"{self.status} {phrase}",
            [*self.headers, ("Content-Length", str(len(self.body)))],
        )
        return [self.body]


Target = TypeVar("Target")


class Router(Generic[Target]):
    """Finds the target of a method and path such as `/v1/transfers/{id}`."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Target]] = []

    def add(self, method: str, pattern: str, target: Target) -> None:
        """Register a target; `{name}` in the pattern matches one path segment."""
        escaped = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(pattern))
        self._routes.append((method, re.compile(escaped), target))

    def find(self, method: str, path: str) -> tuple[Target, dict[str, str]] | None:
        """Return the target and the named segments, None where there is no route."""
        for route_method, pattern, target in self._routes:
            if route_method == method:
                match = pattern.fullmatch(path)
                if match:
                    return target, match.groupdict()
        return None
