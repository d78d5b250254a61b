"""Mails about a person's own data, whose language the caller sets, and about signing in,
of which allauth says when.
"""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.models import PrivacyRequest
from marketplace.kit import found, mails
from marketplace.kit.mails import Notice
from marketplace.kit.templatetags import formats


def send_code(*, to: str, code: str) -> None:
    """Send the code that shows whose mailbox this is."""
    mails.send_notice(to=to, notice=mailbox_code(code=code))


def mailbox_code(*, code: str) -> Notice:
    """Give the code that shows whose mailbox this is."""
    return _of_account(
        subject=_("Your code: %(code)s") % {"code": code},
        heading=_("Your code is %(code)s") % {"code": code},
        words=(
            _("Type it on the page that asked for it. It works for ten minutes."),
            _("If you did not ask for it, sign in and change your password."),
        ),
    )


def send_export_ready(*, request: PrivacyRequest) -> None:
    """Say that the copy can be fetched, and until when."""
    mails.send_notice(to=request.email, notice=export_ready(request=request))


def export_ready(*, request: PrivacyRequest) -> Notice:
    """Say that a copy of somebody's data can be fetched."""
    assert request.due_at is not None
    return _of_account(
        subject=_("The copy of your data is ready"),
        heading=_("The copy of your data is ready"),
        words=(
            _("Sign in and fetch it until %(day)s. Then it is deleted.")
            % {"day": formats.write_day(request.due_at)},
        ),
    )


def send_erase_asked(*, request: PrivacyRequest) -> None:
    """Say on which day the account will be deleted, and how to keep it."""
    mails.send_notice(to=request.email, notice=erase_asked(request=request))


def erase_asked(*, request: PrivacyRequest) -> Notice:
    """Say when an account will be deleted."""
    assert request.due_at is not None
    day = {"day": formats.write_day(request.due_at)}
    return _of_account(
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
    mails.send_notice(to=request.email, notice=erased())


def erased() -> Notice:
    """Say that an account is deleted, and what is kept without a name."""
    return _of_account(
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
        button_url=f"{settings.SITE_URL}/",
        button_text=_("Open %(site)s") % {"site": settings.SITE_NAME},
    )


def _of_account(
    *,
    subject: str,
    heading: str,
    words: tuple[str, ...],
    button_url: str = "",
    button_text: str = "",
) -> Notice:
    return Notice(
        subject=subject,
        heading=heading,
        words=words,
        button_url=button_url or found.absolute(reverse("account:privacy")),
        button_text=button_text or _("Open privacy"),
        reason=_("You get this mail because of your account on %(site)s.")
        % {"site": settings.SITE_NAME},
    )


def notice_of(template_prefix: str, context: dict[str, Any]) -> Notice | None:
    """Give what a mail of allauth says here, from its context; None for one that is
    not ours to word.
    """
    words = {
        "account/email/login_code": sign_in_code,
        "account/email/email_confirmation": confirm_address,
        "account/email/email_confirmation_signup": confirm_address,
        "account/email/password_reset_key": new_password,
        "account/email/account_already_exists": has_account,
        "account/email/unknown_account": no_account,
    }.get(template_prefix)
    return words(context) if words else None


def sign_in_code(context: dict[str, Any]) -> Notice:
    """Give the code to sign in with."""
    written = {"code": context["code"]}
    return Notice(
        subject=_("%(code)s is your sign-in code") % written,
        heading=_("Your sign-in code"),
        preheader=_("%(code)s, works for a few minutes") % written,
        words=(
            _(
                "Enter it on the page you left open. It works once and for a few minutes."
            ),
        ),
        code=str(context["code"]),
        button_url=_page("account_confirm_login_code"),
        button_text=_("Enter the code"),
        reason=_("If you did not ask for it, nothing happens: leave this mail."),
    )


def confirm_address(context: dict[str, Any]) -> Notice:
    """Give the code, or the address, that confirms an e-mail."""
    code = str(context.get("code") or "")
    reason = _(
        "If you did not open an account with us, nothing happens: leave this mail."
    )
    if not code:
        return Notice(
            subject=_("Confirm your e-mail"),
            heading=_("Confirm your e-mail"),
            words=(_("One step is left"),),
            button_url=context["activate_url"],
            button_text=_("Confirm"),
            reason=reason,
        )
    return Notice(
        subject=_("%(code)s confirms your e-mail") % {"code": code},
        heading=_("Confirm your e-mail"),
        preheader=_("%(code)s, works for a few minutes") % {"code": code},
        words=(_("Enter it on the page you left open."),),
        code=code,
        button_url=_page("account_email_verification_sent"),
        button_text=_("Enter the code"),
        reason=reason,
    )


def new_password(context: dict[str, Any]) -> Notice:
    """Give the address that sets a new password."""
    return Notice(
        subject=_("Set a new password"),
        heading=_("Set a new password"),
        words=(_("Until you use this link, the old password stays."),),
        button_url=context["password_reset_url"],
        button_text=_("Set a new password"),
        reason=_("If you did not ask for this, leave this mail."),
    )


def has_account(context: dict[str, Any]) -> Notice:
    """Say that there is an account already: to its owner alone, the page tells nobody."""
    return Notice(
        subject=_("You already have an account"),
        heading=_("You already have an account"),
        words=(
            _(
                "Someone, perhaps you, tried to open an account with %(email)s. You"
                " already have one."
            )
            % {"email": context["email"]},
            _("Sign in with a code instead: you need no password for it."),
        ),
        button_url=_page("account_request_login_code"),
        button_text=_("Sign in"),
        reason=_("If it was not you, nothing was changed: leave this mail."),
    )


def no_account(context: dict[str, Any]) -> Notice:
    """Say that there is no account: to the address alone, the page tells nobody."""
    return Notice(
        subject=_("There is no account with this e-mail"),
        heading=_("There is no account with this e-mail"),
        words=(
            _(
                "Someone, perhaps you, tried to sign in with %(email)s. We have no"
                " account with this e-mail."
            )
            % {"email": context["email"]},
        ),
        button_url=context["signup_url"],
        button_text=_("Open an account"),
        reason=_("If it was not you, leave this mail."),
    )


def _page(name: str) -> str:
    return found.absolute(reverse(name))
