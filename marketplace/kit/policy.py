"""Who may call a route: one table names a policy for each (route, method), and this
middleware enforces it before the view runs. A route without a row is refused.

The table is `marketplace.policies.ROUTES`; object access is the view's work, through
`visible_to`, and answers 404 for what belongs to someone else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from marketplace.kit import errors

Check = Callable[[HttpRequest], bool]


@dataclass(frozen=True, slots=True)
class Policy:
    """A named rule about the caller.

    `refusal` says what a signed-in caller who fails the check gets: 403, or 404 where
    the existence of the page would already tell too much. A stranger is sent to sign
    in, unless `needs_login` is off.
    """

    name: str
    check: Check
    needs_login: bool = True
    refusal: int = 403


Routes = Mapping[str, Mapping[str, Policy]]


class PolicyMiddleware:
    """Looks the route up and lets the request pass, asks for a sign-in, or refuses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        assert match is not None
        methods = row_of(match.view_name)
        method = "GET" if request.method in ("HEAD", "OPTIONS") else request.method
        policy = methods.get(method or "")
        if policy is None:
            refused = errors.page(request, 405, "")
            refused["Allow"] = ", ".join(sorted(methods))
            return refused
        if policy.check(request):
            return None
        if policy.needs_login and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if policy.refusal == 404:
            raise Http404
        raise PermissionDenied


def row_of(route: str) -> Mapping[str, Policy]:
    """Give the methods and policies of a route. A row ending in `*` covers a prefix.

    :raises ImproperlyConfigured: the table has no row, so nobody may call it.
    """
    routes = table()
    if route in routes:
        return routes[route]
    for name, methods in routes.items():
        if name.endswith("*") and route.startswith(name[:-1]):
            return methods
    raise ImproperlyConfigured(f"route {route!r} has no row in the policy table")


@cache
def table() -> Routes:
    routes: Routes = import_string(settings.ROUTE_POLICIES)
    return routes
