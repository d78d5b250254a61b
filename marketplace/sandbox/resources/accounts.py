"""Connected accounts (Accounts v2), their onboarding and its links.

An account receives transfers while its capability
`configuration.recipient.capabilities.stripe_balance.stripe_transfers` is
active; onboarding makes it so, a requirement past due takes it away.
"""

from typing import Any

from marketplace.sandbox import events, ids, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.clock import iso
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import (
    Invalid,
    NotOffered,
    Refused,
    missing_object,
    missing_reference,
)
from marketplace.sandbox.resources import balance_settings, banks, checks
from marketplace.sandbox.store import PLATFORM, Record

KIND = "v2.core.account"
LINK = "v2.core.account_link"
LINK_LIFE = 5 * 60
OUTCOMES = ("complete", "incomplete", "restrict")
# "Restrict later": how long an account stays active before it is restricted.
RESTRICT_AFTER = money.DAY

_CAPABILITIES = ("stripe_balance.stripe_transfers", "stripe_balance.payouts")
_PERSON = ("identity.individual.given_name", "identity.individual.date_of_birth")
_COMPANY = ("identity.business_details.registered_name", "identity.business_details.id")
_BANK = "configuration.recipient.default_outbound_destination"
_INCLUDABLE = (
    "configuration.recipient",
    "defaults",
    "future_requirements",
    "identity",
    "requirements",
)


def create(call: Call) -> dict[str, Any]:
    """POST /v2/core/accounts: an account that receives transfers."""
    params = call.params
    checks.offered(
        params,
        {
            "configuration",
            "contact_email",
            "dashboard",
            "defaults",
            "display_name",
            "identity",
            "include",
            "metadata",
        },
    )
    country = _check_recipient(params)
    account_id = ids.new_id("acct")
    entity = params["identity"].get("entity_type", "individual")
    first = _COMPANY if entity == "company" else _PERSON
    record = Record(
        account_id,
        KIND,
        PLATFORM,
        call.now,
        {
            "id": account_id,
            "object": KIND,
            "applied_configurations": ["recipient"],
            "closed": False,
            "contact_email": checks.email(params["contact_email"], "contact_email"),
            "created": iso(call.now),
            "dashboard": params.get("dashboard", "express"),
            "display_name": params.get("display_name"),
            "livemode": False,
            "metadata": checks.metadata(params.get("metadata")),
        },
        {
            "country": country,
            "entity_type": entity,
            "responsibilities": params["defaults"]["responsibilities"],
            "status": "restricted",
            "due": [*first, _BANK],
            "past_due": False,
        },
    )
    call.store.add(record)
    events.emit_thin(call, "v2.core.account.created", account_id)
    return view(record, params.get("include", []))


def _check_recipient(params: dict[str, Any]) -> str:
    """Return the country of a well-formed recipient account."""
    configuration = params.get("configuration", {})
    checks.offered(configuration, {"recipient"}, "configuration")
    capabilities = configuration.get("recipient", {}).get("capabilities", {})
    checks.offered(
        capabilities, {"stripe_balance"}, "configuration[recipient][capabilities]"
    )
    transfers = capabilities.get("stripe_balance", {}).get("stripe_transfers", {})
    if transfers.get("requested") is not True:
        raise NotOffered("configuration", "only recipients that request transfers")
    identity = params.get("identity", {})
    checks.offered(identity, {"country", "entity_type"}, "identity")
    responsibilities = params.get("defaults", {}).get("responsibilities")
    for name, value in (
        ("contact_email", params.get("contact_email")),
        ("identity.country", identity.get("country")),
        ("defaults.responsibilities", responsibilities),
    ):
        if not value:
            raise Invalid(
                f"Missing required param: {name}.", param=name, code="parameter_missing"
            )
    assert responsibilities is not None
    if responsibilities["losses_collector"] != "application":
        raise Invalid(
            "Separate charges and transfers need `losses_collector` application.",
            param="defaults.responsibilities.losses_collector",
        )
    country = str(identity["country"]).upper()
    if len(country) != 2 or not country.isalpha():
        raise Invalid(f"Invalid country: {country[:12]}", param="identity.country")
    return country


