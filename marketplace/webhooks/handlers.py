"""What each type of notice means: one dict, from the type to a function.

A function fetches the object again through the gateway, outside any transaction, and
hands what it found to the service that owns the row. It is safe to call twice. A type
that is not in the dict is kept and ignored.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Protocol

from marketplace.kit.errors import MarketplaceError
from marketplace.webhooks.models import StripeEvent


class Outcome(Enum):
    """APPLIED includes 'nothing was left to do'; NOT_OURS names nothing of ours."""

    APPLIED = "applied"
    NOT_OURS = "not_ours"


class NotYet(MarketplaceError):
    """What this notice is about is not there yet; it is tried again later."""

    status_code = 409


class Handler(Protocol):
    def __call__(self, *, event: StripeEvent, at: datetime) -> Outcome: ...


HANDLERS: Mapping[str, Handler] = {}
