"""Refunds as staff make them: chosen, previewed, confirmed with a reason; and what is
done about one that failed.
"""

import hashlib
import uuid
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.decorators import display

from marketplace.kit import clock, money
from marketplace.kit.admin import ReadOnlyAdmin, amount, moment, person, state
from marketplace.kit.errors import MarketplaceError
from orders.models import Order, Payment, Refund, RefundFunding, RefundReason
from orders.services import fulfilment
from payouts.admin.ledger import order_money_link
from payouts.services import (
    refund_doors,
    refund_failures,
    refund_unearned,
    refunds,
    takebacks,
)
from payouts.services.refunds import Amount, Units

REASONS = [
    (RefundReason.CANCELLED, _l("Cancelled: the units are not shipped")),
    (RefundReason.RETURNED, _l("Returned: the units came back")),
    (RefundReason.ADJUSTMENT, _l("Neither: only money goes back")),
]
FUNDINGS = [
    (RefundFunding.PARTIES, _l("Those who earned on it, each his part")),
    (RefundFunding.PLATFORM, _l("The marketplace, out of goodwill")),
]
WITHOUT_LIMIT = "orders.refund_any_amount"
NOTE_LENGTH = 500


class RefundForm(forms.Form):
    """What of an order goes back: units and deliveries, or an amount; and why."""

    reason = forms.ChoiceField(choices=REASONS, label=_l("What happens to the units"))
    funded_by = forms.ChoiceField(choices=FUNDINGS, label=_l("Who bears it"))
    is_restocked = forms.BooleanField(
        required=False, initial=True, label=_l("Put the units back into the stock")
    )
    note = forms.CharField(
        max_length=NOTE_LENGTH, label=_l("Why? Kept with the refund")
    )
    request_key = forms.CharField(max_length=60, widget=forms.HiddenInput)
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, of: takebacks.Sale, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = of
        # What has left is not cancelled any more: it comes back, or only money does.
        to_ship = any(
            fulfilment.units_to_ship(seller_order=part) for part in of.parts.values()
        )
        self.initial.setdefault(
            "reason", RefundReason.CANCELLED if to_ship else RefundReason.RETURNED
        )
        left = {one.line: one for one in of.components if one.line}
        for line in of.lines.values():
            self.fields[f"line_{line.pk}"] = forms.IntegerField(
                min_value=0,
                max_value=left[line.public_id].units,
                required=False,
                label=f"{line.title}, {line.seller_order.shop.name}",
            )
        for part in of.parts.values():
            self.fields[f"delivery_{part.pk}"] = forms.BooleanField(
                required=False,
                label=_("Delivery, %(shop)s") % {"shop": part.shop.name},
            )
        self.fields["amount"] = forms.CharField(
            required=False,
            max_length=20,
            label=_("Or an amount, in %(currency)s") % {"currency": of.order.currency},
        )
        self.fields["of_part"] = forms.ChoiceField(
            required=False,
            choices=[
                ("", _("the whole order")),
                *((str(part.pk), part.shop.name) for part in of.parts.values()),
            ],
            label=_("The amount is spread over"),
        )
        for field in self.fields.values():
            if not isinstance(field, forms.BooleanField):
                field.widget.attrs["class"] = "staff-input"

    @property
    def chosen_fields(self) -> list[forms.BoundField]:
        """The fields of lines and deliveries, in the order of the sale."""
        return [self[n] for n in self.fields if n.startswith(("line_", "delivery_"))]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        names = ("amount", "of_part", "reason", "funded_by", "is_restocked", "note")
        return [self[name] for name in names]

    def clean_amount(self) -> int | None:
        typed = self.cleaned_data["amount"].strip()
        if not typed:
            return None
        try:
            parsed = money.parse(typed, self.of.order.currency)
        except ValueError as problem:
            raise forms.ValidationError(
                _("Write an amount in %(currency)s, such as %(example)s."),
                params={
                    "currency": self.of.order.currency,
                    "example": money.plain(1250, self.of.order.currency),
                },
            ) from problem
        if parsed <= 0:
            raise forms.ValidationError(_("A refund is more than nothing."))
        return parsed

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        units = any(found.get(field.name) for field in self.chosen_fields)
        if not self.errors and bool(units) == bool(found.get("amount")):
            raise forms.ValidationError(_("Choose units or deliveries, or an amount."))
        return found

    @property
    def wanted(self) -> refunds.Wanted:
        found = self.cleaned_data
        if found["amount"]:
            part = found["of_part"]
            return Amount(
                amount=found["amount"],
                currency=self.of.order.currency,
                seller_order_id=int(part) if part else None,
            )
        lines = self.of.lines.values()
        deliveries = frozenset(
            part.pk for part in self.of.parts.values() if found[f"delivery_{part.pk}"]
        )
        return Units(
            lines={line.pk: found[f"line_{line.pk}"] or 0 for line in lines},
            deliveries=deliveries or None,
        )


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Refunds, the page that makes one, and what is done about a failed one."""

    list_display: ClassVar = [
        *("public_id", "order_link", "stands", "door", "reason", "written_amount"),
        *("requested", "failure_reason"),
    ]
    list_filter: ClassVar = ["status", "door", "reason", "funded_by", "currency"]
    search_fields: ClassVar = ["public_id", "provider_id", "order__public_id"]
    search_help_text = _l("Refund, order, or the refund as Stripe names it")
    list_select_related: ClassVar = ["order"]
    fields: ClassVar = [
        *("public_id", "order_link", "stands", "written_amount", "door", "reason"),
        *("funded_by", "note", "asked_by", "provider_id", "pending_reason"),
        *("failure_reason", "requested_at", "submitted_at", "sent_at", "failed_at"),
        *("withdrawn_at", "replaces"),
    ]
    readonly_fields: ClassVar = ["order_link", "stands", "written_amount", "asked_by"]
    change_form_outer_after_template = "admin/payouts/refund_failed.html"

    stands = state("refund")
    written_amount = amount()
    asked_by = person("actor", description=_l("asked for by"))
    requested = moment("requested_at", description=_l("asked for"))

    @display(description=_l("order"))
    def order_link(self, refund: Refund) -> str | SafeString:
        return order_money_link(refund.order.public_id)

    def get_urls(self) -> list[URLPattern]:
        ours = [
            self.page_at("order/<str:public_id>/", self.make, "order-refund"),
            self.page_at("<int:pk>/again/", self.again, "refund-again"),
            self.page_at("<int:pk>/take-back/", self.take_back, "refund-take-back"),
            self.page_at(
                "payment/<int:pk>/give-back/", self.give_back, "payment-give-back"
            ),
        ]
        return [*ours, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        known = Refund.objects.filter(pk=object_id if object_id.isdecimal() else 0)
        refund = known.select_related("order").first()
        context = {
            "refund": refund,
            "may_act": (
                refund is not None
                and _may_act(request)
                and refund_failures.is_owed(refund)
            ),
            **(extra_context or {}),
        }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def make(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Choose what goes back, look at who bears what, and confirm it."""
        if not request.user.has_perm("orders.add_refund"):
            raise PermissionDenied
        order = get_object_or_404(Order, public_id=public_id)
        of = takebacks.sale(order)
        is_post = request.method == "POST"
        form = RefundForm(
            request.POST if is_post else None,
            of=of,
            initial={"request_key": f"staff:{uuid.uuid4()}"},
        )
        shown, digest, error = None, "", ""
        if is_post and form.is_valid():
            try:
                shown = _preview(order, form)
                digest = _digest(shown, form)
                if request.POST.get("confirm"):
                    if form.cleaned_data["shown"] == digest:
                        return self._confirm(request, order, form)
                    error = _("This is not what was shown. Look again, and confirm.")
            except refunds.AlreadyRequested as problem:
                self.message_user(request, problem.message, messages.WARNING)
                return redirect("admin:orders_refund_change", problem.refund.pk)
            except MarketplaceError as problem:
                shown, error = None, problem.message
        context = {
            **self.admin_site.each_context(request),
            "title": _("Refund of %(order)s") % {"order": order.public_id},
            "order": order,
            "form": form,
            "preview": shown,
            "digest": digest,
            "error": error,
        }
        return TemplateResponse(request, "admin/payouts/refund.html", context)

    def _confirm(
        self, request: HttpRequest, order: Order, form: RefundForm
    ) -> HttpResponse:
        found = form.cleaned_data
        made = refund_doors.refund_by_staff(
            order=order,
            wanted=form.wanted,
            reason=found["reason"],
            note=found["note"],
            actor=str(request.user.pk),
            request_key=found["request_key"],
            at=clock.now(),
            is_unlimited=request.user.has_perm(WITHOUT_LIMIT),
            funded_by=found["funded_by"],
            is_restocked=found["is_restocked"],
        )
        words = _("The refund is on its way to the buyer.")
        self.message_user(request, words, messages.SUCCESS)
        return redirect("admin:orders_refund_change", made.pk)

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a failed refund once more."""
        refund = self._failed(request, pk)
        try:
            made = refund_failures.retry(
                refund=refund, actor=str(request.user.pk), at=clock.now()
            )
        except MarketplaceError as problem:
            self.message_user(request, problem.message, messages.WARNING)
            return redirect("admin:orders_refund_change", pk)
        return redirect("admin:orders_refund_change", made.pk)

    def take_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a failed refund back, with a reason."""
        refund = self._failed(request, pk)
        try:
            reason = _typed(request, "reason")
            refund_failures.withdraw(
                refund=refund,
                actor=str(request.user.pk),
                reason=reason,
                at=clock.now(),
            )
        except MarketplaceError as problem:
            self.message_user(request, problem.message, messages.WARNING)
        return redirect("admin:orders_refund_change", pk)

    def give_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give a buyer back what he paid and did not fit his order, with a reason."""
        if request.method != "POST" or not _may_act(request):
            raise PermissionDenied
        payment = get_object_or_404(Payment.objects.select_related("order"), pk=pk)
        try:
            made = refund_unearned.return_set_aside(
                payment=payment,
                actor=str(request.user.pk),
                note=_typed(request, "note"),
                at=clock.now(),
            )
        except MarketplaceError as problem:
            self.message_user(request, problem.message, messages.WARNING)
            return redirect("admin:order-money", payment.order.public_id)
        return redirect("admin:orders_refund_change", made.pk)

    def _failed(self, request: HttpRequest, pk: int) -> Refund:
        if request.method != "POST" or not _may_act(request):
            raise PermissionDenied
        return get_object_or_404(Refund.objects.select_related("order"), pk=pk)


def _typed(request: HttpRequest, name: str) -> str:
    """Give the reason that was typed, on one line.

    :raises refund_doors.ReasonMissing: nothing was typed.
    """
    typed = " ".join(request.POST.get(name, "").split())[:NOTE_LENGTH]
    if not typed:
        raise refund_doors.ReasonMissing
    return typed


def _may_act(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("orders.add_refund"))


def _preview(order: Order, form: RefundForm) -> refunds.Preview:
    found = form.cleaned_data
    refunds.refuse_repeated(found["request_key"])
    return refunds.preview(
        order=order,
        wanted=form.wanted,
        reason=found["reason"],
        funded_by=found["funded_by"],
        at=clock.now(),
    )


def _digest(shown: refunds.Preview, form: RefundForm) -> str:
    """Name what is shown: only that is confirmed."""
    found = form.cleaned_data
    said = [
        (one.role, one.name, one.amount, one.from_held_amount, one.from_payable_amount)
        for one in shown.bearers
    ]
    units = [(one.amount, one.quantity, str(one.line)) for one in shown.lines]
    text = repr((found["reason"], found["funded_by"], said, units))
    return hashlib.sha256(text.encode()).hexdigest()
