"""Free ports of the loopback address."""

import random
import socket

from marketplace.local.console import RunError

# Below the range the kernel hands to outgoing connections, so that a port that
# was free when we looked is not taken by a mere client a moment later.
_CANDIDATES = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose(*, wished: int | None = None, taken: frozenset[int] = frozenset()) -> int:
    """Return the wished port when it is free, else a free one.

    :raises RunError: when no port is free.
    """
    if wished is not None and wished not in taken and is_free(wished):
        return wished
    for port in random.sample(_CANDIDATES, 200):
        if port not in taken and is_free(port):
            return port
    raise RunError("No free port was found on 127.0.0.1.")


def require(port: int, *, purpose: str) -> int:
    """Return this very port.

    :raises RunError: when it cannot be had.
    """
    if not 1 <= port <= 65_535:
        raise RunError(f"Port {port} does not exist; choose one from 1 to 65535.")
    if not is_free(port):
        raise RunError(
            f"Port {port} for {purpose} is taken by another program; "
            "choose another, or leave --port out."
        )
    return port
