"""Money that has moved already, for tests to move it back."""

from typing import Any

from marketplace import gateway
from marketplace.gateway import sandbox_control
from tests.marketplace.gateway import asking


def paid(**more: Any) -> gateway.PaymentFacts:
    """Return a payment of 87.36 EUR."""
    page = gateway.open_checkout(request=asking.checkout(**more), key=asking.key())
    assert page.url is not None
    sandbox_control.pay(page_url=page.url)
    page = gateway.fetch_checkout(session_id=page.session_id)
    assert page.payment_intent_id is not None
    return gateway.fetch_payment(payment_intent_id=page.payment_intent_id)


def party(**more: Any) -> str:
    """Return the id of an account that may receive."""
    made = gateway.create_account(request=asking.account(**more), key=asking.key())
    sandbox_control.onboard(account_id=made.account_id)
    return made.account_id


def sent(account_id: str, **more: Any) -> gateway.TransferFacts:
    """Return a transfer of 53.68 EUR out of the platform's balance."""
    request = asking.transfer(destination=account_id, **more)
    return gateway.send_transfer(request=request, key=asking.key())


def available(currency: str = "EUR") -> int:
    """Return the platform's available balance, minor units."""
    return gateway.fetch_balance()[currency].available_amount
