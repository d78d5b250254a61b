"""How the sandbox is spoken to beside its API: JSON of its control plane, and pages."""

import json
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from marketplace.gateway import client, errors, transport

TIMEOUT_SECONDS = 30.0


def ask(method: str, path: str, asked: Any = None) -> Any:
    """Ask the control plane and return its JSON.

    :raises GatewayError: when it answers anything but 2xx.
    :raises NotSandbox: when the gateway talks to real Stripe.
    """
    body = b"" if asked is None else json.dumps(asked).encode()
    status, _headers, answer = send(
        method, client.address() + path, {"Content-Type": "application/json"}, body
    )
    if not 200 <= status < 300:
        raise errors.GatewayError(
            _("The sandbox answered %(status)s to %(call)s: %(said)s")
            % {
                "status": status,
                "call": f"{method} {path}",
                "said": answer.decode(errors="replace")[:300],
            }
        )
    return json.loads(answer) if answer else {}


def send(
    method: str, url: str, headers: dict[str, str], body: bytes
) -> tuple[int, Any, bytes]:
    """Send one request; returns status, headers and body.

    :raises NotSandbox: when the gateway talks to real Stripe.
    :raises OutcomeUnknown: when the sandbox does not answer.
    """
    if settings.STRIPE_WSGI_APP:
        return transport.call(
            application=settings.STRIPE_WSGI_APP,
            method=method,
            url=url,
            headers=headers,
            body=body,
        )
    if not settings.STRIPE_API_BASE:
        raise errors.NotSandbox(_("This platform talks to real Stripe."))
    request = urllib.request.Request(
        url, data=body or None, headers=headers, method=method
    )
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()
    except OSError as problem:
        raise errors.OutcomeUnknown(_("The sandbox did not answer.")) from problem


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Hands a redirect back instead of following it: it leads to the platform."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_StayHere)
