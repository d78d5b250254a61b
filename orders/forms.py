"""What buyers and sellers type: shape and cleaning only, no rules of the sale."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from marketplace.kit.templatetags import formats
from orders.services import buy_links
from sellers.forms import fields
from sellers.models import Product
from sellers.services import catalog

LINK_ROWS = 5
FAMILY_FIRST = ("family_name", "given_name", "postal_code", "region", "city", "line1")
WITH_REGION = {"US", "JP"}
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


class AddressForm(forms.Form):
    """Where goods go, in one of `countries`: what is asked and how a postcode is
    written follow the country.
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
    region = AskedLine(
        label=gettext_lazy("State or prefecture"),
        or_else=gettext_lazy("Write your state or prefecture."),
        max_length=80,
    )

    def __init__(self, *args: Any, countries: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["country"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = country_choices(countries)
        if not WITH_REGION & set(countries):
            del self.fields["region"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        country, typed = cleaned.get("country"), cleaned.get("postal_code")
        if country in POSTAL_CODES and typed:
            form, written, example = POSTAL_CODES[country]
            bare = re.sub(r"[\s-]", "", typed).upper()
            if country in ("SE", "DE", "FR", "FI", "BE", "DK"):
                bare = bare.removeprefix(country)
            if form.match(bare):
                cleaned["postal_code"] = form.sub(written, bare)
            else:
                self.add_error(
                    "postal_code",
                    _("A postcode looks like %(example)s.") % {"example": example},
                )
        return cleaned


class SavedAddressForm(AddressForm):
    """An address a buyer keeps. Where names are written family name first and the
    postcode leads to the rest, it is asked in that order.
    """

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
        self.is_japanese = list(countries) == ["JP"]
        if self.is_japanese:
            family, _space, given = str(self.initial.get("name", "")).partition(" ")
            self.initial.update(family_name=family, given_name=given)
            del self.fields["name"]
            self.order_fields(FAMILY_FIRST)
        else:
            del self.fields["family_name"], self.fields["given_name"]

    def address(self) -> dict[str, str]:
        """Give the address as it is kept and written on a parcel."""
        typed = self.cleaned_data
        if self.is_japanese:
            typed["name"] = f"{typed['family_name']} {typed['given_name']}"
        names = ("name", "line1", "postal_code", "city", "region", "country")
        return {name: typed.get(name, "") for name in names}


class CheckoutForm(AddressForm):
    """Who buys and where it goes. `shown` is the digest of what the page said."""

    field_order = ("email", "name", "country")
    email = Email(
        label=gettext_lazy("E-mail"),
        max_length=254,
        error_messages={"required": gettext_lazy("Write your e-mail address.")},
        help_text=gettext_lazy("For your receipt and order link. Nothing else."),
    )
    shown = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    card = forms.CharField(max_length=24, required=False)
    saves_card = forms.BooleanField(
        label=gettext_lazy("Keep this card for next time"),
        required=False,
        help_text=gettext_lazy(
            "Stripe keeps it; we see its last four digits. Remove it in your account."
        ),
    )
    keeps_address = forms.BooleanField(
        label=gettext_lazy("Keep this address for next time"), required=False
    )

    def __init__(
        self,
        *args: Any,
        countries: Sequence[str],
        has_account: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, countries=countries, **kwargs)
        if not has_account:
            del self.fields["saves_card"], self.fields["keeps_address"]
        if len(countries) == 1:
            # Nothing is to choose, so nothing is asked.
            self.initial.setdefault("country", countries[0])
            self.fields["country"].widget = forms.HiddenInput()
        # With a script the price follows the country at once; without one it is
        # shown anew, and nothing is placed, when the form is sent.
        self.fields["country"].widget.attrs.update(
            {
                "hx-get": "",
                "hx-target": "#price",
                "hx-select": "#price",
                "hx-select-oob": "#ways",
                "hx-swap": "outerHTML",
            }
        )

    def is_complete(self) -> bool:
        """Say whether nothing need be typed: all of it is known from before."""
        asked = [name for name, field in self.fields.items() if field.required]
        return not self.is_bound and all(self.initial.get(name) for name in asked)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip()


class CodeForm(forms.Form):
    code = OneLine(label=gettext_lazy("Code"), max_length=40, required=False)


class FindForm(forms.Form):
    email = Email(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy("The address you gave when you ordered."),
    )


class ShipForm(forms.Form):
    """What a seller says of a parcel; `units-<line id>` fields come by the lines."""

    carrier = OneLine(
        label=gettext_lazy("Carrier"), max_length=40, required=False, initial="PostNord"
    )
    tracking_number = OneLine(
        label=gettext_lazy("Tracking number"), max_length=60, required=False
    )

    def __init__(self, *args: Any, units: dict[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = units
        for line_id, left in units.items():
            self.fields[f"units-{line_id}"] = forms.IntegerField(
                label=gettext_lazy("Units"),
                min_value=0,
                max_value=left,
                required=False,
                initial=left,
            )

    def quantities(self) -> dict[int, int] | None:
        """Give the units chosen by line id; None for all that is left."""
        typed = {key: self.cleaned_data.get(f"units-{key}") for key in self.units}
        if all(units is None for units in typed.values()):
            return None
        return {key: units or 0 for key, units in typed.items()}


class ReviewForm(forms.Form):
    """What a buyer says of a line: stars, words, a picture, and how he is named."""

    rating = forms.TypedChoiceField(
        label=gettext_lazy("Stars"),
        coerce=int,
        choices=[
            (5, gettext_lazy("5 stars: very good")),
            (4, gettext_lazy("4 stars: good")),
            (3, gettext_lazy("3 stars: all right")),
            (2, gettext_lazy("2 stars: poor")),
            (1, gettext_lazy("1 star: bad")),
        ],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=gettext_lazy("Your words"),
        help_text=gettext_lazy("What should others know before they buy it?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea,
    )
    photo = forms.FileField(
        label=gettext_lazy("Photo"),
        help_text=gettext_lazy("JPEG, PNG or WebP, up to 12 MB. Show no other people."),
        required=False,
    )
    drops_photo = forms.BooleanField(
        label=gettext_lazy("Remove the photo"), required=False
    )
    shows_name = forms.BooleanField(
        label=gettext_lazy("Show my first name"), required=False
    )

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\x00", "")


class ReplyForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your reply"),
        help_text=gettext_lazy("Public, under the review. Empty removes it."),
        max_length=1000,
        required=False,
        widget=forms.Textarea,
    )


class BuyLinkForm(forms.Form):
    """What a buy link sells: one thing, how many and its price, and, folded, more
    things, a last day and how often. Only a shop fixes a price (`currency`).
    """

    until = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    uses = fields.CountField(
        label=gettext_lazy("How many orders"),
        least=1,
        most=buy_links.MOST_USES,
        required=False,
        help_text=gettext_lazy("Empty: as many as come."),
    )

    def __init__(
        self, *args: Any, things: Sequence[Product], currency: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.things = things
        for row in range(1, LINK_ROWS + 1):
            self.fields[f"thing_{row}"] = forms.ChoiceField(
                label=gettext_lazy("What it sells"),
                choices=[("", "–"), *_thing_choices(things)],
                required=row == 1,
            )
            self.fields[f"quantity_{row}"] = fields.CountField(
                label=gettext_lazy("How many of it"),
                least=1,
                most=buy_links.MOST_UNITS,
                initial=1,
                required=False,
            )
        if currency:
            self.fields["price"] = fields.AmountField(
                label=gettext_lazy("Fixed price of it all"),
                currency=currency,
                least=1,
                most=catalog.HIGHEST_PRICE,
                required=False,
                help_text=gettext_lazy(
                    "What it takes off today's price is yours to bear. Delivery is "
                    "added."
                ),
            )

    def rows(self) -> list[dict[str, Any]]:
        """Give the bound fields of the further things, for the page."""
        return [
            {
                "number": row,
                "thing": self[f"thing_{row}"],
                "quantity": self[f"quantity_{row}"],
            }
            for row in range(2, LINK_ROWS + 1)
        ]

    def items(self) -> list[tuple[str, str, int]]:
        """Give product id, variant id or "", and number, of each row that is filled."""
        owners = {
            variant.public_id: product.public_id
            for product in self.things
            for variant in product.variants.all()
        }
        found = []
        for row in range(1, LINK_ROWS + 1):
            named = self.cleaned_data[f"thing_{row}"]
            quantity = self.cleaned_data[f"quantity_{row}"] or 1
            if named in owners:
                found.append((owners[named], named, quantity))
            elif named:
                found.append((named, "", quantity))
        return found


def _thing_choices(things: Sequence[Product]) -> list[tuple[str, str]]:
    """Name each product, the buyer choosing, and each of its variants."""
    found = []
    for product in things:
        active = [one for one in product.variants.all() if one.is_active]
        found.append((product.public_id, product.title))
        if len(active) > 1:
            found += [
                (one.public_id, f"{product.title}, {one.label}") for one in active
            ]
    return found
