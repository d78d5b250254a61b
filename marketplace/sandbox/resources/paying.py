"""What the hosted page does with a card: the buyer's side of a session."""

from dataclasses import dataclass

from marketplace.sandbox import events
from marketplace.sandbox.calls import Call
from marketplace.sandbox.cards import NOT_AUTHENTICATED, Card
from marketplace.sandbox.contract import responses
from marketplace.sandbox.resources import (
    checkout,
    customers,
    disputes,
    methods,
    payments,
)
from marketplace.sandbox.store import Record


@dataclass(frozen=True)
class Attempt:
    """How one attempt ended: `paid`, `declined` with words, `challenge`, `voucher`.

    `closed`: the session was not open any more and nothing was tried.
    """

    result: str
    message: str = ""
    code: str = ""
    charge: Record | None = None


CLOSED = Attempt("closed")


def pay(call: Call, session: Record, card: Card) -> Attempt:
    """Try a card on an open session."""
    if session.body["status"] != "open":
        return CLOSED
    intent = intent_of(call, session)
    if card.behaviour.challenge:
        session.extra["challenge"] = card.as_kept()
        call.store.save(session)
        payments.require_action(call, intent, session.body["url"])
        return Attempt("challenge")
    return _charge(call, session, intent, card)


def authenticate(call: Call, session: Record, *, passed: bool) -> Attempt:
    """Take the answer of the bank's page (3D Secure)."""
    challenge = session.extra.pop("challenge", None)
    if session.body["status"] != "open" or challenge is None:
        return CLOSED
    call.store.save(session)
    card = Card.of_kept(challenge)
    intent = intent_of(call, session)
    if not passed:
        payments.not_authenticated(call, intent, card, NOT_AUTHENTICATED)
        return Attempt("declined", NOT_AUTHENTICATED.message, NOT_AUTHENTICATED.code)
    return _charge(call, session, intent, card)


def intent_of(call: Call, session: Record) -> Record:
    """Return the session's PaymentIntent, made at the first attempt."""
    known = session.body["payment_intent"]
    intent = call.store.get(payments.INTENT, known) if known else None
    if intent is None:
        intent = payments.create_intent(
            call,
            amount=session.body["amount_total"],
            currency=session.body["currency"],
            types=session.body["payment_method_types"],
            data=session.extra["intent_data"],
            customer=session.body["customer"],
        )
        session.body["payment_intent"] = intent.id
        call.store.save(session)
    return intent


def _charge(call: Call, session: Record, intent: Record, card: Card) -> Attempt:
    email = email_of(call, session)
    reason = card.behaviour.decline
    if reason is not None:
        charge = payments.decline(call, intent, card, email, reason)
        return Attempt("declined", reason.message, reason.code, charge)
    charge = payments.succeed(
        call, intent, card, email, save=methods.saves_card(session.body)
    )
    complete(call, session, payment_status="paid")
    behaviour = card.behaviour
    if behaviour.dispute is not None:
        disputes.open_on(
            call, charge, reason=behaviour.dispute, inquiry=behaviour.inquiry
        )
    return Attempt("paid", charge=charge)


def complete(
    call: Call, session: Record, *, payment_status: str, email: str | None = None
) -> None:
    """End a session that the buyer has finished: paid, or to be paid at a store.

    `email` was typed on the page, where the platform gave none.
    """
    session.body.update(
        status="complete",
        payment_status=payment_status,
        url=None,
        customer_details={
            "address": None,
            "business_name": None,
            "email": email_of(call, session) or email,
            "individual_name": None,
            "name": None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
    )
    session.due = None
    call.store.save(session)
    responses.check(session.body)
    events.emit(call, "checkout.session.completed", session.body)


def email_of(call: Call, session: Record) -> str | None:
    """Return the buyer's e-mail where the platform gave it: with the session, or with
    its customer.
    """
    email: str | None = session.body["customer_email"]
    known = session.body["customer"]
    customer = customers.find(call, known) if known else None
    return customer.body["email"] if customer else email


def session_of(call: Call, intent_id: str) -> Record | None:
    """Return the session a PaymentIntent belongs to."""
    found = call.store.select(
        "kind = ? AND parent = ?", (checkout.KIND, intent_id), "LIMIT 1"
    )
    return found[0] if found else None


def success_url(session: Record) -> str:
    """Return where a buyer who finished goes, the session's id filled in."""
    url: str = session.body["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session.id)
