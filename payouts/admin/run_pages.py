"""What the pages of payout runs show: what a run would do, what became of it, and why
payees were passed over.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from marketplace import gateway
from marketplace.accounts.models import User
from marketplace.kit import switches
from marketplace.kit.models import AuditEvent
from payouts.models import SYSTEM, PayoutItem, PayoutRun, SkipReason, TransferStatus
from payouts.services import payout_runs
from payouts.services.payout_runs import Figure

SALT = "payouts.admin.runs"
# A page of this many payees; the sums above it are of all.
SHOWN = 200
# What staff read: why, and what lifts it. Payees read the labels of SkipReason.
SKIPS = {
    SkipReason.BELOW_MINIMUM: (_l("Below the payout minimum"), _l("A later run")),
    SkipReason.ACCOUNT_NOT_ACTIVE: (
        _l("Payout account not active"),
        _l("The payee finishes setting it up"),
    ),
    SkipReason.RESTRICTED: (
        _l("Payout account restricted or closed"),
        _l("The payee solves it with Stripe"),
    ),
    SkipReason.HELD: (_l("On hold"), _l("Staff lift the hold")),
    SkipReason.ACCOUNT_CHANGED: (
        _l("Sign-in or payout account changed"),
        _l("The days after the change pass"),
    ),
    SkipReason.DESTINATION_CHANGED: (
        _l("Payout account replaced since the preview"),
        _l("A later run"),
    ),
    SkipReason.OWES: (_l("Owes the platform"), _l("Later earnings make it good")),
    SkipReason.DISPUTED: (
        _l("A payment in it is disputed"),
        _l("The bank decides"),
    ),
    SkipReason.STOPPED: (_l("Payouts stopped"), _l("Staff turn the switch off")),
}
MEANINGS = {
    TransferStatus.PLANNED: _l("Will be sent by itself in a moment"),
    TransferStatus.SUBMITTED: _l("Asked for; the answer is awaited"),
    TransferStatus.UNKNOWN: _l(
        "No answer in time. Asked again with the same key; do not send by hand"
    ),
    TransferStatus.SENT: _l("In their Stripe balance"),
    TransferStatus.FAILED: _l("Refused or taken out; back in the payee's balance"),
    "skipped": _l("Stays in their balance; each is told why"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What a run of one currency would do, as it is shown before it is asked for."""

    currency: str
    cut_off_at: datetime
    rows: list[Figure]
    error: str = ""
    reason: str = ""
    sent: list[Figure] = field(init=False)
    skipped: list[Figure] = field(init=False)

    def __post_init__(self) -> None:
        sent = [row for row in self.rows if row.reason is None]
        skipped = [row for row in self.rows if row.reason is not None]
        object.__setattr__(self, "sent", sent)
        object.__setattr__(self, "skipped", skipped)

    @property
    def sent_amount(self) -> int:
        return sum(row.amount for row in self.sent)

    @property
    def skipped_amount(self) -> int:
        return sum(row.amount for row in self.skipped)

    @property
    def needs_approval(self) -> bool:
        return payout_runs.is_above_limit(self.currency, self.sent)

    @property
    def token(self) -> str:
        """What was shown, signed: starting it twice names the same cut-off twice."""
        return signing.dumps(
            [self.currency, self.cut_off_at.isoformat(), self.sent_amount], salt=SALT
        )


def offer_of(
    currency: str, cut_off_at: datetime, *, at: datetime, **said: str
) -> Offer:
    """Compute what a run would do now; `said` is what was refused or written before."""
    try:
        rows = payout_runs.preview(currency=currency, cut_off_at=cut_off_at, at=at)
    except payout_runs.NoMinimum as problem:
        rows, said = [], {**said, "error": problem.message}
    return Offer(currency=currency, cut_off_at=cut_off_at, rows=rows, **said)