def find(call: Call, account_id: str) -> Record:
    """Return a connected account.

    :raises ApiError: 404, there is none.
    """
    record = call.store.get(KIND, account_id)
    if record is None:
        raise missing_object("account", account_id)
    return record


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v2/core/accounts/{id}"""
    return view(find(call, call.path["id"]), call.params.get("include", []))


def update(call: Call) -> dict[str, Any]:
    """POST /v2/core/accounts/{id}: name, e-mail and metadata."""
    params = call.params
    checks.offered(params, {"contact_email", "display_name", "include", "metadata"})
    record = find(call, call.path["id"])
    if "contact_email" in params:
        record.body["contact_email"] = checks.email(
            params["contact_email"], "contact_email"
        )
    if "display_name" in params:
        record.body["display_name"] = params["display_name"]
    if "metadata" in params:
        merged = {**record.body["metadata"], **params["metadata"]}
        record.body["metadata"] = checks.metadata(merged)
    call.store.save(record)
    events.emit_thin(call, "v2.core.account.updated", record.id)
    return view(record, params.get("include", []))


def receives_transfers(record: Record) -> bool:
    """Return whether the transfers capability is active."""
    return bool(record.extra["status"] == "active" and not record.body["closed"])


def view(record: Record, include: list[str]) -> dict[str, Any]:
    """Return the account as an answer: parts not in `include` are null."""
    body = responses.complete(KIND, record.body)
    for name in include:
        if name not in _INCLUDABLE:
            raise NotOffered("include", f"not {name}")
    if "configuration.recipient" in include:
        body["configuration"] = {
            "customer": None,
            "merchant": None,
            "recipient": _recipient(record),
        }
    if "defaults" in include:
        body["defaults"] = {
            "currency": None,
            "locales": None,
            "profile": None,
            "responsibilities": {
                **record.extra["responsibilities"],
                "requirements_collector": "stripe",
            },
        }
    if "identity" in include:
        body["identity"] = {
            "country": record.extra["country"],
            "entity_type": record.extra["entity_type"],
        }
    if "requirements" in include:
        body["requirements"] = _requirements(record)
    if "future_requirements" in include:
        body["future_requirements"] = {
            "entries": [],
            "minimum_transition_date": None,
            "summary": None,
        }
    return body


def _recipient(record: Record) -> dict[str, Any]:
    status = record.extra["status"]
    details = []
    if status != "active":
        details = [{"code": "requirements_past_due", "resolution": "provide_info"}]
    capability = {"status": status, "status_details": details}
    payouts = capability
    if status == "active" and record.extra.get("payouts_held"):
        held = {"code": "restricted_other", "resolution": "contact_stripe"}
        payouts = {"status": "restricted", "status_details": [held]}
    return {
        "applied": True,
        "capabilities": {
            "bank_accounts": None,
            "cards": None,
            "stripe_balance": {"payouts": payouts, "stripe_transfers": capability},
        },
    }


def _requirements(record: Record) -> dict[str, Any]:
    status = "past_due" if record.extra["past_due"] else "currently_due"
    restricts = [
        {
            "capability": capability,
            "configuration": "recipient",
            "deadline": {"status": status},
        }
        for capability in _CAPABILITIES
    ]
    entries = [
        {
            "awaiting_action_from": "user",
            "description": description,
            "errors": [],
            "impact": {"restricts_capabilities": restricts},
            "minimum_deadline": {"status": status},
            "reference": None,
            "requested_reasons": [{"code": "routine_onboarding"}],
        }
        for description in record.extra["due"]
    ]
    summary = {"minimum_deadline": {"status": status, "time": None}}
    return {"entries": entries, "summary": summary if entries else None}


def onboard(call: Call, record: Record, outcome: str) -> None:
    """Do what the buttons of the onboarding page do.

    `complete`: nothing is due, the capabilities are active. `incomplete`: the
    bank account is still due. `restrict`: an active account is restricted at
    once, another becomes active and is restricted a virtual day later.

    :raises Invalid: an unknown outcome.
    """
    if outcome not in OUTCOMES:
        raise Invalid(f"The outcome is one of {', '.join(OUTCOMES)}.", param="outcome")
    if outcome == "restrict" and receives_transfers(record):
        restrict(call, record)
        return
    if outcome == "incomplete":
        _change(call, record, status="restricted", due=[_BANK], past_due=False)
        return
    record.due = call.now + RESTRICT_AFTER if outcome == "restrict" else None
    _change(call, record, status="active", due=[], past_due=False)


def restrict(call: Call, record: Record) -> None:
    """Take the capabilities away: a requirement is past due."""
    record.due = None
    due = ["identity.document"]
    _change(call, record, status="restricted", due=due, past_due=True)


def hold_payouts(call: Call, record: Record, *, held: bool) -> None:
    """Let an account receive transfers and yet be paid out nothing, or end that."""
    record.extra["payouts_held"] = held
    call.store.save(record)
    balance_settings.plan(call, record.id)
    events.emit_thin(
        call,
        "v2.core.account[configuration.recipient].capability_status_updated",
        record.id,
        {"updated_capability": "stripe_balance.payouts"},
    )


def close(call: Call) -> dict[str, Any]:
    """POST /v2/core/accounts/{id}/close: one whose balances are zero.

    :raises Refused: there is money in it, or it is closed already.
    """
    checks.offered(call.params, {"applied_configurations"})
    record = find(call, call.path["id"])
    if record.body["closed"]:
        raise Refused("This account is closed.", code="account_closed")
    rows = call.store.rows(
        "SELECT currency FROM balance WHERE account = ? GROUP BY currency"
        " HAVING SUM(net) != 0",
        (record.id,),
    )
    if rows:
        raise Refused("An account with a balance cannot be closed.")
    end(call, record)
    return view(record, [])


def end(call: Call, record: Record) -> None:
    """Close an account, whatever is in it: nothing comes in or goes out any more.

    :raises Refused: it is closed already.
    """
    if record.body["closed"]:
        raise Refused("This account is closed.", code="account_closed")
    record.body["closed"] = True
    record.due = None
    _change(call, record, status="restricted", due=[], past_due=False)
    events.emit_thin(call, "v2.core.account.closed", record.id)


def _change(
    call: Call, record: Record, *, status: str, due: list[str], past_due: bool
) -> None:
    turned = status != record.extra["status"]
    requirements = (due, past_due) != (record.extra["due"], record.extra["past_due"])
    record.extra.update(status=status, due=due, past_due=past_due)
    call.store.save(record)
    responses.check(view(record, list(_INCLUDABLE)))
    if status == "active":
        banks.ensure(call, record.id)
        balance_settings.plan(call, record.id)
    if requirements:
        events.emit_thin(call, "v2.core.account[requirements].updated", record.id)
    if turned:
        for capability in _CAPABILITIES:
            events.emit_thin(
                call,
                "v2.core.account[configuration.recipient].capability_status_updated",
                record.id,
                {"updated_capability": capability},
            )


def create_link(call: Call) -> dict[str, Any]:
    """POST /v2/core/account_links: single use, 5 minutes."""
    use_case = call.params["use_case"]
    kind = use_case["type"]
    if kind != "account_onboarding":
        raise NotOffered("use_case.type", "only account_onboarding")
    options = use_case.get("account_onboarding")
    if options is None:
        raise Invalid(
            "Missing required param: use_case.account_onboarding.",
            param="use_case.account_onboarding",
            code="parameter_missing",
        )
    checks.url(options["refresh_url"], "use_case.account_onboarding.refresh_url")
    if "return_url" in options:
        checks.url(options["return_url"], "use_case.account_onboarding.return_url")
    account_id = call.params["account"]
    account = call.store.get(KIND, account_id)
    if account is None:
        raise missing_reference("account", account_id, param="account")
    if account.body["closed"]:
        raise Refused("This account is closed.", code="account_closed")
    link_id = ids.random_text(24)
    body = {
        "object": LINK,
        "account": account_id,
        "created": iso(call.now),
        "expires_at": iso(call.now + LINK_LIFE),
        "livemode": False,
        "url": f"{call.base_url}/setup/{account_id}/{link_id}",
        "use_case": {
            "type": kind,
            "account_onboarding": {
                "collection_options": None,
                "refresh_url": options["refresh_url"],
                "return_url": options.get("return_url"),
            },
        },
    }
    extra = {"expires_at": call.now + LINK_LIFE, "visit": None, "used": False}
    call.store.add(Record(link_id, LINK, PLATFORM, call.now, body, extra))
    return body
