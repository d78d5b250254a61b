"""Questions about a product: asked by somebody signed in, answered by the shop in public.

Only who is signed in asks, so each question has an address that was proved to be its
asker's: a stranger can neither fill a shop's list under made-up names nor have our mails
sent to somebody else. Nothing asked is public before the shop has answered it.
"""

import statistics
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.kit import jobs, limits, texts
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from sellers.models import HiddenBy, Product, Question, QuestionStatus, Shop
from sellers.models.question import (
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    QuestionQuerySet,
)

ASKS_PER_DAY = 10
WAITING_PER_PRODUCT = 3
DAY_SECONDS = 86_400
# A shop's time to answer is told from so many questions on, of the newest so many.
LEAST_ANSWERS = 5
LOOKED_AT = 50
# A question that waits longer than this has no answer, for counting.
GIVEN_UP = timedelta(days=2)
HOUR_SECONDS = 3600


class NothingAsked(MarketplaceError):
    """No words were left."""

    def __init__(self) -> None:
        super().__init__(_("Write your question."))


class NothingAnswered(MarketplaceError):
    """An answer without words."""

    def __init__(self) -> None:
        super().__init__(_("Write an answer. Nothing was changed."))


class StillWaiting(MarketplaceError):
    """So many questions of one person about one product wait already."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _("Your last questions about this wait for an answer. Nothing was sent.")
        )


class HiddenQuestion(MarketplaceError):
    """Staff have hidden it."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(
            _("This question was hidden by the marketplace. Nothing was changed.")
        )


class ReasonMissing(MarketplaceError):
    """Nothing is hidden or shown again without a reason."""

    def __init__(self) -> None:
        super().__init__(_("Write down the reason."))


def ask(
    *, product: Product, asker: User, text: str, language: str, at: datetime
) -> Question:
    """Put a question to a product's shop, and tell the shop.

    :raises NothingAsked: without words.
    :raises StillWaiting: three of this person's wait for this product.
    :raises TooMany: past ASKS_PER_DAY.
    """
    words = texts.plain(text, most=LONGEST_QUESTION)
    if not words:
        raise NothingAsked
    mine = Question.objects.waiting().filter(product=product, asker=asker)
    same = mine.filter(text=words).first()
    if same is not None:  # the form was sent twice
        return same
    if mine.count() >= WAITING_PER_PRODUCT:
        raise StillWaiting
    limits.count(f"ask:{asker.pk}", limit=ASKS_PER_DAY, seconds=DAY_SECONDS)
    with transaction.atomic():
        question = Question.objects.create(
            product=product,
            shop=product.shop,
            asker=asker,
            text=words,
            language=language[:5],
            asked_at=at,
        )
        jobs.enqueue("sellers.tasks.send_question", question_id=question.pk)
    return question


def answer(*, question: Question, text: str, at: datetime) -> Question:
    """Set the shop's public answer; the first one is mailed to the asker.

    :raises NothingAnswered: without words.
    :raises HiddenQuestion: staff have hidden it.
    """
    words = texts.plain(text, most=LONGEST_ANSWER)
    if not words:
        raise NothingAnswered
    with transaction.atomic():
        row = Question.objects.select_for_update().get(pk=question.pk)
        if row.is_hidden and row.hidden_by == HiddenBy.STAFF:
            raise HiddenQuestion
        is_first = row.answered_at is None
        row.answer = words
        row.answered_at = row.answered_at or at
        _set(row, QuestionStatus.ANSWERED)
        if is_first and row.asker_id is not None:
            jobs.enqueue("sellers.tasks.send_answer", question_id=row.pk)
    return row


def hide(*, question: Question, reason: str = "") -> None:
    """Let a shop put a question away: spam, or nothing to do with the product."""
    with transaction.atomic():
        row = Question.objects.select_for_update().get(pk=question.pk)
        if not row.is_hidden:
            _set(row, QuestionStatus.HIDDEN, by=HiddenBy.SHOP, reason=reason)


