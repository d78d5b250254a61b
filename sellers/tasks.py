"""Jobs: what time does to prices. Each may run twice."""

from marketplace.kit import clock
from sellers.services import prices


def end_reductions() -> None:
    """Take the struck figure from prices that were reduced 30 days ago."""
    prices.end_reductions(at=clock.now())
