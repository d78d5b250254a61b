"""The commands behind `./run`, which has prepared the interpreter this runs in."""

import sys
from collections.abc import Callable

from marketplace.local import check, manage, processes, serve, throwaway
from marketplace.local.console import RunError

COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "up": serve.up,
    "test": throwaway.test,
    "check": check.check,
    "shots": throwaway.shots,
    "story": throwaway.story,
    "bench": throwaway.bench,
    "simulate": throwaway.simulate,
    "prove": throwaway.prove,
    "manage": manage.manage,
    "translate": manage.translate,
}


def main(arguments: list[str]) -> int:
    """Carry out one command and return its exit code."""
    name, *rest = arguments or ["up"]
    processes.raise_on_signals()
    try:
        return COMMANDS[name](rest)
    except KeyError:
        print(f"There is no command '{name}'.", file=sys.stderr)
    except RunError as error:
        print(error, file=sys.stderr)
    except processes.Stopped:
        return 0 if name == "up" else 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
