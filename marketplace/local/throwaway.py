"""`./run test`, `shots`, `story`, `simulate`, `prove`: on a database of their own, removed
after.
"""

import os
import sys

from marketplace.local import assets, environment, processes, session
from marketplace.local.console import RunError, say
from marketplace.local.state import State, throwaway


def test(arguments: list[str]) -> int:
    """Run pytest; without arguments all tests, in two processes."""
    rest, junit = split_junit(arguments)
    if not rest:
        rest = ["-n", "2", "--dist", "worksteal"]
    if junit is not None:
        rest.append(f"--junitxml={junit}")
    with throwaway(session.ROOT) as state, session.children() as started:
        assets.build(session.ROOT)
        say("Starting a database for the tests")
        chosen = session.start_throwaway_stores(state, started)
        # Each test process gets a sandbox of its own.
        del chosen["SANDBOX_STATE"]
        return processes.foreground(
            [sys.executable, "-m", "pytest", *rest],
            environment=chosen,
            root=session.ROOT,
        )


def shots(arguments: list[str]) -> int:
    """Take the pictures of every page state, into reports/shots or where it is said.

    :raises RunError: for an argument that `wanted_shots` does not know.
    """
    with throwaway(session.ROOT) as state, session.children() as started:
        chosen = wanted_shots(arguments)
        assets.build(session.ROOT)
        say("Starting a database for the pictures")
        chosen |= session.start_throwaway_stores(state, started)
        del chosen["SANDBOX_STATE"]
        done = processes.foreground(
            [sys.executable, "-m", "pytest", "-q", "tests/looks/shots.py"],
            environment=chosen,
            root=session.ROOT,
        )
        folder = chosen.get("SHOTS_INTO", "reports/shots")
        say(f"The pictures are in {folder}/, all on one page: index.html")
        return done


def wanted_shots(arguments: list[str]) -> dict[str, str]:
    """Give what the pictures are asked for, as the run's environment.

    :raises RunError: for an argument that is none of these, or lacks its value.
    """
    known = {
        "--only": "SHOTS_ONLY",
        "--sizes": "SHOTS_SIZES",
        "--languages": "SHOTS_LANGUAGES",
        "--themes": "SHOTS_THEMES",
        "--into": "SHOTS_INTO",
    }
    chosen: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        name, _, value = word.partition("=")
        if word == "--contact":
            chosen["SHOTS_CONTACT"] = "1"
            continue
        value = value or next(words, "")
        if name not in known or not value:
            raise RunError(
                f"'./run shots' takes {', '.join(known)}, each with a value, and"
                " --contact."
            )
        chosen[known[name]] = value
    if "SHOTS_INTO" in chosen:
        chosen["SHOTS_INTO"] = os.path.abspath(chosen["SHOTS_INTO"])
    return chosen


def story(arguments: list[str]) -> int:
    """Run the story; its standard output is the story and nothing else."""
    with throwaway(session.ROOT) as state, session.children() as started:
        say("Starting a database for the story")
        chosen = session.start_throwaway_stores(state, started)
        chosen |= environment.without_mail()
        if currency(arguments) == "JPY":
            chosen["PLATFORM_COUNTRY"] = "JP"
        return _on_tables("story", arguments, chosen, state, started)


def simulate(arguments: list[str]) -> int:
    """Run the simulator; the same seed is the same run, so hashes are no chance."""
    if "--plants" in arguments or "--model" in arguments:
        # Names, or the pure model: nothing is connected to.
        return processes.foreground(
            [sys.executable, "manage.py", "simulate", *arguments],
            environment={**os.environ, **environment.nowhere()},
            root=session.ROOT,
        )
    return _from_seeds("simulate", arguments)


def prove(arguments: list[str]) -> int:
    """Prove every fault; its standard output is the table and nothing else."""
    return _from_seeds("prove", arguments)


def _from_seeds(command: str, arguments: list[str]) -> int:
    with throwaway(session.ROOT) as state, session.children() as started:
        say(f"Starting a database for './run {command}'")
        chosen = session.start_throwaway_stores(state, started)
        chosen |= {**environment.without_mail(), "PYTHONHASHSEED": "0"}
        # Each run makes sandboxes of its own.
        del chosen["SANDBOX_STATE"]
        return _on_tables(command, arguments, chosen, state, started)


def _on_tables(
    command: str,
    arguments: list[str],
    chosen: dict[str, str],
    state: State,
    started: processes.Children,
) -> int:
    started.run(
        "Making the tables",
        [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
        environment=chosen,
        log=state.log("migrate"),
    )
    return processes.foreground(
        [sys.executable, "manage.py", command, *arguments],
        environment=chosen,
        root=session.ROOT,
    )


BENCHES = {"browsing": "bench/browsing.py", "payouts": "bench/payout_run.py"}


def bench(arguments: list[str]) -> int:
    """Measure one thing beside its limit, on a database of its own.

    :raises RunError: when there is no such measurement.
    """
    name, *rest = arguments or [""]
    if name not in BENCHES:
        raise RunError(f"'./run bench' measures: {', '.join(sorted(BENCHES))}.")
    with throwaway(session.ROOT) as state, session.children() as started:
        say("Starting a database for the measurement")
        chosen = session.start_throwaway_stores(state, started)
        chosen |= environment.without_mail()
        started.run(
            "Making the tables",
            [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
            environment=chosen,
            log=state.log("migrate"),
        )
        # Pages name the collected files, as they do in production.
        assets.build(session.ROOT)
        started.run(
            "Collecting the static files",
            [sys.executable, "manage.py", "collectstatic", "--no-input", "--clear"],
            environment=chosen,
            log=state.log("collectstatic"),
        )
        return processes.foreground(
            [sys.executable, str(session.ROOT / BENCHES[name]), *rest],
            environment={**chosen, "PYTHONPATH": str(session.ROOT)},
            root=session.ROOT,
        )


def split_junit(arguments: list[str]) -> tuple[list[str], str | None]:
    """Take `--junit FILE` out of the arguments for pytest.

    :raises RunError: when the file is not named.
    """
    rest: list[str] = []
    junit: str | None = None
    words = iter(arguments)
    for word in words:
        if word == "--junit":
            junit = next(words, None)
            if junit is None:
                raise RunError("--junit needs the name of a file.")
        elif word.startswith("--junit="):
            junit = word.partition("=")[2]
        else:
            rest.append(word)
    return rest, junit


def currency(arguments: list[str]) -> str | None:
    """The currency the story is told in, if the arguments name one."""
    for place, argument in enumerate(arguments):
        if argument.startswith("--currency="):
            return argument.partition("=")[2].upper()
        if argument == "--currency" and place + 1 < len(arguments):
            return arguments[place + 1].upper()
    return None
