"""What banks and the provider do after a sale: they take money back, send it back, and
pay it out.
"""

from functools import partial

from django.db.models import QuerySet

from marketplace.gateway import sandbox_control
from marketplace.simulator.actions import any_of
from marketplace.simulator.clockwork import attempt
from marketplace.simulator.world import World
from orders.models import OPEN_PAYMENTS, Payment, Refund, RefundStatus
from payouts.models import ConnectedAccount, Dispute, DisputeStatus

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
    attempt(world, partial(decide, world, found))
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


def decide(world: World, found: Dispute) -> None:
    """Let the bank decide a dispute, or the loser appeal."""
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
