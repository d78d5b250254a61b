"""The one table of who may call what: route → method → policy.

`kit.policy` enforces it; `tests/test_policies.py` calls every route as every role.
Object access is finer than a route and is the views' `visible_to`.
"""

from collections.abc import Mapping

from django.http import HttpRequest

from marketplace.kit.policy import Policy


def _anyone(request: HttpRequest) -> bool:
    return True


def _signed_in(request: HttpRequest) -> bool:
    return request.user.is_authenticated


def _staff(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_staff


PUBLIC = Policy("public", _anyone, needs_login=False)
# The address itself carries an unguessable token; the view finds the one object.
TOKEN = Policy("token", _anyone, needs_login=False)
# The body is signed by Stripe; the view verifies before it reads.
SIGNED = Policy("signed", _anyone, needs_login=False)
USER = Policy("user", _signed_in)
STAFF = Policy("staff", _staff, refusal=404)


def _read(policy: Policy) -> Mapping[str, Policy]:
    return {"GET": policy}


def _form(policy: Policy) -> Mapping[str, Policy]:
    return {"GET": policy, "POST": policy}


ROUTES: dict[str, Mapping[str, Policy]] = {
    "livez": _read(PUBLIC),
    "readyz": _read(PUBLIC),
    # Django's admin asks for staff itself; its sign-in page must stay reachable.
    "admin:*": _form(PUBLIC),
    "account_*": _form(PUBLIC),
    "set_language": {"POST": PUBLIC},
    "pages:home": _read(PUBLIC),
    "pages:legal": _read(PUBLIC),
    "pages:styleguide": _read(PUBLIC),
}
