"""Payment pages and payments."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from marketplace.gateway import balances, client, errors
from marketplace.gateway.types import (
    BalanceLine,
    CheckoutPage,
    CheckoutRequest,
    PaymentFacts,
    PaymentMethod,
    PaymentStatus,
    StoreCodes,
    Voucher,
)

ITEMS_LIMIT = 90
NAME_LIMIT = 250
# Yen that a convenience store takes for one voucher.
KONBINI_LIMITS = range(120, 300_001)
TEXT_LIMIT = 1200
# Stripe wants at least 30 minutes counted from its own clock when the call arrives.
EXPIRY_MARGIN = timedelta(minutes=1)
# Stripe's clock may be behind ours: a page must not be missed for that.
CLOCK_MARGIN = timedelta(minutes=5)

LOCALES = {
    language.lower(): language
    for language in (
        *("bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi"),
        *("fil", "fr", "fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms"),
        *("mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th"),
        *("tr", "vi", "zh", "zh-HK", "zh-TW"),
    )
} | {"no": "nb", "nn": "nb", "zh-hans": "zh", "zh-hant": "zh-TW", "hi": "hi-IN"}

STORES = ("familymart", "lawson", "ministop", "seicomart")
METHODS: dict[str, PaymentMethod] = {"card": "card", "konbini": "konbini"}

STATUSES: dict[str, PaymentStatus] = {
    "succeeded": "paid",
    "processing": "processing",
    "requires_capture": "processing",
    "canceled": "cancelled",
    "requires_action": "needs_action",
    "requires_confirmation": "needs_action",
    "requires_payment_method": "needs_action",
}


def open_checkout(*, request: CheckoutRequest, key: str) -> CheckoutPage:
    """Open a hosted payment page for one order; the same key gives the same page.

    Amounts in minor units of `request.currency`. The page is open one minute longer
    than `request.expires_at` asks. Payment at a convenience store, where asked for, is
    offered in yen from 120 to 300,000 only.

    :raises SessionMismatch: for items that do not sum to the total, an item of 0 or
        less, none at all or more than 90; nothing was sent.
    :raises AmountTooSmall: for a total under Stripe's minimum.
    :raises OutcomeUnknown: when nobody knows whether the page exists.
    """
    _ensure_consistent(request)
    with client.answers() as stripe:
        session = stripe.v1.checkout.sessions.create(
            _session(request), {"idempotency_key": key}
        )
    return _page(session)


def fetch_checkout(*, session_id: str) -> CheckoutPage:
    """Fetch a payment page as it is now.

    :raises NotFound: when Stripe knows no such page.
    """
    with client.answers() as stripe:
        session = stripe.v1.checkout.sessions.retrieve(session_id)
    return _page(session)


def find_checkout(
    *, payment_reference: str, created_after: datetime
) -> CheckoutPage | None:
    """Find the payment page that was opened for a payment of ours, if it exists.

    Of several, the one furthest on: complete before open before expired.
    """
    since = int((created_after - CLOCK_MARGIN).timestamp())
    with client.answers() as stripe:
        sessions = stripe.v1.checkout.sessions.list(
            {"created": {"gte": since}, "limit": client.PAGE_LENGTH}
        )
        found = [
            _page(session)
            for session in sessions.auto_paging_iter()
            if client.labelled(session.metadata, "payment") == payment_reference
        ]
    progress = ("complete", "open", "expired")
    return min(found, key=lambda page: progress.index(page.status), default=None)


def expire_checkout(*, session_id: str) -> CheckoutPage:
    """Close an open payment page; one that has expired already is simply returned.

    :raises CheckoutComplete: when the buyer has finished it: show the order instead.
    """
    try:
        with client.answers() as stripe:
            session = stripe.v1.checkout.sessions.expire(
                session_id, None, {"idempotency_key": f"expire:{uuid.uuid4()}"}
            )
    except errors.NotFound:
        raise
    except errors.Refused as refusal:
        page = fetch_checkout(session_id=session_id)
        if page.status == "complete":
            raise errors.CheckoutComplete(
                _("The payment page is complete and cannot be closed any more."),
                code="checkout_complete",
            ) from refusal
        if page.status == "expired":
            return page
        raise
    return _page(session)


def fetch_payment(*, payment_intent_id: str) -> PaymentFacts:
    """Fetch a payment with its charge, card and balance line as they are now.

    :raises NotFound: when Stripe knows no such payment.
    """
    with client.answers() as stripe:
        intent = stripe.v1.payment_intents.retrieve(
            payment_intent_id, {"expand": ["latest_charge.balance_transaction"]}
        )
    return payment_of(intent)


def list_payments(*, since: datetime) -> list[PaymentFacts]:
    """List every payment begun since a moment, newest first."""
    asked: Any = {
        "created": {"gte": int(since.timestamp())},
        "expand": ["data.latest_charge.balance_transaction"],
        "limit": client.PAGE_LENGTH,
    }
    with client.answers() as stripe:
        intents = stripe.v1.payment_intents.list(asked)
        return [payment_of(intent) for intent in intents.auto_paging_iter()]


def cancel_payment(*, payment_intent_id: str) -> PaymentFacts:
    """Cancel a payment that was not made, such as a voucher nobody paid; one that is
    cancelled already is simply returned. An open page is closed by `expire_checkout`.

    :raises CheckoutComplete: when it is paid: show the order instead.
    :raises NotFound: when Stripe knows no such payment.
    :raises OutcomeUnknown: when nobody knows; ask again.
    """
    try:
        with client.answers() as stripe:
            stripe.v1.payment_intents.cancel(
                payment_intent_id, None, {"idempotency_key": f"cancel:{uuid.uuid4()}"}
            )
    except errors.NotFound:
        raise
    except errors.Refused as refusal:
        payment = fetch_payment(payment_intent_id=payment_intent_id)
        if payment.status == "paid":
            raise errors.CheckoutComplete(
                _("The payment is made and cannot be cancelled any more."),
                code="payment_complete",
            ) from refusal
        if payment.status != "cancelled":
            raise
        return payment
    return fetch_payment(payment_intent_id=payment_intent_id)


def _ensure_consistent(request: CheckoutRequest) -> None:
    """Refuse a page that would ask the buyer for another amount than was frozen."""
    amounts = [item.amount for item in request.items]
    wrong = ""
    if not amounts or len(amounts) > ITEMS_LIMIT:
        wrong = f"{len(amounts)} items"
    elif min(amounts) <= 0:
        wrong = f"an item of {min(amounts)}"
    elif sum(amounts) != request.total_amount:
        wrong = f"items of {sum(amounts)} for a total of {request.total_amount}"
    if wrong:
        raise errors.SessionMismatch(
            _("The payment page was not opened: it would show %(wrong)s.")
            % {"wrong": wrong},
            code="session_mismatch",
        )


def _session(request: CheckoutRequest) -> Any:
    currency = request.currency.lower()
    labels = {"payment": request.payment_reference}
    asked: dict[str, Any] = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "currency": currency,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency,
                    "unit_amount": item.amount,
                    "product_data": {"name": _shortened(item.name, NAME_LIMIT)},
                },
            }
            for item in request.items
        ],
        "adaptive_pricing": {"enabled": False},
        "allowed_payment_method_types": ["card"],
        "client_reference_id": request.order_reference,
        **_buyer(request),
        "locale": stripe_locale(request.locale),
        "metadata": labels,
        "payment_intent_data": {
            "metadata": labels,
            "transfer_group": request.transfer_group,
        },
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "expires_at": int((request.expires_at + EXPIRY_MARGIN).timestamp()),
    }
    options: dict[str, Any] = {}
    if request.saves_card:
        options["card"] = {"setup_future_usage": "on_session"}
    if _offers_konbini(request):
        asked["allowed_payment_method_types"].append("konbini")
        options["konbini"] = {"expires_after_days": request.konbini_expires_after_days}
    if options:
        asked["payment_method_options"] = options
    if request.custom_text:
        asked["custom_text"] = {
            "submit": {"message": _shortened(request.custom_text, TEXT_LIMIT)}
        }
    return asked


def _buyer(request: CheckoutRequest) -> dict[str, str]:
    if request.customer_id is None:
        return {"customer_email": request.email}
    return {"customer": request.customer_id}


def _offers_konbini(request: CheckoutRequest) -> bool:
    """Tell whether a store takes this order's cash; Stripe refuses the page if not."""
    return (
        request.konbini_expires_after_days is not None
        and request.currency.upper() == "JPY"
        and request.total_amount in KONBINI_LIMITS
    )


