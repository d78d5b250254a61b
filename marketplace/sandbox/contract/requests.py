"""Checks the parameters of a request and words the refusal as Stripe does."""

import functools
import re
from typing import Any

import jsonschema_rs

from marketplace.sandbox.contract import derive
from marketplace.sandbox.errors import Invalid

_INTEGER = re.compile(r"-?\d{1,18}")
_NAMES = {"integer": "integer", "boolean": "boolean", "array": "array"}


@functools.cache
def _validator(dotted: str) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(derive.params(dotted).schema)


def check(
    dotted: str,
    params: dict[str, Any],
    *,
    from_form: bool,
    dotted_names: bool = False,
) -> dict[str, Any]:
    """Return the parameters with the types of the contract.

    `from_form`: values came as text and are turned into integers, booleans and
    lists as the schema says. JSON is taken as it is. `dotted_names`: refusals
    name `a.b` as v2 does, not `a[b]`.

    :raises Invalid: an unknown, missing or malformed parameter.
    """
    schema = derive.params(dotted).schema
    if from_form:
        params = _coerce(params, schema, schema["definitions"])
    errors = list(_validator(dotted).iter_errors(params))
    if errors:
        raise _refusal(errors, dotted_names)
    return params


def _coerce(value: Any, schema: derive.Schema, definitions: dict[str, Any]) -> Any:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        schema = _alternative(value, schema["anyOf"], definitions)
    kind = schema.get("type")
    if isinstance(value, dict):
        if kind == "array":
            return _coerce_list(value, schema["items"], definitions)
        return {
            name: _coerce(part, _property(schema, name), definitions)
            for name, part in value.items()
        }
    if kind == "integer" and _INTEGER.fullmatch(value):
        return int(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    if kind == "array" and value == "":
        return []
    return value


def _coerce_list(
    value: dict[str, Any], items: derive.Schema, definitions: dict[str, Any]
) -> Any:
    if set(value) != {str(index) for index in range(len(value))}:
        return value
    return [
        _coerce(value[str(index)], items, definitions) for index in range(len(value))
    ]


def _property(schema: derive.Schema, name: str) -> derive.Schema:
    found = schema.get("properties", {}).get(name)
    if found is None:
        found = schema.get("additionalProperties")
    return found if isinstance(found, dict) else {}


def _alternative(
    value: Any, schemas: list[derive.Schema], definitions: dict[str, Any]
) -> derive.Schema:
    """Return the member of a union that a value from the wire belongs to."""
    resolved = [
        definitions[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
        for schema in schemas
    ]
    for schema in resolved:
        kind = schema.get("type")
        if isinstance(value, dict):
            if kind in ("object", "array"):
                return schema
        elif (
            (kind == "integer" and _INTEGER.fullmatch(value))
            or (kind == "boolean" and value in ("true", "false"))
            or value in schema.get("enum", [])
        ):
            return schema
    # Left as it is; the validator then names what is wrong with it.
    return {}


def path_of(parts: list[str | int], dotted_names: bool = False) -> str:
    """Return `line_items[0][quantity]` for the path of an error."""
    first, *rest = [str(part) for part in parts] or [""]
    if dotted_names:
        return ".".join([first, *rest])
    return first + "".join(f"[{part}]" for part in rest)


def _refusal(
    errors: list[jsonschema_rs.ValidationError], dotted_names: bool
) -> Invalid:
    found: dict[str, tuple[jsonschema_rs.ValidationError, Any]] = {}
    for error in errors:
        found.setdefault(
            type(error.kind).__name__.rsplit("_", 1)[-1], (error, error.kind)
        )
    if "AdditionalProperties" in found:
        error, kind = found["AdditionalProperties"]
        names = [
            path_of([*error.instance_path, name], dotted_names)
            for name in kind.unexpected
        ]
        plural = "s" if len(names) > 1 else ""
        return Invalid(
            f"Received unknown parameter{plural}: {', '.join(names)}",
            param=names[0],
            code="parameter_unknown",
        )
    if "Required" in found:
        error, kind = found["Required"]
        name = path_of([*error.instance_path, kind.property], dotted_names)
        return Invalid(
            f"Missing required param: {name}.", param=name, code="parameter_missing"
        )
    error = errors[0]
    return _bad_value(error, path_of(list(error.instance_path), dotted_names))


def _bad_value(error: jsonschema_rs.ValidationError, name: str) -> Invalid:
    kind = error.kind
    value = error.instance
    if value == "":
        return Invalid(
            f"You passed an empty string for '{name}', which cannot be unset.",
            param=name,
            code="parameter_invalid_empty",
        )
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Enum):
        options = ", ".join(str(option) for option in kind.options)
        return Invalid(f"Invalid {name}: must be one of {options}", param=name)
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Type):
        wanted = str(kind.types[0])
        shown = str(value)[:60]
        code = "parameter_invalid_integer" if wanted == "integer" else None
        return Invalid(
            f"Invalid {_NAMES.get(wanted, wanted)}: {shown}", param=name, code=code
        )
    return Invalid(f"Invalid value for {name}.", param=name)
