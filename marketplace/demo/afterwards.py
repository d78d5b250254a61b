"""What goes wrong after a sale, a little of each kind: cancelled, sent back, part of the
price given back, taken back by a bank. Planned here without chance, and lived through
the services' doors as buyers, sellers and banks would do it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from marketplace.demo.history import DAYS, History, PlannedOrder
from marketplace.gateway import sandbox_outside
from marketplace.kit import clock
from orders.models import (
    PaymentMethod,
    PaymentStatus,
    RefundDoor,
    RefundReason,
    Return,
    ReturnStatus,
    SellerOrder,
)
from payouts.models import Dispute
from payouts.services import disputes, refund_doors, refunds
from payouts.services.refunds import Amount

Kind = Literal[
    "cancel", "ask_return", "receive", "withdraw", "goodwill", "dispute", "lose"
]
ACTOR = "load_demo"
# Every so many orders, counted from a first: what becomes of it.
CANCELLED, RETURNED, GOODWILL = (17, 41), (5, 31), (9, 47)
# A bank takes one sale back and keeps it, and asks about another to this day.
LOST_ON, DISPUTED_ON, WITHDRAWN_ON = 45, DAYS - 3, DAYS - 2
# After the seller was paid, so that a return reaches into what was sent.
ASKS_AFTER, COMES_AFTER, DECIDED_AFTER = 9, 11, 14
GOODWILL_PERCENT = 15


@dataclass(frozen=True, slots=True)
class After:
    """One thing that happens on a day to the first seller's part of an order."""

    day: int
    kind: Kind
    order: PlannedOrder

    @property
    def seller(self) -> str:
        return self.order.ships_after[0][0]


def plan(history: History) -> tuple[After, ...]:
    """Choose what goes wrong, from the numbers of the orders alone."""
    if history.market.takes_cash:
        return ()  # that demo is small, and shows cash
    # By card: what is paid in cash goes back only when its buyer names an account.
    by_card = [order for order in history.orders if order.ending == "paid"]
    found: list[After] = []
    used: set[int] = set()

    def pick(order: PlannedOrder, *steps: tuple[int, Kind]) -> None:
        if order.number not in used:
            used.add(order.number)
            found.extend(After(day, kind, order) for day, kind in steps)

    for order in _arrived(by_card, LOST_ON, days_ago=8):
        pick(order, (LOST_ON, "dispute"), (LOST_ON + DECIDED_AFTER, "lose"))
    for order in _arrived(by_card, DISPUTED_ON, days_ago=8):
        pick(order, (DISPUTED_ON, "dispute"))
    for order in _arrived(by_card, WITHDRAWN_ON, days_ago=1):
        pick(order, (WITHDRAWN_ON, "withdraw"))
    for order in by_card:
        if _is(order, CANCELLED):
            pick(order, (order.day, "cancel"))
        elif _is(order, RETURNED):
            asked = _arrives(order) + ASKS_AFTER
            pick(order, (asked, "ask_return"), (asked + 2, "receive"))
        elif _is(order, GOODWILL):
            pick(order, (_arrives(order) + 2, "goodwill"))
    return tuple(sorted(found, key=lambda after: (after.day, after.order.number)))


def do(after: After, part: SellerOrder) -> None:
    """Let it happen to a part, once, however often the day is lived."""
    WAYS[after.kind](part)


def _cancel(part: SellerOrder) -> None:
    key = _key(part, "cancel")
    if not refunds.was_requested(key):
        refund_doors.cancel_by_buyer(
            seller_order=part, actor="link", request_key=key, at=clock.now()
        )


def _ask_return(part: SellerOrder) -> None:
    line = part.lines.order_by("position").first()
    if line is not None and not part.returns.exists():
        refund_doors.request_return(
            seller_order=part,
            quantities={line.pk: 1},
            note="It is not as described. The colour is another one.",
            at=clock.now(),
        )


def _receive(part: SellerOrder) -> None:
    parcel = Return.objects.filter(seller_order=part, status=ReturnStatus.OPEN).first()
    if parcel is not None:
        refund_doors.receive_return(
            parcel=parcel, door=RefundDoor.SELLER, actor=ACTOR, at=clock.now()
        )


def _withdraw(part: SellerOrder) -> None:
    if not part.returns.exists():
        refund_doors.withdraw(
            seller_order=part,
            quantities=None,
            actor="link",
            request_key=_key(part, "withdraw"),
            at=clock.now(),
        )


def _goodwill(part: SellerOrder) -> None:
    key = _key(part, "goodwill")
    if refunds.was_requested(key):
        return
    paid = sum(part.lines.values_list("paid_amount", flat=True))
    refund_doors.refund_by_seller(
        shop=part.shop,
        seller_order=part,
        wanted=Amount(
            amount=max(paid * GOODWILL_PERCENT // 100, 1),
            currency=part.order.currency,
            seller_order_id=part.pk,
        ),
        reason=RefundReason.ADJUSTMENT,
        note="A small flaw, we are sorry.",
        actor=ACTOR,
        request_key=key,
        at=clock.now(),
    )


def _dispute(part: SellerOrder) -> None:
    payment = part.order.payments.filter(status=PaymentStatus.PAID).first()
    if (
        payment is None
        or payment.method == PaymentMethod.KONBINI
        or payment.payment_intent_id is None
        or Dispute.objects.filter(payment=payment).exists()
    ):
        return
    found = sandbox_outside.open_dispute(payment.payment_intent_id)
    disputes.refresh(provider_id=found, at=clock.now())


def _lose(part: SellerOrder) -> None:
    found = Dispute.objects.filter(payment__order=part.order, closed_at=None).first()
    if found is None:
        return
    found = disputes.refresh(provider_id=found.provider_id, at=clock.now())
    # Without an answer in time the bank has decided by itself.
    if found.lost_at is None and found.closed_at is None:
        sandbox_outside.close_dispute(found.provider_id, "lost")
        disputes.refresh(provider_id=found.provider_id, at=clock.now())


def _key(part: SellerOrder, what: str) -> str:
    return f"{what}:{part.public_id}:demo"


def _is(order: PlannedOrder, every: tuple[int, int]) -> bool:
    first, step = every
    return order.number % step == first


def _arrived(
    orders: list[PlannedOrder], day: int, *, days_ago: int
) -> list[PlannedOrder]:
    """The last order that has arrived so many days before a day, if there is one; best
    one that a creator has a share of.
    """
    found = [order for order in orders if _arrives(order) + days_ago < day]
    shared = [order for order in found if order.lines[0].surface is not None]
    return (shared or found)[-1:]


def _arrives(order: PlannedOrder) -> int:
    """The day the first seller's parcel arrives, at the latest as it is assumed."""
    return order.day + order.ships_after[0][1] + order.travels[0][1]


WAYS: dict[Kind, Callable[[SellerOrder], None]] = {
    "cancel": _cancel,
    "ask_return": _ask_return,
    "receive": _receive,
    "withdraw": _withdraw,
    "goodwill": _goodwill,
    "dispute": _dispute,
    "lose": _lose,
}
