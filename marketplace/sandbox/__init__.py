"""A stand-in for Stripe: strict, independent, with a journal of its own.

It knows nothing of the platform, keeps its own state, and refuses where it is
unsure, so that money claims can be checked against it.
"""

from marketplace.sandbox.app import Sandbox

__all__ = ["Sandbox"]
