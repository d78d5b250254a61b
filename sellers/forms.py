"""The forms of a shop's back office: what was typed, and words by the field."""

import unicodedata
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from marketplace.kit import money
from marketplace.kit.templatetags import formats
from sellers.models import Category, Shop, ShopKind, WithdrawalException
from sellers.services import catalog, delivery, photos, shops, stock

NEW_ROWS = 6
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


class AmountField(forms.CharField):
    """An amount as people type it, in full-width digits too; gives minor units."""

    def __init__(self, *, currency: str, least: int, most: int, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=24, widget=widget, **kwargs)
        self.currency, self.least, self.most = currency, least, most

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        if not typed:
            return None
        try:
            plain = unicodedata.normalize("NFKC", typed)
            amount = money.parse(plain, self.currency)
            money.Money(amount, self.currency)
        except ValueError:
            raise forms.ValidationError(
                _("Enter an amount like %(example)s."),
                code="amount",
                params={"example": money.plain(12900, self.currency)},
            ) from None
        if not self.least <= amount <= self.most:
            raise forms.ValidationError(
                _("Enter an amount from %(least)s to %(most)s."),
                code="range",
                params={
                    "least": formats.write_money(self.least, self.currency),
                    "most": formats.write_money(self.most, self.currency),
                },
            )
        return amount

    def prepare_value(self, value: Any) -> Any:
        if type(value) is not int:
            return value
        # Whole amounts without their zeros, as people type them.
        whole, _point, part = money.plain(value, self.currency).partition(".")
        return f"{whole}.{part}" if part.strip("0") else whole


class CountField(forms.CharField):
    """A whole number as people type it, in full-width digits too."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(max_length=20, widget=widget, **kwargs)
        self.least, self.most = least, most

    def clean(self, value: Any) -> int | None:
        typed = "".join(unicodedata.normalize("NFKC", super().clean(value)).split())
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit()):
            raise forms.ValidationError(_("Enter a whole number."), code="whole")
        if not self.least <= int(typed) <= self.most:
            raise forms.ValidationError(
                _("Enter a number from %(least)s to %(most)s."),
                code="range",
                params={
                    "least": formats.write_count(self.least),
                    "most": formats.write_count(self.most),
                },
            )
        return int(typed)


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Several files at once. What they are is judged when they are rendered."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        given = data if isinstance(data, list | tuple) else [data]
        files = [file for file in given if file]
        if not files and self.required:
            raise forms.ValidationError(self.error_messages["required"], "required")
        if len(files) > photos.MOST_PHOTOS:
            raise forms.ValidationError(_("Choose at most 10 photos."), code="many")
        return files


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
    return_days = CountField(
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
    days_min = CountField(
        label=_("Days, from"), least=0, most=delivery.LONGEST_DAYS, initial=2
    )
    days_max = CountField(
        label=_("Days, to"), least=0, most=delivery.LONGEST_DAYS, initial=4
    )

    def __init__(self, *args: Any, shop: Shop, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"] = AmountField(
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


class ProductForm(forms.Form):
    """What a product says."""

    title = forms.CharField(label=_("Title"), max_length=catalog.LONGEST_TITLE)
    description = forms.CharField(
        label=_("Description"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    category = forms.ChoiceField(
        label=_("Category"), choices=Category.choices, initial=Category.OTHER
    )
    needs_full_page = forms.BooleanField(
        label=_("Not for quick buy"),
        required=False,
        help_text=_("For what wants reading first: it opens its full page."),
    )
    withdrawal_exception = forms.ChoiceField(
        label=_("Right to change one's mind"),
        required=False,
        choices=[("", _("As usual")), *WithdrawalException.choices],
        help_text=_(
            "The law takes it away for these alone. Buyers are told before they buy;"
            " what is sold already stays as it was."
        ),
    )


class NewProductForm(ProductForm):
    """A product with its photos, price and stock, and an axis such as size if it has
    one.
    """

    photos = PicturesField(
        label=_("Photos"),
        required=False,
        help_text=_("JPEG, PNG or WebP, up to 12 MB each. The first is the cover."),
    )
    option_name = forms.CharField(
        label=_("What differs"),
        max_length=catalog.LONGEST_OPTION,
        required=False,
        help_text=_("Such as size or colour."),
    )

    def __init__(self, *args: Any, shop: Shop, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shop = shop
        self.fields["price"] = _price(shop.currency)
        self.fields["stock"] = CountField(
            label=_("In stock"), least=0, most=stock.MOST_UNITS
        )
        for row in range(1, NEW_ROWS + 1):
            self.fields[f"value_{row}"] = forms.CharField(
                label=_("Value"), max_length=catalog.LONGEST_OPTION, required=False
            )
            self.fields[f"price_{row}"] = _price(shop.currency, required=False)
            self.fields[f"stock_{row}"] = CountField(
                label=_("In stock"), least=0, most=stock.MOST_UNITS, required=False
            )
        self.order_fields(["photos", "title", "price", "stock"])

    def rows(self) -> list[dict[str, Any]]:
        """Give the bound fields of each variant row, for the page."""
        return [
            {
                "number": row,
                "value": self[f"value_{row}"],
                "price": self[f"price_{row}"],
                "stock": self[f"stock_{row}"],
            }
            for row in range(1, NEW_ROWS + 1)
        ]

    def has_rows(self) -> bool:
        """Say whether the fold of variants was used, so that it is shown open."""
        names = ["option_name", *(f"value_{row}" for row in range(1, NEW_ROWS + 1))]
        return any(self[name].value() for name in names)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        rows = [row for row in range(1, NEW_ROWS + 1) if cleaned.get(f"value_{row}")]
        if rows and not cleaned.get("option_name") and "option_name" not in self.errors:
            self.add_error("option_name", _("Say what differs, such as size."))
        if cleaned.get("option_name") and not rows:
            self.add_error("value_1", _("Enter at least one value, such as M."))
        seen: set[str] = set()
        for row in rows:
            word = cleaned[f"value_{row}"].casefold()
            if word in seen:
                self.add_error(f"value_{row}", _("This value stands here twice."))
            seen.add(word)
        cleaned["rows"] = rows
        return cleaned

    def option_names(self) -> list[str]:
        return [self.cleaned_data["option_name"]] if self.cleaned_data["rows"] else []

    def variants(self) -> list[catalog.VariantInput]:
        """Give the variants of the valid form. A row without a price has the price
        above; the stock above is that of a product without rows.
        """
        cleaned = self.cleaned_data
        if not cleaned["rows"]:
            return [catalog.VariantInput({}, cleaned["price"], cleaned["stock"])]
        return [
            catalog.VariantInput(
                {cleaned["option_name"]: cleaned[f"value_{row}"]},
                cleaned[f"price_{row}"] or cleaned["price"],
                cleaned[f"stock_{row}"] or 0,
            )
            for row in cleaned["rows"]
        ]


class VariantForm(forms.Form):
    """A row of the product form: price, stock and whether it is on sale."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    is_active = forms.BooleanField(label=_("On sale"), required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"] = _price(currency)
        self.fields["stock"] = CountField(
            label=_("In stock"), least=0, most=stock.MOST_UNITS
        )


