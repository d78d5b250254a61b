"""What happens after a sale: people cancel, send back and complain; banks take money
back; staff mend what went wrong.
"""

from functools import partial

from django.db.models import QuerySet

from marketplace.gateway import sandbox_control
from marketplace.kit import switches
from marketplace.simulator.actions import any_of
from marketplace.simulator.clockwork import attempt
from marketplace.simulator.world import World
from orders.models import (
    OPEN_PAYMENTS,
    Order,
    Payment,
    PaymentStatus,
    Refund,
    RefundDoor,
    RefundFunding,
    RefundReason,
    RefundStatus,
    Return,
    ReturnStatus,
    SellerOrder,
)
from orders.services import refunding
from payouts.models import (
    ConnectedAccount,
    Discrepancy,
    Dispute,
    DisputeStatus,
    PayoutRun,
    PayoutRunStatus,
    WriteOff,
    WriteOffStatus,
)
from payouts.services import (
    adoption,
    clawbacks,
    disputes,
    payout_runs,
    refund_doors,
    refund_failures,
    refund_parts,
    refunds,
    write_offs,
)

STAFF, OTHER = "user:staff", "user:other"
INQUIRIES = (
    DisputeStatus.WARNING_NEEDS_RESPONSE,
    DisputeStatus.WARNING_UNDER_REVIEW,
)
DECIDABLE = (
    DisputeStatus.NEEDS_RESPONSE,
    DisputeStatus.UNDER_REVIEW,
    DisputeStatus.APPEAL_NEEDS_RESPONSE,
    DisputeStatus.APPEAL_UNDER_REVIEW,
)


def cancel(world: World) -> bool:
    """A buyer cancels a part that was paid just now, or tries too late."""
    part = any_of(world, SellerOrder.objects.filter(status="to_ship"))
    if part is None:
        return False
    cancelled = partial(
        refund_doors.cancel_by_buyer,
        seller_order=part,
        actor="buyer",
        request_key=_key(world),
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
            request_key=_key(world),
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
            request_key=_key(world),
            at=world.now(),
        ),
    )
    return True


def refund_amount(world: World) -> bool:
    """Staff refund an amount, sometimes more than is left, sometimes all of it."""
    payment = any_of(world, Payment.objects.filter(status=PaymentStatus.PAID))
    if payment is None or not payment.amount:
        return False
    left = refund_parts.refundable_amount(payment=payment)
    amount = world.chance.choice((left, world.chance.randint(1, payment.amount)))
    funded_by = RefundFunding.PARTIES
    if world.chance.random() < 0.2:
        funded_by = RefundFunding.PLATFORM
    attempt(
        world,
        partial(
            refund_doors.refund_by_staff,
            order=payment.order,
            wanted=refunds.Amount(amount=amount, currency=payment.currency),
            reason=RefundReason.ADJUSTMENT,
            note="Kindness",
            actor=STAFF,
            request_key=_key(world),
            at=world.now(),
            is_unlimited=True,
            funded_by=funded_by,
        ),
    )
    return True


def refund_elsewhere(world: World) -> bool:
    """Somebody refunds in the provider's dashboard; we hear of it later."""
    payment = any_of(world, _charged())
    if payment is None or payment.payment_intent_id is None:
        return False
    amount = world.chance.randint(1, payment.amount)
    attempt(
        world,
        partial(
            sandbox_control.refund_from_dashboard, payment.payment_intent_id, amount
        ),
    )
    return True


def fail_refund(world: World) -> bool:
    """A bank sends a refund back, also days after it was sent."""
    refund = any_of(world, Refund.objects.filter(status=RefundStatus.SENT))
    if refund is None or refund.provider_id is None:
        return False
    attempt(world, partial(sandbox_control.fail_refund, refund.provider_id))
    return True


def complete_refund(world: World) -> bool:
    """The buyer of a cash payment names his bank account."""
    waiting = Refund.objects.filter(status=RefundStatus.WAITS_FOR_BUYER)
    refund = any_of(world, waiting)
    if refund is None or refund.provider_id is None:
        return False
    attempt(world, partial(sandbox_control.complete_refund, refund.provider_id))
    return True


def mend_refund(world: World) -> bool:
    """Staff send a failed refund again, or take it back."""
    failed = Refund.objects.filter(
        status=RefundStatus.FAILED, withdrawn_at=None, retry=None
    )
    refund = any_of(world, failed)
    if refund is None:
        return False
    if world.chance.random() < 0.7:
        again = partial(
            refund_failures.retry, refund=refund, actor=STAFF, at=world.now()
        )
    else:
        again = partial(
            refund_failures.withdraw,
            refund=refund,
            actor=STAFF,
            reason="The buyer keeps it",
            at=world.now(),
        )
    attempt(world, again)
    return True


def dispute(world: World) -> bool:
    """A buyer's bank takes a payment back, wholly or in part, or asks first."""
    payment = any_of(world, _charged())
    if payment is None or payment.payment_intent_id is None:
        return False
    amount = None
    if world.chance.random() < 0.3:
        amount = world.chance.randint(1, payment.amount)
    attempt(
        world,
        partial(
            sandbox_control.open_dispute,
            payment.payment_intent_id,
            amount=amount,
            inquiry=world.chance.random() < 0.15,
        ),
    )
    return True


