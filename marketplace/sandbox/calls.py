"""What one call of the API knows: who asks, what, when, and the state."""

from dataclasses import dataclass, field
from typing import Any

from marketplace.sandbox.clock import Clock
from marketplace.sandbox.config import Config
from marketplace.sandbox.store import PLATFORM, Store


@dataclass(frozen=True)
class Upload:
    """The file of a multipart request."""

    filename: str
    content: bytes


@dataclass
class Call:
    """One call, by an API client, a page, or the clock itself.

    `account` is the connected account of the `Stripe-Account` header, or
    `PLATFORM`. `now` is the virtual time, the same for all the call does.
    """

    store: Store
    clock: Clock
    config: Config
    now: int
    account: str = PLATFORM
    params: dict[str, Any] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    base_url: str = ""
    request_id: str | None = None
    key: str | None = None
    api_path: str = ""
    upload: Upload | None = None

    def at(self, moment: int) -> "Call":
        """Return the call of something that falls due at a moment."""
        return Call(self.store, self.clock, self.config, moment, base_url=self.base_url)
