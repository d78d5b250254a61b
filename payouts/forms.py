"""What buyers, sellers and staff type about money: shape and cleaning only."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from marketplace.kit import money
from marketplace.kit.errors import NotFound
from orders.models import OrderLine, SellerOrder
from payouts.models import (
    Accrual,
    ConnectedAccount,
    EvidenceKind,
    PayoutTerms,
    Schedule,
)

INPUT = {"class": "staff-input"}

PREFIX = "units-"
KEY_LENGTH = 30
NOTE_LENGTH = 1000


class UnitsForm(forms.Form):
    """How many units of which lines: a field `units-<line's public id>` for each.

    `most`: the units that may be chosen by line pk; lines without any have no field.
    """

    request_key = forms.CharField(
        widget=forms.HiddenInput, max_length=KEY_LENGTH, required=False
    )

    def __init__(
        self,
        *args: Any,
        lines: Sequence[OrderLine],
        most: Mapping[int, int],
        begin: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [line for line in lines if most.get(line.pk)]
        self.most = most
        for line in self.lines:
            self.fields[PREFIX + line.public_id] = forms.IntegerField(
                label=line.title,
                min_value=0,
                max_value=most[line.pk],
                required=False,
                initial=most[line.pk] if begin is None else begin,
            )
        foreign = {key for key in self.data if key.startswith(PREFIX)} - set(
            self.fields
        )
        if foreign:
            raise NotFound

    def quantities(self) -> dict[int, int]:
        """Give the units chosen by line pk; before anything was typed, those it begins
        with.
        """
        typed = self.cleaned_data if self.is_bound else self.initial_units()
        return {line.pk: typed.get(PREFIX + line.public_id) or 0 for line in self.lines}

    def initial_units(self) -> dict[str, int]:
        return {
            PREFIX + line.public_id: self.fields[PREFIX + line.public_id].initial or 0
            for line in self.lines
        }

    @property
    def rows(self) -> list[tuple[OrderLine, forms.BoundField, int]]:
        """Each line with its field and the most units of it."""
        return [
            (line, self[PREFIX + line.public_id], self.most[line.pk])
            for line in self.lines
        ]


class ChosenUnitsForm(UnitsForm):
    """Units of which at least one is chosen."""

    is_withdrawal = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not any(self.quantities().values()):
            raise ValidationError(_("Choose at least one thing."))
        return cleaned


class WithdrawForm(ChosenUnitsForm):
    """What a buyer withdraws from; no reason is asked."""

    is_withdrawal = True


class ReturnForm(ChosenUnitsForm):
    """What a buyer sends back, and why."""

    REASONS = (
        ("damaged", _l("It is damaged or does not work")),
        ("different", _l("It is not as described")),
        ("wrong", _l("It is not what I ordered")),
        ("late", _l("It came too late")),
        ("other", _l("Something else")),
    )
    OTHER = "other"

    reason = forms.ChoiceField(
        label=_l("What is the matter?"),
        choices=REASONS,
        widget=forms.RadioSelect,
        error_messages={"required": _l("Choose what is the matter.")},
    )
    note = forms.CharField(
        label=_l("In your words"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        is_other = cleaned.get("reason") == self.OTHER
        if is_other and "note" not in self.errors and not cleaned["note"].strip():
            self.add_error("note", _("Say in a few words what the matter is."))
        return cleaned

    def words(self) -> str:
        """Write the reason as the seller reads it."""
        label = str(dict(self.REASONS)[self.cleaned_data["reason"]])
        note = self.cleaned_data["note"].strip()
        return f"{label}. {note}" if note else f"{label}."


class SellerRefundForm(UnitsForm):
    """What a seller gives back: units not shipped, units that came back, or an amount.

    `kinds`: those that are possible. Units are of the kind chosen; `digest` is of the
    preview that was shown.
    """

    CANCEL, BACK, AMOUNT = "cancelled", "returned", "adjustment"
    KINDS = (
        (CANCEL, _l("Cancel units that have not been shipped")),
        (BACK, _l("Refund units that came back to you")),
        (AMOUNT, _l("Refund an amount, the buyer keeps the goods")),
    )

    kind = forms.ChoiceField(label=_l("What do you refund?"), widget=forms.RadioSelect)
    amount = forms.CharField(label=_l("Amount"), max_length=20, required=False)
    with_delivery = forms.BooleanField(
        label=_l("Refund the delivery as well"), required=False
    )
    note = forms.CharField(
        label=_l("Why"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea,
        help_text=_l("Kept with the refund. The buyer reads it."),
    )
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(
        self, *args: Any, kinds: Sequence[str], currency: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(key, word) for key, word in self.KINDS if key in kinds]
        field.initial = kinds[0] if kinds else None

    def clean_amount(self) -> int | None:
        typed = self.cleaned_data["amount"]
        if not typed:
            return None
        try:
            amount = money.parse(typed, self.currency)
        except ValueError:
            raise ValidationError(
                _("Write an amount in %(currency)s, such as %(example)s.")
                % {
                    "currency": self.currency,
                    "example": money.plain(
                        25 * 10 ** money.exponent(self.currency), self.currency
                    ),
                }
            ) from None
        if amount <= 0:
            raise ValidationError(_("Write an amount above 0."))
        return amount

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind = cleaned.get("kind")
        if kind == self.AMOUNT and not self.errors and not cleaned.get("amount"):
            self.add_error("amount", _("Write the amount to refund."))
        if (
            kind != self.AMOUNT
            and not self.errors
            and not any(self.quantities().values())
        ):
            raise ValidationError(_("Choose at least one unit."))
        return cleaned


class DeclineForm(forms.Form):
    """Why a seller does not take a return."""

    note = forms.CharField(
        label=_l("Why you decline it"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea,
        help_text=_l("The buyer reads it."),
    )


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


class HoldForm(forms.Form):
    """A reason, and what is held: empty for the whole payee."""

    on = forms.CharField(
        label=_l("Earning or seller order"),
        help_text=_l("acc_… or so_…; empty holds the payee"),
        max_length=24,
        required=False,
        widget=forms.TextInput(INPUT),
    )
    reason = forms.CharField(
        label=_l("Why"), max_length=300, widget=forms.TextInput(INPUT)
    )

    def __init__(
        self,
        *args: Any,
        account: ConnectedAccount,
        only_reason: bool = False,
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        self.account = account
        self.accrual: Accrual | None = None
        self.seller_order: SellerOrder | None = None
        if only_reason:
            del self.fields["on"]

    def clean_on(self) -> str:
        named = str(self.cleaned_data["on"]).strip()
        if named:
            theirs = self.account.accruals
            self.accrual = theirs.filter(public_id=named).first()
            self.seller_order = SellerOrder.objects.filter(
                accruals__account=self.account, public_id=named
            ).first()
            if self.accrual is None and self.seller_order is None:
                raise ValidationError(_("They have nothing of that name."))
        return named


class TermsForm(forms.Form):
    """A payee's terms. Minimums as `EUR 25.00, SEK 300`, a reserve in percent."""

    schedule = forms.ChoiceField(
        label=_l("Paid out"),
        help_text=_l("creators only; sellers are paid order by order"),
        required=False,
        choices=[
            ("", _l("as the marketplace does")),
            *(one for one in Schedule.choices if one[0] != Schedule.MANUAL),
        ],
        widget=forms.Select(INPUT),
    )
    minimums = forms.CharField(
        label=_l("Minimum"),
        help_text=_l("such as EUR 25.00, SEK 300; empty for the marketplace's"),
        required=False,
        widget=forms.TextInput(INPUT),
    )
    reserve_percent = forms.DecimalField(
        label=_l("Reserve, percent of each release"),
        min_value=0,
        max_value=90,
        decimal_places=2,
        widget=forms.NumberInput(INPUT),
    )
    reserve_days = forms.IntegerField(
        label=_l("Reserve, days"),
        min_value=0,
        max_value=365,
        widget=forms.NumberInput(INPUT),
    )
    extra_hold_days = forms.IntegerField(
        label=_l("Held longer, days"),
        min_value=0,
        max_value=365,
        widget=forms.NumberInput(INPUT),
    )
    reason = forms.CharField(
        label=_l("Why"), max_length=300, widget=forms.TextInput(INPUT)
    )

    def __init__(self, *args: Any, terms: PayoutTerms | None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        if terms is None:
            self.initial = {
                "reserve_percent": 0,
                "reserve_days": 0,
                "extra_hold_days": 0,
            }
            return
        self.initial = {
            "schedule": terms.schedule,
            "minimums": ", ".join(
                f"{currency} {money.plain(amount, currency)}"
                for currency, amount in sorted(terms.minimum_amounts.items())
            ),
            "reserve_percent": money.plain(terms.reserve_bps, "EUR"),
            "reserve_days": terms.reserve_days,
            "extra_hold_days": terms.extra_hold_days,
        }

    def clean_minimums(self) -> dict[str, int]:
        found = {}
        for part in str(self.cleaned_data["minimums"]).split(","):
            if not part.strip():
                continue
            currency, _space, written = part.strip().partition(" ")
            try:
                found[currency.upper()] = money.parse(written, currency.upper())
            except (ValueError, LookupError) as problem:
                raise ValidationError(
                    _("Write an amount such as EUR 25.00.")
                ) from problem
        return found

    def given(self) -> dict[str, Any]:
        """What the service takes: minor units and basis points."""
        said = self.cleaned_data
        return {
            "schedule": said["schedule"],
            "minimum_amounts": said["minimums"],
            "reserve_bps": int(said["reserve_percent"] * 100),
            "reserve_days": said["reserve_days"],
            "extra_hold_days": said["extra_hold_days"],
            "reason": said["reason"],
        }
