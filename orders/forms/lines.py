"""Lines of text as people type them."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class OneLine(forms.CharField):
    """Text of one line, in one Unicode form; control characters are refused."""

    def to_python(self, value: Any) -> str:
        text = unicodedata.normalize("NFKC", super().to_python(value) or "")
        if any(unicodedata.category(letter) == "Cc" for letter in text):
            raise ValidationError(_("Write this on one line, without special signs."))
        return " ".join(text.split())


class AskedLine(OneLine):
    """A line that must be written; `or_else` is said of an empty one."""

    def __init__(self, *, or_else: Any, **kwargs: Any) -> None:
        super().__init__(error_messages={"required": or_else}, **kwargs)


class Email(forms.EmailField):
    """An address, typed in full-width letters too."""

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFKC", super().to_python(value) or "").strip()
