"""The test cards the hosted page knows, by their well-known numbers.

https://docs.stripe.com/testing#cards. Any other number is declined as Stripe
declines a real card in test mode.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from marketplace.sandbox.errors import ApiError

OK = "ok"
REFUND_FAILS_LATER = "fails_later"
REFUND_SUCCEEDS_LATER = "succeeds_later"


@dataclass(frozen=True)
class Decline:
    """Why a bank says no: Stripe's code, the bank's reason, the buyer's words."""

    code: str
    decline_code: str | None
    message: str


GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.")
NO_FUNDS = Decline(
    "card_declined", "insufficient_funds", "Your card has insufficient funds."
)
EXPIRED = Decline("expired_card", None, "Your card has expired.")
BAD_CVC = Decline("incorrect_cvc", None, "Your card's security code is incorrect.")
PROCESSING = Decline(
    "processing_error",
    None,
    "An error occurred while processing your card. Try again in a little bit.",
)
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. This is a sandbox: only test cards work here.",
)
NOT_AUTHENTICATED = Decline(
    "payment_intent_authentication_failure",
    None,
    "We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again.",
)


@dataclass(frozen=True)
class Behaviour:
    """What a test card does."""

    brand: str = "visa"
    decline: Decline | None = None
    challenge: bool = False
    available_at_once: bool = False
    refund: str | None = None
    # The reason of the dispute that the payment is followed by, and its kind.
    dispute: str | None = None
    inquiry: bool = False


BEHAVIOURS = {
    "4242424242424242": Behaviour(),
    "5555555555554444": Behaviour(brand="mastercard"),
    "378282246310005": Behaviour(brand="amex"),
    "4000000000000077": Behaviour(available_at_once=True),
    "4000000000005126": Behaviour(refund=REFUND_FAILS_LATER),
    "4000000000007726": Behaviour(refund=REFUND_SUCCEEDS_LATER),
    "4000000000000259": Behaviour(dispute="fraudulent"),
    "4000000000002685": Behaviour(dispute="product_not_received"),
    "4000000000001976": Behaviour(dispute="fraudulent", inquiry=True),
    "4000002500003155": Behaviour(challenge=True),
    "4000002760003184": Behaviour(challenge=True),
    "4000008400001629": Behaviour(challenge=True, decline=GENERIC),
    "4000000000000002": Behaviour(decline=GENERIC),
    "4000000000009995": Behaviour(decline=NO_FUNDS),
    "4000000000000069": Behaviour(decline=EXPIRED),
    "4000000000000127": Behaviour(decline=BAD_CVC),
    "4000000000000119": Behaviour(decline=PROCESSING),
}


@dataclass(frozen=True)
class Card:
    """A card as typed, and what it will do."""

    number: str
    month: int
    year: int
    behaviour: Behaviour

    @property
    def last4(self) -> str:
        return self.number[-4:]

    def as_kept(self) -> dict[str, Any]:
        """Give what is kept of a card to try it again."""
        return {"number": self.number, "month": self.month, "year": self.year}

    @classmethod
    def of_kept(cls, kept: dict[str, Any]) -> "Card":
        """Make the card again from what was kept of it."""
        behaviour = BEHAVIOURS.get(kept["number"], Behaviour())
        return cls(kept["number"], kept["month"], kept["year"], behaviour)

    @property
    def fingerprint(self) -> str:
        """One per card number, for ever; the number cannot be read from it."""
        digest = hashlib.sha256(f"sandbox card {self.number}".encode()).hexdigest()
        return digest[:16]


class BadCard(ApiError):
    """The fields of the form are no card: nothing was tried."""

    def __init__(self, field: str, message: str, code: str) -> None:
        super().__init__(message, status=402, type="card_error", code=code, param=field)


def read(number: str, expiry: str, cvc: str, *, year: int, month: int) -> Card:
    """Return the card that was typed. `year` and `month` are today's.

    :raises BadCard: a field that cannot be right.
    """
    digits = re.sub(r"[\s-]", "", number)
    if not re.fullmatch(r"[0-9]{12,19}", digits) or not _luhn(digits):
        raise BadCard("card_number", "Your card number is invalid.", "invalid_number")
    found = re.fullmatch(
        r"\s*(0?[1-9]|1[0-2])\s*/?\s*(?:20)?([0-9]{2})\s*", expiry, re.ASCII
    )
    if found is None:
        raise BadCard(
            "expiry", "Your card's expiration date is incomplete.", "invalid_expiry"
        )
    card_month, card_year = int(found[1]), 2000 + int(found[2])
    if (card_year, card_month) < (year, month):
        raise BadCard(
            "expiry", "Your card's expiration date is in the past.", "expired_card"
        )
    if not re.fullmatch(r"[0-9]{3,4}", cvc.strip()):
        raise BadCard("cvc", "Your card's security code is incomplete.", "invalid_cvc")
    unknown = Behaviour(decline=NOT_A_TEST_CARD)
    behaviour = BEHAVIOURS.get(digits, unknown)
    return Card(digits, card_month, card_year, behaviour)


def _luhn(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
