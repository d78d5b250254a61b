"""The ledger accounts of one party, by what its money waits for."""

from payouts.models import AccountKind, ConnectedAccount, LedgerAccount
from payouts.services import ledger
from payouts.services.ledger import Name

K = AccountKind


def role(account: ConnectedAccount) -> str:
    """Give the word for what a party is, the key of its kind in the settings."""
    return "seller" if account.shop_id else "creator"


def held_name(account: ConnectedAccount) -> Name:
    """Name the account that holds what a party earned and may not be sent yet."""
    return Name(K.SELLER_HELD if account.shop_id else K.CREATOR_HELD, account)


def payable_name(account: ConnectedAccount) -> Name:
    """Name the account that holds what a party may be sent."""
    return Name(K.SELLER_PAYABLE if account.shop_id else K.CREATOR_PAYABLE, account)


def receivable_name(account: ConnectedAccount) -> Name:
    """Name the account that holds what a party owes the platform."""
    return Name(K.RECEIVABLE, account)


def held(account: ConnectedAccount, currency: str) -> LedgerAccount:
    """Give the row of a party's held account."""
    name = held_name(account)
    return ledger.accounts([name], currency)[name]


def payable(account: ConnectedAccount, currency: str) -> LedgerAccount:
    """Give the row of a party's payable account: the one that is locked."""
    name = payable_name(account)
    return ledger.accounts([name], currency)[name]
