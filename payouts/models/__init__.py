from payouts.models.account import AccountStatus, ConnectedAccount
from payouts.models.accrual import Accrual, AccrualKind, WaitsFor, WithheldShare
from payouts.models.clawback import (
    Netting,
    Reversal,
    ReversalStatus,
    ReversedShare,
    ShareRole,
    WriteOff,
    WriteOffStatus,
)
from payouts.models.dispute import (
    Dispute,
    DisputeEvidence,
    DisputeStatus,
    EvidenceKind,
)
from payouts.models.invoice import CommissionInvoice
from payouts.models.ledger import (
    PARTY_KINDS,
    AccountKind,
    Entry,
    EntryKind,
    LedgerAccount,
    Posting,
)
from payouts.models.payout import (
    PayoutItem,
    PayoutRun,
    PayoutRunStatus,
    PayoutSkip,
    SkipReason,
)
from payouts.models.reconciliation import (
    Discrepancy,
    DiscrepancyKind,
    ReconciliationRun,
    ReconciliationScope,
    Resolution,
)
from payouts.models.seal import Seal
from payouts.models.transfer import Transfer, TransferKind, TransferStatus

__all__ = [
    "Discrepancy",
    "DiscrepancyKind",
    "ReconciliationRun",
    "ReconciliationScope",
    "Resolution",
    "Seal",
    "CommissionInvoice",
    "WriteOffStatus",
    "WriteOff",
    "ShareRole",
    "ReversedShare",
    "ReversalStatus",
    "Reversal",
    "Netting",
    "DisputeStatus",
    "DisputeEvidence",
    "EvidenceKind",
    "Dispute",
    "PARTY_KINDS",
    "AccountKind",
    "AccountStatus",
    "Accrual",
    "AccrualKind",
    "ConnectedAccount",
    "Entry",
    "EntryKind",
    "LedgerAccount",
    "PayoutItem",
    "PayoutRun",
    "PayoutRunStatus",
    "PayoutSkip",
    "Posting",
    "SkipReason",
    "Transfer",
    "TransferKind",
    "TransferStatus",
    "WaitsFor",
    "WithheldShare",
]
