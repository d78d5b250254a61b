"""Mails about a person's own data. The caller sets the language."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.models import PrivacyRequest
from marketplace.kit import mails
from marketplace.kit.templatetags import formats


def send_code(*, to: str, code: str) -> None:
    """Send the code that shows whose mailbox this is."""
    _send(
        to,
        subject=_("Your code: %(code)s") % {"code": code},
        heading=_("Your code is %(code)s") % {"code": code},
        words=(
            _("Type it on the page that asked for it. It works for ten minutes."),
            _("If you did not ask for it, sign in and change your password."),
        ),
    )


def send_export_ready(*, request: PrivacyRequest) -> None:
    """Say that the copy can be fetched, and until when."""
    assert request.due_at is not None
    _send(
        request.email,
        subject=_("The copy of your data is ready"),
        heading=_("The copy of your data is ready"),
        words=(
            _("Sign in and fetch it until %(day)s. Then it is deleted.")
            % {"day": formats.write_day(request.due_at)},
        ),
    )


def send_erase_asked(*, request: PrivacyRequest) -> None:
    """Say on which day the account will be deleted, and how to keep it."""
    assert request.due_at is not None
    day = {"day": formats.write_day(request.due_at)}
    _send(
        request.email,
        subject=_("Your account will be deleted on %(day)s") % day,
        heading=_("Your account will be deleted on %(day)s") % day,
        words=(
            _("Until then everything stays as it is, and you can take it back."),
            _("If it was not you, sign in, take it back, and change your password."),
        ),
        button_text=_("Keep my account"),
    )


def send_erased(*, request: PrivacyRequest) -> None:
    """Say that the account is deleted: the last mail to this address."""
    _send(
        request.email,
        subject=_("Your account is deleted"),
        heading=_("Your account is deleted"),
        words=(
            _(
                "Your name, addresses, cards, reviews and everything else about you is"
                " gone. Of what you bought we keep what bookkeeping laws ask for,"
                " without your name."
            ),
            _("Thank you for having been here."),
        ),
        button_url=str(settings.SITE_URL),
        button_text=_("Open %(site)s") % {"site": settings.SITE_NAME},
    )


def _send(
    to: str,
    *,
    subject: str,
    heading: str,
    words: tuple[str, ...],
    button_url: str = "",
    button_text: str = "",
) -> None:
    mails.send_notice(
        to=to,
        notice=mails.Notice(
            subject=subject,
            heading=heading,
            words=words,
            button_url=button_url
            or str(settings.SITE_URL) + reverse("account:privacy"),
            button_text=button_text or _("Open privacy"),
            reason=_("You get this mail because of your account on %(site)s.")
            % {"site": settings.SITE_NAME},
        ),
    )
