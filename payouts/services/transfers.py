"""Money from the platform to the parties: released when due, planned under the payee's
lock, sent outside any transaction with a key of its own, resolved when in doubt.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import Coalesce

from marketplace import gateway
from marketplace.kit import jobs, states, switches
from orders.models import Payment, PaymentStatus, SellerOrder
from payouts.models import (
    AccountKind,
    EntryKind,
    Transfer,
    TransferKind,
    TransferStatus,
)
from payouts.services import (
    clawbacks,
    freezes,
    ledger,
    party_accounts,
    reversals,
)
from payouts.services import transfer_claims as claims
from payouts.services.ledger import Move, Name

K = AccountKind
CANCELLED = "cancelled"
# Stripe may forget a key after 24 hours: past this, look before asking again.
KEYS_KEPT = timedelta(hours=20)
BATCH = 200


def sendable_amount(*, part: SellerOrder) -> int:
    """Give what is payable to a seller of one sale and not on its way, minor units."""
    payable = party_accounts.payable(part.shop.connected_account, part.order.currency)
    return ledger.balance(payable, order_reference=part.order.public_id)


def plan_seller(*, part: SellerOrder, at: datetime) -> list[Transfer]:
    """Plan the sending of what is payable of a seller order: up to what the buyer paid
    for it from the charge, what the platform adds (its discounts) from its own balance,
    and what became the seller's again later, too.

    Assumes a transaction that holds the payee's lock.
    """
    left = sendable_amount(part=part)
    if left <= 0 or freezes.is_frozen(part.order):
        return []
    payment = Payment.objects.get(order_id=part.order_id, status=PaymentStatus.PAID)
    live = part.transfers.exclude(status=TransferStatus.FAILED)
    done = set(live.values_list("kind", flat=True))
    is_first = TransferKind.SELLER not in done
    planned = []
    if is_first and payment.charge_id:
        amount = min(left, _paid_amount(part))
        planned.append((TransferKind.SELLER, amount, 1, payment.charge_id))
        left -= amount
    if TransferKind.SUBSIDY not in done:
        amount = left if is_first else min(left, _refused_subsidy(part))
        planned.append((TransferKind.SUBSIDY, amount, 1, ""))
        left -= amount
    newest = live.filter(kind=TransferKind.RESTORED).aggregate(n=Max("part"))["n"]
    planned.append((TransferKind.RESTORED, left, (newest or 1) + 1, ""))
    return [
        plan(
            Transfer(
                account=part.shop.connected_account,
                kind=kind,
                part=number,
                amount=amount,
                currency=part.order.currency,
                seller_order=part,
                source_charge_id=charge,
                transfer_group=part.order.public_id,
            ),
            order_reference=part.order.public_id,
            at=at,
        )
        for kind, amount, number, charge in planned
        if amount > 0
    ]


def _refused_subsidy(part: SellerOrder) -> int:
    """What of the platform's addition was refused, and is to be sent as that again."""
    refused = part.transfers.filter(
        kind=TransferKind.SUBSIDY, status=TransferStatus.FAILED
    )
    amount: int = refused.aggregate(most=Coalesce(Max("amount"), 0))["most"]
    return amount


def was_refused_lately(*, part: SellerOrder, at: datetime) -> bool:
    """Say whether a seller order waits before it is tried again: from the second
    refusal on twice as long each time, at most a day.
    """
    refused = part.transfers.filter(status=TransferStatus.FAILED).aggregate(
        number=Count("pk"), newest=Max("submitted_at")
    )
    if refused["number"] < 2:
        return False
    pause = timedelta(hours=min(2 ** (refused["number"] - 1), 24))
    return bool(refused["newest"] + pause > at)


def plan(transfer: Transfer, *, order_reference: str, at: datetime) -> Transfer:
    """Save a transfer with its destination pinned, take its money out of payable, and
    promise to send it.
    """
    transfer.destination = transfer.account.provider_id or ""
    transfer.planned_at = at
    transfer.save()
    ledger.post(
        kind=EntryKind.TRANSFER,
        reference=transfer.public_id,
        currency=transfer.currency,
        moves=[
            Move(
                party_accounts.payable_name(transfer.account),
                Name(K.CLEARING_TRANSFER),
                transfer.amount,
            )
        ],
        at=at,
        order_reference=order_reference,
    )
    jobs.enqueue("payouts.tasks.send_transfer", transfer_id=transfer.pk)
    return transfer


