"""What visitors ask a shop, and its answer."""

from django import forms
from django.utils.translation import gettext_lazy as _


class StockAlertForm(forms.Form):
    """Where to write when something is back in stock, and which of its variants."""

    variant = forms.CharField(max_length=24)
    email = forms.EmailField(
        label=_("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    back = forms.CharField(max_length=500, required=False)


class AskForm(forms.Form):
    """What somebody asks about a product."""

    text = forms.CharField(
        label=_("Your question"),
        help_text=_(
            "The shop answers in public, without your name. Write nothing "
            "about yourself or an order."
        ),
        max_length=500,
        widget=forms.Textarea,
    )


class AnswerForm(forms.Form):
    """What a shop answers."""

    text = forms.CharField(
        label=_("Your answer"),
        help_text=_("Public, on the product's page. Whoever asked gets a mail."),
        max_length=2000,
        widget=forms.Textarea,
    )
