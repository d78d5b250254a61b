"""Reversals on their way: sent outside any transaction with a key of the reversal's
own, resolved when in doubt; and those made in the provider's dashboard, adopted.

What came back makes good what the party owes. What it does not owe is the party's own
money and becomes payable to it again.
"""

import contextlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from marketplace import gateway
from marketplace.kit import states
from payouts.models import AccountKind, EntryKind, Reversal, ReversalStatus, Transfer
from payouts.services import clawbacks, holds, ledger, party_accounts, reversals
from payouts.services.ledger import Move, Name

K = AccountKind
STALE_AFTER = timedelta(minutes=2)
# Stripe may forget a key after 24 hours: past this, look before asking again.
KEYS_KEPT = timedelta(hours=20)
BATCH = 200
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
    reversal = _with_parties(Reversal.objects.all()).get(pk=reversal_id)
    if not _claim(reversal, at=at):
        return reversal
    if _is_owed(reversal):
        _ask(reversal, at=at, is_in_doubt=False)
    else:
        _fail(reversal, reversals.NO_LONGER_OWED, at=at)
    return reversal


def send_planned(*, at: datetime) -> None:
    """Send what was planned and is not sent yet, oldest first."""
    planned = Reversal.objects.filter(status=ReversalStatus.PLANNED).order_by("pk")
    for pk in planned.values_list("pk", flat=True)[:BATCH]:
        send(reversal_id=pk, at=at)


def resolve(*, at: datetime) -> None:
    """Find out about reversals whose answer was lost, or whose sender died.

    The same key is asked again; past KEYS_KEPT, or when Stripe stored a failure under
    the key, the reversal is looked up first, and only if there is none a new key is
    used.
    """
    lost = Reversal.objects.filter(
        Q(status=ReversalStatus.UNKNOWN)
        | Q(status=ReversalStatus.SUBMITTED, submitted_at__lte=at - STALE_AFTER)
    )
    for reversal in _with_parties(lost).order_by("pk")[:BATCH]:
        _resolve(reversal, at=at)


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


def _with_parties(found: "QuerySet[Reversal]") -> "QuerySet[Reversal]":
    return found.select_related(
        "transfer__account__shop",
        "transfer__account__creator",
        "transfer__seller_order__order",
    )


def _is_owed(reversal: Reversal) -> bool:
    """Say whether the party still owes what this one and older open ones would bring."""
    account, currency = reversal.transfer.account, reversal.currency
    spoken_for: int = Reversal.objects.filter(
        transfer__account=account,
        currency=currency,
        status__in=clawbacks.OPEN_REVERSALS,
        pk__lte=reversal.pk,
    ).aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
    owed = clawbacks.owed_amount(account=account, currency=currency)
    return spoken_for <= owed


def _resolve(reversal: Reversal, *, at: datetime) -> None:
    assert reversal.submitted_at is not None
    # Counted from the beginning: asking again does not renew Stripe's memory of a key.
    key_is_old = reversal.planned_at <= at - KEYS_KEPT
    # A look-up sees nothing of a call that is still under way.
    if key_is_old and reversal.submitted_at > at - STALE_AFTER:
        return
    if not _claim_again(reversal, at=at):
        return
    if key_is_old and not _look_up(reversal, at=at):
        return
    if reversal.status == ReversalStatus.SUBMITTED:
        _ask(reversal, at=at, is_in_doubt=True)


def _claim(reversal: Reversal, *, at: datetime) -> bool:
    if reversal.status != ReversalStatus.PLANNED:
        return False
    try:
        reversal.move_to(ReversalStatus.SUBMITTED, at=at, submitted_at=at)
    except states.Raced:
        return False
    return True


