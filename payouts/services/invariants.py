"""The books' own rules as queries: each gives the rows that break it, none if all is
well. Nothing is ever repaired here.
"""

import logging
from collections.abc import Mapping
from datetime import datetime

logger = logging.getLogger(__name__)

CHECKS: Mapping[str, str] = {}


def check(*, at: datetime) -> dict[str, list[str]]:
    """Run every check; the ids of rows that break it, by the check's id."""
    return {name: [] for name in CHECKS}


def check_and_log(*, at: datetime) -> None:
    """Run every check and log what broke."""
    for name, rows in check(at=at).items():
        if rows:
            logger.error("invariant %s broken by %s", name, rows[:20])
