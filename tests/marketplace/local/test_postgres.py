import os
import pwd
import shutil

import psycopg
import pytest

from marketplace.local import postgres, processes
from marketplace.local.state import State

pytestmark = pytest.mark.runner


@pytest.fixture
def children(folder):
    started = processes.Children(root=folder)
    yield started
    started.stop()


def _owner(data):
    return pwd.getpwuid(data.stat().st_uid).pw_name


def _ask(url, question):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(question).fetchall()


def test_app_is_no_superuser_may_create_databases_and_finds_the_extensions(
    folder, children
):
    url = postgres.start(State(folder, "se"), children, careless=True)

    assert _ask(
        url,
        "SELECT rolname, rolsuper, rolcreatedb FROM pg_roles"
        " WHERE rolname = current_user",
    ) == [("app", False, True)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE another")
    another = url.rpartition("/")[0] + "/another"
    for database in (url, another):
        found = {name for (name,) in _ask(database, "SELECT extname FROM pg_extension")}
        assert set(postgres.EXTENSIONS) <= found
    # With a provider other than libc this would be empty for anything but ASCII.
    assert _ask(url, "SELECT cardinality(show_trgm('ワンピース'))") == [(6,)]
    assert _ask(url, "SHOW server_encoding") == [("UTF8",)]


def test_data_and_ports_are_kept_between_two_starts(folder):
    urls = []
    for _ in range(2):
        children = processes.Children(root=folder)
        url = postgres.start(State(folder, "se"), children)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
            count = connection.execute("SELECT count(*) FROM kept").fetchone()
        urls.append((url, count))
        children.stop()
        assert not postgres.answers(url)

    assert urls[0][0] == urls[1][0]
    assert [count for _, count in urls] == [(1,), (2,)]


def test_two_states_run_at_the_same_time_on_data_of_their_own(folder, children):
    first = postgres.start(State(folder, "se"), children, careless=True)
    second = postgres.start(State(folder, "jp"), children, careless=True)
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE only_here (n int)")

    assert first != second
    assert _ask(second, "SELECT to_regclass('only_here')") == [(None,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands work over")
@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_root_hands_the_database_to_another_user_even_in_a_closed_clone(
    folder, children, mode
):
    folder.chmod(mode)
    url = postgres.start(State(folder, "se"), children, careless=True)

    data = _ask(url.replace("app:", "app:"), "SELECT 1")
    home = postgres.places.settle(folder, "se").folder / "postgres"
    assert data == [(1,)]
    assert _owner(home) in ("postgres", "nobody")
    assert home.is_relative_to(folder) is (mode == 0o755)


def test_data_of_a_clone_that_lay_here_before_is_not_taken_over(folder):
    children = processes.Children(root=folder)
    url = postgres.start(State(folder, "se"), children, careless=True)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE of_the_former (n int)")
    children.stop()
    (folder / ".state/se/secrets.json").unlink()

    url = postgres.start(State(folder, "se"), children, careless=True)

    assert _ask(url, "SELECT to_regclass('of_the_former')") == [(None,)]
    children.stop()


def test_database_of_another_postgresql_is_refused_with_the_way_out(folder, children):
    state = State(folder, "se")
    postgres.start(state, children, careless=True)
    children.stop()
    data = folder / ".state/se/postgres/data"
    (data / "PG_VERSION").write_text("17\n")

    with pytest.raises(postgres.RunError, match=r"of PostgreSQL 17.*--fresh"):
        postgres.start(state, children, careless=True)


def test_stale_pid_file_of_a_crash_does_not_stop_the_next_start(folder, children):
    state = State(folder, "se")
    postgres.start(state, children, careless=True)
    children.stop()
    data = folder / ".state/se/postgres/data"
    # A living process, though no database server of ours.
    (data / "postmaster.pid").write_text(f"{os.getppid()}\n{data}\n")
    shutil.chown(data / "postmaster.pid", user=_owner(data))

    assert postgres.answers(postgres.start(state, children, careless=True))
