"""Identifiers that look like Stripe's, so that nothing learns another shape."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits


def random_text(length: int) -> str:
    """Return `length` random base-62 characters."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_id(prefix: str) -> str:
    """Return a fresh id, for instance `tr_1Qx…`, of the length Stripe uses."""
    lengths = {"acct": 15, "cs_test": 58, "req": 14, "evt_test": 40}
    lead = {"pi": "3", "ch": "3", "re": "3", "req": "", "cs_test": "a1", "evt_test": ""}
    return f"{prefix}_{lead.get(prefix, '1')}{random_text(lengths.get(prefix, 23))}"
