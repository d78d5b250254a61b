"""Jobs of the plain pages: mails about reports."""

from functools import partial

from django.utils import translation

from marketplace.kit import mails
from marketplace.pages import emails
from marketplace.pages.models import Report


def send_receipt(*, report_id: int) -> None:
    """Write to whoever reported something that it has arrived."""
    report = Report.objects.get(pk=report_id)
    with translation.override(report.language):
        mails.once(
            f"report_receipt:{report}", partial(emails.send_receipt, report=report)
        )


def send_decision(*, report_id: int, owner_email: str) -> None:
    """Write what was decided, and why, to whoever reported it and, where something was
    done, to whose it is.
    """
    report = Report.objects.get(pk=report_id)
    with translation.override(report.language):
        if report.email:
            send = partial(emails.send_decision, report=report)
            mails.once(f"report_decision:{report}", send)
    if owner_email and report.decision != "left":
        tell = partial(emails.send_statement, report=report, to=owner_email)
        mails.once(f"report_statement:{report}", tell)
