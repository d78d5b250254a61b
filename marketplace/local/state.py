"""What one run leaves for the next: locks, secrets, ports, and what was done already."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from marketplace.local import places
from marketplace.local.console import RunError, say

_THROWAWAY = "throwaway-"
_SECRETS: dict[str, Callable[[], str]] = {
    "state_id": lambda: secrets.token_hex(16),
    "secret_key": lambda: secrets.token_urlsafe(50),
    "superuser_password": lambda: secrets.token_urlsafe(24),
    "app_password": lambda: secrets.token_urlsafe(24),
    "valkey_password": lambda: secrets.token_urlsafe(24),
    "sandbox_key": lambda: f"sk_test_sandbox_{secrets.token_hex(12)}",
    "webhook_platform": lambda: f"whsec_{secrets.token_hex(16)}",
    "webhook_connect": lambda: f"whsec_{secrets.token_hex(16)}",
    "webhook_v2": lambda: f"whsec_{secrets.token_hex(16)}",
}


class Busy(RunError):
    """Another run holds this state."""


class State:
    """The folder of one state: `.state/<name>` in the clone."""

    def __init__(self, root: Path, name: str) -> None:
        """Make the folder when it is not there.

        :raises RunError: when it cannot be written.
        """
        self.root, self.name = root, name
        self.folder = root / ".state" / name
        self._lock: IO[str] | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # The database's user passes through these on its way to its own folder.
            for folder in (self.folder.parent, self.folder):
                if folder.stat().st_uid == os.geteuid():
                    folder.chmod(0o711)
            for part in ("logs", "valkey", "sandbox"):
                (self.folder / part).mkdir(mode=0o700, exist_ok=True)
            probe = self.folder / f"writable-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise RunError(
                f"The state directory {self.folder} cannot be written: "
                f"{error.strerror}."
            ) from None

    def log(self, name: str) -> Path:
        """The file a child of this name writes to."""
        return self.folder / "logs" / f"{name}.log"

    def acquire(self, *, wait: bool = False) -> None:
        """Hold this state until the process ends.

        :raises Busy: when another run holds it, unless told to wait.
        """
        lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            lock.close()
            raise Busy(f"Another ./run already uses {self.folder}.") from None
        self._lock = lock

    def discard(self) -> None:
        """Remove what earlier runs kept; the lock stays held."""
        places.release(self.root, self.name)
        for entry in self.folder.iterdir():
            if entry.name == "lock":
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        for part in ("logs", "valkey", "sandbox"):
            (self.folder / part).mkdir(mode=0o700, exist_ok=True)

    def secrets(self) -> dict[str, str]:
        """The secrets of this state, made once and kept."""
        kept = self._read("secrets")
        made = {name: str(kept.get(name) or make()) for name, make in _SECRETS.items()}
        if made != kept:
            self._write("secrets", made)
        return made

    def notes(self) -> dict[str, Any]:
        """What runs noted: the ports they used, the steps they need not repeat."""
        return self._read("notes")

    def note(self, **changes: Any) -> None:
        """Add to the notes."""
        self._write("notes", {**self.notes(), **changes})

    def services(self) -> dict[str, Any]:
        """How to reach what runs now; empty when nothing does."""
        return self._read("services")

    def publish(self, services: dict[str, Any]) -> None:
        """Tell other commands how to reach what runs now."""
        self._write("services", services)

    def withdraw(self) -> None:
        """Nothing runs any more."""
        (self.folder / "services.json").unlink(missing_ok=True)

    def _read(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / f"{name}.json").read_text())
        except FileNotFoundError:
            return {}
        except PermissionError:
            raise RunError(
                f"{self.folder / name}.json cannot be read; "
                "this state belongs to another user."
            ) from None
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, content: dict[str, Any]) -> None:
        path = self.folder / f"{name}.json"
        fresh = path.with_suffix(f".{os.getpid()}.new")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        with open(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
        ) as f:
            json.dump(content, f, indent=1)
        fresh.replace(path)


@contextlib.contextmanager
def throwaway(root: Path) -> Iterator[State]:
    """A state that is removed afterwards, along with what killed runs left."""
    with _throwaway_turn(root):
        _remove_abandoned(root)
        state = State(root, f"{_THROWAWAY}{secrets.token_hex(6)}")
        state.acquire()
    try:
        yield state
    finally:
        with _throwaway_turn(root):
            _remove(root, state.folder)


@contextlib.contextmanager
def _throwaway_turn(root: Path) -> Iterator[None]:
    try:
        (root / ".state").mkdir(exist_ok=True)
        lock = (root / ".state" / "throwaway.lock").open("w")
    except OSError as error:
        raise RunError(
            f"The state directory {root / '.state'} cannot be written: "
            f"{error.strerror}."
        ) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_abandoned(root: Path) -> None:
    for folder in (root / ".state").glob(f"{_THROWAWAY}*/"):
        with contextlib.suppress(OSError), (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            say(f"Removing {folder.name}, which an earlier run left")
            _remove(root, folder)


def _remove(root: Path, folder: Path) -> None:
    places.release(root, folder.name)
    shutil.rmtree(folder, ignore_errors=True)
