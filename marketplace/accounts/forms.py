"""The forms of a sign-in, where they differ from allauth's."""

import unicodedata

from allauth.account import forms


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