def stripe_locale(language: str) -> str:
    """Give the language of Stripe's page that is nearest to a language of ours."""
    wanted = language.lower().replace("_", "-")
    return LOCALES.get(wanted) or LOCALES.get(wanted.partition("-")[0]) or "auto"


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _page(session: Any) -> CheckoutPage:
    return CheckoutPage(
        session_id=session.id,
        url=session.url,
        status=session.status,
        payment_status=session.payment_status,
        payment_intent_id=client.identifier(session.payment_intent),
        payment_reference=client.labelled(session.metadata, "payment"),
        amount=session.amount_total,
        currency=session.currency.upper(),
        expires_at=client.moment(session.expires_at),
    )


def payment_of(intent: Any) -> PaymentFacts:
    """Read the facts of a payment from Stripe's object, its charge expanded."""
    charge = intent.latest_charge
    card = _card(charge)
    problem = intent.last_payment_error
    voucher = _voucher(intent)
    status = STATUSES[intent.status]
    if intent.status == "requires_payment_method" and problem is not None:
        status = "failed"
    elif voucher is not None:
        status = "awaiting_cash"
    return PaymentFacts(
        payment_intent_id=intent.id,
        status=status,
        amount=intent.amount_received if status == "paid" else intent.amount,
        currency=intent.currency.upper(),
        payment_reference=client.labelled(intent.metadata, "payment"),
        method=_method(charge) if voucher is None else "konbini",
        voucher=voucher,
        action_url=_action_url(intent),
        charge_id=client.identifier(charge),
        card_fingerprint=card and card.fingerprint,
        card_brand=card and card.brand,
        card_last4=card and card.last4,
        failure_code=problem
        and (getattr(problem, "decline_code", None) or problem.code),
        balance_line=_balance_line(charge),
    )


