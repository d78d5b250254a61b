"""Faults of whole processes: a broker that is lost, and workers killed with kill -9."""

from marketplace.proof.frame import Fault

FAULTS: tuple[Fault, ...] = ()
