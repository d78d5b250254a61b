"""Jobs: what time does to prices and to the log of searches, and mails about questions
and about what is back in stock. Each may run twice.
"""

from datetime import datetime
from functools import partial

from marketplace.kit import mails
from sellers import emails
from sellers.models import Question, StockAlert
from sellers.services import prices, stock_alerts, suggestions


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
        send = partial(emails.send_question, question=question)
        mails.once(f"question:{question}", send)


def send_answer(*, question_id: int) -> None:
    """Tell who asked that there is an answer, unless it was hidden meanwhile."""
    found = Question.objects.public().select_related("shop", "product", "asker")
    question = found.filter(pk=question_id).first()
    if question is not None:
        send = partial(emails.send_answer, question=question)
        mails.once(f"answer:{question}", send)


def tell_of_stock(*, at: datetime) -> None:
    """Promise mails to those who wait for what is back in stock."""
    stock_alerts.promise(at=at)


def forget_alerts(*, at: datetime) -> None:
    """Delete the addresses of those who were told a month ago."""
    stock_alerts.forget(at=at)


def send_back_in_stock(*, alert_id: int) -> None:
    """Tell somebody that what he waited for is back, unless he wants it no more."""
    found = StockAlert.objects.select_related("variant__product__shop")
    alert = found.prefetch_related("variant__product__photos").filter(pk=alert_id)
    for one in alert:
        send = partial(emails.send_back_in_stock, alert=one)
        mails.once(f"back_in_stock:{alert_id}", send)
