"""What people ask a shop about a product, and its public answer."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.kit import ids, states
from sellers.models.product import Product
from sellers.models.shop import Shop

LONGEST_QUESTION = 500
LONGEST_ANSWER = 2000


class QuestionStatus(models.TextChoices):
    WAITING = "waiting"
    ANSWERED = "answered"
    HIDDEN = "hidden"


class HiddenBy(models.TextChoices):
    SHOP = "shop"
    STAFF = "staff"


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: Any) -> Self:
        """Keep the questions put to the shops this person runs."""
        return self.filter(shop__memberships__user=user)

    def public(self) -> Self:
        """Keep what everybody reads: answered, so that a shop has seen it first."""
        return self.filter(status=QuestionStatus.ANSWERED)

    def waiting(self) -> Self:
        return self.filter(status=QuestionStatus.WAITING)


class Question(models.Model):
    """A question of a signed-in person. Nobody reads who asked, and nobody but the shop
    and staff reads it before it is answered.
    """

    public_id = ids.field("qst")
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="questions"
    )
    # Follows from the product and never changes; it is here for the shop's list.
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="questions")
    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="questions",
    )
    text = models.TextField(max_length=LONGEST_QUESTION)
    language = models.CharField(max_length=5)
    asked_at = models.DateTimeField()
    answer = models.TextField(max_length=LONGEST_ANSWER, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(
        max_length=10, choices=QuestionStatus.choices, default=QuestionStatus.WAITING
    )
    hidden_by = models.CharField(max_length=5, choices=HiddenBy.choices, blank=True)
    hidden_reason = models.CharField(max_length=300, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", QuestionStatus, name="question_status"),
            models.CheckConstraint(condition=~Q(text=""), name="question_text"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="question_answer_when",
            ),
            models.CheckConstraint(
                condition=~Q(status="answered") | ~Q(answer=""),
                name="question_answered_has_answer",
            ),
            models.CheckConstraint(
                condition=~Q(status="waiting") | Q(answer=""),
                name="question_waiting_has_none",
            ),
            models.CheckConstraint(
                condition=Q(status="hidden", hidden_by__in=HiddenBy.values)
                | (~Q(status="hidden") & Q(hidden_by="", hidden_reason="")),
                name="question_hidden_by_whom",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["product", "-answered_at", "-id"],
                condition=Q(status="answered"),
                name="question_of_product",
            ),
            models.Index(fields=["shop", "status", "-id"], name="question_of_shop"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_hidden(self) -> bool:
        return self.status == QuestionStatus.HIDDEN
