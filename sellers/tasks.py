"""Jobs: what time does to prices and to the log of searches, and mails about questions.
Each may run twice.
"""

from datetime import datetime

from sellers import emails
from sellers.models import Question
from sellers.services import prices, suggestions


def end_reductions(*, at: datetime) -> None:
    """Take the struck figure from prices that were reduced 30 days ago."""
    prices.end_reductions(at=at)


def forget_misses(*, at: datetime) -> None:
    """Forget what was looked for in vain more than 90 days ago."""
    suggestions.forget_misses(at=at)


def send_question(*, question_id: int) -> None:
    """Tell a shop of a question that still waits."""
    found = Question.objects.waiting().select_related("shop", "product")
    question = found.filter(pk=question_id).first()
    if question is not None:
        emails.send_question(question=question)


def send_answer(*, question_id: int) -> None:
    """Tell who asked that there is an answer, unless it was hidden meanwhile."""
    found = Question.objects.public().select_related("shop", "product", "asker")
    question = found.filter(pk=question_id).first()
    if question is not None:
        emails.send_answer(question=question)