def _action_url(intent: Any) -> str | None:
    """Read where the buyer's bank asks him, while it waits for his answer."""
    action = getattr(intent, "next_action", None)
    asks = getattr(action, "redirect_to_url", None)
    if asks is None or intent.status != "requires_action":
        return None
    return str(asks.url)


def _voucher(intent: Any) -> Voucher | None:
    """Read the codes of a voucher that waits to be paid."""
    action = getattr(intent, "next_action", None)
    details = getattr(action, "konbini_display_details", None)
    if details is None or intent.status != "requires_action":
        return None
    codes = [(name, getattr(details.stores, name, None)) for name in STORES]
    return Voucher(
        expires_at=client.moment(details.expires_at),
        hosted_url=details.hosted_voucher_url,
        stores=tuple(
            (
                name,
                StoreCodes(
                    confirmation_number=getattr(shown, "confirmation_number", None),
                    payment_code=shown.payment_code,
                ),
            )
            for name, shown in codes
            if shown is not None
        ),
    )


def _method(charge: Any) -> PaymentMethod | None:
    details = getattr(charge, "payment_method_details", None)
    return METHODS.get(getattr(details, "type", ""))


def _card(charge: Any) -> Any:
    details = getattr(charge, "payment_method_details", None)
    return getattr(details, "card", None)


def _balance_line(charge: Any) -> BalanceLine | None:
    line = getattr(charge, "balance_transaction", None)
    return None if line is None or isinstance(line, str) else balances.line_of(line)
