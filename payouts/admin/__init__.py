"""Money, as staff read it. Nothing here writes a row of money: runs are started and the
clock is moved by services.
"""

from payouts.admin import clock, ledger, parties, runs, transfers

__all__ = ["clock", "ledger", "parties", "runs", "transfers"]
