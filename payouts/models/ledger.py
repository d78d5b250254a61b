"""The ledger: accounts, entries and postings. Rows are only ever added.

A posting moves a positive amount from a debit to a credit account of one currency, so
no entry can be out of balance. The database refuses UPDATE, DELETE and TRUNCATE
(migration 0002), and a posting in another currency than its accounts.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from marketplace.kit import states
from payouts.models.account import ConnectedAccount


class AccountKind(models.TextChoices):
    """docs/money.md explains each account and the entries that touch it."""

    ORDER_CLEARING = "order_clearing"
    STRIPE_BALANCE = "stripe_balance"
    STRIPE_RESERVE = "stripe_reserve"
    BANK = "bank"
    CLEARING_TRANSFER = "clearing_transfer"
    CLEARING_REFUND = "clearing_refund"
    DISPUTE_CLEARING = "dispute_clearing"
    RECEIVABLE = "receivable"
    SELLER_HELD = "seller_held"
    SELLER_PAYABLE = "seller_payable"
    CREATOR_HELD = "creator_held"
    CREATOR_PAYABLE = "creator_payable"
    TAX_PAYABLE = "tax_payable"
    BUYER_REFUND_DUE = "buyer_refund_due"
    SUSPENSE = "suspense"
    PLATFORM_COMMISSION = "platform_commission"
    RECOVERED_DEBT = "recovered_debt"
    PROCESSING_FEE = "processing_fee"
    PLATFORM_DISCOUNTS = "platform_discounts"
    DISPUTE_FEE = "dispute_fee"
    DISPUTE_LOSS = "dispute_loss"
    GOODWILL = "goodwill"
    BAD_DEBT = "bad_debt"


PARTY_KINDS = frozenset(
    {
        AccountKind.SELLER_HELD,
        AccountKind.SELLER_PAYABLE,
        AccountKind.CREATOR_HELD,
        AccountKind.CREATOR_PAYABLE,
        AccountKind.RECEIVABLE,
    }
)


class LedgerAccount(models.Model):
    """One account in one currency; `code` is its readable name. No balance is stored:
    it is the sum of its postings.
    """

    code = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=24, choices=AccountKind.choices)
    party = models.ForeignKey(
        ConnectedAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger_accounts",
    )
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            states.one_of("kind", AccountKind, name="ledger_account_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=sorted(PARTY_KINDS), party__isnull=False)
                | (~Q(kind__in=sorted(PARTY_KINDS)) & Q(party=None)),
                name="ledger_account_party",
            ),
            # The target of the postings' composite foreign keys (migration 0002).
            models.UniqueConstraint(
                fields=["id", "currency"], name="ledger_account_currency"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class EntryKind(models.TextChoices):
    """What an entry records; with its reference it happens once."""

    TOPUP = "topup"
    CAPTURE = "capture"
    LATE_CAPTURE = "late_capture"
    MISMATCH = "mismatch"
    FEE = "fee"
    SELLER_RELEASE = "seller_release"
    CREATOR_RELEASE = "creator_release"
    TRANSFER = "transfer"
    TRANSFER_SENT = "transfer_sent"
    TRANSFER_FAILED = "transfer_failed"
    RESERVE_RELEASE = "reserve_release"
    REFUND = "refund"
    REFUND_SETTLED = "refund_settled"
    REFUND_FAILED = "refund_failed"
    REFUND_WITHDRAWN = "refund_withdrawn"
    REVERSAL_SENT = "reversal_sent"
    NETTING = "netting"
    WRITE_OFF = "write_off"
    DEBT_RECOVERED = "debt_recovered"
    DISPUTE = "dispute"
    DISPUTE_REINSTATED = "dispute_reinstated"
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_RESTORED = "dispute_restored"
    PLATFORM_PAYOUT = "platform_payout"
    PROVIDER_RESERVE = "provider_reserve"
    STRAY = "stray"
    CORRECTION = "correction"


class Entry(models.Model):
    """One money effect, posted once: (kind, reference) is unique."""

    kind = models.CharField(max_length=20, choices=EntryKind.choices)
    reference = models.CharField(max_length=100)
    occurred_at = models.DateTimeField()
    order_reference = models.CharField(max_length=24, blank=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal"
    )
    provider_id = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name_plural = "entries"
        constraints: ClassVar = [
            states.one_of("kind", EntryKind, name="entry_kind"),
            models.UniqueConstraint(fields=["kind", "reference"], name="entry_once"),
            models.CheckConstraint(condition=~Q(reference=""), name="entry_reference"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["order_reference"]),
            models.Index(fields=["occurred_at"]),
            models.Index(
                fields=["provider_id"],
                condition=~Q(provider_id=""),
                name="entry_of_provider",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.reference}"


class Posting(models.Model):
    """An amount that moves from the debit to the credit account."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    debit = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="debits"
    )
    credit = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="credits"
    )
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="posting_amount_positive"
            ),
            models.CheckConstraint(
                condition=~Q(debit=F("credit")), name="posting_two_accounts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.debit_id} → {self.credit_id} {self.amount} {self.currency}"
