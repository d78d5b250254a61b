"""The whole site closed for a while: the public is told when to come back; staff, signing
in, and the notices of the payment provider go on.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from marketplace.kit import errors, switches

RETRY_SECONDS = 600
OPEN = (
    *("/admin/", "/account/log", "/stripe/webhook/", "/static/", "/media/"),
    *("/livez", "/readyz", "/sw.js", "/robots.txt", "/manifest.webmanifest"),
)


class MaintenanceMiddleware:
    """Answers 503 with Retry-After while the switch is on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not switches.is_seen_on(switches.MAINTENANCE) or _may_pass(request):
            return self.get_response(request)
        response = errors.page(
            request,
            503,
            _(
                "We are working on the shop. Your bag is kept; what you ordered and"
                " earned is safe, and what is on its way goes on."
            ),
        )
        response["Retry-After"] = str(RETRY_SECONDS)
        return response


def _may_pass(request: HttpRequest) -> bool:
    return request.path.startswith(OPEN) or (
        request.user.is_authenticated and request.user.is_staff
    )
