import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.local.processes import Children, StepFailed
from tests.marketplace.local.clones import processes_of, wait_until_gone

pytestmark = pytest.mark.runner
ENVIRONMENT = {"PATH": os.environ["PATH"]}


@pytest.fixture
def children(tmp_path):
    started = Children(root=tmp_path)
    yield started
    started.stop()


def test_dead_child_is_named_with_the_end_of_its_log(children, tmp_path):
    log = tmp_path / "log"
    child = children.start(
        "The worker",
        ["sh", "-c", "echo the broker is gone; exit 3"],
        environment=ENVIRONMENT,
        log=log,
    )
    child.process.wait()

    with pytest.raises(StepFailed) as failed:
        children.watch()

    assert str(failed.value) == (
        f"The worker stopped by itself (exit 3). The end of {log}:\nthe broker is gone"
    )


def test_child_ended_by_a_signal_is_named_with_the_signal(children, tmp_path):
    child = children.start(
        "The web", ["sleep", "60"], environment=ENVIRONMENT, log=tmp_path / "log"
    )
    child.process.kill()
    child.process.wait()

    with pytest.raises(StepFailed, match=r"The web stopped by itself \(signal SIGKILL"):
        children.check()


def test_failed_step_that_said_one_line_is_told_in_that_line(children, tmp_path):
    with pytest.raises(StepFailed) as failed:
        children.run(
            "migrate",
            ["sh", "-c", "echo SECRET_KEY is not set >&2; exit 1"],
            environment=ENVIRONMENT,
            log=tmp_path / "log",
        )

    assert str(failed.value) == "SECRET_KEY is not set"


def test_step_returns_what_it_printed_without_its_warnings(children, tmp_path):
    printed = children.run(
        "load_demo",
        ["sh", "-c", "echo careful >&2; echo buyer@example.com"],
        environment=ENVIRONMENT,
        log=tmp_path / "log",
        output=tmp_path / "output",
    )

    assert printed == "buyer@example.com\n"


def test_what_a_step_says_of_its_progress_is_said_as_it_goes(
    children, tmp_path, capsys
):
    told = (
        "echo '· Day 1 of 2' >&2; echo a warning >&2; printf '· Day 2' >&2; sleep 0.6"
    )
    children.run(
        "load_demo",
        ["sh", "-c", f"{told}; echo ' of 2' >&2"],
        environment=ENVIRONMENT,
        log=tmp_path / "log",
        retells=True,
    )

    assert capsys.readouterr().err == "· Day 1 of 2\n· Day 2 of 2\n"


def test_a_step_that_ends_beside_another_is_no_death(children, tmp_path):
    beside = children.begin(
        "collectstatic", ["echo", "90"], environment=ENVIRONMENT, log=tmp_path / "one"
    )
    children.run(
        "migrate", ["sleep", "0.6"], environment=ENVIRONMENT, log=tmp_path / "two"
    )
    children.check()

    assert children.finish(beside) == "90\n"


def test_child_that_is_never_ready_is_named_after_its_time(children):
    with pytest.raises(StepFailed, match="The web was not ready after 0 s"):
        children.wait_until(lambda: False, purpose="The web", seconds=0.1)


def test_children_are_stopped_in_the_reverse_order(tmp_path):
    started = Children(root=tmp_path)
    said = tmp_path / "said"
    for name in ("database", "worker", "web"):
        ready = tmp_path / f"{name}.ready"
        script = (
            f"trap 'echo {name} >> {said}; exit 0' TERM; touch {ready}; "
            "while :; do sleep 0.05; done"
        )
        started.start(
            name,
            ["sh", "-c", script],
            environment=ENVIRONMENT,
            log=tmp_path / f"{name}.log",
        )
        started.wait_until(ready.exists, purpose=name, seconds=10)

    started.stop()

    assert said.read_text().split() == ["web", "worker", "database"]


def test_stubborn_child_and_its_own_children_are_ended_all_the_same(tmp_path):
    started = Children(root=tmp_path)
    ready = tmp_path / "ready"
    script = f"trap '' TERM; sleep 300 & touch {ready}; while :; do sleep 0.05; done"
    started.start(
        "stubborn",
        ["sh", "-c", script],
        environment=ENVIRONMENT,
        log=tmp_path / "log",
        patience=0.3,
    )
    started.wait_until(ready.exists, purpose="stubborn", seconds=10)
    assert processes_of(tmp_path)

    started.stop()

    assert processes_of(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="Linux ends children by itself")
def test_killing_the_run_itself_takes_its_children_along(tmp_path: Path):
    script = f"""
import os, pathlib
from marketplace.local.processes import Children
started = Children(root=pathlib.Path({str(tmp_path)!r}))
started.start("child", ["sleep", "300"], environment={{"PATH": os.environ["PATH"]}},
              log=pathlib.Path({str(tmp_path / "log")!r}))
print("started", flush=True)
started.watch()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "started\n"
        assert processes_of(tmp_path)

        run.send_signal(signal.SIGKILL)

    assert wait_until_gone(tmp_path) == []
