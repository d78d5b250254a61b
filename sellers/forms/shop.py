"""Who sells, and how it is delivered."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.kit.templatetags import formats
from sellers.forms import fields
from sellers.models import Shop, ShopKind
from sellers.services import delivery, shops

KINDS = [
    (ShopKind.PRIVATE, _("A private person")),
    (ShopKind.BUSINESS, _("A business")),
]


def country_choices() -> list[tuple[str, str]]:
    """Name the served countries in the reader's language, in its order."""
    names = formats.babel_locale().territories
    served = [
        (code, str(names.get(code, code))) for code in shops.region()["countries"]
    ]
    return sorted(served, key=lambda pair: pair[1])


def currency_choices() -> list[tuple[str, str]]:
    return [(code, code) for code in shops.region()["currencies"]]


class StartForm(forms.Form):
    """Three fields and two choices; a business adds who it is."""

    name = forms.CharField(label=_("Shop name"), max_length=80)
    handle = forms.CharField(
        label=_("Address of the shop"),
        max_length=31,
        required=False,
        help_text=_("Small letters and digits, after the @. Empty: from the name."),
    )
    country = forms.ChoiceField(
        label=_("Country you sell from"), choices=country_choices
    )
    currency = forms.ChoiceField(
        label=_("Currency of your prices"), choices=currency_choices
    )
    kind = forms.ChoiceField(
        label=_("Who sells"), choices=KINDS, widget=forms.RadioSelect
    )
    legal_name = forms.CharField(
        label=_("Legal name of the business"), max_length=160, required=False
    )
    legal_address = forms.CharField(
        label=_("Address of the business"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        _need_legal_details(self)
        if not cleaned.get("handle") and cleaned.get("name"):
            cleaned["handle"] = shops.handle_of(cleaned["name"])
        return cleaned


class ProfileForm(forms.Form):
    """What buyers read about the shop."""

    name = forms.CharField(label=_("Shop name"), max_length=80)
    about = forms.CharField(
        label=_("About the shop"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    contact_email = forms.EmailField(
        label=_("E-mail for buyers"), help_text=_("Shown on your products.")
    )
    kind = forms.ChoiceField(
        label=_("Who sells"), choices=KINDS, widget=forms.RadioSelect
    )
    legal_name = forms.CharField(label=_("Legal name"), max_length=160, required=False)
    legal_address = forms.CharField(
        label=_("Legal address"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    registration_number = forms.CharField(
        label=_("Registration number"), max_length=40, required=False
    )
    return_days = fields.CountField(
        label=_("Days to return"),
        least=shops.SHORTEST_RETURN_DAYS,
        most=shops.LONGEST_RETURN_DAYS,
        help_text=_("The law gives buyers at least 14."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        _need_legal_details(self)
        return cleaned


def _need_legal_details(form: forms.Form) -> None:
    """A business says who it is: a word by each field that is empty."""
    if form.cleaned_data.get("kind") != ShopKind.BUSINESS:
        return
    for field in ("legal_name", "legal_address"):
        if not form.cleaned_data.get(field) and field not in form.errors:
            form.add_error(
                field, _("A business shows this to buyers; please enter it.")
            )


class DeliveryForm(forms.Form):
    """One delivery price, for everything of the shop in an order."""

    name = forms.CharField(label=_("Name"), max_length=60, initial=_("Parcel"))
    countries = forms.MultipleChoiceField(
        label=_("Delivers to"),
        choices=country_choices,
        widget=forms.CheckboxSelectMultiple,
    )
    days_min = fields.CountField(
        label=_("Days, from"), least=0, most=delivery.LONGEST_DAYS, initial=2
    )
    days_max = fields.CountField(
        label=_("Days, to"), least=0, most=delivery.LONGEST_DAYS, initial=4
    )

    def __init__(self, *args: Any, shop: Shop, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"] = fields.AmountField(
            label=_("Price with tax"),
            currency=shop.currency,
            least=0,
            most=delivery.HIGHEST_PRICE,
            help_text=_("Once per order, however many things. 0 is free delivery."),
        )
        self.order_fields(["name", "countries", "price", "days_min", "days_max"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        shortest, longest = cleaned.get("days_min"), cleaned.get("days_max")
        if shortest is not None and longest is not None and shortest > longest:
            self.add_error("days_max", _("Enter the longer time here."))
        return cleaned