def decide_dispute(world: World) -> bool:
    """The bank decides, or lets the matter be appealed."""
    found = any_of(world, Dispute.objects.all())
    if found is None:
        return False
    attempt(world, partial(_decide, world, found))
    return True


def write_off(world: World) -> bool:
    """Staff give up a debt, a second person agrees."""
    asked = WriteOff.objects.filter(status=WriteOffStatus.REQUESTED).first()
    if asked is not None:
        approve = world.chance.random() < 0.7
        attempt(
            world,
            partial(
                write_offs.decide,
                write_off=asked,
                approve=approve,
                actor=OTHER,
                at=world.now(),
            ),
        )
        return True
    account = any_of(world, ConnectedAccount.objects.all())
    currency = world.chance.choice(world.currencies())
    if account is None:
        return False
    owed = clawbacks.nettable_amount(account=account, currency=currency)
    if not owed:
        return False
    attempt(
        world,
        partial(
            write_offs.request,
            account=account,
            currency=currency,
            amount=world.chance.randint(1, owed),
            reason="Gone",
            actor=STAFF,
            at=world.now(),
        ),
    )
    return True


def pay_out(world: World) -> bool:
    """A party's money goes to its bank, so that none is there to be taken back."""
    account = any_of(world, ConnectedAccount.objects.exclude(provider_id=None))
    if account is None or account.provider_id is None:
        return False
    currency = world.chance.choice(world.currencies())
    attempt(world, partial(sandbox_control.pay_out, account.provider_id, currency))
    return True


def pay_voucher(world: World) -> bool:
    """A buyer pays a voucher at the store, on its last day or after we gave it up."""
    voucher = any_of(world, Payment.objects.filter(voucher__isnull=False))
    if voucher is None or voucher.payment_intent_id is None:
        return False
    attempt(world, partial(sandbox_control.settle_voucher, voucher.payment_intent_id))
    return True


def expire_voucher(world: World) -> bool:
    """The time of a voucher runs out."""
    voucher = any_of(
        world, Payment.objects.filter(voucher__isnull=False, status__in=OPEN_PAYMENTS)
    )
    if voucher is None or voucher.payment_intent_id is None:
        return False
    attempt(world, partial(sandbox_control.expire_voucher, voucher.payment_intent_id))
    return True


def let_payouts_go_on(world: World) -> bool:
    """Staff look into what the comparison of the books has stopped, and go on."""
    if not switches.is_on(switches.PAYOUTS):
        return False
    explain(world)
    switches.turn(
        name=switches.PAYOUTS,
        on=False,
        actor=STAFF,
        reason="Looked into",
        at=world.now(),
    )
    return True


def approve_run(world: World) -> bool:
    """A second person approves a run above the limit."""
    run = any_of(world, PayoutRun.objects.filter(status=PayoutRunStatus.COMPUTED))
    if run is None:
        return False
    attempt(
        world,
        partial(payout_runs.approve, run_id=run.pk, actor=OTHER, at=world.now()),
    )
    return True


def explain(world: World) -> None:
    """Close what the comparison found once and does not find any more."""
    for row in Discrepancy.objects.filter(resolved_at=None).order_by("pk"):
        attempt(
            world,
            partial(
                adoption.explain,
                discrepancy_id=row.pk,
                actor=STAFF,
                reason="It was on its way",
                at=world.now(),
            ),
        )


def clear_up(world: World) -> None:
    """Bring everything that waits for a person to its end."""
    for found in Dispute.objects.filter(closed_at=None).order_by("pk"):
        attempt(world, partial(_decide, world, found))
        attempt(
            world,
            partial(
                disputes.refresh, provider_id=found.provider_id or "", at=world.now()
            ),
        )
    for refund in Refund.objects.exclude(provider_id=None).order_by("pk"):
        if refund.status == RefundStatus.WAITS_FOR_BUYER and refund.provider_id:
            attempt(world, partial(sandbox_control.complete_refund, refund.provider_id))
    for refund in Refund.objects.filter(
        status=RefundStatus.FAILED, withdrawn_at=None, retry=None
    ).order_by("pk"):
        attempt(
            world,
            partial(refund_failures.retry, refund=refund, actor=STAFF, at=world.now()),
        )
    let_payouts_go_on(world)
    for _ in range(PayoutRun.objects.filter(status=PayoutRunStatus.COMPUTED).count()):
        approve_run(world)


def _decide(world: World, found: Dispute) -> None:
    if found.status in INQUIRIES:
        sandbox_control.close_dispute(found.provider_id, outcome="warning_closed")
    elif found.status in DECIDABLE:
        is_won = world.chance.random() < 0.4
        sandbox_control.close_dispute(
            found.provider_id, outcome="won" if is_won else "lost"
        )
    elif found.status == DisputeStatus.LOST and world.faults_run:
        sandbox_control.appeal_dispute(found.provider_id)


def _charged() -> "QuerySet[Payment]":
    return Payment.objects.filter(charge_id__isnull=False).exclude(
        payment_intent_id=None
    )


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


def _key(world: World) -> str:
    return f"wish:{world.chance.getrandbits(48):x}"
