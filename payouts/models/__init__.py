from payouts.models.account import AccountStatus, ConnectedAccount
from payouts.models.accrual import Accrual, AccrualKind, WaitsFor, WithheldShare
from payouts.models.clawback import (
    OPEN_REVERSALS,
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
from payouts.models.hold import Credential, CredentialChange, Hold, Reserve
from payouts.models.invoice import CommissionInvoice
from payouts.models.ledger import (
    PARTY_KINDS,
    AccountKind,
    Entry,
    EntryKind,
    LedgerAccount,
    Posting,
)
from payouts.models.party_payout import PartyPayout, PartyPayoutStatus
from payouts.models.payout import (
    SYSTEM,
    PayoutItem,
    PayoutPreview,
    PayoutRun,
    PayoutRunStatus,
    PayoutSkip,
    PayoutTerms,
    Schedule,
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
from payouts.models.transfer import (
    OPEN_TRANSFERS,
    Transfer,
    TransferKind,
    TransferStatus,
)

__all__ = [
    "OPEN_REVERSALS",
    "OPEN_TRANSFERS",
    "PARTY_KINDS",
    "SYSTEM",
    "AccountKind",
    "AccountStatus",
    "Accrual",
    "AccrualKind",
    "CommissionInvoice",
    "ConnectedAccount",
    "Credential",
    "CredentialChange",
    "Discrepancy",
    "DiscrepancyKind",
    "Dispute",
    "DisputeEvidence",
    "DisputeStatus",
    "Entry",
    "EntryKind",
    "EvidenceKind",
    "Hold",
    "LedgerAccount",
    "Netting",
    "PartyPayout",
    "PartyPayoutStatus",
    "PayoutItem",
    "PayoutPreview",
    "PayoutRun",
    "PayoutRunStatus",
    "PayoutSkip",
    "PayoutTerms",
    "Posting",
    "ReconciliationRun",
    "ReconciliationScope",
    "Reserve",
    "Resolution",
    "Reversal",
    "ReversalStatus",
    "ReversedShare",
    "Schedule",
    "Seal",
    "ShareRole",
    "SkipReason",
    "Transfer",
    "TransferKind",
    "TransferStatus",
    "WaitsFor",
    "WithheldShare",
    "WriteOff",
    "WriteOffStatus",
]
