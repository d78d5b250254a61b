"""Forms that also work in a browser that keeps no cookie, as some in-app browsers do.

A forged form is a danger because the browser adds its cookies to it. A request that
brings none at all speaks for nobody: a view that asks the address or the form itself
for its proof loses nothing by taking it, as long as it came from a page of ours.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

View = TypeVar("View", bound=Callable[..., Any])


def works_without_cookies(view: View) -> View:
    """Mark a view whose forms need no cookie: what it does, it does for whoever holds
    its signed address, or for nobody.
    """
    view.works_without_cookies = True  # type: ignore[attr-defined]
    return view


class CookielessForms:
    """Stands before Django's check and answers it for such a form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any
    ) -> None:
        marked = getattr(view, "works_without_cookies", False)
        if marked and not request.COOKIES and _is_from_here(request):
            request.csrf_processing_done = True  # type: ignore[attr-defined]


def _is_from_here(request: HttpRequest) -> bool:
    """Browsers name where a form was sent from; one that names nothing at all sends no
    form from another site's page without a person's press.
    """
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin == f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
