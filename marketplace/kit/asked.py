"""A row that is asked for once at a provider: what it keeps so that one worker at a time
asks, and with a key that is never lost.
"""

from typing import ClassVar

from django.db import models

from marketplace.kit import states

SUBMITTED, UNKNOWN = "submitted", "unknown"


class Asked(states.Stateful):
    """A row that is committed first and then asked for, with a key of its own.

    A lost answer is `unknown`: the same key is asked again, or the row is looked up,
    and `attempt` grows only when a look-up shows nothing. `claim` grows each time a
    worker takes the row; one that comes back late, or after a notice has named what
    the provider made, writes nothing over what was done since. After a refusal for
    being too fast (`tries` of them) the row waits until `not_before`.
    """

    FENCE = ("claim", "provider_id")
    # What the key begins with, and the state in which nobody has asked yet.
    KEY: ClassVar[str]
    UNASKED: ClassVar[str] = "planned"

    public_id: str
    attempt = models.PositiveSmallIntegerField(default=1)
    claim = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=80, unique=True, null=True, blank=True)
    submitted_at = models.DateTimeField(null=True)

    # When this worker took the row, on its own clock; of no meaning to another.
    claimed_at = 0.0

    class Meta:
        abstract = True

    @property
    def key(self) -> str:
        """The idempotency key of this attempt."""
        return f"{self.KEY}:{self.public_id}:{self.attempt}"
