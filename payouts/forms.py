"""What sellers and staff type about money: shape only, no rules."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from payouts.models import EvidenceKind

FILE_KINDS = (
    EvidenceKind.RECEIPT,
    EvidenceKind.CONVERSATION,
    EvidenceKind.DELIVERY,
    EvidenceKind.OTHER,
)
TEXT_KINDS = tuple(kind for kind in EvidenceKind if kind not in FILE_KINDS)


class EvidenceForm(forms.Form):
    """One piece of evidence: words, or a file."""

    kind = forms.ChoiceField(label=_l("What it shows"), choices=EvidenceKind.choices)
    text = forms.CharField(
        label=_l("In words"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    file = forms.FileField(
        label=_l("Or a file"),
        required=False,
        help_text=_l("PDF, PNG or JPEG, 4.5 MB together."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        wants_file = cleaned.get("kind") in FILE_KINDS
        if wants_file and not cleaned.get("file"):
            self.add_error("file", ValidationError(_("Choose a file.")))
        if not wants_file and not cleaned.get("text", "").strip():
            self.add_error("text", ValidationError(_("Write something.")))
        return cleaned
