"""Where Stripe delivers its notices: verify, keep once, answer."""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from marketplace import gateway
from marketplace.kit import clock
from marketplace.webhooks.services import inbox

logger = logging.getLogger(__name__)

BODY_LIMIT = 256 * 1024


@csrf_exempt
@require_POST
def receive(request: HttpRequest, endpoint: gateway.Endpoint) -> HttpResponse:
    """Keep a notice and answer 200; 400 when it is not Stripe's, 413 when too large.

    The answer to a stranger says nothing about what was wrong.
    """
    if endpoint not in gateway.ENDPOINTS:
        raise Http404
    body = _read(request)
    if body is None:
        return HttpResponse(status=413)
    header = request.headers.get("Stripe-Signature", "")
    try:
        inbox.receive(endpoint=endpoint, body=body, header=header, at=clock.now())
    except gateway.EventRefused as refusal:
        logger.warning("notice refused on %s: %s", endpoint, refusal.message)
        return HttpResponse(status=400)
    return HttpResponse(status=200)


def _read(request: HttpRequest) -> bytes | None:
    """Read the body, at most one byte above the limit; None when it is too large."""
    body = request.read(BODY_LIMIT + 1)
    return body if len(body) <= BODY_LIMIT else None
