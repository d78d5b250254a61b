"""The one base of our errors, and the one place that turns them into pages."""

import inspect
import logging
import re
import uuid
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)


class MarketplaceError(Exception):
    """Something that was refused, in words a person can act on.

    A subclass stands beside the function that raises it, and its message says what
    happened, what was kept and what to do: the first paragraph of its docstring, where
    none is given. `code` is the class name in snake case.
    """

    status_code = 400

    def __init__(self, message: str = "") -> None:
        said = inspect.cleandoc(self.__doc__ or "").split("\n\n")[0]
        super().__init__(message or " ".join(said.split()))

    @property
    def message(self) -> str:
        return str(self.args[0])

    @property
    def code(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class NotFound(MarketplaceError):
    """There is nothing here, or it is not yours to see."""

    status_code = 404


class ErrorMiddleware:
    """Shows a MarketplaceError as a page with its words, and an outage as a 503.

    Views catch the errors they can show in place; this is for the rest.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if isinstance(exception, MarketplaceError):
            return page(request, exception.status_code, exception.message)
        if isinstance(exception, OperationalError):
            reference = uuid.uuid4().hex[:10]
            logger.exception("database unavailable, reference %s", reference)
            response = page(request, 503, "", reference=reference)
            response["Retry-After"] = "15"
            return response
        return None


def page(
    request: HttpRequest, status: int, message: str, *, reference: str = ""
) -> HttpResponse:
    """Render the error page of a status, with the words of this case."""
    known = status if status in (400, 403, 404, 409, 500, 503) else 400
    return render(
        request,
        f"{known}.html",
        {"message": message, "reference": reference},
        status=status,
    )
