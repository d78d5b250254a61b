"""Reversals on their way: sent outside any transaction with a key of the reversal's
own, resolved when in doubt; and those made in the provider's dashboard, adopted.

What came back makes good what the party owes. What it does not owe is the party's own
money and becomes payable to it again.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from marketplace import gateway
from payouts.models import (
    OPEN_REVERSALS,
    AccountKind,
    EntryKind,
    Reversal,
    ReversalStatus,
    Transfer,
)
from payouts.services import (
    asking,
    clawbacks,
    holds,
    ledger,
    party_accounts,
    reversals,
)
from payouts.services.ledger import Move, Name

K = AccountKind
# Who places a hold that no person did, and why.
PROVIDER = "stripe"
BY_HAND = (
    "A transfer was taken back by hand in Stripe's dashboard (%(reversal)s) although it "
    "was not owed. It is payable again and is sent when this hold is lifted."
)


def send(*, reversal_id: int, at: datetime) -> Reversal:
    """Send a planned reversal. Whoever claims it sends it; a second caller does nothing.

    No answer makes it `unknown`, never failed; a definitive no closes it and leaves the
    debt to netting. One whose debt has gone meanwhile is closed without asking.
    """
    return SENDING.send(reversal_id, at=at)


def send_planned(*, at: datetime) -> None:
    """Send what was planned and is not sent yet, oldest first."""
    SENDING.send_planned(at=at)


def resolve(*, at: datetime) -> None:
    """Find out about reversals whose answer was lost, or whose sender died."""
    SENDING.resolve(at=at)


def adopt(*, transfer: Transfer, at: datetime) -> int:
    """Fetch a transfer's reversals and book those we do not know: an answer of ours
    that was lost, or one made in the provider's dashboard. Returns how many were new.

    :raises gateway.GatewayError: the provider did not answer; what was found is kept.
    """
    assert transfer.provider_id is not None
    known = set(transfer.reversals.values_list("provider_id", flat=True))
    found = [
        facts
        for facts in gateway.reversals_of(transfer_id=transfer.provider_id)
        if facts.reversal_id not in known
    ]
    for facts in sorted(found, key=lambda facts: facts.created_at):
        _adopt(transfer, facts, at=at)
    return len(found)


def _is_owed(reversal: Reversal) -> bool:
    """Say whether the party still owes what this one and older open ones would bring."""
    account, currency = reversal.transfer.account, reversal.currency
    spoken_for: int = Reversal.objects.filter(
        transfer__account=account,
        currency=currency,
        status__in=OPEN_REVERSALS,
        pk__lte=reversal.pk,
    ).aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
    owed = clawbacks.owed_amount(account=account, currency=currency)
    return spoken_for <= owed


class Sending(asking.Asking[Reversal, gateway.ReversalFacts]):
    """How a reversal is sent. The payouts switch does not stop it."""

    pace = "reversals"

    def rows(self) -> "QuerySet[Reversal]":
        return Reversal.objects.select_related(
            "transfer__account__shop",
            "transfer__account__creator",
            "transfer__seller_order__order",
        )

    def begun_at(self, row: Reversal) -> datetime:
        return row.planned_at

    def obstacle(self, row: Reversal, *, at: datetime, is_in_doubt: bool) -> str:
        """One in doubt may have brought the money back: it is found out about."""
        return "" if is_in_doubt or _is_owed(row) else reversals.NO_LONGER_OWED

    def ask(self, row: Reversal) -> gateway.ReversalFacts:
        assert row.transfer.provider_id is not None
        request = gateway.ReversalRequest(
            reference=row.public_id,
            transfer_id=row.transfer.provider_id,
            amount=row.amount,
            currency=row.currency,
        )
        return gateway.send_reversal(request=request, key=row.key)

    def find(self, row: Reversal) -> gateway.ReversalFacts | None:
        assert row.transfer.provider_id is not None
        return gateway.find_reversal(
            transfer_id=row.transfer.provider_id, reference=row.public_id
        )

    def record(
        self, row: Reversal, facts: gateway.ReversalFacts, *, at: datetime
    ) -> None:
        with transaction.atomic(durable=True):
            _lock(row.transfer)
            _record_sent(row, facts, at=at)

    def close(self, row: Reversal, code: str, *, at: datetime) -> None:
        """Close a reversal that was refused: what it was to bring is netted, and is
        debt from now on.
        """
        transfer = row.transfer
        with transaction.atomic(durable=True):
            _lock(transfer)
            row.move_to(ReversalStatus.FAILED, at=at, failure_code=code[:60])
            reversals.settle(
                account=transfer.account,
                currency=transfer.currency,
                part=transfer.seller_order,
                refund=row.refund,
                dispute=row.dispute,
                at=at,
            )


SENDING = Sending()


def _record_sent(
    reversal: Reversal, facts: gateway.ReversalFacts, *, at: datetime
) -> None:
    reversal.move_to(
        ReversalStatus.SENT, at=at, provider_id=facts.reversal_id, sent_at=at
    )
    _book(reversal, at=at)


def _adopt(transfer: Transfer, facts: gateway.ReversalFacts, *, at: datetime) -> None:
    """Book one reversal found at the provider, once."""
    with transaction.atomic(durable=True):
        _lock(transfer)
        if Reversal.objects.filter(provider_id=facts.reversal_id).exists():
            return
        ours = transfer.reversals.filter(public_id=facts.reference or "").first()
        if ours is not None:
            if ours.status in (ReversalStatus.SUBMITTED, ReversalStatus.UNKNOWN):
                _record_sent(ours, facts, at=at)
            return
        made = Reversal.objects.create(
            transfer=transfer,
            status=ReversalStatus.SENT,
            amount=facts.amount,
            currency=facts.currency,
            is_external=True,
            provider_id=facts.reversal_id,
            planned_at=facts.created_at,
            sent_at=facts.created_at,
        )
        if _book(made, at=at) < made.amount:
            # It is his again. Sending it at once would undo what somebody did by hand
            # for a reason that is not known here, so a person looks at it first.
            holds.place(
                account=transfer.account,
                reason=BY_HAND % {"reversal": made.public_id},
                actor=PROVIDER,
                at=at,
            )


def _book(reversal: Reversal, *, at: datetime) -> int:
    """Post what came back: against the debt, as far as there is one that no other open
    reversal will bring; the rest is payable to the party. Returns what was repaid.
    """
    account, currency = reversal.transfer.account, reversal.currency
    # This one is sent already, so what is nettable leaves out the other open ones.
    owed = clawbacks.nettable_amount(account=account, currency=currency)
    repaid = min(reversal.amount, owed)
    part = reversal.transfer.seller_order
    ledger.post(
        kind=EntryKind.REVERSAL_SENT,
        reference=reversal.public_id,
        currency=currency,
        moves=[
            Move(
                Name(K.STRIPE_BALANCE), party_accounts.receivable_name(account), repaid
            ),
            Move(
                Name(K.STRIPE_BALANCE),
                party_accounts.payable_name(account),
                reversal.amount - repaid,
            ),
        ],
        at=at,
        order_reference=part.order.public_id if part else "",
        provider_id=reversal.provider_id or "",
    )
    return repaid


def _lock(transfer: Transfer) -> None:
    ledger.lock_payable(party_accounts.payable(transfer.account, transfer.currency))
