"""What the runner says to the person who started it."""

import sys

# What a line about progress begins with.
PROGRESS = "· "


class RunError(Exception):
    """The run cannot go on; the message says why and what to do about it."""


def say(text: str) -> None:
    """Tell about progress, in one line, beside (never in) a command's output."""
    print(f"{PROGRESS}{text}", file=sys.stderr, flush=True)


def show(text: str) -> None:
    """Print a result: what the person asked for."""
    print(text, flush=True)
