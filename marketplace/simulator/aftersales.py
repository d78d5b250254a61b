"""What buyers and sellers do after a sale: cancel, send back, refund. `banks` and `staff`
have their own.
"""

from functools import partial

from marketplace.simulator.actions import any_of
from marketplace.simulator.clockwork import attempt
from marketplace.simulator.world import World
from orders.models import (
    Order,
    RefundDoor,
    RefundReason,
    Return,
    ReturnStatus,
    SellerOrder,
)
from orders.services import refunding
from payouts.services import refund_doors, refunds


def cancel(world: World) -> bool:
    """A buyer cancels a part that was paid just now, or tries too late."""
    part = any_of(world, SellerOrder.objects.filter(status="to_ship"))
    if part is None:
        return False
    cancelled = partial(
        refund_doors.cancel_by_buyer,
        seller_order=part,
        actor="buyer",
        request_key=request_key(world),
        at=world.now(),
    )
    attempt(world, cancelled)
    # A second press of the same button.
    if world.chance.random() < 0.3:
        attempt(world, cancelled)
    return True


def withdraw(world: World) -> bool:
    """A buyer withdraws from some units, shipped or not."""
    part = _paid_part(world)
    if part is None:
        return False
    attempt(
        world,
        partial(
            refund_doors.withdraw,
            seller_order=part,
            quantities=_some_units(world, part),
            actor="buyer",
            request_key=request_key(world),
            at=world.now(),
        ),
    )
    return True


def ask_to_return(world: World) -> bool:
    """A buyer wants to send something back, with a reason."""
    part = any_of(world, SellerOrder.objects.filter(status="delivered"))
    if part is None:
        return False
    attempt(
        world,
        partial(
            refund_doors.request_return,
            seller_order=part,
            quantities=_some_units(world, part),
            note="Too small",
            at=world.now(),
        ),
    )
    return True


def receive_return(world: World) -> bool:
    """A parcel comes back, and is refunded."""
    waiting = [ReturnStatus.OPEN, ReturnStatus.RECEIVED]
    parcel = any_of(world, Return.objects.filter(status__in=waiting))
    if parcel is None:
        return False
    attempt(
        world,
        partial(
            refund_doors.receive_return,
            parcel=parcel,
            door=RefundDoor.SELLER,
            actor="seller",
            with_delivery=world.chance.random() < 0.2,
            at=world.now(),
        ),
    )
    return True


def refund_units(world: World) -> bool:
    """A seller cancels units that were not shipped."""
    part = any_of(world, SellerOrder.objects.filter(status="to_ship"))
    if part is None:
        return False
    units = _some_units(world, part) or {
        line.pk: line.quantity for line in part.lines.all()
    }
    attempt(
        world,
        partial(
            refund_doors.refund_by_seller,
            shop=part.shop,
            seller_order=part,
            wanted=refunds.Units(lines=units),
            reason=RefundReason.CANCELLED,
            note="Broken",
            actor="seller",
            request_key=request_key(world),
            at=world.now(),
        ),
    )
    return True


def _paid_part(world: World) -> SellerOrder | None:
    paid = Order.objects.exclude(paid_at=None)
    return any_of(world, SellerOrder.objects.filter(order__in=paid))


def _some_units(world: World, part: SellerOrder) -> dict[int, int] | None:
    """Choose units by line; None for all."""
    if world.chance.random() < 0.4:
        return None
    has = refunding.units_with_buyer(part=part)
    lines = {line.pk: has.get(line.pk, line.quantity) for line in part.lines.all()}
    return {pk: world.chance.randint(0, units) for pk, units in sorted(lines.items())}


def request_key(world: World) -> str:
    """Give the key of a wish: what is asked twice with it is done once."""
    return f"wish:{world.chance.getrandbits(48):x}"
