"""Jobs of the plain pages: mails about reports."""

from django.utils import translation

from marketplace.pages import emails
from marketplace.pages.models import Report


def send_receipt(*, report_id: int) -> None:
    """Write to whoever reported something that it has arrived."""
    report = Report.objects.get(pk=report_id)
    with translation.override(report.language):
        emails.send_receipt(report=report)


def send_decision(*, report_id: int, owner_email: str) -> None:
    """Write what was decided, and why, to whoever reported it and, where something was
    done, to whose it is.
    """
    report = Report.objects.get(pk=report_id)
    with translation.override(report.language):
        if report.email:
            emails.send_decision(report=report)
    if owner_email and report.decision != "left":
        emails.send_statement(report=report, to=owner_email)
