"""What the books keep of a person: see `kit.personal`. Money rows name a shop, a creator
or an order and never a person, and are not touched by an erasure.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.kit.personal import Obstacle, Tables
from orders.services import personal_data as of_orders
from payouts import queries
from payouts.models import ConnectedAccount, Dispute, DisputeStatus

CLOSED = (
    DisputeStatus.WARNING_CLOSED,
    DisputeStatus.WON,
    DisputeStatus.LOST,
    DisputeStatus.PREVENTED,
)


def export_of(*, user: User) -> Tables:
    """Give the disputes of a person's payments, and what payout accounts hold of it."""
    disputes = Dispute.objects.filter(
        payment__order__in=of_orders.orders_of(user=user)
    ).select_related("payment__order")
    accounts = ConnectedAccount.objects.visible_to(user).order_by("pk")
    return {
        "disputes": [
            {
                "order": row.payment.order.public_id,
                "status": row.status,
                "reason": row.reason,
                "amount": row.amount,
                "currency": row.currency,
            }
            for row in disputes.order_by("pk")
        ],
        "payout_accounts": [
            {
                "of": account.party.name,
                "status": account.status,
                "currency": balance.currency,
                "waiting_amount": balance.waiting,
                "paid_amount": balance.paid,
                "owed_amount": balance.owed,
            }
            for account in accounts
            for balance in queries.balances(account)
        ],
    }


def obstacles(*, user: User, at: datetime) -> list[Obstacle]:
    """Name open disputes, and money that is earned and not paid, or owed."""
    found = []
    mine = of_orders.orders_of(user=user)
    disputes = Dispute.objects.filter(payment__order__in=mine).exclude(
        status__in=CLOSED
    )
    if disputes.exists():
        found.append(Obstacle("disputes", _("A payment of yours is disputed.")))
    balances = [
        balance
        for account in ConnectedAccount.objects.visible_to(user)
        for balance in queries.balances(account)
    ]
    if any(balance.waiting for balance in balances):
        words = _("You have earned money that is not paid out yet.")
        found.append(Obstacle("earnings", words))
    if any(balance.owed for balance in balances):
        found.append(Obstacle("debt", _("You owe money that was taken back.")))
    return found


def erase(*, user: User, at: datetime) -> None:
    """Nothing: the books name no person."""
