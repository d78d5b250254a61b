"""A chain over the ledger: who changes an entry behind the database's own nets breaks it."""

from typing import ClassVar

from django.db import models

from payouts.models.ledger import Entry


class Seal(models.Model):
    """One link: the hash of the link before it and of an entry with its postings.

    Written by one sealer after the entry was committed, so that no sale waits for it.
    Append-only; `sequence` has no gaps.
    """

    sequence = models.PositiveBigIntegerField(unique=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="seal")
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(sequence__gt=0), name="seal_sequence_positive"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.hash[:12]}"
