"""The one base of our errors, and the one place that turns them into pages."""

import inspect
import logging
import re
import secrets
from collections.abc import Callable

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext

logger = logging.getLogger(__name__)

# Each has a page of its own; what is none of these is shown as a plain 400.
PAGES = (400, 403, 404, 405, 409, 410, 413, 429, 500, 503)
# Drawn without a request: no session, user or database is asked.
PLAIN = (500, 503)
RETRY_SECONDS = 15


class MarketplaceError(Exception):
    """Something that was refused, in words a person can act on.

    A subclass stands beside the function that raises it, and its message says what
    happened, what was kept and what to do: the first paragraph of its docstring, where
    none is given, in the reader's language. `code` is the class name in snake case.
    """

    status_code = 400

    def __init__(self, message: str = "") -> None:
        first = inspect.cleandoc(self.__doc__ or "").split("\n\n")[0]
        said = " ".join(first.split())
        super().__init__(message or gettext(said))

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
            return outage(request)
        return None


def page(
    request: HttpRequest,
    status: int,
    message: str,
    *,
    reference: str = "",
    more: dict[str, object] | None = None,
) -> HttpResponse:
    """Render the error page of a status, with the words of this case. Its reference is
    written into the log beside the request; `more` is what the page shows besides.
    """
    reference = reference or new_reference()
    logger.log(
        logging.ERROR if status >= 500 else logging.INFO,
        "%s %s answered %s, reference %s",
        *(request.method, request.path, status, reference),
        exc_info=status in PLAIN,
    )
    known = status if status in PAGES else 400
    context = {**(more or {}), "message": message, "reference": reference}
    if known in PLAIN:
        context["SITE_NAME"] = settings.SITE_NAME
        drawn = render_to_string(f"{known}.html", context)
        return HttpResponse(drawn, status=status)
    response = render(request, f"{known}.html", context, status=status)
    if status == 429:
        response["Retry-After"] = "60"
    return response


def outage(request: HttpRequest) -> HttpResponse:
    """Say that the database is away, and when to try again."""
    response = page(request, 503, "")
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def new_reference() -> str:
    """Make the number a page shows and the log holds."""
    return secrets.token_hex(5)
