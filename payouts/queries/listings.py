"""What happened to a party's money and what keeps it: lists for pages, newest first."""

from typing import Any

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from payouts.models import (
    ConnectedAccount,
    Dispute,
    Hold,
    PartyPayout,
    PayoutItem,
    PayoutSkip,
    Reserve,
    ReversedShare,
    Transfer,
    WithheldShare,
)
from sellers.models import Shop


def disputes_of(shop: Shop) -> "QuerySet[Dispute]":
    """Give the disputes of a shop's sales, what is open first, then the newest."""
    found = Dispute.objects.concerning(shop).select_related("payment__order")
    return found.order_by(F("closed_at").desc(nulls_first=True), "-opened_at", "-pk")


def borne_by(account: ConnectedAccount, *, dispute: Dispute) -> dict[str, int]:
    """Sum what a party bears of a dispute, and out of what; minor units. Nothing of one
    that was won on appeal.
    """
    rows = ReversedShare.objects.counting().filter(
        account_id=account.pk, dispute=dispute
    )
    sums = rows.aggregate(
        amount=Sum("amount"),
        held=Sum("from_held_amount"),
        payable=Sum("from_payable_amount"),
        owed=Sum("from_receivable_amount"),
    )
    return {name: amount or 0 for name, amount in sums.items()}


def payout_history(account: ConnectedAccount) -> "QuerySet[PayoutItem]":
    """Give what payout runs took for a payee, newest first, with run and transfer."""
    return (
        PayoutItem.objects.filter(account_id=account.pk)
        .select_related("run", "transfer")
        .order_by("-pk")
    )


def skips(account: ConnectedAccount) -> "QuerySet[PayoutSkip]":
    """Give the runs that passed a payee over, newest first."""
    found = PayoutSkip.objects.filter(account_id=account.pk).select_related("run")
    return found.order_by("-pk")


def withheld(account: ConnectedAccount) -> "QuerySet[WithheldShare]":
    """Give the shares a creator agreed on and did not earn, newest first."""
    found = WithheldShare.objects.filter(account_id=account.pk).select_related(
        "line__seller_order__order"
    )
    return found.order_by("-pk")


def seller_transfers(account: ConnectedAccount) -> "QuerySet[Transfer]":
    """Give a seller's transfers, newest first, with their orders."""
    found = Transfer.objects.filter(account_id=account.pk).select_related(
        "seller_order__order"
    )
    return found.order_by("-pk")


def open_holds(account: ConnectedAccount) -> "QuerySet[Hold]":
    """Give what staff hold of a payee now, newest first."""
    found = Hold.objects.filter(account_id=account.pk, released_at=None)
    related = ("accrual__line", "seller_order__order")
    return found.select_related(*related).order_by("-pk")


def open_reserves(account: ConnectedAccount) -> "QuerySet[Any]":
    """Give what is kept back of a payee's releases, the nearest day first, each with
    `order_id`, the order's public id.
    """
    found = Reserve.objects.filter(account_id=account.pk, released_at=None)
    order = Coalesce(
        "seller_order__order__public_id",
        "accrual__seller_order__order__public_id",
    )
    return found.annotate(order_id=order).order_by("until", "pk")


def bank_payouts(account: ConnectedAccount) -> "QuerySet[PartyPayout]":
    """Give a party's payouts to their bank, newest first."""
    found = PartyPayout.objects.filter(account_id=account.pk)
    return found.order_by("-started_at", "-pk")