def parties(offers: list[Offer]) -> dict[int, str]:
    """Name the payees that are shown, by account id, in one query."""
    ids = [row.account_id for offer in offers for row in offer.rows[:SHOWN]]
    return payout_runs.names(ids)


def previewed(run: PayoutRun) -> dict[str, Any]:
    """What a waiting run would do, and what to look at before it is approved."""
    rows = run.previews.select_related("account__creator")
    skipped = (
        run.previews.exclude(reason="")
        .order_by("reason")
        .values("reason")
        .annotate(number=Count("pk"), sum=Sum("amount"))
    )
    return {
        "to_send": rows.filter(reason="").order_by("-amount", "pk")[:SHOWN],
        "why_skipped": [
            (*SKIPS[SkipReason(row["reason"])], row["number"], row["sum"])
            for row in skipped
        ],
        "skipped_amount": sum(row["sum"] for row in skipped),
        "skipped_number": sum(row["number"] for row in skipped),
        "checks": _checks(run),
    }


def _checks(run: PayoutRun) -> list[tuple[bool, str]]:
    """What must be so for the run to go through, and whether it is."""
    is_stopped = switches.is_on(switches.PAYOUTS)
    try:
        found = gateway.fetch_balance().get(run.currency)
        covered = found is not None and found.available_amount >= run.previewed_amount
        balance = (
            _("Stripe's balance covers the run")
            if covered
            else _("Stripe's balance does not cover the run: it would pause on the way")
        )
    except gateway.GatewayError:
        covered, balance = False, _("Stripe's balance is not known just now")
    return [
        (
            not is_stopped,
            _("Payouts are stopped") if is_stopped else _("Payouts go on"),
        ),
        (covered, balance),
    ]


def result(run: PayoutRun) -> dict[str, Any]:
    """What became of a run: sums by state, the payees, and who was passed over."""
    sums = payout_runs.totals(run)
    newest = payout_runs.newest_items(run)
    numbers: dict[str, int] = {"skipped": run.skips.count()}
    for status in newest.values_list("transfer__status", flat=True):
        numbers[status] = numbers.get(status, 0) + 1
    rows = [
        (key, numbers.get(key, 0), sums[key], words)
        for key, words in MEANINGS.items()
        if sums.get(key)
    ]
    return {
        "totals": rows,
        "all_number": sum(numbers.values()),
        "all_amount": sum(sums.values()),
        "sent_amount": sums.get(TransferStatus.SENT, 0),
        "sent_number": numbers.get(TransferStatus.SENT, 0),
        "taken_amount": sum(sums.values()) - sums["skipped"],
        "equals_preview": run.previewed_amount == sum(sums.values()) - sums["skipped"],
        "failed_number": numbers.get(TransferStatus.FAILED, 0),
        "items": _items(run)[:SHOWN],
        "skips": [
            (skip, *SKIPS[SkipReason(skip.reason)])
            for skip in run.skips.select_related("account__creator").order_by("pk")[
                :SHOWN
            ]
        ],
    }


def _items(run: PayoutRun) -> "QuerySet[PayoutItem]":
    return run.items.select_related(
        "account__creator", "account__shop", "transfer"
    ).order_by("-amount", "pk")


def events(run: PayoutRun) -> list[tuple[str, AuditEvent]]:
    """What people decided about a run, oldest first."""
    actions = {
        "payout_run.approve": _("Approved"),
        "payout_run.cancel": _("Cancelled"),
        "payout_run.retry": _("Paid again"),
    }
    events = AuditEvent.objects.filter(reference=run.public_id).order_by("pk")
    return [
        (f"{actions[event.action]}, {name_of(event.actor)}", event)
        for event in events
        if event.action in actions
    ]


def name_of(actor: str) -> str:
    """Write who did something: a person's e-mail, or what is no person."""
    if actor == SYSTEM:
        return _("the schedule")
    if not actor.isdecimal():
        return _("the limit")
    person = User.objects.filter(pk=actor).first()
    return str(person.email) if person else actor
