"""One sandbox: its state, its clock, its faults, and the WSGI application."""

import pathlib
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from marketplace.sandbox import deliveries, due, pushing
from marketplace.sandbox.api import Api
from marketplace.sandbox.calls import Call
from marketplace.sandbox.clock import Clock
from marketplace.sandbox.config import DEFAULT_SECRETS, Config
from marketplace.sandbox.control import Control
from marketplace.sandbox.deliveries import Deliver
from marketplace.sandbox.errors import ApiError
from marketplace.sandbox.faults import Faults
from marketplace.sandbox.pages import (
    checkout,
    dashboard,
    express,
    frame,
    konbini,
    onboarding,
)
from marketplace.sandbox.pages.dashboard import Dashboard
from marketplace.sandbox.pushing import Knobs
from marketplace.sandbox.resources import topups
from marketplace.sandbox.store import Store
from marketplace.sandbox.web import BODY_LIMIT, Request, Response, Router

PageHandler = Callable[[Call, Request], Response]


class Sandbox:
    """A stand-in for Stripe, of its own state.

    `state`: a folder, or `:memory:`. `deliver(endpoint, body, signature)` gives
    the HTTP status an endpoint answered; None delivers over HTTP to
    `webhook_base` where that is set. Nothing is delivered by itself here: the
    server's thread or a test calls `deliver_pending`.

    :raises BadConfiguration: a live key, an empty secret, a bad country.
    """

    def __init__(
        self,
        state: str | pathlib.Path = ":memory:",
        *,
        deliver: Deliver | None = None,
        secrets: Mapping[str, str] | None = None,
        country: str = "SE",
        secret_key: str | None = None,
        webhook_base: str | None = None,
        base_url: str | None = None,
        start_offset: int = 0,
        party_payouts: str = "daily",
        real_time: Callable[[], float] = time.time,
    ) -> None:
        self.config = Config(
            country=country.upper(),
            secret_key=secret_key,
            secrets=dict(secrets or DEFAULT_SECRETS),
            webhook_base=webhook_base,
            base_url=base_url,
            start_offset=start_offset,
            party_payouts=party_payouts,
        )
        folder = None if str(state) == ":memory:" else pathlib.Path(state)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self.store = Store(folder)
        self.clock = Clock(self.store, real_time)
        self.faults = Faults()
        self._deliver = deliver
        self._api = Api(self.store, self.clock, self.config, self.faults)
        self._control = Control(self)
        self._dashboard = Dashboard(self)
        self._pages = _pages()
        self._open()

    def _open(self) -> None:
        with self.store.transaction():
            if self.store.setting("opened") is None:
                self.clock.begin(offset=self.config.start_offset)
                topups.open_platform(self.call())
                self.store.set_setting("opened", "yes")

    def reset(self) -> None:
        """Begin anew: no objects, no faults, no offset, the opening balance."""
        self.faults.clear()
        self.store.clear()
        self._open()

    def close(self) -> None:
        """Close the state."""
        self.store.close()

    def call(self, base_url: str = "") -> Call:
        """Return a call of nobody at this moment: a page's, or the clock's."""
        return Call(
            self.store,
            self.clock,
            self.config,
            self.clock.now(),
            base_url=self.config.base_url or base_url,
        )

    def settle(self) -> None:
        """Apply what fell due by the virtual clock."""
        with self.store.transaction():
            due.run(self.call())

    def send(self, endpoint: str, body: str, header: str) -> int:
        """Hand one webhook to its endpoint; 0 where nobody answered."""
        if self._deliver is not None:
            return self._deliver(endpoint, body.encode(), header)
        base = self.config.webhook_base
        address = deliveries.address_of(self.store, base, endpoint)
        return deliveries.post(address, body.encode(), header) if address else 0

    def secret_of(self, endpoint: str) -> str:
        """Return what signs the notices of an endpoint."""
        return deliveries.secret_of(self.store, self.config.secrets, endpoint)

    def deliver_pending(self) -> int:
        """Try every webhook that is due once; return how many were taken."""
        taken = 0
        self.settle()
        for delivery in deliveries.due(self.store, self.clock.now()):
            secret = self.secret_of(delivery.endpoint)
            header = deliveries.signature(secret, self.clock.real_now(), delivery.body)
            # Without the lock: the endpoint may call this sandbox before it answers.
            status = self.send(delivery.endpoint, delivery.body, header)
            state = deliveries.answered(self.store, delivery, status, self.clock.now())
            taken += state == "done"
        return taken

    def deliver(self, **knobs: Any) -> list[dict[str, Any]]:
        """Push webhooks now, right or wrong in the way that `pushing.Knobs` names.

        :raises ApiError: no such event, or a malformed knob.
        """
        return pushing.push(self, Knobs(**knobs))

    def wsgi(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request.

        :raises AnswerLost: a fault takes the answer away.
        """
        return self.handle(Request.from_environ(environ)).send(start_response)

    def handle(self, request: Request) -> Response:
        """Answer one request: the API, the control plane or a page."""
        if request.path == frame.STYLE_PATH:
            return frame.style()
        if request.path.startswith("/_sandbox/"):
            return self._control.handle(request)
        if request.path.startswith(("/v1/", "/v2/")):
            return self._api.handle(request)
        if dashboard.is_here(request):
            return self._dashboard.handle(request)
        return self._page(request)

    def _page(self, request: Request) -> Response:
        found = self._pages.find(request.method, request.path)
        if found is None:
            return frame.not_found()
        if len(request.body) >= BODY_LIMIT:
            return frame.message("Too much", "That form is too large.", status=413)
        handler, path = found
        try:
            with self.store.transaction():
                call = self.call(request.base_url)
                due.run(call)
                call.path = path
                return handler(call, request)
        except ApiError as error:
            return frame.message("That is refused", error.message, status=error.status)


def _pages() -> Router[PageHandler]:
    routes: Router[PageHandler] = Router()
    routes.add("GET", "/c/pay/{id}", checkout.show)
    routes.add("POST", "/c/pay/{id}", checkout.submit)
    routes.add("GET", "/konbini/{id}", konbini.show)
    routes.add("POST", "/konbini/{id}", konbini.submit)
    routes.add("GET", "/3ds/{id}", checkout.show_bank)
    routes.add("POST", "/3ds/{id}", checkout.submit_bank)
    routes.add("GET", "/express/{id}", express.show)
    routes.add("POST", "/express/{id}", express.submit)
    routes.add("GET", "/setup/{account}/{link}", onboarding.show)
    routes.add("POST", "/setup/{account}/{link}", onboarding.submit)
    return routes