def show_again(*, question: Question) -> None:
    """Let a shop take out again what it put away itself.

    :raises HiddenQuestion: staff have hidden it.
    """
    with transaction.atomic():
        row = Question.objects.select_for_update().get(pk=question.pk)
        if row.hidden_by == HiddenBy.STAFF:
            raise HiddenQuestion
        _set(row, _as_it_was(row))


def judge(
    *, question: Question, hidden: bool, reason: str, actor: str, at: datetime
) -> bool:
    """Hide a question as staff, or show it again. Returns whether this changed it.

    :raises ReasonMissing: without a reason.
    """
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise ReasonMissing
    with transaction.atomic():
        row = Question.objects.select_for_update().get(pk=question.pk)
        if hidden == (row.hidden_by == HiddenBy.STAFF):
            return False
        if hidden:
            _set(row, QuestionStatus.HIDDEN, by=HiddenBy.STAFF, reason=reason)
        else:
            _set(row, _as_it_was(row))
        AuditEvent.objects.create(
            actor=actor,
            action="question.hide" if hidden else "question.show",
            reference=row.public_id,
            reason=reason,
            at=at,
        )
    return True


def public_of(*, product: Product) -> QuestionQuerySet:
    """List what everybody reads about a product, the newest answer first; one query."""
    answered = Question.objects.public().filter(product=product)
    return answered.order_by("-answered_at", "-pk")


def counts_of(*, shop: Shop) -> dict[str, int]:
    """Count a shop's questions in each state; one query."""
    counted = dict.fromkeys(QuestionStatus.values, 0)
    rows = shop.questions.order_by().values_list("status").annotate(Count("pk"))
    return counted | dict(rows)


def reply_hours(*, shop: Shop, since: datetime, at: datetime) -> int | None:
    """Give the median hours from a question to its answer, at least 1; None when too
    few were asked, or when half of them got none. One query.
    """
    asked = (
        Question.objects.filter(shop=shop, asked_at__gte=since)
        .exclude(status=QuestionStatus.HIDDEN)
        .order_by("-asked_at", "-pk")
        .values_list("asked_at", "answered_at")
    )
    waits = [
        None if answered is None else (answered - begun).total_seconds()
        for begun, answered in asked[:LOOKED_AT]
        if answered is not None or begun < at - GIVEN_UP
    ]
    if len(waits) < LEAST_ANSWERS:
        return None
    endless = at.timestamp()
    median = statistics.median_high(
        endless if seconds is None else seconds for seconds in waits
    )
    if median >= endless:
        return None
    return max(1, round(median / HOUR_SECONDS))


def export_of(*, user: Any) -> list[dict[str, Any]]:
    """Give all a person asked, as plain values."""
    found = Question.objects.filter(asker=user).select_related("product")
    return [
        {
            "id": question.public_id,
            "product": question.product.title,
            "text": question.text,
            "status": question.status,
            "asked_at": question.asked_at.isoformat(),
            "answer": question.answer,
        }
        for question in found.order_by("pk")
    ]


def erase(*, user: Any) -> int:
    """Take a person's questions away; an answered one stays for others to read, and
    nothing says any more who asked. Returns how many rows were changed or deleted.
    """
    mine = Question.objects.filter(asker=user)
    with transaction.atomic():
        kept = mine.public().update(asker=None)
        deleted, _by_model = mine.delete()
    return kept + deleted


def _as_it_was(row: Question) -> QuestionStatus:
    return QuestionStatus.ANSWERED if row.answer else QuestionStatus.WAITING


def _set(
    row: Question,
    status: QuestionStatus,
    *,
    by: HiddenBy | str = "",
    reason: str = "",
) -> None:
    row.status, row.hidden_by = status, by
    row.hidden_reason = " ".join(reason.split())[:300]
    row.save(
        update_fields=[
            *("status", "hidden_by", "hidden_reason", "answer", "answered_at"),
        ]
    )
