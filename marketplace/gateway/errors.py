"""How a call to Stripe can fail, by what the caller must do next.

Not permanent: nobody knows (`OutcomeUnknown`) or nothing was tried yet; the row stays as
it is and the same call is repeated later with the same key. Permanent (`Refused`): Stripe
has said no and nothing was done; the row is closed and a retry is a new row.
"""

from marketplace.kit.errors import MarketplaceError


class GatewayError(MarketplaceError):
    """A call to Stripe that did not bring what was asked for."""

    status_code = 502
    permanent = False

    def __init__(self, message: str = "", *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.request_id = request_id


class OutcomeUnknown(GatewayError):
    """Stripe may or may not have done it: timeout, lost connection or a 5xx.

    `replayed` tells that a stored 5xx was answered again under the same key: repeating
    it brings the same answer for ever, so look the object up instead.
    """

    status_code = 503

    def __init__(
        self, message: str, *, replayed: bool = False, request_id: str | None = None
    ) -> None:
        super().__init__(message, request_id=request_id)
        self.replayed = replayed


class RateLimited(GatewayError):
    """Too many calls; nothing was done. Wait `retry_after` seconds when it is given."""

    status_code = 503

    def __init__(
        self,
        message: str,
        *,
        retry_after: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, request_id=request_id)
        self.retry_after = retry_after


class KeyInUse(GatewayError):
    """Another call with the same key is under way; its answer comes with a repeat."""

    status_code = 409


class NotAuthorised(GatewayError):
    """Stripe refuses our own API key; nothing was done, and repeating after the key is
    put right is safe."""


class Refused(GatewayError):
    """Stripe has definitely said no and nothing was done; `code` is Stripe's own."""

    permanent = True
    status_code = 422

    def __init__(
        self, message: str, *, code: str, request_id: str | None = None
    ) -> None:
        super().__init__(message, request_id=request_id)
        self._code = code

    @property
    def code(self) -> str:
        return self._code


class InsufficientBalance(Refused):
    """The platform's available balance does not cover the transfer."""


class AlreadyRefunded(Refused):
    """The payment is refunded already, whole or by more than would leave this amount."""


class ChargeDisputed(Refused):
    """The buyer's bank is taking the payment back: it cannot be refunded as well."""

    status_code = 409


class AccountNotReady(Refused):
    """The party's account cannot receive this: not onboarded, restricted or closed."""


class CardDeclined(Refused):
    """The card was declined."""

    status_code = 402


class CheckoutComplete(Refused):
    """The payment page is complete: the buyer has been there and finished."""

    status_code = 409


class AmountTooSmall(Refused):
    """The total is under what Stripe accepts in this currency."""


class NotFound(Refused):
    """Stripe knows no such object."""

    status_code = 404


class SessionMismatch(Refused):
    """The payment page asked for contradicts itself; it was not sent to Stripe."""


class EventRefused(GatewayError):
    """A notice that cannot be trusted or read; nothing of it was kept."""

    permanent = True
    status_code = 400


class NotSandbox(GatewayError):
    """The gateway talks to real Stripe, where this has no meaning."""

    permanent = True
    status_code = 409
