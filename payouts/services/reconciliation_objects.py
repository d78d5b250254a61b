"""Our rows beside the provider's objects: every payment, transfer, reversal, refund and
dispute is on both sides with the same amount (R2), and every party got what the ledger
says (R3).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum

from marketplace import gateway
from orders.models import Payment, PaymentStatus, Refund
from payouts.models import (
    Discrepancy,
    DiscrepancyKind,
    Dispute,
    EntryKind,
    Posting,
    Resolution,
    Reversal,
    ReversalStatus,
    Transfer,
)
from payouts.services.reconciliation_lines import GRACE, Difference

Kind = DiscrepancyKind


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of either side: its id there, its name here, what it is worth."""

    id: str
    name: str
    amount: int
    currency: str
    at: datetime | None


def compare(
    *, since: datetime, until: datetime, strangers: Collection[str], at: datetime
) -> list[Difference]:
    """Compare the objects of a time, both ways. What is younger than GRACE may still
    meet its other half; `strangers` are named already, by their lines in suspense.

    :raises gateway.GatewayError: the provider did not answer.
    """
    young = min(until, at - GRACE)
    aside = set(strangers) | set(
        Discrepancy.objects.filter(kind=Kind.UNKNOWN_LINE)
        .exclude(resolution=Resolution.ADOPTED)
        .values_list("object_id", flat=True)
    )
    transfers = [
        facts
        for facts in gateway.list_transfers(since=since)
        if facts.created_at < young and facts.transfer_id not in aside
    ]
    reversed, taken_back = _reversals(transfers, aside)
    return [
        *_payments(since, young, aside),
        *_transfers(transfers, since, young),
        *reversed,
        *_refunds(since, young, aside),
        *_disputes(since, young, aside),
        *_parties(transfers, taken_back),
    ]


def _payments(
    since: datetime, young: datetime, aside: Collection[str]
) -> list[Difference]:
    theirs = {
        facts.charge_id: Thing(
            facts.charge_id,
            facts.payment_reference or "",
            facts.amount,
            facts.currency,
            None,
        )
        for facts in gateway.list_payments(since=since)
        if facts.status == "paid" and facts.charge_id and facts.charge_id not in aside
    }
    rows = Payment.objects.exclude(charge_id=None).filter(
        Q(charge_id__in=theirs) | Q(paid_at__gte=since, paid_at__lt=young)
    )
    intents = {row.charge_id: row.payment_intent_id for row in rows}
    ours = {
        str(row.charge_id): Thing(
            str(row.charge_id), row.public_id, row.amount, row.currency, row.paid_at
        )
        # Money set aside has another amount than the payment it does not fit.
        for row in rows
        if row.status == PaymentStatus.PAID
    }
    set_aside = {str(row.charge_id) for row in rows} - ours.keys()

    def fetch(id: str) -> Thing:
        facts = gateway.fetch_payment(payment_intent_id=intents[id] or "")
        return Thing(id, "", facts.amount, facts.currency, None)

    theirs = {
        id: thing
        for id, thing in theirs.items()
        if id not in set_aside and (id in ours or not _is_young_payment(thing, young))
    }
    return _differences("payment", ours, theirs, fetch)


def _is_young_payment(thing: Thing, young: datetime) -> bool:
    """A payment names no moment; its row says when its page was asked for."""
    row = Payment.objects.filter(public_id=thing.name).first()
    return row is not None and row.started_at >= young


def _transfers(
    facts: Iterable[gateway.TransferFacts], since: datetime, young: datetime
) -> list[Difference]:
    theirs = {
        one.transfer_id: Thing(
            one.transfer_id,
            one.reference or "",
            one.amount,
            one.currency,
            one.created_at,
        )
        for one in facts
    }
    rows = Transfer.objects.filter(provider_id__isnull=False).filter(
        Q(provider_id__in=theirs) | Q(sent_at__gte=since, sent_at__lt=young)
    )
    ours = {str(row.provider_id): _thing(row, row.sent_at) for row in rows}

    def fetch(id: str) -> Thing:
        found = gateway.fetch_transfer(transfer_id=id)
        return Thing(id, "", found.amount, found.currency, None)

    return _differences("transfer", ours, theirs, fetch)


def _reversals(
    transfers: Sequence[gateway.TransferFacts], aside: Collection[str]
) -> tuple[list[Difference], dict[str, int]]:
    """Look into each transfer that was taken back by another sum than our rows say;
    give also what was taken back of each, strangers left out.
    """
    sums = dict(
        Reversal.objects.filter(
            transfer__provider_id__in=[facts.transfer_id for facts in transfers],
            status=ReversalStatus.SENT,
        )
        .values_list("transfer__provider_id")
        .annotate(sum=Sum("amount"))
    )
    taken_back = {facts.transfer_id: facts.reversed_amount for facts in transfers}
    found: list[Difference] = []
    for id, amount in list(taken_back.items()):
        if amount == sums.get(id, 0):
            continue
        theirs = {
            one.reversal_id: Thing(
                one.reversal_id, one.reference or "", one.amount, one.currency, None
            )
            for one in gateway.reversals_of(transfer_id=id)
            if one.reversal_id not in aside
        }
        taken_back[id] = sum(thing.amount for thing in theirs.values())
        rows = Reversal.objects.filter(
            transfer__provider_id=id, provider_id__isnull=False
        )
        ours = {str(row.provider_id): _thing(row, row.sent_at) for row in rows}
        found += _differences("reversal", ours, theirs, None)
    return found, taken_back


