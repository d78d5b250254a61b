"""`python -m marketplace.sandbox --port N --state DIR`: the sandbox as a server."""

import argparse
import logging
import sqlite3
import sys

from marketplace.sandbox import config, server
from marketplace.sandbox.app import Sandbox


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m marketplace.sandbox")
    parser.add_argument("--port", type=int, default=12_111, help="0 takes a free one")
    parser.add_argument("--state", required=True, help="the folder of its state")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="sandbox: %(message)s")
    try:
        settings = config.from_environment()
        sandbox = Sandbox(
            chosen.state,
            secrets=settings.secrets,
            country=settings.country,
            secret_key=settings.secret_key,
            webhook_base=settings.webhook_base,
            base_url=settings.base_url,
            start_offset=settings.start_offset,
            party_payouts=settings.party_payouts,
        )
    except config.BadConfiguration as error:
        return _fail(str(error))
    except (OSError, sqlite3.Error) as error:
        return _fail(f"The state folder {chosen.state} cannot be used: {error}.")
    try:
        listening = server.listen(sandbox, chosen.port)
    except (OSError, OverflowError) as error:
        return _fail(f"Port {chosen.port} cannot be used: {error}.")
    address = f"http://127.0.0.1:{listening.server_port}"
    sys.stdout.write(f"Stripe sandbox on {address} (no money moves)\n")
    sys.stdout.flush()
    server.serve(sandbox, listening)
    return 0


def _fail(message: str) -> int:
    sys.stderr.write(f"sandbox: {message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
