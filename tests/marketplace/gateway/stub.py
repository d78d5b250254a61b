"""A WSGI application that answers what a test tells it to, and keeps what it was asked.

Only for what no sandbox would do on demand: broken bodies, rare statuses, exact headers.
"""

import json
from dataclasses import dataclass, field
from typing import Any

NAME = "tests.marketplace.gateway.stub:application"


class AnswerLost(Exception):
    """Looks to the transport like an answer that never came."""


@dataclass
class Stub:
    status: int = 200
    answer: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    raises: Exception | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.asked.append(environ | {"body": environ["wsgi.input"].read().decode()})
        if self.raises is not None:
            raise self.raises
        start_response(
            f"{self.status} Answer",
            [("Content-Type", "application/json"), *self.headers.items()],
        )
        body = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        return [body.encode()]

    def refuse(
        self, status: int, code: str, kind: str = "invalid_request_error"
    ) -> None:
        self.status = status
        self.answer = {"error": {"type": kind, "code": code, "message": "Said no."}}


current = Stub()


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    return current(environ, start_response)