def _claim_again(reversal: Reversal, *, at: datetime) -> bool:
    """Take one in doubt, by compare-and-set on when it was last submitted."""
    claimed = Reversal.objects.filter(
        pk=reversal.pk, status=reversal.status, submitted_at=reversal.submitted_at
    ).update(status=ReversalStatus.SUBMITTED, submitted_at=at)
    reversal.status, reversal.submitted_at = ReversalStatus.SUBMITTED, at
    return claimed == 1


def _ask(reversal: Reversal, *, at: datetime, is_in_doubt: bool) -> None:
    """Ask the provider to execute a submitted reversal, and record its answer.

    One in doubt may have been executed by an earlier call, so a call that was not
    taken leaves it in doubt.
    """
    assert reversal.transfer.provider_id is not None
    request = gateway.ReversalRequest(
        reference=reversal.public_id,
        transfer_id=reversal.transfer.provider_id,
        amount=reversal.amount,
        currency=reversal.currency,
    )
    try:
        facts = gateway.send_reversal(request=request, key=reversal.key)
    except gateway.OutcomeUnknown as problem:
        if problem.replayed:
            _look_up(reversal, at=at)
        if reversal.status == ReversalStatus.SUBMITTED:
            reversal.move_to(ReversalStatus.UNKNOWN, at=at)
    except gateway.KeyInUse:
        reversal.move_to(ReversalStatus.UNKNOWN, at=at)
    except (gateway.RateLimited, gateway.NotAuthorised):
        reversal.move_to(
            ReversalStatus.UNKNOWN if is_in_doubt else ReversalStatus.PLANNED, at=at
        )
    except gateway.Refused as problem:
        _fail(reversal, problem.code, at=at)
    else:
        _record_sent(reversal, facts, at=at)


def _look_up(reversal: Reversal, *, at: datetime) -> bool:
    """Look the reversal up: adopt it, or note that a new key is needed.

    Returns whether the provider could be asked at all.
    """
    assert reversal.transfer.provider_id is not None
    try:
        facts = gateway.find_reversal(
            transfer_id=reversal.transfer.provider_id, reference=reversal.public_id
        )
    except gateway.GatewayError:
        reversal.move_to(ReversalStatus.UNKNOWN, at=at)
        return False
    if facts is not None:
        _record_sent(reversal, facts, at=at)
    else:
        reversal.attempt += 1
        reversal.save(update_fields=["attempt"])
    return True


def _record_sent(
    reversal: Reversal, facts: gateway.ReversalFacts, *, at: datetime
) -> None:
    # A notice of it may have been faster, and booked it.
    with contextlib.suppress(states.Raced), transaction.atomic(durable=True):
        _lock(reversal.transfer)
        reversal.move_to(
            ReversalStatus.SENT, at=at, provider_id=facts.reversal_id, sent_at=at
        )
        _book(reversal, at=at)


def _fail(reversal: Reversal, code: str, *, at: datetime) -> None:
    """Close a reversal that was refused: what it was to bring is netted, and is debt
    from now on.
    """
    transfer = reversal.transfer
    with transaction.atomic(durable=True):
        _lock(transfer)
        reversal.move_to(ReversalStatus.FAILED, at=at, failure_code=code[:60])
        reversals.settle(
            account=transfer.account,
            currency=transfer.currency,
            part=transfer.seller_order,
            refund=reversal.refund,
            dispute=reversal.dispute,
            at=at,
        )


def _adopt(transfer: Transfer, facts: gateway.ReversalFacts, *, at: datetime) -> None:
    """Book one reversal found at the provider, once."""
    with transaction.atomic(durable=True):
        _lock(transfer)
        if Reversal.objects.filter(provider_id=facts.reversal_id).exists():
            return
        ours = transfer.reversals.filter(public_id=facts.reference or "").first()
        if ours is not None:
            if ours.status in (ReversalStatus.SUBMITTED, ReversalStatus.UNKNOWN):
                ours.move_to(
                    ReversalStatus.SENT,
                    at=at,
                    provider_id=facts.reversal_id,
                    sent_at=at,
                )
                _book(ours, at=at)
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
