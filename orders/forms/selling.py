"""What a seller says of a parcel, and what a buy link sells."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from orders.forms.lines import OneLine
from orders.services import buy_links
from sellers.forms import fields
from sellers.models import Product
from sellers.services import catalog

LINK_ROWS = 5


class ShipForm(forms.Form):
    """What a seller says of a parcel; `units-<line id>` fields come by the lines."""

    carrier = OneLine(
        label=gettext_lazy("Carrier"), max_length=40, required=False, initial="PostNord"
    )
    tracking_number = OneLine(
        label=gettext_lazy("Tracking number"), max_length=60, required=False
    )

    def __init__(self, *args: Any, units: dict[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = units
        for line_id, left in units.items():
            self.fields[f"units-{line_id}"] = forms.IntegerField(
                label=gettext_lazy("Units"),
                min_value=0,
                max_value=left,
                required=False,
                initial=left,
            )

    def quantities(self) -> dict[int, int] | None:
        """Give the units chosen by line id; None for all that is left."""
        typed = {key: self.cleaned_data.get(f"units-{key}") for key in self.units}
        if all(units is None for units in typed.values()):
            return None
        return {key: units or 0 for key, units in typed.items()}


class BuyLinkForm(forms.Form):
    """What a buy link sells: one thing, how many and its price, and, folded, more
    things, a last day and how often. Only a shop fixes a price (`currency`).
    """

    until = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    uses = fields.CountField(
        label=gettext_lazy("How many orders"),
        least=1,
        most=buy_links.MOST_USES,
        required=False,
        help_text=gettext_lazy("Empty: as many as come."),
    )

    def __init__(
        self, *args: Any, things: Sequence[Product], currency: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.things = things
        for row in range(1, LINK_ROWS + 1):
            self.fields[f"thing_{row}"] = forms.ChoiceField(
                label=gettext_lazy("What it sells"),
                choices=[("", "–"), *_thing_choices(things)],
                required=row == 1,
            )
            self.fields[f"quantity_{row}"] = fields.CountField(
                label=gettext_lazy("How many of it"),
                least=1,
                most=buy_links.MOST_UNITS,
                initial=1,
                required=False,
            )
        if currency:
            self.fields["price"] = fields.AmountField(
                label=gettext_lazy("Fixed price of it all"),
                currency=currency,
                least=1,
                most=catalog.HIGHEST_PRICE,
                required=False,
                help_text=gettext_lazy(
                    "What it takes off today's price is yours to bear. Delivery is "
                    "added."
                ),
            )

    def rows(self) -> list[dict[str, Any]]:
        """Give the bound fields of the further things, for the page."""
        return [
            {
                "number": row,
                "thing": self[f"thing_{row}"],
                "quantity": self[f"quantity_{row}"],
            }
            for row in range(2, LINK_ROWS + 1)
        ]

    def items(self) -> list[tuple[str, str, int]]:
        """Give product id, variant id or "", and number, of each row that is filled."""
        owners = {
            variant.public_id: product.public_id
            for product in self.things
            for variant in product.variants.all()
        }
        found = []
        for row in range(1, LINK_ROWS + 1):
            named = self.cleaned_data[f"thing_{row}"]
            quantity = self.cleaned_data[f"quantity_{row}"] or 1
            if named in owners:
                found.append((owners[named], named, quantity))
            elif named:
                found.append((named, "", quantity))
        return found


def _thing_choices(things: Sequence[Product]) -> list[tuple[str, str]]:
    """Name each product, the buyer choosing, and each of its variants."""
    found = []
    for product in things:
        active = [one for one in product.variants.all() if one.is_active]
        found.append((product.public_id, product.title))
        if len(active) > 1:
            found += [
                (one.public_id, f"{product.title}, {one.label}") for one in active
            ]
    return found
