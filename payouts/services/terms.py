"""What differs for one payee: schedule, minimum, reserve, longer holds."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from marketplace.kit.errors import MarketplaceError
from marketplace.kit.models import AuditEvent
from payouts.models import ConnectedAccount, PayoutTerms, Schedule

RESERVE_MOST_BPS = 9_000
DAYS_MOST = 365


class TermsRefused(MarketplaceError):
    """These terms do not fit together; nothing was changed."""

    status_code = 400


def of(account: ConnectedAccount) -> PayoutTerms | None:
    """Give a payee's own terms, None when the marketplace's hold throughout."""
    return PayoutTerms.objects.filter(account_id=account.pk).first()


def extra_hold_days(accounts: Iterable[ConnectedAccount]) -> dict[str, int]:
    """Give the days by which what these payees sell now is held longer, by reference."""
    by_pk = {account.pk: account.reference for account in accounts}
    found = PayoutTerms.objects.filter(account_id__in=by_pk, extra_hold_days__gt=0)
    days = dict.fromkeys(by_pk.values(), 0)
    for pk, extra in found.values_list("account_id", "extra_hold_days"):
        days[by_pk[pk]] = extra
    return days


def reserve(account: ConnectedAccount) -> tuple[int, int]:
    """Give what is kept back of each release, in basis points, and for how many days."""
    found = of(account)
    return (found.reserve_bps, found.reserve_days) if found else (0, 0)


def change(
    *,
    account: ConnectedAccount,
    schedule: str,
    minimum_amounts: Mapping[str, int],
    reserve_bps: int,
    reserve_days: int,
    extra_hold_days: int,
    reason: str,
    actor: str,
    at: datetime,
) -> PayoutTerms:
    """Set a payee's terms, and keep who did it, why, and what they were before.

    `schedule` is empty for the marketplace's. Minimums in minor units by currency. They
    hold from now on: what was sold before keeps its days.

    :raises TermsRefused: a value is out of range, or a reserve without days.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise TermsRefused("Say why; the reason is kept with the terms.")
    if schedule not in ("", Schedule.DAILY, Schedule.WEEKLY, Schedule.MONTHLY):
        raise TermsRefused("There is no such schedule.")
    if any(amount < 0 for amount in minimum_amounts.values()):
        raise TermsRefused("A minimum is not negative.")
    if not 0 <= reserve_bps <= RESERVE_MOST_BPS:
        raise TermsRefused("A reserve is between 0 and 90 %.")
    if (reserve_bps == 0) != (reserve_days == 0):
        raise TermsRefused("A reserve needs both its share and its days.")
    if not (0 <= reserve_days <= DAYS_MOST and 0 <= extra_hold_days <= DAYS_MOST):
        raise TermsRefused("Days are between 0 and 365.")
    said = {
        "schedule": schedule,
        "minimum_amounts": dict(minimum_amounts),
        "reserve_bps": reserve_bps,
        "reserve_days": reserve_days,
        "extra_hold_days": extra_hold_days,
    }
    with transaction.atomic():
        before = of(account)
        terms, _made = PayoutTerms.objects.update_or_create(
            account=account, defaults={**said, "changed_at": at}
        )
        AuditEvent.objects.create(
            actor=actor,
            action="payout_terms.change",
            reference=account.reference,
            reason=reason,
            details={
                "before": {name: getattr(before, name) for name in said}
                if before
                else None,
                "after": said,
            },
            at=at,
        )
    return terms
