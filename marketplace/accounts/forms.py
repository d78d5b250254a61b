"""The forms of a sign-in, where they differ from allauth's."""

import unicodedata
from typing import Any

from allauth.account import forms
from django.utils.translation import gettext_lazy as _


class _HalfWidth:
    """Take a code typed in full-width digits, as Japanese keyboards write them."""

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"]  # type: ignore[attr-defined]
        self.cleaned_data["code"] = unicodedata.normalize("NFKC", typed)  # type: ignore[attr-defined]
        return str(super().clean_code())  # type: ignore[misc]


class LoginCodeForm(_HalfWidth, forms.ConfirmLoginCodeForm):  # type: ignore[misc]
    pass


class EmailCodeForm(_HalfWidth, forms.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    pass


class _OurWord:
    """Call the address what all other pages call it."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for name in ("email", "login"):
            if name in self.fields:  # type: ignore[attr-defined]
                self.fields[name].label = _("E-mail")  # type: ignore[attr-defined]


class AddEmailForm(_OurWord, forms.AddEmailForm):  # type: ignore[misc]
    pass


class LoginForm(_OurWord, forms.LoginForm):  # type: ignore[misc]
    pass


class RequestCodeForm(_OurWord, forms.RequestLoginCodeForm):  # type: ignore[misc]
    pass


class ResetForm(_OurWord, forms.ResetPasswordForm):  # type: ignore[misc]
    pass


class SignupForm(_OurWord, forms.SignupForm):  # type: ignore[misc]
    pass
