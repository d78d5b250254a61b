"""What staff do after a sale: refund, mend what went wrong, give up debts, and bring to
its end what waits for a person.
"""

from functools import partial

from marketplace.gateway import sandbox_control
from marketplace.kit import switches
from marketplace.simulator import aftersales, banks
from marketplace.simulator.actions import any_of
from marketplace.simulator.clockwork import attempt
from marketplace.simulator.world import World
from orders.models import (
    Payment,
    PaymentStatus,
    Refund,
    RefundFunding,
    RefundReason,
    RefundStatus,
)
from payouts.models import (
    ConnectedAccount,
    Discrepancy,
    Dispute,
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
            request_key=aftersales.request_key(world),
            at=world.now(),
            is_unlimited=True,
            funded_by=funded_by,
        ),
    )
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
        attempt(world, partial(banks.decide, world, found))
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
