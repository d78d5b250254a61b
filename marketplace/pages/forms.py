"""The shapes of a report, and of what a person chooses in the account."""

import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Reason
from orders.forms.addresses import country_choices
from orders.forms.lines import Email, OneLine
from orders.views import browser
from sellers.services import shops


class ReportForm(forms.Form):
    """Who reports what, why, and that it is meant honestly."""

    reason = forms.ChoiceField(
        label=_("What is wrong"),
        choices=Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong.")},
    )
    explanation = forms.CharField(
        label=_("Why you think so"),
        help_text=_(
            "What exactly, where on the page, and which law or rule if you know."
        ),
        widget=forms.Textarea,
        min_length=10,
        max_length=3000,
        error_messages={"required": _("Write why you think so.")},
    )
    name = forms.CharField(label=_("Your name"), max_length=120, required=False)
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_(
            "For the receipt and our decision. Name and e-mail may be left out only when"
            " you report sexual abuse of a child."
        ),
        required=False,
    )
    is_honest = forms.BooleanField(
        label=_("I believe in good faith that what I write is right and complete."),
        error_messages={"required": _("Please confirm this; nothing was sent yet.")},
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = secrets.token_urlsafe(16)

    def clean_key(self) -> str:
        return "".join(c for c in self.cleaned_data["key"] if c.isalnum() or c in "-_")


class PlaceForm(forms.Form):
    """The language, where goods go, and in which currency prices are compared."""

    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )
    country = forms.ChoiceField(
        label=_("Send goods to"),
        help_text=_("Prices with delivery and tax follow it."),
    )
    currency = forms.ChoiceField(
        label=_("Compare prices in"),
        help_text=_(
            "The search filters and sorts prices in it first. You pay in the currency of"
            " the shop."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        served = shops.region()["currencies"]
        choices = {
            "country": country_choices(browser.countries()),
            "currency": [(code, code) for code in served],
        }
        for name, given in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = given
        if len(served) == 1:
            del self.fields["currency"]


class ConfirmForm(forms.Form):
    """The code from the mail and, before the account ends, its address typed out."""

    code = OneLine(
        label=_("Code"),
        max_length=20,
        help_text=_("Six digits, from the mail we sent you just now."),
    )
    email = Email(label=_("Type your e-mail address to confirm"), max_length=254)

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = email
        if not email:
            del self.fields["email"]

    def clean_email(self) -> str:
        typed = str(self.cleaned_data["email"])
        if typed.casefold() != self.address.casefold():
            raise ValidationError(
                _("This is not the address of this account. Nothing was deleted.")
            )
        return typed
