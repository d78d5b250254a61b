"""What a postcode says of an address, for the script that fills it in."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, JsonResponse

from marketplace.kit import limits, postcodes
from orders.views import browser

ASKED_PER_MINUTE = 60
DAY_SECONDS = 86_400


def place(request: HttpRequest, country: str) -> HttpResponse:
    """Answer `?code=` with `region`, `city` and `line1`, each "" where it is open, or
    with nothing in it for a postcode that we do not know.

    :raises limits.TooMany: from one address in a minute.
    """
    limits.count(
        f"postcode:{browser.ip_of(request)}", limit=ASKED_PER_MINUTE, seconds=60
    )
    code = request.GET.get("code", "")
    found = postcodes.place_of(country=country, postal_code=code)
    response = JsonResponse(asdict(found) if found else {})
    response["Cache-Control"] = f"public, max-age={DAY_SECONDS}"
    return response
