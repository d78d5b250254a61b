"""The Stripe of the test run: the sandbox, inside this process, delivering nothing by
itself. `gateway.sandbox_control` reaches its control plane.
"""

from marketplace.sandbox.inprocess import application, sandbox

__all__ = ["application", "sandbox"]