def send(*, transfer_id: int, at: datetime) -> Transfer:
    """Send a planned transfer. Whoever claims it sends it; a second caller does nothing.

    No answer makes it `unknown`, never failed; a definitive no closes it and gives the
    money back to payable.
    """
    transfer = claims.read(transfer_id)
    if not claims.may_be_sent(transfer, at=at) or not claims.paced():
        return transfer
    if not claims.claim(transfer, at=at):
        return transfer
    with claims.fenced(transfer):
        refusal = claims.refusal(transfer, at=at)
        if not refusal:
            _ask(transfer, at=at, is_in_doubt=False)
        else:
            _fail(transfer, refusal, at=at)
    return transfer


def send_planned(*, at: datetime) -> None:
    """Send what was planned and is not sent yet, oldest first. None while payouts are
    stopped, none of a run that waits for the platform's balance.
    """
    if switches.is_on(switches.PAYOUTS):
        return
    planned = Transfer.objects.filter(
        Q(not_before=None) | Q(not_before__lte=at),
        Q(payout_item=None) | Q(payout_item__run__paused_at=None),
        status=TransferStatus.PLANNED,
    )
    for pk in planned.order_by("pk").values_list("pk", flat=True)[:BATCH]:
        send(transfer_id=pk, at=at)


def waiting(transfer_ids: Collection[int]) -> list[int]:
    """Keep those that are still to be sent and may be, as soon as their time comes."""
    if switches.is_on(switches.PAYOUTS):
        return []
    planned = Transfer.objects.filter(
        Q(payout_item=None) | Q(payout_item__run__paused_at=None),
        pk__in=transfer_ids,
        status=TransferStatus.PLANNED,
    )
    return list(planned.order_by("pk").values_list("pk", flat=True))


def cancel(*, transfer_id: int, at: datetime) -> bool:
    """Take back a transfer that no worker has taken yet: its money is payable again.
    Says whether that was so.
    """
    transfer = claims.read(transfer_id)
    if not claims.claim(transfer, at=at):
        return False
    _fail(transfer, CANCELLED, at=at)
    return True


def resolve(*, at: datetime) -> None:
    """Find out about transfers whose answer was lost, or whose sender died.

    The same key is asked again; past KEYS_KEPT, or when Stripe stored a failure under
    the key, the transfer is looked up first, and only if there is none a new key is
    used. One whose account cannot be paid any more is looked up too: it may have
    arrived before, and is closed only when it did not.
    """
    lost = Transfer.objects.filter(
        Q(status=TransferStatus.UNKNOWN)
        | Q(status=TransferStatus.SUBMITTED, submitted_at__lte=at - claims.STALE_AFTER),
        Q(not_before=None) | Q(not_before__lte=at),
    )
    for transfer in lost.select_related(*claims.RELATED).order_by("pk")[:BATCH]:
        if not claims.paced():
            return
        with claims.fenced(transfer):
            _resolve(transfer, at=at)


def _resolve(transfer: Transfer, *, at: datetime) -> None:
    assert transfer.submitted_at is not None
    # Counted from the beginning: asking again does not renew Stripe's memory of a key.
    key_is_old = transfer.planned_at <= at - KEYS_KEPT
    refusal = claims.refusal(transfer, at=at)
    looks_first = key_is_old or bool(refusal)
    # A look-up sees nothing of a call that is still under way.
    if looks_first and transfer.submitted_at > at - claims.STALE_AFTER:
        return
    if not claims.claim_again(transfer, at=at):
        return
    if looks_first and not _look_up(transfer, at=at):
        return
    if transfer.status != TransferStatus.SUBMITTED:
        return
    if not refusal:
        _ask(transfer, at=at, is_in_doubt=True)
    else:
        _fail(transfer, refusal, at=at)


