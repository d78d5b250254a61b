"""The sandbox a run talks to, inside this process, and the death of who talks to it.

`settings.STRIPE_WSGI_APP` names `application` while a run lasts. A process that dies is
an exception nobody catches, raised where kill -9 hurts most: just before the provider is
asked, or just after it has done the work and before anything was written here.
"""

from collections.abc import Callable, Iterable
from typing import Literal
from wsgiref.types import StartResponse, WSGIEnvironment

from marketplace.sandbox import Sandbox

Side = Literal["before", "after"]
APPLICATION = "marketplace.simulator.provider:application"


class ProcessKilled(BaseException):
    """The process ended here, as by kill -9: no handler runs, transactions are lost."""


class Provider:
    """One sandbox in memory whose real time is the run's."""

    def __init__(
        self, *, country: str, secrets: dict[str, str], time: Callable[[], float]
    ) -> None:
        self.sandbox = Sandbox(
            ":memory:", secrets=secrets, country=country, real_time=time
        )
        self.kills = 0
        self._kill_in: int | None = None
        self._side: Side = "before"
        self._call = ""

    def kill(self, *, in_calls: int, side: Side, call: str = "") -> None:
        """Let the process die at a call of the API from now, counted from 1; with `call`
        ("POST /v1/transfers") only such calls count.
        """
        self._kill_in, self._side, self._call = in_calls, side, call

    def spare(self) -> None:
        """Take the order to kill back."""
        self._kill_in = None

    def answer(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request, or die at it."""
        dies = self._counts_down(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        if dies and self._side == "before":
            self._die()
        answered = self.sandbox.wsgi(environ, start_response)
        if dies:
            self._die()
        return answered

    def _counts_down(self, asked: str) -> bool:
        is_api = asked.partition(" ")[2].startswith(("/v1/", "/v2/"))
        if self._kill_in is None or not is_api or not asked.startswith(self._call):
            return False
        self._kill_in -= 1
        return self._kill_in <= 0

    def _die(self) -> None:
        self.kills += 1
        self._kill_in = None
        raise ProcessKilled


Answer = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
_present: list[Answer] = []


def use(provider: Provider) -> None:
    """Make this the provider that `application` hands requests to."""
    _present[:] = [provider.answer]


def use_sandbox(sandbox: Sandbox) -> None:
    """Let `application` hand requests to a sandbox as it is."""
    _present[:] = [sandbox.wsgi]


def application(
    environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer one request as the WSGI callable."""
    return _present[0](environ, start_response)
