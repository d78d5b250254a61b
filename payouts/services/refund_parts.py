"""What of an order a refund gives back: units with or without delivery, or an amount,
checked against what remains. Decides, writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from marketplace.kit.errors import MarketplaceError
from marketplace.kit.templatetags import formats
from orders.models import (
    Order,
    Payment,
    PaymentStatus,
    Refund,
    RefundFunding,
    RefundLine,
    RefundReason,
    RefundStatus,
    SellerOrder,
)
from orders.services import fulfilment, refunding
from payouts.models import AccountKind, Dispute, LedgerAccount
from payouts.services import ledger, takeback_shares, takebacks
from payouts.services.takeback_shares import Component, Taken

# Of these reasons units are counted: they are not shipped, or come back.
OF_UNITS = (RefundReason.CANCELLED, RefundReason.WITHDRAWN, RefundReason.RETURNED)
# What the buyer's right covers as a whole, its delivery with it.
WHOLE = (RefundReason.CANCELLED, RefundReason.WITHDRAWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Units:
    """So many units by line pk. `deliveries`: pks of the seller orders whose delivery
    is given back in full; None applies the rule (docs/money.md, Refunds).
    """

    lines: Mapping[int, int]
    deliveries: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """An amount in minor units, spread over the order, one part of it, or one line."""

    amount: int
    currency: str
    seller_order_id: int | None = None
    line_id: int | None = None


Wanted = Units | Amount


class RefundExceeds(MarketplaceError):
    """More than is left of what the buyer paid; `remaining_amount` is, minor units."""

    status_code = 409

    def __init__(self, remaining_amount: int, currency: str) -> None:
        super().__init__(
            _(
                "That is more than is left: %(remaining)s can be refunded. Nothing was"
                " refunded; lower the amount."
            )
            % {"remaining": formats.write_money(remaining_amount, currency)}
        )
        self.remaining_amount = remaining_amount


class UnitsExceed(MarketplaceError):
    """More units than can be cancelled or come back; `remaining_units` can."""

    status_code = 409

    def __init__(self, remaining_units: int) -> None:
        super().__init__(
            _(
                "Only %(units)d of these units can be given back this way. Nothing was"
                " refunded; lower the quantity."
            )
            % {"units": remaining_units}
        )
        self.remaining_units = remaining_units


class AmountRefused(MarketplaceError):
    """An amount is a whole number of minor units above 0, in the order's currency."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "A refund is a positive amount in the order's currency. Nothing was"
                " refunded."
            )
        )


class NotOfThisOrder(MarketplaceError):
    """This is not part of the order. Nothing was refunded."""

    status_code = 404


class NothingToRefund(MarketplaceError):
    """Nothing of this is left to give back. Nothing was changed."""

    status_code = 409

    def __init__(self) -> None:
        super().__init__(_("Nothing of this is left to refund. Nothing was changed."))


def choose(
    *,
    of: takebacks.Sale,
    wanted: Wanted,
    reason: str,
    funded_by: str,
) -> list[Taken]:
    """Give what each component of a sale gives back.

    Units are counted only of a refund that the parties bear and that cancels them or
    takes them back; else they measure the amount.

    :raises RefundExceeds: more than remains.
    :raises UnitsExceed: more units than can be cancelled, or come back.
    :raises AmountRefused: no positive whole number, or another currency.
    :raises NotOfThisOrder: a line or a part of another order.
    :raises NothingToRefund: it would come to nothing.
    """
    if isinstance(wanted, Amount):
        taken = _amount(of, wanted)
    else:
        counts = reason in OF_UNITS and funded_by == RefundFunding.PARTIES
        taken = _units(of, wanted, reason if counts else "")
        if not counts:
            taken = [replace(one, units=0) for one in taken]
    if sum(one.buyer for one in taken) <= 0:
        raise NothingToRefund
    return taken


def refundable_amount(*, payment: Payment) -> int:
    """Give what may still go back to the buyer of a payment, minor units: what was paid
    less what went back, is on its way, is owed already, or a bank took.
    """
    gone = sum(
        Refund.objects.filter(payment=payment)
        .exclude(status=RefundStatus.FAILED)
        .values_list("amount", flat=True)
    )
    lost = sum(
        Dispute.objects.filter(
            payment=payment, lost_at__isnull=False, restored_at=None
        ).values_list("amount", flat=True)
    )
    return max(payment.amount - gone - lost - due_amount(order=payment.order), 0)


def due_amount(*, order: Order) -> int:
    """Give what the buyer of an order is owed and no refund is delivering now."""
    return _balance(AccountKind.BUYER_REFUND_DUE, order)


def paid_payment(*, order: Order) -> Payment:
    """Give the payment that a refund of an order goes back on.

    :raises NothingToRefund: it was not paid, or cost nothing.
    """
    payment = (
        order.payments.filter(status=PaymentStatus.PAID)
        .exclude(payment_intent_id=None)
        .select_related("order")
        .first()
    )
    if payment is None:
        raise NothingToRefund
    found: Payment = payment
    return found


