"""What is shown when something went wrong. Each page has a reference that stands in the
log beside what happened.
"""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from marketplace.kit import errors


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of a request we could not read."""
    return errors.page(request, 400, "")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of what this account may not do."""
    return errors.page(request, 403, "")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of an address with nothing at it."""
    return errors.page(request, 404, "")


def server_error(request: HttpRequest) -> HttpResponse:
    """The page of a fault of ours, or of a database that is away. It needs no database,
    session or user.
    """
    raised = sys.exc_info()[1]
    if isinstance(raised, OperationalError | InterfaceError):
        return errors.outage(request)
    return errors.page(request, 500, "")
