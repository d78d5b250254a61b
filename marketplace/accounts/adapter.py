from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """How allauth behaves here: e-mail is the name, mails carry the platform's name."""

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There is no user name."""

    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        super().send_mail(
            template_prefix, email, {"SITE_NAME": settings.SITE_NAME, **context}
        )
