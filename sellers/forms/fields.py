"""Fields as people fill them in: amounts, counts, several pictures."""

import unicodedata
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from marketplace.kit import money
from marketplace.kit.templatetags import formats
from sellers.services import photos


class AmountField(forms.CharField):
    """An amount as people type it, in full-width digits too; gives minor units."""

    def __init__(self, *, currency: str, least: int, most: int, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=24, widget=widget, **kwargs)
        self.currency, self.least, self.most = currency, least, most

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        if not typed:
            return None
        try:
            plain = unicodedata.normalize("NFKC", typed)
            amount = money.parse(plain, self.currency)
            money.Money(amount, self.currency)
        except ValueError:
            raise forms.ValidationError(
                _("Enter an amount like %(example)s."),
                code="amount",
                params={"example": money.plain(12900, self.currency)},
            ) from None
        if not self.least <= amount <= self.most:
            raise forms.ValidationError(
                _("Enter an amount from %(least)s to %(most)s."),
                code="range",
                params={
                    "least": formats.write_money(self.least, self.currency),
                    "most": formats.write_money(self.most, self.currency),
                },
            )
        return amount

    def prepare_value(self, value: Any) -> Any:
        if type(value) is not int:
            return value
        # Whole amounts without their zeros, as people type them.
        whole, _point, part = money.plain(value, self.currency).partition(".")
        return f"{whole}.{part}" if part.strip("0") else whole


class CountField(forms.CharField):
    """A whole number as people type it, in full-width digits too."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(max_length=20, widget=widget, **kwargs)
        self.least, self.most = least, most

    def clean(self, value: Any) -> int | None:
        typed = "".join(unicodedata.normalize("NFKC", super().clean(value)).split())
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit()):
            raise forms.ValidationError(_("Enter a whole number."), code="whole")
        if not self.least <= int(typed) <= self.most:
            raise forms.ValidationError(
                _("Enter a number from %(least)s to %(most)s."),
                code="range",
                params={
                    "least": formats.write_count(self.least),
                    "most": formats.write_count(self.most),
                },
            )
        return int(typed)


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Several files at once. What they are is judged when they are rendered."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        given = data if isinstance(data, list | tuple) else [data]
        files = [file for file in given if file]
        if not files and self.required:
            raise forms.ValidationError(self.error_messages["required"], "required")
        if len(files) > photos.MOST_PHOTOS:
            raise forms.ValidationError(_("Choose at most 10 photos."), code="many")
        return files
