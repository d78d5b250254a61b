"""What goes to Stripe and what comes back, in our words.

Amounts are integers in Stripe's minor units, currencies upper-case ISO codes, moments
aware UTC. A fact is a copy of what Stripe said at the time of the call, never a live
object: whoever needs it fresh asks again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

CheckoutStatus = Literal["open", "complete", "expired"]
CheckoutPaymentStatus = Literal["paid", "unpaid", "no_payment_required"]
PaymentStatus = Literal[
    "paid", "processing", "awaiting_cash", "failed", "needs_action", "cancelled"
]
PaymentMethod = Literal["card", "konbini"]
RefundStatus = Literal["pending", "waits_for_buyer", "sent", "failed", "cancelled"]
PartyKind = Literal["seller", "creator"]
PartyEntity = Literal["individual", "company"]
PartyPayoutStatus = Literal["pending", "in_transit", "paid", "failed", "cancelled"]
Endpoint = Literal["platform", "connect", "v2"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckoutItem:
    """One row of the payment page: what the buyer pays for a line, delivery or tax."""

    name: str
    amount: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckoutRequest:
    """Everything the payment page of one order needs; the items sum to the total.

    `konbini_expires_after_days` (1 to 60) offers payment in cash at a Japanese
    convenience store until the end of that day in Japan; None does not. `customer_id`
    names a buyer whose cards are kept (his e-mail is the customer's then), and
    `saves_card` keeps the one he pays with.
    """

    payment_reference: str
    order_reference: str
    currency: str
    total_amount: int
    items: tuple[CheckoutItem, ...]
    email: str
    locale: str
    success_url: str
    cancel_url: str
    transfer_group: str
    expires_at: datetime
    custom_text: str
    konbini_expires_after_days: int | None
    customer_id: str | None = None
    saves_card: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargeRequest:
    """Everything that charging a saved card needs, its buyer being there.

    `return_url` is where he comes back to from his bank, where it asks him first.
    """

    payment_reference: str
    customer_id: str
    card_id: str
    amount: int
    currency: str
    transfer_group: str
    return_url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedCard:
    """A card that a customer keeps, as its owner may see it."""

    card_id: str
    brand: str
    last4: str
    fingerprint: str
    expires_month: int
    expires_year: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckoutPage:
    """A payment page; `url` is None when it is no longer open.

    Complete and unpaid: the buyer has a voucher and will pay at a store.
    """

    session_id: str
    url: str | None
    status: CheckoutStatus
    payment_status: CheckoutPaymentStatus
    payment_intent_id: str | None
    payment_reference: str | None
    amount: int
    currency: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class BalanceLine:
    """One movement of a balance at Stripe; `net_amount` = `amount` - `fee_amount`.

    `account` is None for the platform's own balance.
    """

    id: str
    type: str
    amount: int
    fee_amount: int
    net_amount: int
    currency: str
    source_id: str | None
    created_at: datetime
    available_at: datetime
    account: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreCodes:
    """What a buyer shows at one chain of convenience stores."""

    confirmation_number: str | None
    payment_code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Voucher:
    """Codes to pay with in cash until `expires_at`; `hosted_url` shows them too.

    `stores` pairs the name of a chain (familymart, lawson, ministop, seicomart) with
    its codes.
    """

    expires_at: datetime
    hosted_url: str | None
    stores: tuple[tuple[str, StoreCodes], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentFacts:
    """A payment as Stripe has it now.

    `method` is how it was paid or, with a `voucher`, is to be; None when nothing says.
    `voucher` stands while cash is awaited. `action_url` is the bank's page while a
    charge of a saved card waits for its buyer there. `balance_line` is None until Stripe has
    booked the charge and its fee.
    """

    payment_intent_id: str
    status: PaymentStatus
    amount: int
    currency: str
    payment_reference: str | None
    method: PaymentMethod | None
    voucher: Voucher | None
    action_url: str | None
    charge_id: str | None
    card_fingerprint: str | None
    card_brand: str | None
    card_last4: str | None
    failure_code: str | None
    balance_line: BalanceLine | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RefundRequest:
    """Money to give back to a buyer; only a payment without a card takes an e-mail,
    to which Stripe writes for bank details.
    """

    reference: str
    payment_intent_id: str
    amount: int
    currency: str
    instructions_email: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RefundFacts:
    """A refund as Stripe has it now.

    `balance_line_id` is None until the money has left the platform's balance;
    `failure_balance_line_id` brought it back. `waits_for_buyer`: the money has left, and
    the buyer has yet to say where it is to go.
    """

    refund_id: str
    reference: str | None
    status: RefundStatus
    pending_reason: str | None
    failure_reason: str | None
    amount: int
    currency: str
    charge_id: str | None
    payment_intent_id: str | None
    balance_line_id: str | None
    failure_balance_line_id: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountRequest:
    """A seller or creator who is to receive money."""

    reference: str
    kind: PartyKind
    entity: PartyEntity
    country: str
    email: str
    display_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountFacts:
    """What a party's account may do now, and what it still has to hand in.

    `external_account` tells its bank account from another, without saying which it is;
    None where there is none or nothing may move.
    """

    account_id: str
    transfers_active: bool
    payouts_active: bool
    requirements_due: tuple[str, ...]
    is_closed: bool
    reference: str | None
    external_account: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferRequest:
    """Money to send to a party; `source_charge_id` binds it to one buyer's payment."""

    reference: str
    amount: int
    currency: str
    destination: str
    transfer_group: str
    source_charge_id: str | None
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferFacts:
    """A transfer that Stripe has executed."""

    transfer_id: str
    reference: str | None
    amount: int
    currency: str
    destination: str
    source_charge_id: str | None
    transfer_group: str | None
    balance_line_id: str | None
    created_at: datetime
    reversed_amount: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReversalRequest:
    """Money of a transfer to take back; `amount` in the transfer's `currency`."""

    reference: str
    transfer_id: str
    amount: int
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReversalFacts:
    """A reversal that Stripe has executed."""

    reversal_id: str
    transfer_id: str
    reference: str | None
    amount: int
    currency: str
    balance_line_id: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class DisputeFacts:
    """A dispute as Stripe has it now; `status` and `reason` in Stripe's own words.

    `balance_lines` are what it took from the platform and gave back so far.
    """

    dispute_id: str
    charge_id: str
    payment_intent_id: str | None
    status: str
    reason: str
    amount: int
    currency: str
    evidence_due_at: datetime | None
    has_evidence: bool
    submissions: int
    balance_lines: tuple[BalanceLine, ...]
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PartyPayoutFacts:
    """A payout of a party's balance to its bank; `paid` can still become `failed`."""

    payout_id: str
    account_id: str
    status: PartyPayoutStatus
    amount: int
    currency: str
    arrival_at: datetime
    failure_code: str | None
    failure_message: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class BalanceFacts:
    """A balance in one currency: the platform's, or a party's.

    `reserved_amount` of the platform's covers the parties.
    """

    currency: str
    available_amount: int
    pending_amount: int
    reserved_amount: int


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFacts:
    """A verified notice that something changed; a hint to fetch the object again.

    `object_id` is empty where the object has none (a balance). `api_version` is None on
    thin events, which carry no version.
    """

    event_id: str
    endpoint: Endpoint
    type: str
    object_id: str
    account: str | None
    created_at: datetime
    api_version: str | None
    is_thin: bool
    payload: dict[str, Any]
