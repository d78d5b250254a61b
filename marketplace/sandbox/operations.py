"""The operations of the API: each route with its parameters in the SDK's words.

Whatever is not here answers as Stripe does for an unrecognised URL.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marketplace.sandbox import events
from marketplace.sandbox.calls import Call
from marketplace.sandbox.resources import (
    accounts,
    balance_settings,
    balances,
    banks,
    charging,
    checkout,
    customers,
    disputes,
    express,
    files,
    konbini,
    payment_methods,
    payments,
    payouts,
    refunds,
    reversals,
    topups,
    transfers,
    webhook_endpoints,
)
from marketplace.sandbox.web import Router

Handler = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True)
class Operation:
    """One route: `params` names the SDK's TypedDict, `returns` the object."""

    method: str
    pattern: str
    handler: Handler
    params: str
    returns: str

    @property
    def is_v2(self) -> bool:
        return self.pattern.startswith("/v2/")


OPERATIONS = (
    Operation(
        "POST",
        "/v1/checkout/sessions",
        checkout.create,
        "checkout.SessionCreateParams",
        "checkout.session",
    ),
    Operation(
        "GET",
        "/v1/checkout/sessions",
        checkout.list_all,
        "checkout.SessionListParams",
        "list",
    ),
    Operation(
        "GET",
        "/v1/checkout/sessions/{id}",
        checkout.retrieve,
        "checkout.SessionRetrieveParams",
        "checkout.session",
    ),
    Operation(
        "POST",
        "/v1/checkout/sessions/{id}/expire",
        checkout.expire,
        "checkout.SessionExpireParams",
        "checkout.session",
    ),
    Operation(
        "GET",
        "/v1/checkout/sessions/{id}/line_items",
        checkout.line_items,
        "checkout.SessionListLineItemsParams",
        "list",
    ),
    Operation(
        "POST", "/v1/customers", customers.create, "CustomerCreateParams", "customer"
    ),
    Operation(
        "GET",
        "/v1/customers/{id}",
        customers.retrieve,
        "CustomerRetrieveParams",
        "customer",
    ),
    Operation(
        "DELETE",
        "/v1/customers/{id}",
        customers.delete,
        "CustomerDeleteParams",
        "customer",
    ),
    Operation(
        "GET",
        "/v1/customers/{id}/payment_methods",
        payment_methods.list_of_customer,
        "CustomerListPaymentMethodsParams",
        "list",
    ),
    Operation(
        "GET",
        "/v1/payment_methods/{id}",
        payment_methods.retrieve,
        "PaymentMethodRetrieveParams",
        "payment_method",
    ),
    Operation(
        "POST",
        "/v1/payment_methods/{id}/detach",
        payment_methods.detach,
        "PaymentMethodDetachParams",
        "payment_method",
    ),
    Operation(
        "POST",
        "/v1/payment_intents",
        charging.create,
        "PaymentIntentCreateParams",
        "payment_intent",
    ),
    Operation(
        "GET",
        "/v1/payment_intents",
        payments.list_intents,
        "PaymentIntentListParams",
        "list",
    ),
    Operation(
        "GET",
        "/v1/payment_intents/{id}",
        payments.retrieve_intent,
        "PaymentIntentRetrieveParams",
        "payment_intent",
    ),
    Operation(
        "POST",
        "/v1/payment_intents/{id}/cancel",
        konbini.cancel,
        "PaymentIntentCancelParams",
        "payment_intent",
    ),
    Operation("GET", "/v1/charges", payments.list_charges, "ChargeListParams", "list"),
    Operation(
        "GET",
        "/v1/charges/{id}",
        payments.retrieve_charge,
        "ChargeRetrieveParams",
        "charge",
    ),
    Operation("POST", "/v1/refunds", refunds.create, "RefundCreateParams", "refund"),
    Operation("GET", "/v1/refunds", refunds.list_all, "RefundListParams", "list"),
    Operation(
        "GET", "/v1/refunds/{id}", refunds.retrieve, "RefundRetrieveParams", "refund"
    ),
    Operation(
        "POST",
        "/v1/refunds/{id}/cancel",
        refunds.cancel,
        "RefundCancelParams",
        "refund",
    ),
    Operation(
        "POST", "/v1/transfers", transfers.create, "TransferCreateParams", "transfer"
    ),
    Operation("GET", "/v1/transfers", transfers.list_all, "TransferListParams", "list"),
    Operation(
        "GET",
        "/v1/transfers/{id}",
        transfers.retrieve,
        "TransferRetrieveParams",
        "transfer",
    ),
    Operation(
        "POST",
        "/v1/transfers/{id}/reversals",
        reversals.create,
        "TransferReversalCreateParams",
        "transfer_reversal",
    ),
    Operation(
        "GET",
        "/v1/transfers/{id}/reversals",
        reversals.list_all,
        "TransferReversalListParams",
        "list",
    ),
    Operation(
        "GET",
        "/v1/transfers/{id}/reversals/{reversal}",
        reversals.retrieve,
        "TransferReversalRetrieveParams",
        "transfer_reversal",
    ),
    Operation("GET", "/v1/disputes", disputes.list_all, "DisputeListParams", "list"),
    Operation(
        "GET",
        "/v1/disputes/{id}",
        disputes.retrieve,
        "DisputeRetrieveParams",
        "dispute",
    ),
    Operation(
        "POST", "/v1/disputes/{id}", disputes.update, "DisputeUpdateParams", "dispute"
    ),
    Operation(
        "POST",
        "/v1/disputes/{id}/close",
        disputes.close,
        "DisputeCloseParams",
        "dispute",
    ),
    Operation("POST", "/v1/files", files.create, "FileCreateParams", "file"),
    Operation("GET", "/v1/files", files.list_all, "FileListParams", "list"),
    Operation("GET", "/v1/files/{id}", files.retrieve, "FileRetrieveParams", "file"),
    Operation(
        "GET", "/v1/balance", balances.retrieve, "BalanceRetrieveParams", "balance"
    ),
    Operation(
        "GET",
        "/v1/balance_transactions",
        balances.list_lines,
        "BalanceTransactionListParams",
        "list",
    ),
    Operation(
        "GET",
        "/v1/balance_transactions/{id}",
        balances.retrieve_line,
        "BalanceTransactionRetrieveParams",
        "balance_transaction",
    ),
    Operation(
        "GET",
        "/v1/balance_settings",
        balance_settings.retrieve,
        "BalanceSettingsRetrieveParams",
        "balance_settings",
    ),
    Operation(
        "POST",
        "/v1/balance_settings",
        balance_settings.update,
        "BalanceSettingsUpdateParams",
        "balance_settings",
    ),
    Operation("POST", "/v1/payouts", payouts.create, "PayoutCreateParams", "payout"),
    Operation("GET", "/v1/payouts", payouts.list_all, "PayoutListParams", "list"),
    Operation(
        "GET", "/v1/payouts/{id}", payouts.retrieve, "PayoutRetrieveParams", "payout"
    ),
    Operation(
        "POST",
        "/v1/payouts/{id}/cancel",
        payouts.cancel,
        "PayoutCancelParams",
        "payout",
    ),
    Operation(
        "POST",
        "/v1/payouts/{id}/reverse",
        payouts.reverse,
        "PayoutReverseParams",
        "payout",
    ),
    Operation("POST", "/v1/topups", topups.create, "TopupCreateParams", "topup"),
    Operation("GET", "/v1/topups", topups.list_all, "TopupListParams", "list"),
    Operation(
        "GET", "/v1/topups/{id}", topups.retrieve, "TopupRetrieveParams", "topup"
    ),
    Operation(
        "POST",
        "/v1/accounts/{id}/login_links",
        express.create_link,
        "AccountLoginLinkCreateParams",
        "login_link",
    ),
    Operation(
        "GET",
        "/v1/accounts/{id}/external_accounts",
        banks.list_all,
        "AccountExternalAccountListParams",
        "list",
    ),
    Operation(
        "GET",
        "/v1/accounts/{id}/external_accounts/{bank}",
        banks.retrieve,
        "AccountExternalAccountRetrieveParams",
        "bank_account",
    ),
    Operation(
        "POST",
        "/v1/account_sessions",
        express.create_session,
        "AccountSessionCreateParams",
        "account_session",
    ),
    Operation("GET", "/v1/events", events.list_all, "EventListParams", "list"),
    Operation(
        "GET", "/v1/events/{id}", events.retrieve, "EventRetrieveParams", "event"
    ),
    Operation(
        "POST",
        "/v1/webhook_endpoints",
        webhook_endpoints.create,
        "WebhookEndpointCreateParams",
        "webhook_endpoint",
    ),
    Operation(
        "GET",
        "/v1/webhook_endpoints",
        webhook_endpoints.list_all,
        "WebhookEndpointListParams",
        "list",
    ),
    Operation(
        "GET",
        "/v1/webhook_endpoints/{id}",
        webhook_endpoints.retrieve,
        "WebhookEndpointRetrieveParams",
        "webhook_endpoint",
    ),
    Operation(
        "DELETE",
        "/v1/webhook_endpoints/{id}",
        webhook_endpoints.delete,
        "WebhookEndpointDeleteParams",
        "webhook_endpoint",
    ),
    Operation(
        "POST",
        "/v2/core/accounts",
        accounts.create,
        "v2.core.AccountCreateParams",
        "v2.core.account",
    ),
    Operation(
        "GET",
        "/v2/core/accounts/{id}",
        accounts.retrieve,
        "v2.core.AccountRetrieveParams",
        "v2.core.account",
    ),
    Operation(
        "POST",
        "/v2/core/accounts/{id}",
        accounts.update,
        "v2.core.AccountUpdateParams",
        "v2.core.account",
    ),
    Operation(
        "POST",
        "/v2/core/accounts/{id}/close",
        accounts.close,
        "v2.core.AccountCloseParams",
        "v2.core.account",
    ),
    Operation(
        "POST",
        "/v2/core/account_links",
        accounts.create_link,
        "v2.core.AccountLinkCreateParams",
        "v2.core.account_link",
    ),
    Operation(
        "GET",
        "/v2/core/events/{id}",
        events.retrieve_thin,
        "v2.core.EventRetrieveParams",
        "v2.core.event",
    ),
)


def router() -> Router[Operation]:
    """Return a router over all operations."""
    routes: Router[Operation] = Router()
    for operation in OPERATIONS:
        routes.add(operation.method, operation.pattern, operation)
    return routes
