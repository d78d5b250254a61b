"""Money from the platform to the parties: released when due, planned under the payee's
lock, sent outside any transaction with a key of its own, resolved when in doubt.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q, Sum
from django.db.models.functions import Coalesce

from marketplace import gateway
from marketplace.kit import jobs, states
from orders.models import Payment, PaymentStatus, SellerOrder
from payouts.models import (
    AccountKind,
    EntryKind,
    PayoutItem,
    Transfer,
    TransferKind,
    TransferStatus,
)
from payouts.services import clawbacks, ledger, party_accounts
from payouts.services.ledger import Move, Name

K = AccountKind
STALE_AFTER = timedelta(minutes=2)
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
    if left <= 0:
        return []
    payment = Payment.objects.get(order_id=part.order_id, status=PaymentStatus.PAID)
    live = part.transfers.exclude(status=TransferStatus.FAILED)
    done = set(live.values_list("kind", flat=True))
    planned = []
    if TransferKind.SELLER not in done and payment.charge_id:
        amount = min(left, _paid_amount(part))
        planned.append((TransferKind.SELLER, amount, 1, payment.charge_id))
        left -= amount
    if TransferKind.SUBSIDY not in done:
        planned.append((TransferKind.SUBSIDY, left, 1, ""))
        left = 0
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


def plan_creator(*, item: PayoutItem, at: datetime) -> Transfer:
    """Plan a payout run's item. Assumes a transaction that holds the payee's lock."""
    return plan(
        Transfer(
            account=item.account,
            kind=TransferKind.CREATOR,
            amount=item.amount,
            currency=item.run.currency,
            payout_item=item,
            transfer_group=item.run.public_id,
        ),
        order_reference="",
        at=at,
    )


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
    transfer = Transfer.objects.select_related("account").get(pk=transfer_id)
    if not _claim(transfer, at=at):
        return transfer
    if _may_be_paid(transfer):
        _ask(transfer, at=at, is_in_doubt=False)
    else:
        _fail(transfer, "account_not_active", at=at)
    return transfer


def send_planned(*, at: datetime) -> None:
    """Send what was planned and is not sent yet, oldest first."""
    planned = Transfer.objects.filter(status=TransferStatus.PLANNED).order_by("pk")
    for pk in planned.values_list("pk", flat=True)[:BATCH]:
        send(transfer_id=pk, at=at)


def resolve(*, at: datetime) -> None:
    """Find out about transfers whose answer was lost, or whose sender died.

    The same key is asked again; past KEYS_KEPT, or when Stripe stored a failure under
    the key, the transfer is looked up first, and only if there is none a new key is
    used. One whose account cannot be paid any more is looked up too: it may have
    arrived before, and is closed only when it did not.
    """
    lost = Transfer.objects.filter(
        Q(status=TransferStatus.UNKNOWN)
        | Q(status=TransferStatus.SUBMITTED, submitted_at__lte=at - STALE_AFTER)
    )
    for transfer in lost.select_related("account").order_by("pk")[:BATCH]:
        _resolve(transfer, at=at)


def _resolve(transfer: Transfer, *, at: datetime) -> None:
    assert transfer.submitted_at is not None
    # Counted from the beginning: asking again does not renew Stripe's memory of a key.
    key_is_old = transfer.planned_at <= at - KEYS_KEPT
    may_be_paid = _may_be_paid(transfer)
    looks_first = key_is_old or not may_be_paid
    # A look-up sees nothing of a call that is still under way.
    if looks_first and transfer.submitted_at > at - STALE_AFTER:
        return
    if not _claim_again(transfer, at=at):
        return
    if looks_first and not _look_up(transfer, at=at):
        return
    if transfer.status != TransferStatus.SUBMITTED:
        return
    if may_be_paid:
        _ask(transfer, at=at, is_in_doubt=True)
    else:
        _fail(transfer, "account_not_active", at=at)


def _may_be_paid(transfer: Transfer) -> bool:
    """Say whether its account is the one it was planned for, and can receive."""
    account = transfer.account
    return transfer.destination == account.provider_id and account.is_active


def _claim(transfer: Transfer, *, at: datetime) -> bool:
    """Take a planned transfer to send it; says whether it was ours to take."""
    if transfer.status != TransferStatus.PLANNED:
        return False
    try:
        transfer.move_to(TransferStatus.SUBMITTED, at=at, submitted_at=at)
    except states.Raced:
        return False
    return True


def _claim_again(transfer: Transfer, *, at: datetime) -> bool:
    """Take one in doubt, by compare-and-set on when it was last submitted."""
    claimed = Transfer.objects.filter(
        pk=transfer.pk, status=transfer.status, submitted_at=transfer.submitted_at
    ).update(status=TransferStatus.SUBMITTED, submitted_at=at)
    transfer.refresh_from_db()
    return claimed == 1


def _ask(transfer: Transfer, *, at: datetime, is_in_doubt: bool) -> None:
    """Ask the provider to execute a submitted transfer, and record its answer.

    One in doubt may have been executed by an earlier call, so a call that was not
    taken leaves it in doubt.
    """
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
    except (gateway.RateLimited, gateway.NotAuthorised):
        transfer.move_to(
            TransferStatus.UNKNOWN if is_in_doubt else TransferStatus.PLANNED, at=at
        )
    except gateway.Refused as problem:
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
        transfer.attempt += 1
        transfer.save(update_fields=["attempt"])
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