class AddVariantForm(forms.Form):
    """One more size or colour; a product without gets its first axis here."""

    def __init__(
        self, *args: Any, currency: str, option_names: list[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.axes = option_names
        if not option_names:
            self.fields["option_name"] = _word(
                _("What differs"), help_text=_("Such as size or colour.")
            )
            self.fields["current"] = _word(_("What you have now"))
            self.fields["option_0"] = _word(_("What you add"))
        for place, name in enumerate(option_names):
            self.fields[f"option_{place}"] = _word(name)
        self.fields["price"] = _price(currency)
        self.fields["stock"] = CountField(
            label=_("In stock"), least=0, most=stock.MOST_UNITS
        )

    def words(self) -> list[forms.BoundField]:
        """Give the fields of names and values, for the page."""
        return [field for field in self if field.name not in ("price", "stock")]

    def variant(self) -> catalog.VariantInput:
        cleaned = self.cleaned_data
        names = self.axes or [cleaned["option_name"]]
        options = {name: cleaned[f"option_{place}"] for place, name in enumerate(names)}
        return catalog.VariantInput(options, cleaned["price"], cleaned["stock"])


class PhotosForm(forms.Form):
    """More photos for a product that is there."""

    photos = PicturesField(
        label=_("Add photos"),
        help_text=_("JPEG, PNG or WebP, up to 12 MB each."),
    )


class PriceForm(forms.Form):
    """A price as it is being typed, to say what the seller receives."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"] = _price(currency)


def _price(currency: str, *, required: bool = True) -> AmountField:
    return AmountField(
        label=_("Price with tax"),
        currency=currency,
        least=1,
        most=catalog.HIGHEST_PRICE,
        required=required,
    )


def _word(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=catalog.LONGEST_OPTION, help_text=help_text
    )


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
