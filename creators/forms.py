"""The forms of the studio: what was typed, in plain values."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from creators.models import Collection, Post
from creators.services import partnerships, profiles, videos
from creators.services.content import MOST_TAGS
from marketplace.kit.templatetags import formats
from sellers.models import Product

# The nine parts of a picture, row by row, and the middle of each in per mille.
PLACES = [
    ("167,167", _("Top left")),
    ("500,167", _("Top middle")),
    ("833,167", _("Top right")),
    ("167,500", _("Middle left")),
    ("500,500", _("Middle")),
    ("833,500", _("Middle right")),
    ("167,833", _("Bottom left")),
    ("500,833", _("Bottom middle")),
    ("833,833", _("Bottom right")),
]
MIDDLE = 500


def country_choices() -> list[tuple[str, str]]:
    """Name the served countries in the reader's language, in its order."""
    names = formats.babel_locale().territories
    served = [(code, str(names.get(code, code))) for code in profiles.countries()]
    return sorted(served, key=lambda pair: pair[1])


class StartForm(forms.Form):
    handle = forms.CharField(
        label=_("Handle"),
        max_length=31,
        help_text=_(
            "The address of your page: 3 to 30 small letters, digits, dots, dashes."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("As people know you.")
    )
    country = forms.ChoiceField(label=_("Country you live in"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = country_choices()  # type: ignore[attr-defined]


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    bio = forms.CharField(
        label=_("About you"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One or two sentences under your name."),
    )
    portrait = forms.FileField(
        label=_("Portrait"),
        required=False,
        help_text=_("A square picture works best. JPEG, PNG or WebP, up to 12 MB."),
    )


class CollectionForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=80)
    about = forms.CharField(
        label=_("About"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What holds these things together."),
    )


class EditCollectionForm(CollectionForm):
    is_published = forms.BooleanField(
        label=_("Show it on my page"), required=False, initial=True
    )

    @classmethod
    def of(cls, collection: Collection) -> "EditCollectionForm":
        """Show a collection as it is."""
        return cls(
            initial={
                "title": collection.title,
                "about": collection.about,
                "is_published": collection.is_published,
            }
        )


class NoteForm(forms.Form):
    note = forms.CharField(label=_("Your note"), max_length=200, required=False)


class PostForm(forms.Form):
    picture = forms.FileField(
        label=_("Picture"), help_text=_("JPEG, PNG or WebP, up to 12 MB.")
    )
    alt = forms.CharField(
        label=_("What the picture shows"),
        max_length=200,
        help_text=_("For people who cannot see it: “A cup on a window sill”."),
    )
    caption = forms.CharField(
        label=_("Caption"),
        max_length=2200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class VideoPostForm(PostForm):
    """An upright video; the picture is its cover."""

    video = forms.FileField(
        label=_("Video"),
        help_text=_(
            "Upright, MP4 (H.264) or WebM, up to %(megabytes)d MB."
            " The place that a phone writes into an MP4 is taken out."
        ),
    )
    captions = forms.FileField(
        label=_("Captions"),
        required=False,
        help_text=_(
            "A WebVTT file (.vtt) with what is said, for who cannot hear it or has the"
            " sound off."
        ),
    )
    captions_language = forms.ChoiceField(
        label=_("Language of the captions"), choices=settings.LANGUAGES
    )

    field_order = ("video", "picture", "alt", "captions", "captions_language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = self.fields["video"].help_text
        megabytes = settings.VIDEO_MAX_BYTES // 1024**2
        self.fields["video"].help_text = words % {"megabytes": megabytes}
        self.fields["picture"].label = _("Cover")
        self.fields["picture"].help_text = _(
            "Shown before the video plays, and in lists. Upright, JPEG, PNG or WebP."
        )
        self.fields["alt"].label = _("What the video shows")
        self.fields["captions_language"].initial = translation.get_language()

    def film(self) -> videos.Film:
        """Give the video with its captions, as they came."""
        data = self.cleaned_data
        return videos.Film(
            video=data["video"],
            captions=data["captions"],
            captions_language=data["captions_language"],
        )


class EditPostForm(forms.Form):
    alt = forms.CharField(label=_("What the picture shows"), max_length=200)
    caption = PostForm.base_fields["caption"]


class EditVideoForm(EditPostForm):
    """The words of a video, and its captions: others, or none."""

    captions = VideoPostForm.base_fields["captions"]
    captions_language = VideoPostForm.base_fields["captions_language"]
    drops_captions = forms.BooleanField(
        label=_("Remove the captions it has"), required=False
    )

    def __init__(self, *args: Any, post: Post, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["alt"].label = _("What the video shows")
        language = post.captions_language or translation.get_language()
        self.fields["captions_language"].initial = language
        if not post.captions_path:
            del self.fields["drops_captions"]

    def clean(self) -> None:
        super().clean()
        typed = self.cleaned_data
        if typed.get("captions") and typed.get("drops_captions"):
            self.add_error(
                "captions", _("Either others or none: choose one of the two.")
            )


class TagForm(forms.Form):
    """One tagged product: which, and where. The exact place (`x`, `y`, per mille) is
    set by tapping the picture; without that, the part of the picture counts.
    """

    product = forms.ModelChoiceField(
        label=_("Product"),
        queryset=Product.objects.none(),
        to_field_name="public_id",
        required=False,
    )
    place = forms.ChoiceField(
        label=_("Where in the picture"), choices=PLACES, initial="500,500"
    )
    x = forms.IntegerField(
        required=False, min_value=0, max_value=1000, widget=forms.HiddenInput
    )
    y = forms.IntegerField(
        required=False, min_value=0, max_value=1000, widget=forms.HiddenInput
    )

    def __init__(
        self,
        *args: Any,
        products: list[Product],
        has_places: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if not has_places:
            # What moves has no place; its products stand in a rail, in order.
            for name in ("place", "x", "y"):
                del self.fields[name]
        field = self.fields["product"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Product.objects.live()
        field.widget.choices = [
            ("", _("Choose a product")),
            *((each.public_id, f"{each.title} · {each.shop}") for each in products),
        ]

    def clean(self) -> None:
        """Say by a field that is seen what is wrong with one that is not."""
        if "x" in self.errors or "y" in self.errors:
            self.add_error("place", _("Tap the picture again, or choose a part of it."))

    def tag(self) -> tuple[Product, int, int] | None:
        """Give the product and its place, or None for an empty row."""
        product = self.cleaned_data.get("product")
        if product is None:
            return None
        if "place" not in self.fields:
            return product, MIDDLE, MIDDLE
        x, y = self.cleaned_data.get("x"), self.cleaned_data.get("y")
        if x is None or y is None:
            x, y = (int(part) for part in self.cleaned_data["place"].split(","))
        return product, x, y


class BaseTagFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        """Ask for at least one product: a post without any has nothing to shop."""
        if not any(self.errors) and not self.tags():
            raise forms.ValidationError(_("Choose at least one product."))

    def tags(self) -> list[tuple[Product, int, int]]:
        """Give what was tagged, in order; empty rows are left out."""
        tags = (form.tag() for form in self.forms if hasattr(form, "cleaned_data"))
        return [tag for tag in tags if tag is not None]


TagFormSet = forms.formset_factory(
    TagForm,
    formset=BaseTagFormSet,
    extra=MOST_TAGS,
    max_num=MOST_TAGS,
    absolute_max=MOST_TAGS,
    validate_max=True,
)


class CollaborationForm(forms.Form):
    """What a shop offers creators: a rate in percent, and whole days in UTC."""

    rate = forms.DecimalField(
        label=_("Creator's share"),
        decimal_places=2,
        max_digits=5,
        help_text=_("Percent of the price without VAT, paid by you on each sale."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    first_date = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    last_date = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Leave empty to keep it open until you end it."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["first_date"].initial = today

    def clean_first_date(self) -> date:
        first: date = self.cleaned_data["first_date"]
        if first < self.today:
            raise forms.ValidationError(_("Choose today or a later day."))
        return first

    def rate_bps(self) -> int:
        """Give the rate in basis points; the field allows two decimals of percent."""
        return int(self.cleaned_data["rate"] * 100)

    def starts_at(self, at: datetime) -> datetime:
        """Give the moment it starts: now, when the first day is today."""
        first = _midnight(self.cleaned_data["first_date"])
        return at if first <= at else first

    def ends_at(self) -> datetime | None:
        """Give the moment it ends: the end of its last day."""
        last = self.cleaned_data["last_date"]
        return _midnight(last + timedelta(days=1)) if last else None

    @property
    def most_percent(self) -> str:
        return f"{partnerships.most_bps(funded_by='seller') / 100:g}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
