"""The way of a party to its own pages: login links and account sessions."""

from typing import Any

from marketplace.sandbox import ids
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import derive, responses
from marketplace.sandbox.errors import (
    Invalid,
    Refused,
    missing_object,
    missing_reference,
)
from marketplace.sandbox.resources import accounts, banks
from marketplace.sandbox.store import PLATFORM

LINK = "login_link"
SESSION = "account_session"
SESSION_LIFE = 3_600


def create_link(call: Call) -> dict[str, Any]:
    """POST /v1/accounts/{id}/login_links: for an account that is onboarded."""
    account = call.store.get(accounts.KIND, call.path["id"])
    if account is None or call.account != PLATFORM:
        raise missing_object("account", call.path["id"])
    if account.body["closed"]:
        raise Refused("This account is closed.", code="account_closed")
    if banks.of(call, account.id) is None:
        raise Refused(
            "Cannot create a login link for an account that has not completed "
            "onboarding."
        )
    url = f"{call.base_url}/express/{account.id}"
    return {"object": LINK, "created": call.now, "url": url}


def create_session(call: Call) -> dict[str, Any]:
    """POST /v1/account_sessions: which components a party may see for an hour."""
    account_id = call.params["account"]
    if call.store.get(accounts.KIND, account_id) is None:
        raise missing_reference("account", account_id, param="account")
    asked = call.params["components"]
    if not any(part.get("enabled") for part in asked.values()):
        raise Invalid("At least one component must be enabled.", param="components")
    body = {
        "object": SESSION,
        "account": account_id,
        "client_secret": f"accs_secret__{ids.random_text(48)}",
        "components": _components(asked),
        "expires_at": call.now + SESSION_LIFE,
        "livemode": False,
    }
    responses.check(body)
    return body


def _components(asked: dict[str, Any]) -> dict[str, Any]:
    """Return every component the contract knows, on or off."""
    schema = derive.resource(SESSION).schema
    known = schema["definitions"]

    def fields(part: dict[str, Any]) -> dict[str, Any]:
        properties: dict[str, Any] = known[part["$ref"].rsplit("/", 1)[1]]["properties"]
        return properties

    answer = {}
    for name, component in fields(schema["properties"]["components"]).items():
        given = asked.get(name, {})
        features = dict.fromkeys(fields(fields(component)["features"]), False)
        answer[name] = {
            "enabled": given.get("enabled", False),
            "features": {**features, **given.get("features", {})},
        }
    return answer
