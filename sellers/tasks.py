"""Jobs: what time does to prices and to the log of searches. Each may run twice."""

from marketplace.kit import clock
from sellers.services import prices, suggestions


def end_reductions() -> None:
    """Take the struck figure from prices that were reduced 30 days ago."""
    prices.end_reductions(at=clock.now())


def forget_misses() -> None:
    """Forget what was looked for in vain more than 90 days ago."""
    suggestions.forget_misses(at=clock.now())
