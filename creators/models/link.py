"""How a recommendation travels: one link and one code for each creator, and a count
of clicks that knows no visitor.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from creators.models.profile import Creator


class Link(models.Model):
    """A short address, `/go/<slug>`, that leads to the creator's page."""

    creator = models.OneToOneField(
        Creator, on_delete=models.CASCADE, related_name="link"
    )
    slug = models.CharField(max_length=40, unique=True)

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("create:go", args=[self.slug])


class Code(models.Model):
    """A word a buyer may type at checkout; upper case, unique. It names the creator,
    and an `orders.Discount` may hang on it.
    """

    creator = models.OneToOneField(
        Creator, on_delete=models.CASCADE, related_name="code"
    )
    word = models.CharField(max_length=20, unique=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(word__regex=r"^[A-Z0-9]{3,20}$"), name="code_form"
            )
        ]

    def __str__(self) -> str:
        return self.word


class ClickCount(models.Model):
    """How often a source was followed on a day: a number, nobody's name."""

    creator = models.ForeignKey(
        Creator, on_delete=models.CASCADE, related_name="click_counts"
    )
    source_type = models.CharField(max_length=12)
    source_id = models.CharField(max_length=24)
    day = models.DateField()
    clicks = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source_type", "source_id", "day"], name="click_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_type} {self.source_id}: {self.clicks}"
