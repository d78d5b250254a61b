"""`python -m marketplace.proof.worker beat|work`: a process that is there to be killed.

The same jobs as a worker's and a beat's, without the broker between them: rows are the
truth, and a broker only tells sooner.
"""

import logging
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
BEAT = (
    "payouts.tasks.run_payouts",
    "payouts.tasks.send_transfers",
    "payouts.tasks.resolve_transfers",
)


def main(arguments: list[str]) -> int:
    """Go round until nothing is left to send, as a beat or as a worker."""
    django.setup()
    logging.getLogger().handlers[:] = [logging.NullHandler()]
    # Only now: the models need the settings.
    from marketplace.proof import rounds  # noqa: PLC0415

    return rounds.go(BEAT if "beat" in arguments else BEAT[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
