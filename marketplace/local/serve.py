"""`./run`: the whole platform with demo data, until it is asked to end."""

import argparse
import http.client
import os
import sys
from pathlib import Path
from typing import NoReturn

from marketplace.local import (
    assets,
    environment,
    fingerprints,
    ports,
    postgres,
    processes,
    session,
)
from marketplace.local.console import RunError, say, show
from marketplace.local.processes import Child, Children
from marketplace.local.state import Busy, State


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise RunError(f"{message[:1].upper()}{message[1:]}; see './run help'.")


def up(arguments: list[str]) -> int:
    """Start everything in order, watch it, and stop it in the reverse order."""
    parser = _Arguments(add_help=False, allow_abbrev=False)
    parser.add_argument("--port", type=int)
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args(arguments)
    sandboxed = environment.uses_sandbox()
    state = session.platform_state()
    _acquire(state)
    if options.port is not None:
        ports.require(options.port, purpose="the web pages")
    if options.fresh:
        say("Throwing away what earlier runs kept")
        state.discard()
    try:
        with session.children() as started:
            try:
                _Platform(state, started, options.port, sandboxed=sandboxed).start()
                started.watch()
            finally:
                state.withdraw()
    except processes.Stopped:
        say("Stopped")
    return 0


def _acquire(state: State) -> None:
    try:
        state.acquire()
    except Busy:
        address = state.services().get("site_url")
        if address is None:
            raise
        raise RunError(f"The platform of this clone already runs: {address}") from None


