"""Months and years of statements, UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Min, Q

from payouts.models import ConnectedAccount, Entry, LedgerAccount


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month, written 2026-11."""

    year: int
    month: int

    @classmethod
    def of(cls, moment: datetime) -> "Month":
        day = moment.astimezone(UTC)
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read `2026-11`.

        :raises ValueError: for anything else.
        """
        year, dash, month = text.partition("-")
        if not (len(year) == 4 and dash and len(month) == 2):
            raise ValueError(text)
        found = cls(int(year), int(month))
        if not (2000 <= found.year <= 9998 and 1 <= found.month <= 12):
            raise ValueError(text)
        return found

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def starts_at(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def ends_at(self) -> datetime:
        return self.next.starts_at

    @property
    def next(self) -> "Month":
        if self.month == 12:
            return Month(self.year + 1, 1)
        return Month(self.year, self.month + 1)


def months_of(*, account: ConnectedAccount, at: datetime) -> list[tuple[Month, str]]:
    """List the months and currencies a party has statements of, newest first: from the
    month its first money moved until now.
    """
    found: list[tuple[Month, str]] = []
    if account.pk is None:
        return found
    last = Month.of(at)
    currencies = LedgerAccount.objects.filter(party_id=account.pk)
    for currency in sorted(set(currencies.values_list("currency", flat=True))):
        rows = LedgerAccount.objects.filter(party_id=account.pk, currency=currency)
        first = Entry.objects.filter(
            Q(postings__credit__in=rows) | Q(postings__debit__in=rows)
        ).aggregate(first=Min("occurred_at"))["first"]
        month = Month.of(first) if first else last.next
        while month <= last:
            found.append((month, currency))
            month = month.next
    return sorted(found, key=lambda one: (one[0], one[1]), reverse=True)
