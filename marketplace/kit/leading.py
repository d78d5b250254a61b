"""Where a browser goes next."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect


class SeeOther(HttpResponseRedirect):
    """After a form: go and GET this."""

    status_code = 303


def lead(request: HttpRequest, url: str) -> HttpResponse:
    """Send a browser to another page, also out of a background request."""
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(url)
    return SeeOther(url)
