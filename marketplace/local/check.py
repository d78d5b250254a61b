"""`./run check`: all that can be said about the code without running its tests."""

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from marketplace.local import session
from marketplace.local.console import RunError, say, show
from marketplace.local.state import throwaway


def check(arguments: list[str]) -> int:
    """Run every check, tell each by name, and return 1 if any found something."""
    if arguments:
        raise RunError("'./run check' takes no arguments.")
    with throwaway(session.ROOT) as state, session.children() as started:
        say("Starting a database for the checks")
        environment = session.start_throwaway_stores(state, started)
        failed = [name for name in _checks() if not _passes(name, environment)]
    if failed:
        show(f"\n{len(failed)} of {len(_checks())} checks failed: {', '.join(failed)}")
        return 1
    show(f"\nAll {len(_checks())} checks passed.")
    return 0


def _checks() -> dict[str, list[str]]:
    python = sys.executable
    lint_imports = str(Path(python).parent / "lint-imports")
    return {
        "ruff check": [python, "-m", "ruff", "check", ".", "run"],
        "ruff format": [python, "-m", "ruff", "format", "--check", ".", "run"],
        "mypy": [python, "-m", "mypy"],
        "lint-imports": [lint_imports],
        "missing migrations": [
            *(python, "manage.py", "makemigrations", "--check", "--dry-run")
        ],
        "manage.py check": [python, "manage.py", "check", "--fail-level", "WARNING"],
        "translations": [python, "manage.py", "translate", "--check"],
    }


def _passes(name: str, environment: Mapping[str, str]) -> bool:
    started_at = time.monotonic()
    done = subprocess.run(
        _checks()[name],
        cwd=session.ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    seconds = time.monotonic() - started_at
    show(f"{'ok    ' if passed else 'FAILED'}  {name}  {seconds:.1f} s")
    if not passed:
        show(done.stdout.strip() + "\n")
    return passed
