"""The one door to Stripe: nothing else in the project imports its SDK.

No call opens a transaction or belongs inside one. Every amount is an integer in minor
units. A function either brings facts or raises an error that says what to do next.
"""

from marketplace.gateway.accounts import create_account, fetch_account, onboarding_link
from marketplace.gateway.balances import fetch_balance, list_balance_lines
from marketplace.gateway.checkout import (
    expire_checkout,
    fetch_checkout,
    fetch_payment,
    find_checkout,
    open_checkout,
)
from marketplace.gateway.client import API_VERSION, check_settings, is_live
from marketplace.gateway.errors import (
    AccountNotReady,
    AmountTooSmall,
    CardDeclined,
    CheckoutComplete,
    EventRefused,
    GatewayError,
    InsufficientBalance,
    KeyInUse,
    NotAuthorised,
    NotFound,
    NotSandbox,
    OutcomeUnknown,
    RateLimited,
    Refused,
    SessionMismatch,
)
from marketplace.gateway.events import ENDPOINTS, list_events, parse_event
from marketplace.gateway.transfers import find_transfer, send_transfer
from marketplace.gateway.types import (
    AccountFacts,
    AccountRequest,
    BalanceFacts,
    BalanceLine,
    CheckoutItem,
    CheckoutPage,
    CheckoutRequest,
    Endpoint,
    EventFacts,
    PaymentFacts,
    TransferFacts,
    TransferRequest,
)

__all__ = [
    "API_VERSION",
    "ENDPOINTS",
    "AccountFacts",
    "AccountNotReady",
    "AccountRequest",
    "AmountTooSmall",
    "BalanceFacts",
    "BalanceLine",
    "CardDeclined",
    "CheckoutComplete",
    "CheckoutItem",
    "CheckoutPage",
    "CheckoutRequest",
    "Endpoint",
    "EventFacts",
    "EventRefused",
    "GatewayError",
    "InsufficientBalance",
    "KeyInUse",
    "NotAuthorised",
    "NotFound",
    "NotSandbox",
    "OutcomeUnknown",
    "PaymentFacts",
    "RateLimited",
    "Refused",
    "SessionMismatch",
    "TransferFacts",
    "TransferRequest",
    "check_settings",
    "create_account",
    "expire_checkout",
    "fetch_account",
    "fetch_balance",
    "fetch_checkout",
    "fetch_payment",
    "find_checkout",
    "find_transfer",
    "is_live",
    "list_balance_lines",
    "list_events",
    "onboarding_link",
    "open_checkout",
    "parse_event",
    "send_transfer",
]