def _ask(transfer: Transfer, *, at: datetime, is_in_doubt: bool) -> None:
    """Ask the provider to execute a submitted transfer, and record its answer.

    One in doubt may have been executed by an earlier call, so a call that was not
    taken leaves it in doubt. A worker that was stopped since it took the row leaves it
    to the resolver: by now the key may be another's, or forgotten.
    """
    if claims.is_late(transfer):
        return
    request = gateway.TransferRequest(
        reference=transfer.public_id,
        amount=transfer.amount,
        currency=transfer.currency,
        destination=transfer.destination,
        transfer_group=transfer.transfer_group,
        source_charge_id=transfer.source_charge_id or None,
        description=transfer.transfer_group,
    )
    try:
        facts = gateway.send_transfer(request=request, key=transfer.key)
    except gateway.OutcomeUnknown as problem:
        if problem.replayed:
            _look_up(transfer, at=at)
        if transfer.status == TransferStatus.SUBMITTED:
            transfer.move_to(TransferStatus.UNKNOWN, at=at)
    except gateway.KeyInUse:
        transfer.move_to(TransferStatus.UNKNOWN, at=at)
    except gateway.RateLimited as problem:
        claims.back_off(transfer, problem.retry_after, at=at, is_in_doubt=is_in_doubt)
    except gateway.NotAuthorised:
        transfer.move_to(
            TransferStatus.UNKNOWN if is_in_doubt else TransferStatus.PLANNED, at=at
        )
    except gateway.Refused as problem:
        if isinstance(problem, gateway.InsufficientBalance):
            claims.pause_run(transfer, at=at)
        _fail(transfer, problem.code, at=at)
    else:
        _record_sent(transfer, facts, at=at)


def _look_up(transfer: Transfer, *, at: datetime) -> bool:
    """Look the transfer up: adopt it, or note that a new key is needed.

    Returns whether the provider could be asked at all.
    """
    try:
        facts = gateway.find_transfer(
            transfer_group=transfer.transfer_group, reference=transfer.public_id
        )
    except gateway.GatewayError:
        transfer.move_to(TransferStatus.UNKNOWN, at=at)
        return False
    if facts is not None:
        _record_sent(transfer, facts, at=at)
    else:
        ours = Transfer.objects.filter(pk=transfer.pk, claim=transfer.claim)
        if not ours.update(attempt=transfer.attempt + 1):
            raise states.Raced
        transfer.attempt += 1
    return True


def _record_sent(
    transfer: Transfer, facts: gateway.TransferFacts, *, at: datetime
) -> None:
    with transaction.atomic(durable=True):
        transfer.move_to(
            TransferStatus.SENT, at=at, provider_id=facts.transfer_id, sent_at=at
        )
        ledger.post(
            kind=EntryKind.TRANSFER_SENT,
            reference=transfer.public_id,
            currency=transfer.currency,
            moves=[
                Move(Name(K.CLEARING_TRANSFER), Name(K.STRIPE_BALANCE), transfer.amount)
            ],
            at=at,
            order_reference=_order_reference(transfer),
            provider_id=facts.transfer_id,
        )
        # Its money may have been taken back from the seller while it was in doubt.
        reversals.plan_for_sent(transfer=transfer, at=at)


def _fail(transfer: Transfer, code: str, *, at: datetime) -> None:
    """Close a transfer that was refused; its money is payable again."""
    with transaction.atomic(durable=True):
        ledger.lock_payable(party_accounts.payable(transfer.account, transfer.currency))
        transfer.move_to(TransferStatus.FAILED, at=at, failure_code=code[:60])
        ledger.post(
            kind=EntryKind.TRANSFER_FAILED,
            reference=transfer.public_id,
            currency=transfer.currency,
            moves=[
                Move(
                    Name(K.CLEARING_TRANSFER),
                    party_accounts.payable_name(transfer.account),
                    transfer.amount,
                )
            ],
            at=at,
            order_reference=_order_reference(transfer),
        )
        clawbacks.net(account=transfer.account, currency=transfer.currency, at=at)


def _order_reference(transfer: Transfer) -> str:
    """The order a seller's transfer belongs to; a creator's sums many."""
    return transfer.transfer_group if transfer.seller_order_id else ""


def _paid_amount(part: SellerOrder) -> int:
    """What the buyer paid for a seller's lines and delivery and did not get back."""
    goods: int = part.lines.aggregate(sum=Sum("paid_amount"))["sum"]
    back: int = part.refund_lines.filter(refund__withdrawn_at=None).aggregate(
        sum=Coalesce(Sum("amount"), 0)
    )["sum"]
    return goods + part.delivery_amount + part.delivery_tax_added_amount - back
