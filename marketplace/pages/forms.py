"""The shape of a report."""

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Reason


class ReportForm(forms.Form):
    """Who reports what, why, and that it is meant honestly."""

    reason = forms.ChoiceField(
        label=_("What is wrong"), choices=Reason.choices, widget=forms.RadioSelect
    )
    explanation = forms.CharField(
        label=_("Why you think so"),
        help_text=_(
            "What exactly, where on the page, and which law or rule if you know."
        ),
        widget=forms.Textarea,
        min_length=10,
        max_length=3000,
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
