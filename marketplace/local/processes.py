"""Child processes: started together, watched, stopped in order, none left behind."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from marketplace.local.console import PROGRESS, RunError, say

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LAST_LINES = 15
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Stopped(BaseException):
    """Ctrl-C, SIGTERM or SIGHUP asked the run to end."""


class StepFailed(RunError):
    """A step that should have come to its end failed, or a child died."""


@dataclass(frozen=True)
class User:
    """An account a child runs as instead of root."""

    uid: int
    gid: int


@dataclass
class Child:
    """One running child and how it likes to be stopped. A step, which is expected to
    end, has an `output`: where what it prints goes.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals
    patience: float
    output: Path | None = None

    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None


def as_user(user: User | None) -> dict[str, object]:
    """The arguments of subprocess that drop root for this user."""
    if user is None:
        return {}
    return {"user": user.uid, "group": user.gid, "extra_groups": []}


def last_lines(log: Path) -> str:
    """The end of a log, to show why something failed."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16_000))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-_LAST_LINES:])


def raise_on_signals() -> None:
    """From now on a signal that asks to end raises Stopped, once.

    What follows is cleaning up, which further signals must not cut short.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        ignore_signals()
        raise Stopped

    for number in _SIGNALS:
        signal.signal(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def ignore_signals() -> None:
    """Finish what is being done: signals that ask to end are already obeyed."""
    for number in _SIGNALS:
        # A handler, not SIG_IGN, which children would inherit.
        signal.signal(number, lambda *_: None)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent dies (Linux)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Make a child get a signal when this process dies, even of SIGKILL (Linux)."""
    parent = os.getpid()

    def prepare() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


class Children:
    """The running children, in the order they were started."""

    def __init__(self, *, root: Path) -> None:
        self._root = root
        self._children: list[Child] = []

    def start(
        self,
        name: str,
        arguments: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        log: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
        patience: float = 10,
        user: User | None = None,
        output: Path | None = None,
    ) -> Child:
        """Start a child in a session of its own.

        What it prints goes to the log; its standard output elsewhere, if asked.
        """
        with log.open("wb") as errors, (output or log).open("ab") as printed:
            process = subprocess.Popen(
                [str(part) for part in arguments],
                cwd="/" if user else self._root,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=printed if output else errors,
                stderr=errors,
                start_new_session=True,
                preexec_fn=_end_with_parent(stop_signal),
                **as_user(user),  # type: ignore[call-overload]
            )
        child = Child(name, process, log, stop_signal, patience)
        self._children.append(child)
        return child

    def forget(self, child: Child) -> None:
        """Leave a child that ended out of the watching."""
        self._children.remove(child)

    def check(self) -> None:
        """:raises StepFailed: naming the first child that has died."""
        for child in self._children:
            if child.output is None and not child.is_running():
                raise StepFailed(_obituary(child))

    def wait_until(
        self, ready: Callable[[], bool], *, purpose: str, seconds: float
    ) -> None:
        """Wait until a child is ready.

        :raises StepFailed: when a child dies meanwhile, or the time is over.
        """
        deadline = time.monotonic() + seconds
        pause = 0.02
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise StepFailed(f"{purpose} was not ready after {seconds:.0f} s.")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)

    def watch(self) -> None:
        """Wait for ever; only a dying child or a signal ends it.

        :raises StepFailed: naming the child that died.
        """
        while True:
            self.check()
            time.sleep(0.3)

    def run(
        self,
        name: str,
        arguments: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        log: Path,
        output: Path | None = None,
        retells: bool = False,
        seconds: float = 600,
    ) -> str:
        """Run a step to its end and return what it printed. What it says of its
        progress, `· …` on its standard error, is said here too if asked.

        :raises StepFailed: when it fails, or another child dies meanwhile.
        """
        step = self.begin(
            name, arguments, environment=environment, log=log, output=output
        )
        return self.finish(step, retells=retells, seconds=seconds)

    def begin(
        self,
        name: str,
        arguments: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        log: Path,
        output: Path | None = None,
    ) -> Child:
        """Start a step that is expected to end; `finish` waits for it."""
        step = self.start(
            name, arguments, environment=environment, log=log, output=output
        )
        step.output = output or log
        return step

    def finish(
        self, step: Child, *, retells: bool = False, seconds: float = 600
    ) -> str:
        """Wait until a step has ended and return what it printed.

        :raises StepFailed: when it fails, or another child dies meanwhile.
        """
        deadline = time.monotonic() + seconds
        told = 0
        while step.is_running():
            if retells:
                told = _retell(step.log, told)
            self.check()
            if time.monotonic() > deadline:
                raise StepFailed(f"{step.name} did not end within {seconds:.0f} s.")
            with contextlib.suppress(subprocess.TimeoutExpired):
                step.process.wait(timeout=0.25)
        self.forget(step)
        if retells:
            _retell(step.log, told)
        if step.process.returncode:
            raise StepFailed(_failure(step))
        assert step.output is not None
        return step.output.read_text(errors="replace")

    def stop(self) -> None:
        """Stop all children, the last started first, and whatever they left."""
        while self._children:
            _stop(self._children.pop())
        _sweep()


def _retell(log: Path, told: int) -> int:
    """Say what of its progress a step has written into its log, from a place on; give
    the place from which on it is to be read the next time.
    """
    with log.open("rb") as file:
        file.seek(told)
        lines = file.read().rpartition(b"\n")[0]
    for line in lines.decode(errors="replace").splitlines():
        if line.startswith(PROGRESS):
            say(line.removeprefix(PROGRESS))
    return told + len(lines)


def _obituary(child: Child) -> str:
    text = f"{child.name} stopped by itself ({_ending(child.process.returncode)})."
    lines = last_lines(child.log)
    return f"{text} The end of {child.log}:\n{lines}" if lines else text


def _failure(step: Child) -> str:
    lines = last_lines(step.log)
    if lines and "\n" not in lines:
        return lines
    ending = _ending(step.process.returncode)
    return f"{step.name} failed ({ending}). The end of {step.log}:\n{lines}"


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit {code}"


def _stop(child: Child) -> None:
    if child.is_running():
        with contextlib.suppress(ProcessLookupError):
            child.process.send_signal(child.stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=child.patience)
    # Its session may hold more than the child itself (workers, pool processes).
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()


def _sweep() -> None:
    """End descendants that came to us as orphans."""
    deadline = time.monotonic() + 5
    while (left := list(_own_children())) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _own_children() -> Iterator[int]:
    if _LIBC is None:
        return
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # "pid (any name) state ppid …"
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == os.getpid():
                    yield int(entry.name)


def foreground(
    arguments: Sequence[str], *, environment: Mapping[str, str], root: Path
) -> int:
    """Run a command that owns the terminal, and return its exit code.

    Ctrl-C in a terminal reaches the command by itself; a signal sent to this
    process alone is handed on. Signals raise Stopped again afterwards.
    """
    process = subprocess.Popen(
        list(arguments),
        cwd=root,
        env=dict(environment),
        preexec_fn=_end_with_parent(signal.SIGTERM),
    )

    def hand_on(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and os.isatty(0):
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        signal.alarm(20)

    def lose_patience(_number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()

    for number in _SIGNALS:
        signal.signal(number, hand_on)
    signal.signal(signal.SIGALRM, lose_patience)
    try:
        code = process.wait()
    finally:
        signal.alarm(0)
        raise_on_signals()
    return 128 - code if code < 0 else code
