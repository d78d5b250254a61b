"""`./run` from start to stop, with stand-ins for the platform's own commands."""

import json
import re
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.marketplace.local import clones

pytestmark = pytest.mark.runner
READY = "Ctrl-C ends it."


def _addresses(printed: str) -> list[str]:
    return re.findall(r"^  (?:web|sandbox)\s+(http://127\.0\.0\.1:\d+)$", printed, re.M)


def _find(clone: Path, words: str) -> int:
    found = [line for line in clones.processes_of(clone) if words in line]
    return int(found[0].split()[0])


def test_first_start_makes_all_and_the_second_reuses_it(clone):
    printed, endings, seconds = [], [], []
    for ending in (signal.SIGTERM, signal.SIGINT):
        began = time.monotonic()
        with clones.start(clone, "up") as run:
            printed.append(clones.read_until(run, READY))
            seconds.append(time.monotonic() - began)
            run.send_signal(ending)
            endings.append(run.communicate(timeout=30)[0])
        assert run.returncode == 0
        assert clones.processes_of(clone) == []

    steps = (clone / "commands.txt").read_text().splitlines()
    *beside, last = [step.split()[0] for step in steps]
    assert (sorted(beside), last) == (["collectstatic", "migrate"], "load_demo")
    assert endings == ["· Stopped\n", "· Stopped\n"]
    web, sandbox = _addresses(printed[0])
    assert web != sandbox
    assert _addresses(printed[1]) == [web, sandbox]
    for text in printed:
        assert "buyer@example.com opens the door" in text
    assert seconds[1] < 20


def test_manage_uses_what_runs_until_a_dying_child_stops_it(used_clone):
    with clones.start(used_clone, "up") as run:
        web, sandbox = _addresses(clones.read_until(run, READY))
        services = json.loads((used_clone / ".state/se/services.json").read_text())

        shown = clones.run(used_clone, "manage", "show", "DATABASE_URL")
        assert shown.stdout.strip() == services["environment"]["DATABASE_URL"]
        assert shown.stderr == ""
        shown = clones.run(used_clone, "manage", "show", "STRIPE_API_BASE")
        assert shown.stdout.strip() == sandbox
        second = clones.run(used_clone, "up")
        assert second.returncode == 1
        assert second.stderr == f"The platform of this clone already runs: {web}\n"

        clones.kill(_find(used_clone, "celery"))
        last, _ = run.communicate(timeout=30)

    assert run.returncode == 1
    assert "The worker stopped by itself (signal SIGKILL)." in last
    assert "Traceback" not in last
    assert clones.wait_until_gone(used_clone) == []
    assert not (used_clone / ".state/se/services.json").exists()


def test_manage_alone_starts_the_stores_for_one_command_and_hands_on_its_exit(
    used_clone,
):
    done = clones.run(used_clone, "manage", "exit", "7")

    assert done.returncode == 7
    assert clones.processes_of(used_clone) == []


def test_taken_port_is_one_line_and_exit_1(clone):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = clones.run(clone, "up", "--port", str(port))

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == (
        f"Port {port} for the web pages is taken by another program; "
        "choose another, or leave --port out.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "extra", "said"),
    [
        (["up", "--port", "x"], {}, "Argument --port: invalid int value: 'x'"),
        (["up", "--nonsense"], {}, "Unrecognized arguments: --nonsense"),
        (["up"], {"PLATFORM_COUNTRY": "Japan"}, "PLATFORM_COUNTRY is 'Japan'"),
        (["up"], {"STRIPE_SECRET_KEY": "sk_test_1"}, "STRIPE_SECRET_KEY is set"),
        (["test", "--junit"], {}, "--junit needs the name of a file"),
    ],
)
def test_wrong_start_is_told_in_one_line_without_starting_anything(
    clone, arguments, extra, said
):
    refused = clones.run(clone, *arguments, **extra)

    assert refused.returncode == 1
    assert refused.stderr.startswith(said)
    assert refused.stderr.count("\n") == 1
    assert not (clone / ".state/se/postgres").exists()


def test_unwritable_state_directory_is_one_line_and_exit_1(clone):
    (clone / ".state").write_text("in the way")

    refused = clones.run(clone, "up")

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"The state directory {clone}/.state")
    assert refused.stderr.count("\n") == 1


def test_story_prints_only_the_story_on_standard_output_and_removes_its_database(clone):
    told = clones.run(clone, "story", "show", "--currency", "JPY")
    assert (clone / "commands.txt").read_text().split("\n")[:2] == [
        "migrate --no-input --verbosity 0",
        "story show --currency JPY",
    ]

    assert told.returncode == 0
    assert told.stdout == ""
    assert list((clone / ".state").glob("throwaway-*")) == []
    assert clones.processes_of(clone) == []