def _refunds(
    since: datetime, young: datetime, aside: Collection[str]
) -> list[Difference]:
    theirs = {
        facts.refund_id: Thing(
            facts.refund_id,
            facts.reference or "",
            facts.amount,
            facts.currency,
            facts.created_at,
        )
        for facts in gateway.list_refunds(since=since)
        if facts.created_at < young and facts.refund_id not in aside
    }
    rows = Refund.objects.filter(provider_id__isnull=False).filter(
        Q(provider_id__in=theirs) | Q(submitted_at__gte=since, submitted_at__lt=young)
    )
    ours = {str(row.provider_id): _thing(row, row.submitted_at) for row in rows}

    def fetch(id: str) -> Thing:
        found = gateway.fetch_refund(refund_id=id)
        return Thing(id, "", found.amount, found.currency, None)

    return _differences("refund", ours, theirs, fetch)


def _disputes(
    since: datetime, young: datetime, aside: Collection[str]
) -> list[Difference]:
    theirs = {
        facts.dispute_id: Thing(
            facts.dispute_id, "", facts.amount, facts.currency, facts.created_at
        )
        for facts in gateway.list_disputes(since=since)
        if facts.created_at < young and facts.dispute_id not in aside
    }
    rows = Dispute.objects.filter(
        Q(provider_id__in=theirs) | Q(opened_at__gte=since, opened_at__lt=young)
    )
    ours = {row.provider_id: _thing(row, row.opened_at) for row in rows}

    def fetch(id: str) -> Thing:
        found = gateway.fetch_dispute(dispute_id=id)
        return Thing(id, "", found.amount, found.currency, None)

    return _differences("dispute", ours, theirs, fetch)


def _thing(row: Transfer | Reversal | Refund | Dispute, at: datetime | None) -> Thing:
    return Thing(str(row.provider_id), row.public_id, row.amount, row.currency, at)


def _differences(
    what: str,
    ours: dict[str, Thing],
    theirs: dict[str, Thing],
    fetch: Callable[[str], Thing] | None,
) -> list[Difference]:
    """Compare by the provider's id. An object of ours that its list did not show is
    asked for by itself before it counts as missing: it may be older than the list.
    """
    found: list[Difference] = []
    for id in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(id), theirs.get(id)
        if one is not None and other is None and fetch is not None:
            try:
                other = fetch(id)
            except gateway.NotFound:
                other = None
        if (
            one
            and other
            and (one.amount, one.currency)
            == (
                other.amount,
                other.currency,
            )
        ):
            continue
        thing = one or other
        assert thing is not None
        kind = (
            Kind.OBJECT_DIFFERS
            if one and other
            else (Kind.NO_OBJECT if one else Kind.UNKNOWN_OBJECT)
        )
        found.append(
            Difference(
                kind=kind,
                reference=id,
                object_id=id,
                currency=thing.currency,
                our_amount=one.amount if one else 0,
                their_amount=other.amount if other else 0,
                details={"object": what, "names": thing.name},
            )
        )
    return found


def _parties(
    transfers: Iterable[gateway.TransferFacts], taken_back: Mapping[str, int]
) -> list[Difference]:
    """R3: what each account got of these transfers less what was taken back, by the
    provider and by the ledger.
    """
    theirs: dict[tuple[str, str], int] = defaultdict(int)
    for facts in transfers:
        amount = facts.amount - taken_back[facts.transfer_id]
        theirs[facts.destination, facts.currency] += amount
    ours = _paid([facts.transfer_id for facts in transfers])
    return [
        Difference(
            kind=Kind.PARTY_TOTAL,
            reference=account,
            object_id=account,
            currency=currency,
            our_amount=ours.get((account, currency), 0),
            their_amount=theirs.get((account, currency), 0),
        )
        for account, currency in sorted(ours.keys() | theirs.keys())
        if ours.get((account, currency), 0) != theirs.get((account, currency), 0)
    ]


def _paid(transfer_ids: Collection[str]) -> dict[tuple[str, str], int]:
    """Give what the ledger says was paid by these transfers, per account at the
    provider: what `transfer_sent` moved, less what `reversal_sent` moved back.
    """
    sent = {
        row.public_id: row.destination
        for row in Transfer.objects.filter(provider_id__in=transfer_ids)
    }
    back = {
        row.public_id: row.transfer.destination
        for row in Reversal.objects.filter(
            transfer__provider_id__in=transfer_ids
        ).select_related("transfer")
    }
    paid: dict[tuple[str, str], int] = defaultdict(int)
    for kind, names, sign in (
        (EntryKind.TRANSFER_SENT, sent, 1),
        (EntryKind.REVERSAL_SENT, back, -1),
    ):
        postings = Posting.objects.filter(
            entry__kind=kind, entry__reference__in=list(names)
        )
        for reference, currency, amount in postings.values_list(
            "entry__reference", "currency", "amount"
        ):
            paid[names[reference], currency] += sign * amount
    return paid
