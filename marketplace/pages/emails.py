"""Mails about reports: the receipt, the decision, and the statement of reasons."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.kit import mails
from marketplace.kit.mails import Notice
from marketplace.kit.templatetags import formats
from marketplace.pages.models import Report


def send_receipt(*, report: Report) -> None:
    """Confirm that a report has arrived, with its number."""
    mails.send_notice(to=report.email, notice=receipt(report=report))


def receipt(*, report: Report) -> Notice:
    """Say that a report has arrived."""
    number = report.public_id
    return _notice(
        subject=_("Your report %(number)s has arrived") % {"number": number},
        heading=_("Your report has arrived"),
        words=(
            _("Number %(number)s, %(when)s.")
            % {"number": number, "when": formats.write_moment(report.received_at)},
            _("About: %(what)s. Reason: %(reason)s.")
            % {"what": report.target_title, "reason": report.get_reason_display()},
            _("A person reads it and writes to you what was decided, and why."),
        ),
        reason=_("You get this because this address was given with a report."),
    )


def send_decision(*, report: Report) -> None:
    """Tell whoever reported something what was decided."""
    mails.send_notice(to=report.email, notice=decision(report=report))


def decision(*, report: Report) -> Notice:
    """Say what was decided of a report."""
    return _notice(
        subject=_("Decided: your report %(number)s") % {"number": report.public_id},
        heading=_("Your report was decided"),
        words=(
            _("About: %(what)s. Decision: %(decision)s.")
            % {
                "what": report.target_title,
                "decision": report.get_decision_display(),
            },
            *_reasons(report),
        ),
        reason=_("You get this because this address was given with a report."),
    )


def send_statement(*, report: Report, to: str) -> None:
    """Give the statement of reasons to whose thing it is; who reported it is not told."""
    mails.send_notice(to=to, notice=statement(report=report))


def statement(*, report: Report) -> Notice:
    """Say what was decided of a thing, to whose it is."""
    return _notice(
        subject=_("A decision about “%(what)s”")
        % {"what": mails.in_subject(report.target_title)},
        heading=_("We acted on a report"),
        words=(
            _("About: %(what)s. Decision: %(decision)s.")
            % {
                "what": report.target_title,
                "decision": report.get_decision_display(),
            },
            _("It was reported to us as: %(reason)s. A person decided.")
            % {"reason": report.get_reason_display()},
            *_reasons(report),
        ),
        reason=_("You get this because the page is yours."),
    )


def _reasons(report: Report) -> tuple[str, ...]:
    return (
        report.statement,
        _("Ground: %(ground)s.") % {"ground": report.ground},
        _(
            "If you disagree, answer this mail within six months: somebody else looks"
            " again. You may also go to an out-of-court dispute body or a court."
        ),
    )


def _notice(
    *, subject: str, heading: str, words: tuple[str, ...], reason: str
) -> Notice:
    return Notice(
        subject=subject,
        heading=heading,
        words=words,
        reason=reason,
        button_url=f"{settings.SITE_URL}{reverse('pages:legal', args=['dsa'])}",
        button_text=_("How we decide"),
    )
