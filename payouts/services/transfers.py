"""Money from the platform to the parties: released when due, planned under the payee's
lock, sent outside any transaction with a key of its own, resolved when in doubt.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from marketplace import gateway
from marketplace.kit import jobs, switches
from orders.models import Payment, PaymentStatus, SellerOrder
from payouts.models import (
    AccountKind,
    EntryKind,
    PayoutRun,
    SkipReason,
    Transfer,
    TransferKind,
    TransferStatus,
)
from payouts.services import (
    asking,
    clawbacks,
    freezes,
    holds,
    ledger,
    party_accounts,
    reversals,
)
from payouts.services.ledger import Move, Name

logger = logging.getLogger(__name__)

K = AccountKind
CANCELLED = "cancelled"


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
    return SENDING.send(transfer_id, at=at)


def send_planned(*, at: datetime) -> None:
    """Send what was planned and is not sent yet, oldest first. None while payouts are
    stopped, none of a run that waits for the platform's balance.
    """
    SENDING.send_planned(at=at)


def waiting(transfer_ids: Collection[int]) -> list[int]:
    """Keep those that are still to be sent and may be, as soon as their time comes."""
    left = SENDING.sendable().filter(pk__in=transfer_ids)
    return list(left.order_by("pk").values_list("pk", flat=True))


def cancel(*, transfer_id: int, at: datetime) -> bool:
    """Take back a transfer that no worker has taken yet: its money is payable again.
    Says whether that was so.
    """
    transfer = SENDING.rows().get(pk=transfer_id)
    if not asking.claim(transfer, at=at):
        return False
    SENDING.close(transfer, CANCELLED, at=at)
    return True


def resolve(*, at: datetime) -> None:
    """Find out about transfers whose answer was lost, or whose sender died."""
    SENDING.resolve(at=at)


class Sending(asking.Asking[Transfer, gateway.TransferFacts]):
    """How a transfer is sent. The switch and a run that waits only delay it."""

    pace = "transfers"

    def rows(self) -> "QuerySet[Transfer]":
        return Transfer.objects.select_related(
            "account", "payout_item__run", "seller_order__order"
        )

    def begun_at(self, row: Transfer) -> datetime:
        return row.planned_at

    def sendable(self) -> "QuerySet[Transfer]":
        if switches.is_on(switches.PAYOUTS):
            return Transfer.objects.none()
        return (
            super()
            .sendable()
            .filter(Q(payout_item=None) | Q(payout_item__run__paused_at=None))
        )

    def obstacle(self, row: Transfer, *, at: datetime, is_in_doubt: bool) -> str:
        """Say why it is not sent: its account is not the one it was planned for, cannot
        receive or is on hold; a bank asks about its order.
        """
        account = row.account
        if row.destination != account.provider_id:
            return SkipReason.DESTINATION_CHANGED
        reason = holds.payee_reason(account=account, at=at)
        if reason == SkipReason.RESTRICTED:
            return SkipReason.ACCOUNT_NOT_ACTIVE
        part = row.seller_order
        if reason is None and part is not None and freezes.is_frozen(part.order):
            return SkipReason.DISPUTED
        return reason or ""

    def ask(self, row: Transfer) -> gateway.TransferFacts:
        request = gateway.TransferRequest(
            reference=row.public_id,
            amount=row.amount,
            currency=row.currency,
            destination=row.destination,
            transfer_group=row.transfer_group,
            source_charge_id=row.source_charge_id or None,
            description=row.transfer_group,
        )
        return gateway.send_transfer(request=request, key=row.key)

    def find(self, row: Transfer) -> gateway.TransferFacts | None:
        return gateway.find_transfer(
            transfer_group=row.transfer_group, reference=row.public_id
        )

    def record(
        self, row: Transfer, facts: gateway.TransferFacts, *, at: datetime
    ) -> None:
        with transaction.atomic(durable=True):
            row.move_to(
                TransferStatus.SENT, at=at, provider_id=facts.transfer_id, sent_at=at
            )
            ledger.post(
                kind=EntryKind.TRANSFER_SENT,
                reference=row.public_id,
                currency=row.currency,
                moves=[
                    Move(Name(K.CLEARING_TRANSFER), Name(K.STRIPE_BALANCE), row.amount)
                ],
                at=at,
                order_reference=_order_reference(row),
                provider_id=facts.transfer_id,
            )
            # Its money may have been taken back from the seller while it was in doubt.
            reversals.plan_for_sent(transfer=row, at=at)

    def refuse(self, row: Transfer, problem: gateway.Refused, *, at: datetime) -> None:
        """Close it; one the balance does not cover stops the rest of its run."""
        if isinstance(problem, gateway.InsufficientBalance):
            _pause_run(row, at=at)
        super().refuse(row, problem, at=at)

    def close(self, row: Transfer, code: str, *, at: datetime) -> None:
        """Close a transfer that was refused; its money is payable again."""
        with transaction.atomic(durable=True):
            ledger.lock_payable(party_accounts.payable(row.account, row.currency))
            row.move_to(TransferStatus.FAILED, at=at, failure_code=code[:60])
            ledger.post(
                kind=EntryKind.TRANSFER_FAILED,
                reference=row.public_id,
                currency=row.currency,
                moves=[
                    Move(
                        Name(K.CLEARING_TRANSFER),
                        party_accounts.payable_name(row.account),
                        row.amount,
                    )
                ],
                at=at,
                order_reference=_order_reference(row),
            )
            clawbacks.net(account=row.account, currency=row.currency, at=at)


SENDING = Sending()


def _pause_run(transfer: Transfer, *, at: datetime) -> None:
    """Stop the rest of a run until the platform's balance is there, and say so once."""
    item = transfer.payout_item
    if item is None:
        return
    paused = PayoutRun.objects.filter(pk=item.run_id, paused_at=None)
    if paused.update(paused_at=at):
        logger.error(
            "payout run %s waits: the platform's balance does not cover %s %s",
            item.run,
            transfer.amount,
            transfer.currency,
        )


def _order_reference(transfer: Transfer) -> str:
    """The order a seller's transfer belongs to; a creator's sums many."""
    return transfer.transfer_group if transfer.seller_order_id else ""


def _paid_amount(part: SellerOrder) -> int:
    """What the buyer paid for a seller's lines and delivery and did not get back: none
    where gifts of the platform and a refund of the goods gave back more than that.
    """
    goods: int = part.lines.aggregate(sum=Sum("paid_amount"))["sum"]
    back: int = part.refund_lines.filter(refund__withdrawn_at=None).aggregate(
        sum=Coalesce(Sum("amount"), 0)
    )["sum"]
    return max(goods + part.delivery_amount + part.delivery_tax_added_amount - back, 0)