class _Platform:
    """One start of the platform, step by step."""

    def __init__(
        self, state: State, started: Children, port: int | None, *, sandboxed: bool
    ) -> None:
        self._state, self._started, self._sandboxed = state, started, sandboxed
        notes = state.notes()
        self._web_port = port or ports.choose(wished=notes.get("web_port"))
        self._sandbox_port = ports.choose(
            wished=notes.get("sandbox_port"), taken=frozenset({self._web_port})
        )
        state.note(web_port=self._web_port, sandbox_port=self._sandbox_port)
        self._site_url = f"http://127.0.0.1:{self._web_port}"
        self._sandbox_url = f"http://127.0.0.1:{self._sandbox_port}"
        self._environment: dict[str, str] = {}

    def start(self) -> None:
        """Bring everything up and tell where it is."""
        say("Starting the database and Valkey")
        database_url, redis_url = session.start_stores(self._state, self._started)
        self._environment = session.platform_environment(
            self._state,
            database_url=database_url,
            redis_url=redis_url,
            site_url=self._site_url,
        )
        if self._sandboxed:
            self._environment |= environment.demo() | environment.sandbox(
                folder=self._state.folder, secrets=self._state.secrets()
            )
            self._environment["STRIPE_API_BASE"] = self._sandbox_url
        wants_demo = self._wants_demo(database_url)
        collecting = self._begin_collecting()
        self._make_tables()
        self._finish_collecting(collecting)
        logins = self._load_demo() if wants_demo else ""
        self._serve()
        self._announce(logins)

    def _wants_demo(self, database_url: str) -> bool:
        """Never put demo data beside someone's own: only where nothing was before.

        The demo's past is paid for at the sandbox, so it needs the sandbox.
        """
        if not self._sandboxed:
            return False
        if not os.environ.get("DATABASE_URL"):
            return True
        known = self._state.notes().get("demo_in")
        if known == database_url:
            return True
        if not postgres.is_empty(database_url):
            say("DATABASE_URL names a database in use; no demo data is put there")
            return False
        self._state.note(demo_in=database_url)
        return True

    def _make_tables(self) -> None:
        shape = fingerprints.migrations(session.ROOT)
        own = not os.environ.get("DATABASE_URL")
        if own and self._state.notes().get("migrated") == shape:
            return
        say("Making the tables")
        self._started.run(
            "migrate",
            [sys.executable, "manage.py", "migrate", "--no-input"],
            environment=self._environment,
            log=self._state.log("migrate"),
        )
        if own:
            self._state.note(migrated=shape)

    def _begin_collecting(self) -> Child | None:
        """Collect the static files beside what follows, unless nothing has changed."""
        assets.build(session.ROOT)
        collected = assets.fingerprint_of_collected(session.ROOT)
        kept = Path(self._environment["STATIC_ROOT"]) / "staticfiles.json"
        if kept.exists() and self._state.notes().get("collected") == collected:
            return None
        say("Collecting the static files")
        return self._started.begin(
            "collectstatic",
            [
                *(sys.executable, "-m", "marketplace.local.gzip_only"),
                *("collectstatic", "--no-input", "--clear"),
            ],
            environment=self._environment,
            log=self._state.log("collectstatic"),
        )

    def _finish_collecting(self, collecting: Child | None) -> None:
        if collecting is not None:
            self._started.finish(collecting)
            collected = assets.fingerprint_of_collected(session.ROOT)
            self._state.note(collected=collected)

    def _load_demo(self) -> str:
        wanted = fingerprints.folder(session.ROOT, "marketplace/demo")
        notes = self._state.notes()
        target = os.environ.get("DATABASE_URL", "our own")
        if notes.get("demo_loaded") == [wanted, target]:
            return str(notes.get("demo_logins", ""))
        say("Loading the demo data")
        # The sandbox does not listen yet; the command talks to it in-process and
        # leaves its side of the demo in the state that the sandbox then serves.
        own = environment.sandbox_in_process(address=self._sandbox_url)
        kept = {
            name: value
            for name, value in self._environment.items()
            if name != "STRIPE_API_BASE"
        }
        output = self._state.log("demo-logins")
        output.unlink(missing_ok=True)
        logins = self._started.run(
            "load_demo",
            [sys.executable, "manage.py", "load_demo"],
            environment={
                **kept,
                **own,
                **environment.begun_in_the_past(),
                **environment.without_mail(),
            },
            log=self._state.log("load_demo"),
            output=output,
            retells=True,
        )
        self._state.note(demo_loaded=[wanted, target], demo_logins=logins)
        return logins

    def _serve(self) -> None:
        """Start the sandbox, the worker and the web, and wait until all answer.

        They are stopped in the reverse order: the web first.
        """
        say("Starting the web, the worker and the sandbox")
        if self._sandboxed:
            self._start_sandbox()
        self._start_worker()
        self._start_web()
        if self._sandboxed:
            self._wait(self._sandbox_port, "/_sandbox/health", "The sandbox")
        self._wait(self._web_port, "/readyz", "The web")
        worker_log = self._state.log("worker")
        self._started.wait_until(
            lambda: " ready." in worker_log.read_text(errors="replace"),
            purpose="The worker",
            seconds=60,
        )

    def _start_sandbox(self) -> None:
        folder = self._state.folder / "sandbox"
        self._started.start(
            "The sandbox",
            [
                *(sys.executable, "-m", "marketplace.sandbox"),
                *("--port", str(self._sandbox_port), "--state", folder),
            ],
            environment={
                **self._environment,
                "SANDBOX_WEBHOOK_BASE": self._site_url,
            },
            log=self._state.log("sandbox"),
        )

    def _start_worker(self) -> None:
        self._started.start(
            "The worker",
            [
                *(sys.executable, "-m", "celery", "-A", "marketplace.celery"),
                *("worker", "-B", "--loglevel", "INFO", "--concurrency", "2"),
                *("--without-gossip", "--without-mingle"),
                *("--schedule", self._state.folder / "beat-schedule"),
            ],
            environment=self._environment,
            log=self._state.log("worker"),
        )

    def _start_web(self) -> None:
        self._started.start(
            "The web",
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi"),
                *("--host", "127.0.0.1", "--port", str(self._web_port)),
                *("--workers", "1", "--blocking-threads", "8", "--no-ws"),
                "marketplace.wsgi:application",
            ],
            environment=self._environment,
            log=self._state.log("web"),
        )

    def _wait(self, port: int, path: str, purpose: str) -> None:
        self._started.wait_until(
            lambda: _answers(port, path), purpose=purpose, seconds=60
        )

    def _announce(self, logins: str) -> None:
        self._state.publish(
            {"site_url": self._site_url, "environment": _ours(self._environment)}
        )
        show(f"\n  web      {self._site_url}")
        if self._sandboxed:
            show(f"  sandbox  {self._sandbox_url}")
        if logins.strip():
            show(f"\n{logins.strip()}")
        show("\nCtrl-C ends it.")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _ours(chosen: dict[str, str]) -> dict[str, str]:
    """What we added to the user's environment."""
    return {
        name: value
        for name, value in chosen.items()
        if os.environ.get(name) != value or name in ("DATABASE_URL", "REDIS_URL")
    }
