"""A notice of illegal content, or of a breach of our terms, and what was decided on it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.kit import ids, states


class Reason(models.TextChoices):
    """Why something is reported."""

    UNSAFE = "unsafe", _("Unsafe, or a recalled product")
    FORBIDDEN = "forbidden", _("May not be sold, or not like this")
    COUNTERFEIT = "counterfeit", _("Counterfeit, or uses my work or brand")
    MISLEADING = "misleading", _("Misleading, or a fraud")
    HIDDEN_AD = "hidden_ad", _("Advertising that is not marked")
    PRIVACY = "privacy", _("Shows me or my data without my consent")
    HATE = "hate", _("Hate, threats or violence")
    CHILD = "child", _("Sexual abuse of a child")
    OTHER = "other", _("Something else that breaks the law or the terms")


# Whoever reports these need not say who he is (DSA, article 16, 2 c).
ANONYMOUS = (Reason.CHILD,)


class ReportStatus(models.TextChoices):
    RECEIVED = "received"
    DECIDED = "decided"


class Decision(models.TextChoices):
    """What came of it; the words stand in the statement of reasons."""

    REMOVED = "removed", _("Taken down")
    LIMITED = "limited", _("Limited")
    LEFT = "left", _("Left as it is")


class Report(states.Stateful):
    """What somebody told us is wrong with a product, post, shop, creator or collection.

    `target_id` is its public id, opaque; `target_title` what it was called then. `key`
    is the form's own, so that a form sent twice makes one report.
    """

    MOVES: ClassVar = {ReportStatus.RECEIVED: frozenset({ReportStatus.DECIDED})}

    public_id = ids.field("rep")
    key = models.CharField(max_length=40, unique=True)
    target_type = models.CharField(max_length=12)
    target_id = models.CharField(max_length=40)
    target_title = models.CharField(max_length=200)
    target_path = models.CharField(max_length=300)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    explanation = models.TextField(max_length=3000)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=8)
    status = models.CharField(
        max_length=10, choices=ReportStatus.choices, default=ReportStatus.RECEIVED
    )
    received_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    statement = models.TextField(max_length=3000, blank=True)
    ground = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            states.one_of("status", ReportStatus, name="report_status"),
            states.one_of("reason", Reason, name="report_reason"),
            models.CheckConstraint(
                condition=Q(reason="child") | (~Q(name="") & ~Q(email="")),
                name="report_says_who",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="received", decided_at=None, decision="", statement=""
                )
                | (
                    Q(status="decided", decided_at__isnull=False)
                    & ~Q(decision="")
                    & ~Q(statement="")
                ),
                name="report_decided_with_reasons",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "received_at"], name="report_queue")
        ]

    def __str__(self) -> str:
        return self.public_id
