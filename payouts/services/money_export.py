"""Our view of money at the provider, for comparing it from outside: every object we know
there, and what is still on its way.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from marketplace.kit.models import Outbox
from orders.models import Payment, PaymentStatus, Refund, RefundStatus
from payouts.models import (
    Discrepancy,
    Dispute,
    Reversal,
    ReversalStatus,
    Transfer,
    TransferStatus,
)

UNDECIDED = ["planned", "requested", "submitted", "unknown"]


def objects() -> dict[str, list[dict[str, Any]]]:
    """Give every object of ours at the provider by its id there, amounts in minor
    units, each kind in the order of the ids.
    """
    return {
        "charges": _rows(
            Payment.objects.exclude(charge_id=None).filter(status=PaymentStatus.PAID),
            "charge_id",
            "payment_intent_id",
        ),
        "refunds": _rows(
            Refund.objects.exclude(provider_id=None), "provider_id", "status"
        ),
        "transfers": _rows(
            Transfer.objects.exclude(provider_id=None).annotate(
                reversed_amount=Coalesce(
                    Sum(
                        "reversals__amount",
                        filter=Q(reversals__status=ReversalStatus.SENT),
                    ),
                    0,
                )
            ),
            *("provider_id", "destination", "source_charge_id", "reversed_amount"),
        ),
        "reversals": _rows(
            Reversal.objects.exclude(provider_id=None),
            *("provider_id", "transfer__provider_id"),
        ),
        "disputes": _rows(Dispute.objects.all(), "provider_id", "status"),
    }


def pending(*, at: datetime) -> dict[str, list[str]]:
    """Give what is promised or in doubt and has to come to an end by itself, by kind
    and public id. What waits for a person is not among it.
    """
    transfers = [TransferStatus.SUBMITTED, TransferStatus.UNKNOWN]
    reversals = [s for s in ReversalStatus if s.value in UNDECIDED]
    refunds = [s for s in RefundStatus if s.value in UNDECIDED]
    return {
        "outbox": [
            f"{pk} {function}"
            for pk, function in Outbox.objects.filter(done_at=None)
            .filter(Q(run_at=None) | Q(run_at__lte=at))
            .order_by("pk")
            .values_list("pk", "function")
        ],
        "payments": _names(
            Payment.objects.filter(
                status__in=[PaymentStatus.STARTED, PaymentStatus.UNKNOWN]
            )
        ),
        "fees": _names(
            Payment.objects.filter(
                fee_booked_at=None, charge_id__isnull=False, status=PaymentStatus.PAID
            )
        ),
        "transfers": _names(
            Transfer.objects.filter(status__in=[*transfers, TransferStatus.PLANNED])
        ),
        "reversals": _names(Reversal.objects.filter(status__in=reversals)),
        "refunds": _names(Refund.objects.filter(status__in=refunds, pending_reason="")),
        "discrepancies": _names(Discrepancy.objects.filter(resolved_at=None)),
    }


def _rows(found: Any, *fields: str) -> list[dict[str, Any]]:
    columns = [*fields, "amount", "currency"]
    rows = found.order_by(fields[0]).values_list(*columns)
    names = ["id", *(field.replace("__provider_id", "") for field in columns[1:])]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _names(found: Any) -> list[str]:
    return list(found.order_by("pk").values_list("public_id", flat=True))
