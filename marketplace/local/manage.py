"""`./run manage`: Django's commands, with the database and settings of `./run`."""

import os
import sys
import time

from marketplace.local import environment, postgres, processes, session, valkey
from marketplace.local.console import say
from marketplace.local.state import Busy, State

_PATIENCE = 120


def manage(arguments: list[str]) -> int:
    """Run a command with the services that run, else start them for it."""
    sandboxed = environment.uses_sandbox()
    state = session.platform_state()
    running = _acquire_or_find(state)
    if running is not None:
        return _run(arguments, {**running, **os.environ})
    with session.children() as started:
        database_url, redis_url = session.start_stores(state, started)
        notes = state.notes()
        chosen = session.platform_environment(
            state,
            database_url=database_url,
            redis_url=redis_url,
            site_url=f"http://127.0.0.1:{notes.get('web_port', 8000)}",
        )
        if sandboxed:
            address = f"http://127.0.0.1:{notes.get('sandbox_port', 12111)}"
            chosen |= environment.sandbox(folder=state.folder, secrets=state.secrets())
            chosen |= environment.sandbox_in_process(address=address)
        return _run(arguments, chosen)


def translate(arguments: list[str]) -> int:
    """Bring the catalogues of words to the code; nothing is started for it."""
    return _run(["translate", *arguments], {**os.environ, **environment.nowhere()})


def _acquire_or_find(state: State) -> dict[str, str] | None:
    """Hold the state, or return the environment of the run that serves it."""
    deadline = time.monotonic() + _PATIENCE
    waiting = False
    while True:
        try:
            state.acquire()
        except Busy:
            running = _running(state)
            if running is not None or time.monotonic() > deadline:
                if running is None:
                    raise
                return running
        else:
            return None
        if not waiting:
            say("Waiting for another ./run that is starting or stopping")
            waiting = True
        time.sleep(0.3)


def _running(state: State) -> dict[str, str] | None:
    found: dict[str, str] = state.services().get("environment", {})
    if not found:
        return None
    if not postgres.answers(found["DATABASE_URL"]):
        return None
    return found if valkey.answers(found["REDIS_URL"]) else None


def _run(arguments: list[str], chosen: dict[str, str]) -> int:
    return processes.foreground(
        [sys.executable, "manage.py", *arguments],
        environment=chosen,
        root=session.ROOT,
    )
