"""What was looked for and not found."""

from typing import ClassVar

from django.db import models


class SearchMiss(models.Model):
    """Words that found nothing, folded, and how often on a day. Nothing about who
    looked; old days are forgotten.
    """

    day = models.DateField()
    words = models.CharField(max_length=80)
    number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "search misses"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "words"], name="search_miss_once")
        ]

    def __str__(self) -> str:
        return self.words
