"""Expansion (https://docs.stripe.com/expand): ids become objects on request.

Which fields can be expanded is read from the SDK's `ExpandableField` types.
"""

from typing import Any

from marketplace.sandbox.calls import Call
from marketplace.sandbox.contract import derive
from marketplace.sandbox.errors import Invalid

DEEPEST = 4


def expand(call: Call, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer with the fields of `expand` as objects.

    :raises Invalid: a field that cannot be expanded, or more than four levels.
    """
    for path in call.params.get("expand", []):
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise Invalid(f"You cannot expand more than {DEEPEST} levels.")
        _expand(call, answer, steps, path)
    return answer


def _expand(call: Call, value: Any, steps: list[str], path: str) -> None:
    if not steps or not isinstance(value, dict):
        return
    step, *rest = steps
    object_name = value.get("object")
    if object_name == "list" and step == "data":
        for part in value["data"]:
            _expand(call, part, rest, path)
        return
    if not isinstance(object_name, str) or object_name == "list":
        raise _cannot(path)
    record = call.store.any_kind(value["id"], call.account) if "id" in value else None
    included = (record.extra.get("included", {}) if record else {}).get(step)
    if included is not None:
        value[step] = included
    elif step not in derive.resource(object_name).expandable:
        raise _cannot(path)
    elif isinstance(value.get(step), str):
        found = call.store.any_kind(value[step], call.account)
        if found is None:
            raise _cannot(path)
        value[step] = found.body
    _expand(call, value[step], rest, path)


def _cannot(path: str) -> Invalid:
    return Invalid(f"This property cannot be expanded ({path}).", param="expand")
