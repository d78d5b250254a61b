"""What a buyer says of what came, and what the seller replies."""

from django import forms
from django.utils.translation import gettext_lazy


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
        error_messages={"required": gettext_lazy("Choose how many stars.")},
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
