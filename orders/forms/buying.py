"""What a buyer types on the way to an order, or to find it again."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from orders.forms.addresses import AddressForm
from orders.forms.lines import Email, OneLine


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
