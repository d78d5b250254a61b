"""What the sandbox answers when it refuses, in Stripe's error shape.

Source of the shape: https://docs.stripe.com/api/errors, and the error classes
the SDK builds from it.
"""

from typing import Any


class ApiError(Exception):
    """A refusal as the API words it.

    `stored` says whether the answer stays under the idempotency key. Stripe
    keeps whatever the endpoint answered once it began to execute, and keeps
    nothing for parameters that failed validation.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        stored: bool = False,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.code = code
        self.param = param
        self.stored = stored
        self.headers = headers

    def as_body(self) -> dict[str, Any]:
        """Return the JSON body of the answer."""
        error: dict[str, Any] = {"type": self.type, "message": self.message}
        if self.code is not None:
            error["code"] = self.code
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


class Invalid(ApiError):
    """Parameters that fail validation: nothing began, nothing is stored."""

    def __init__(
        self, message: str, *, param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message, param=param, code=code)


class Refused(ApiError):
    """The endpoint ran and said no: the answer stays under the key."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
    ) -> None:
        super().__init__(message, code=code, param=param, status=status, stored=True)


class CardDeclined(Refused):
    """The bank refused the card: what was written stays, and the answer carries the
    intent as it is now.
    """

    def __init__(
        self,
        message: str,
        code: str,
        decline_code: str | None,
        intent: dict[str, Any],
    ) -> None:
        super().__init__(message, code=code, status=402)
        self.type = "card_error"
        self.decline_code = decline_code
        self.intent = intent

    def as_body(self) -> dict[str, Any]:
        body = super().as_body()
        if self.decline_code:
            body["error"]["decline_code"] = self.decline_code
        body["error"]["payment_intent"] = self.intent
        return body


class NotOffered(Invalid):
    """Stripe knows the parameter, this sandbox does not act on it.

    Taking it silently would prove nothing, so it is refused.
    """

    def __init__(self, param: str, what: str = "") -> None:
        detail = f" ({what})" if what else ""
        super().__init__(
            f"The sandbox does not offer `{param}`{detail}.",
            param=param,
            code="parameter_not_offered",
        )


def missing_object(kind: str, object_id: str, *, param: str | None = None) -> ApiError:
    """Return the refusal for an object in the URL that is not there (404)."""
    return Refused(
        f"No such {kind}: '{object_id}'",
        code="resource_missing",
        param=param or "id",
        status=404,
    )


def missing_reference(kind: str, object_id: str, *, param: str) -> ApiError:
    """Return the refusal for a named object that is not there (400)."""
    return Refused(
        f"No such {kind}: '{object_id}'", code="resource_missing", param=param
    )
