from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from marketplace.accounts import emails, preferences
from marketplace.accounts.models import User
from marketplace.kit import clock, jobs, mails

CHANGES = {
    "account/email/password_changed": "password",
    "account/email/password_set": "password",
    "account/email/password_reset": "password",
    "account/email/email_changed": "email",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """How allauth behaves here: e-mail is the name, mails carry the platform's name."""

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There is no user name."""

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        """Sign in, and bring the person's language and country to this browser."""
        response = super().post_login(request, user, **kwargs)
        preferences.carry_over(request, user, response)
        return response

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell a person that the way they sign in was changed, and promise what else
        follows from it. allauth calls this after each such change, mail or none.
        """
        what = CHANGES.get(template_prefix)
        if template_prefix.startswith("mfa/"):
            what = "mfa"
        if what is not None:
            jobs.enqueue(
                settings.CREDENTIAL_CHANGED_JOB,
                user_id=user.pk,
                what=what,
                at=clock.now().isoformat(),
            )
        super().send_notification_mail(template_prefix, user, context, email)

    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        """Send a mail in the person's own language, else in the one of the page."""
        person = User.objects.filter(email__iexact=email).only("language").first()
        chosen = person.language if person else ""
        with translation.override(chosen or translation.get_language()):
            super().send_mail(
                template_prefix, email, {"SITE_NAME": settings.SITE_NAME, **context}
            )

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Set the mails we word ourselves in the design of all our mails."""
        notice = emails.notice_of(template_prefix, context)
        if notice is None or not isinstance(email, str):
            return super().render_mail(template_prefix, email, context, headers)
        return mails.compose(to=email, notice=notice)
