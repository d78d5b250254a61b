"""Checks every answer against the SDK's own resource classes."""

import functools
from typing import Any

import jsonschema_rs

from marketplace.sandbox.contract import derive

# Sent only when asked for, as Stripe does.
_ONLY_WHEN_EXPANDED = {
    "charge": frozenset({"refunds"}),
    "checkout.session": frozenset({"line_items"}),
}
_V2_PAGE: derive.Schema = {
    "type": "object",
    "properties": {
        "data": {"type": "array"},
        "next_page_url": {"type": ["string", "null"]},
        "previous_page_url": {"type": ["string", "null"]},
    },
    "required": ["data"],
    "additionalProperties": False,
}


# What was deleted says so and no more.
_DELETABLE = frozenset({"customer", "webhook_endpoint"})
_DELETED = jsonschema_rs.Draft7Validator(
    {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "object": {"type": "string"},
            "deleted": {"const": True},
        },
        "required": ["id", "object", "deleted"],
        "additionalProperties": False,
    }
)


class ContractBroken(Exception):
    """The sandbox was about to answer something Stripe would not."""


@functools.cache
def _validator(object_name: str) -> jsonschema_rs.Draft7Validator:
    schema = (
        derive.list_of({"type": "object", "required": ["object"]})
        if object_name == "list"
        else derive.resource(object_name).schema
    )
    return jsonschema_rs.Draft7Validator(schema)


@functools.cache
def _thin_event_validator(event_type: str) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(derive.thin_event(event_type).schema)


def complete(object_name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the object with every optional field it does not set as null.

    The SDK raises AttributeError for a field that is absent, and Stripe sends
    null; fields that come only on request stay absent.
    """
    absent = derive.resource(object_name).optional - _ONLY_WHEN_EXPANDED.get(
        object_name, frozenset()
    )
    return {**dict.fromkeys(sorted(absent)), **body}


def check(value: Any) -> None:
    """Validate an object and every resource inside it.

    :raises ContractBroken: naming the field and what is wrong with it.
    """
    if isinstance(value, list):
        for part in value:
            check(part)
    if not isinstance(value, dict):
        return
    object_name = value.get("object")
    if isinstance(object_name, str):
        _check_one(object_name, value)
    for name, part in value.items():
        if name != "metadata":
            check(part)


def _check_one(object_name: str, value: dict[str, Any]) -> None:
    if value.get("deleted") is True and object_name in _DELETABLE:
        validator = _DELETED
    elif object_name == "v2.core.event":
        validator = _thin_event_validator(value["type"])
    else:
        validator = _validator(object_name)
    for error in validator.iter_errors(value):
        where = ".".join(str(part) for part in error.instance_path)
        raise ContractBroken(f"{object_name} {where}: {error.message[:300]}")
