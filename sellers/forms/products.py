"""What is sold: its words, photos, variants and prices."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sellers.forms import fields
from sellers.models import Category, Shop, WithdrawalException
from sellers.services import catalog, stock

NEW_ROWS = 6


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

    photos = fields.PicturesField(
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
        self.fields["stock"] = fields.CountField(
            label=_("In stock"), least=0, most=stock.MOST_UNITS
        )
        for row in range(1, NEW_ROWS + 1):
            self.fields[f"value_{row}"] = forms.CharField(
                label=_("Value"), max_length=catalog.LONGEST_OPTION, required=False
            )
            self.fields[f"price_{row}"] = _price(shop.currency, required=False)
            self.fields[f"stock_{row}"] = fields.CountField(
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
        self.fields["stock"] = fields.CountField(
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
        self.fields["stock"] = fields.CountField(
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

    photos = fields.PicturesField(
        label=_("Add photos"),
        help_text=_("JPEG, PNG or WebP, up to 12 MB each."),
    )


class PriceForm(forms.Form):
    """A price as it is being typed, to say what the seller receives."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"] = _price(currency)


def _price(currency: str, *, required: bool = True) -> fields.AmountField:
    return fields.AmountField(
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
