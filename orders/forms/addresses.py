"""Where goods go."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from marketplace.kit import postcodes
from marketplace.kit.templatetags import formats
from orders.forms.lines import AskedLine

LARGE_TO_SMALL = ("postal_code", "region", "city", "line1")
# What stands between city and country: its name, and what is said of an empty one.
REGIONS = {
    "JP": (gettext_lazy("Prefecture"), gettext_lazy("Write your prefecture.")),
    "US": (
        pgettext_lazy("part of a country", "State"),
        gettext_lazy("Write your state."),
    ),
}
POSTAL_CODES = {
    "SE": (re.compile(r"^(\d{3})(\d{2})$"), r"\1 \2", "123 45"),
    "NL": (re.compile(r"^([1-9]\d{3})([A-Z]{2})$"), r"\1 \2", "1234 AB"),
    "JP": (re.compile(r"^(\d{3})(\d{4})$"), r"\1-\2", "123-4567"),
    "DE": (re.compile(r"^(\d{5})$"), r"\1", "12345"),
    "FR": (re.compile(r"^(\d{5})$"), r"\1", "12345"),
    "FI": (re.compile(r"^(\d{5})$"), r"\1", "12345"),
    "BE": (re.compile(r"^(\d{4})$"), r"\1", "1234"),
    "DK": (re.compile(r"^(\d{4})$"), r"\1", "1234"),
    "US": (re.compile(r"^(\d{5})(\d{4})?$"), r"\1", "12345"),
}


def country_choices(codes: Sequence[str]) -> list[tuple[str, str]]:
    """Name countries in the reader's language."""
    names = formats.babel_locale(get_language()).territories
    return [(code, names.get(code, code)) for code in codes]


class AddressForm(forms.Form):
    """Where goods go, in one of `countries`: what is asked, in which order, and how a
    postcode is written follow the country. Where a postcode leads to the rest, a script
    fills that in.
    """

    name = AskedLine(
        label=gettext_lazy("Full name"),
        or_else=gettext_lazy("Write your full name."),
        max_length=120,
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        error_messages={"required": gettext_lazy("Choose a country.")},
    )
    line1 = AskedLine(
        label=gettext_lazy("Street and number"),
        or_else=gettext_lazy("Write your street and number."),
        max_length=160,
    )
    postal_code = AskedLine(
        label=gettext_lazy("Postcode"),
        or_else=gettext_lazy("Write your postcode."),
        max_length=20,
    )
    city = AskedLine(
        label=gettext_lazy("City"),
        or_else=gettext_lazy("Write your city."),
        max_length=80,
    )
    region = AskedLine(label=REGIONS["US"][0], or_else=REGIONS["US"][1], max_length=80)

    def __init__(self, *args: Any, countries: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["country"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = country_choices(countries)
        only = countries[0] if len(countries) == 1 else ""
        self.is_japanese = only == "JP"
        if only in REGIONS:
            region = self.fields["region"]
            region.label, region.error_messages["required"] = REGIONS[only]
        else:
            del self.fields["region"]
        if self.is_japanese:
            self.order_fields((*(self.field_order or ()), *LARGE_TO_SMALL))
        if only in postcodes.DIGITS:
            self.fields["postal_code"].widget.attrs.update(
                {
                    "data-postcodes": reverse("orders:postcodes", args=[only]),
                    "data-digits": postcodes.DIGITS[only],
                    "inputmode": "numeric",
                }
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._clean_postcode(cleaned)
        self._clean_line(cleaned)
        return cleaned

    def _clean_postcode(self, cleaned: dict[str, Any]) -> None:
        country, typed = cleaned.get("country"), cleaned.get("postal_code")
        if country in POSTAL_CODES and typed:
            form, written, example = POSTAL_CODES[country]
            bare = postcodes.bare(typed).upper()
            if country in ("SE", "DE", "FR", "FI", "BE", "DK"):
                bare = bare.removeprefix(country)
            if form.match(bare):
                cleaned["postal_code"] = form.sub(written, bare)
            else:
                self.add_error(
                    "postal_code",
                    _("A postcode looks like %(example)s.") % {"example": example},
                )

    def _clean_line(self, cleaned: dict[str, Any]) -> None:
        """A line of which only the neighbourhood is written leads to no door."""
        country, postal_code = cleaned.get("country"), cleaned.get("postal_code")
        place = postcodes.place_of(
            country=str(country or ""), postal_code=str(postal_code or "")
        )
        if place and place.line1 and cleaned.get("line1") == place.line1:
            self.add_error(
                "line1", _("Write the block and the number of the house too.")
            )


class SavedAddressForm(AddressForm):
    """An address a buyer keeps; in Japan the name is asked in its two parts."""

    field_order = ("family_name", "given_name")
    family_name = AskedLine(
        label=gettext_lazy("Family name"),
        or_else=gettext_lazy("Write your family name."),
        max_length=60,
    )
    given_name = AskedLine(
        label=gettext_lazy("Given name"),
        or_else=gettext_lazy("Write your given name."),
        max_length=59,
    )
    is_default = forms.BooleanField(
        label=gettext_lazy("Fill this in at the checkout"), required=False
    )

    def __init__(self, *args: Any, countries: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, countries=countries, **kwargs)
        if self.is_japanese:
            family, _space, given = str(self.initial.get("name", "")).partition(" ")
            self.initial.update(family_name=family, given_name=given)
            del self.fields["name"]
        else:
            del self.fields["family_name"], self.fields["given_name"]

    def address(self) -> dict[str, str]:
        """Give the address as it is kept and written on a parcel."""
        typed = self.cleaned_data
        if self.is_japanese:
            typed["name"] = f"{typed['family_name']} {typed['given_name']}"
        names = ("name", "line1", "postal_code", "city", "region", "country")
        return {name: typed.get(name, "") for name in names}
