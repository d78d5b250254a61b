"""The bank account of a party (https://docs.stripe.com/api/external_accounts): one each.

It is there once onboarding is complete, takes every currency of the sandbox, and is
changed by the party alone. After a payout failed it takes nothing until it is changed.
"""

import hashlib
from typing import Any

from marketplace.sandbox import events, ids, money
from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import responses
from marketplace.sandbox.errors import NotOffered, missing_object
from marketplace.sandbox.resources import lists
from marketplace.sandbox.store import PLATFORM, Record

KIND = "bank_account"
ACCOUNT = "v2.core.account"
ERRORED = "errored"


def of(call: Call, account: str) -> Record | None:
    """Return an account's bank account; the platform always has one."""
    found = call.store.select(
        "kind = ? AND account = ?", (KIND, account), "ORDER BY seq DESC LIMIT 1"
    )
    if found:
        return found[0]
    return _add(call, account) if account == PLATFORM else None


def ensure(call: Call, account: str) -> None:
    """Give an account that is onboarded its bank account."""
    if of(call, account) is None:
        added = _add(call, account)
        events.emit(call, "account.external_account.created", added.body, account)


def change(call: Call, account: str) -> Record:
    """Let a party name another bank account in place of the one it has."""
    old = of(call, account)
    new = _add(call, account)
    events.emit(call, "account.external_account.created", new.body, account)
    if old is not None:
        call.store.run("DELETE FROM objects WHERE id = ?", (old.id,))
        gone = {**old.body, "default_for_currency": False}
        events.emit(call, "account.external_account.deleted", gone, account)
    events.emit(call, "account.external_account.updated", new.body, account)
    return new


def mark_errored(call: Call, record: Record) -> None:
    """Note that a payout to it failed."""
    record.body["status"] = ERRORED
    call.store.save(record)
    events.emit(call, "account.external_account.updated", record.body, record.account)


def _add(call: Call, account: str) -> Record:
    party = call.store.get(ACCOUNT, account) if account != PLATFORM else None
    bank_id = ids.new_id("ba")
    country = party.extra["country"] if party else call.config.country
    number = hashlib.sha256(bank_id.encode()).hexdigest()
    body = responses.complete(
        KIND,
        {
            "id": bank_id,
            "object": KIND,
            "account": account or None,
            "account_holder_name": party.body["display_name"] if party else None,
            "account_holder_type": party.extra["entity_type"] if party else "company",
            "available_payout_methods": ["standard"],
            "bank_name": "SANDBOX BANK",
            "country": country,
            "currency": money.currency_of(country),
            "default_for_currency": True,
            "fingerprint": number[:16],
            "last4": f"{int(number[16:24], 16) % 10_000:04d}",
            "metadata": {},
            "status": "new",
        },
    )
    # A bank account that is there is not `deleted`, not even null.
    del body["deleted"]
    responses.check(body)
    return call.store.add(Record(bank_id, KIND, account, call.now, body))


def _there(call: Call) -> Call:
    """Return the call as the connected account of its path."""
    if call.account != PLATFORM or call.store.get(ACCOUNT, call.path["id"]) is None:
        raise missing_object("account", call.path["id"])
    there = call.at(call.now)
    there.account = call.path["id"]
    there.params, there.api_path = call.params, call.api_path
    return there


def retrieve(call: Call) -> dict[str, Any]:
    """GET /v1/accounts/{id}/external_accounts/{bank}"""
    there = _there(call)
    found = call.store.get(KIND, call.path["bank"], there.account)
    if found is None:
        raise missing_object("external account", call.path["bank"])
    return found.body


def list_all(call: Call) -> dict[str, Any]:
    """GET /v1/accounts/{id}/external_accounts: by `object`."""
    there = _there(call)
    lists.only(there, "object")
    if there.params.get("object") == "card":
        raise NotOffered("object", "only bank_account")
    return lists.page(there, KIND, [])
