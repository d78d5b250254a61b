"""What the next run of their schedule will do for one payee, as it stands now."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from marketplace.kit import switches
from payouts.models import AccountKind, ConnectedAccount, LedgerAccount, SkipReason
from payouts.services import releases
from payouts.services.payout_runs import figures, schedules


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """The next payout of one currency: `amount` is what will be payable by then, minor
    units; `reason` says why it will not be sent, None when it will.
    """

    run_at: datetime
    schedule: str
    currency: str
    amount: int
    minimum_amount: int
    reason: SkipReason | None


def of(*, account: ConnectedAccount, at: datetime) -> list[Outlook]:
    """Give a creator's next payout, one a currency; what is shipped and returned until
    then changes it. Bounded queries.
    """
    schedule = schedules.schedule_of(account)
    run_at = schedules.next_run_at(at=at, schedule=schedule)
    cut_off_at = datetime.combine(run_at.astimezone(UTC).date(), time(), tzinfo=UTC)
    held = LedgerAccount.objects.filter(
        kind=AccountKind.CREATOR_HELD, party_id=account.pk
    )
    is_stopped = switches.is_on(switches.PAYOUTS)
    found = []
    for currency in held.order_by("currency").values_list("currency", flat=True):
        due = releases.due_to_creators(
            currency=currency, before=cut_off_at, account=account
        )
        rows = figures.read(
            currency=currency,
            schedule=schedule,
            at=run_at,
            accounts=[account.pk],
            due=due,
        )
        found += [
            Outlook(
                run_at=run_at,
                schedule=schedule,
                currency=currency,
                amount=row.amount,
                minimum_amount=row.minimum_amount,
                reason=SkipReason.STOPPED if is_stopped else row.reason,
            )
            for row in rows
        ]
    return found