def _balance(kind: AccountKind, order: Order) -> int:
    account = LedgerAccount.objects.filter(kind=kind, currency=order.currency).first()
    if account is None:
        return 0
    return ledger.balance(account, order_reference=order.public_id)


def _amount(of: takebacks.Sale, wanted: Amount) -> list[Taken]:
    if (
        type(wanted.amount) is not int
        or wanted.amount <= 0
        or wanted.currency != of.order.currency
    ):
        raise AmountRefused
    chosen = _components(of, wanted)
    try:
        return takeback_shares.spread(chosen, wanted.amount)
    except takeback_shares.TakesTooMuch as problem:
        raise RefundExceeds(problem.remaining_amount, of.order.currency) from problem


def _components(of: takebacks.Sale, wanted: Amount) -> list[Component]:
    """Keep the components an amount is spread over: of one line, one part, or all."""
    if wanted.line_id is not None:
        line = next((o for o in of.lines.values() if o.pk == wanted.line_id), None)
        if line is None:
            raise NotOfThisOrder
        return [one for one in of.components if one.line == line.public_id]
    if wanted.seller_order_id is not None:
        part = next(
            (o for o in of.parts.values() if o.pk == wanted.seller_order_id), None
        )
        if part is None:
            raise NotOfThisOrder
        return [one for one in of.components if one.seller_order == part.public_id]
    return of.components


def _units(of: takebacks.Sale, wanted: Units, reason: str) -> list[Taken]:
    quantities = _quantities(of, wanted)
    _check_units(of, quantities, reason)
    deliveries = (
        _whole_parts(of, quantities, reason)
        if wanted.deliveries is None
        else _named_parts(of, wanted.deliveries)
    )
    taken = []
    for component in of.components:
        if component.line is None:
            if component.seller_order in deliveries and component.shared:
                taken.append(takeback_shares.take_all(component))
        elif quantities.get(component.line):
            taken.append(_take_units(component, quantities[component.line]))
    return taken


def _take_units(component: Component, units: int) -> Taken:
    try:
        return takeback_shares.take_units(component, units)
    except takeback_shares.TakesTooMuch as problem:
        raise UnitsExceed(component.units) from problem


def _quantities(of: takebacks.Sale, wanted: Units) -> dict[str, int]:
    """Give the units wanted by the line's public id; lines of none are left out."""
    names = {line.pk: line.public_id for line in of.lines.values()}
    found = {}
    for pk, units in wanted.lines.items():
        if pk not in names:
            raise NotOfThisOrder
        if type(units) is not int or units < 0:
            raise UnitsExceed(0)
        if units:
            found[names[pk]] = units
    return found


def _check_units(
    of: takebacks.Sale, quantities: Mapping[str, int], reason: str
) -> None:
    """Cancel only what has not left the shop, take back only what has."""
    if not reason:
        return
    for part in of.parts.values():
        free = (
            fulfilment.units_to_ship(seller_order=part)
            if reason == RefundReason.CANCELLED
            else refunding.units_with_buyer(part=part)
        )
        for line in of.lines.values():
            if line.seller_order_id == part.pk:
                left = free.get(line.pk, 0)
                if quantities.get(line.public_id, 0) > left:
                    raise UnitsExceed(left)


def _named_parts(of: takebacks.Sale, pks: frozenset[int]) -> set[str]:
    names = {part.pk: part.public_id for part in of.parts.values()}
    if not pks <= set(names):
        raise NotOfThisOrder
    return {names[pk] for pk in pks}


def _whole_parts(
    of: takebacks.Sale, quantities: Mapping[str, int], reason: str
) -> set[str]:
    """Find the parts that this gives back whole: cancelled before anything was shipped,
    or withdrawn from. Their delivery is given back with them.
    """
    if reason not in WHOLE:
        return set()
    return {
        name
        for name, part in of.parts.items()
        if _is_whole(of.components, name, quantities)
        and any(of.lines[line].seller_order_id == part.pk for line in quantities)
        and _was_never_kept(part, reason)
    }


def _is_whole(
    components: Sequence[Component], part: str, quantities: Mapping[str, int]
) -> bool:
    return all(
        one.units == quantities.get(one.line, 0)
        for one in components
        if one.seller_order == part and one.line is not None
    )


def _was_never_kept(part: SellerOrder, reason: str) -> bool:
    """Say whether all that came of a part so far was cancelled or withdrawn from too."""
    if reason == RefundReason.CANCELLED and refunding.has_shipped(part):
        return False
    others = RefundLine.objects.filter(
        seller_order=part, quantity__gt=0, refund__withdrawn_at=None
    ).exclude(refund__reason__in=WHOLE)
    return not others.exists()
