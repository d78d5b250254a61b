"""The embedded PostgreSQL: a real server from a wheel, started by our own code.

Its superuser `postgres` makes the extensions; the platform's role `app` is no
superuser (so that the database can refuse it things) but may create databases, which
the tests need. The server listens on 127.0.0.1 only and asks everyone for a password.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from marketplace.local import places, ports
from marketplace.local.console import RunError, say
from marketplace.local.processes import Child, Children, StepFailed, User, as_user
from marketplace.local.state import State

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist", "citext")
ROLE = "app"
DATABASE = "app"
_SUPERUSER = "postgres"
_MAJOR = "18"
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "400",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
# For a database that nobody will miss after a crash.
_CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def start(state: State, children: Children, *, careless: bool = False) -> str:
    """Start the server of this state and return the app's DATABASE_URL.

    :raises RunError: when it cannot be started; the message says why.
    """
    secrets = state.secrets()
    place = places.settle(state.root, state.name)
    home = place.folder / "postgres"
    _discard_foreign(home, secrets["state_id"])
    data = home / "data"
    if not data.exists():
        _initialise(place, home, secrets)
    _check_version(data)
    _wait_for_predecessor(data)
    port = _serve(state, children, place, data, careless=careless)
    _prepare(port, secrets)
    return f"postgres://{ROLE}:{secrets['app_password']}@127.0.0.1:{port}/{DATABASE}"


def answers(database_url: str) -> bool:
    """Whether the database can be connected to."""
    try:
        psycopg.connect(database_url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def is_empty(database_url: str) -> bool:
    """Whether no migration has ever been applied to the database.

    :raises RunError: when it cannot be connected to.
    """
    try:
        with psycopg.connect(database_url, connect_timeout=10) as connection:
            row = connection.execute("SELECT to_regclass('django_migrations')")
            return row.fetchone() == (None,)
    except psycopg.Error as error:
        first = (str(error).strip() or "no reason given").splitlines()[0]
        raise RunError(f"DATABASE_URL cannot be used: {first}") from None


def _discard_foreign(home: Path, state_id: str) -> None:
    """Remove data of a clone that lay at the same path before this one."""
    mark = home / "state_id"
    if home.exists() and not (mark.exists() and mark.read_text() == state_id):
        shutil.rmtree(home)


def _initialise(place: places.Place, home: Path, secrets: dict[str, str]) -> None:
    say("Making the database")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o700)
    password = home / "password"
    with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
        f.write(secrets["superuser_password"])
    (home / "state_id").write_text(secrets["state_id"])
    _give(place.user, home, password)
    try:
        made = subprocess.run(  # type: ignore[call-overload]
            [
                *(place.binaries / "initdb", "-D", home / "data.new"),
                *("-U", _SUPERUSER, "--auth=scram-sha-256", "--pwfile", password),
                *("--encoding=UTF8", "--locale-provider=libc", "--locale=C.UTF-8"),
                *("--no-sync", "--no-instructions"),
            ],
            cwd="/",
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
            **as_user(place.user),
        )
    except OSError as error:
        raise RunError(f"{place.binaries / 'initdb'}: {error.strerror}.") from None
    finally:
        password.unlink()
    if made.returncode:
        raise RunError(f"The database cannot be made: {made.stderr.strip()}")
    (home / "data.new").rename(home / "data")


def _give(user: User | None, *paths: Path) -> None:
    if user is not None:
        for path in paths:
            os.chown(path, user.uid, user.gid)


def _check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != _MAJOR:
        raise RunError(
            f"The kept database is of PostgreSQL {found}, this is {_MAJOR}; "
            "'./run --fresh' begins anew."
        )


def _wait_for_predecessor(data: Path) -> None:
    """Let a server whose run was killed come to its end; drop a stale pid file.

    Nobody else can rightly own it: this run holds the state's lock.
    """
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + 20
    while pid_file.exists():
        try:
            pid = int(pid_file.read_text().splitlines()[0])
            works_there = (Path("/proc") / str(pid) / "cwd").resolve() == data.resolve()
        except (OSError, ValueError, IndexError):
            works_there = False
        if not works_there:
            pid_file.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            raise RunError(f"An old database server (pid {pid}) still runs on {data}.")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        time.sleep(0.2)


def _serve(
    state: State,
    children: Children,
    place: places.Place,
    data: Path,
    *,
    careless: bool,
) -> int:
    """Start the server on a free port; another program may snatch it, so try again."""
    settings = _SETTINGS | (_CARELESS if careless else {})
    named = [part for key in settings for part in ("-c", f"{key}={settings[key]}")]
    password = state.secrets()["superuser_password"]
    for attempt in range(3):
        wished = state.notes().get("database_port") if attempt == 0 else None
        port = ports.choose(wished=wished)
        server = children.start(
            "The database",
            [place.binaries / "postgres", "-D", data, "-p", str(port), *named],
            environment=_ENVIRONMENT,
            log=state.log("postgres"),
            stop_signal=signal.SIGINT,
            patience=30,
            user=place.user,
        )
        try:
            _wait_until_ready(children, port, password)
        except StepFailed:
            if attempt == 2 or not _found_port_taken(server):
                raise
            children.forget(server)
            continue
        state.note(database_port=port)
        return port
    raise AssertionError("unreachable")


def _found_port_taken(server: Child) -> bool:
    if server.is_running():
        return False
    return "Address already in use" in server.log.read_text(errors="replace")


def _wait_until_ready(children: Children, port: int, password: str) -> None:
    def ready() -> bool:
        try:
            _connect(port, password, "postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    children.wait_until(ready, purpose="The database", seconds=60)


def _connect(
    port: int, password: str, database: str
) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host="127.0.0.1",
        port=port,
        user=_SUPERUSER,
        password=password,
        dbname=database,
        connect_timeout=3,
        autocommit=True,
    )


def _prepare(port: int, secrets: dict[str, str]) -> None:
    """Make the extensions, the app's role and its database where they are missing.

    New databases are copies of template1, so those the tests make have the
    extensions too, although the app's role could not create them.
    """
    password = secrets["superuser_password"]
    _create_extensions(port, password, "template1")
    with _connect(port, password, "postgres") as connection:
        role = sql.Identifier(ROLE)
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if not known.fetchone():
            connection.execute(
                sql.SQL(
                    "CREATE ROLE {} LOGIN NOSUPERUSER CREATEDB NOCREATEROLE PASSWORD {}"
                ).format(role, sql.Literal(secrets["app_password"]))
            )
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        )
        if not known.fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(DATABASE), role
                )
            )
    _create_extensions(port, password, DATABASE)


def _create_extensions(port: int, password: str, database: str) -> None:
    with _connect(port, password, database) as connection:
        for name in EXTENSIONS:
            connection.execute(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(
                    sql.Identifier(name)
                )
            )
