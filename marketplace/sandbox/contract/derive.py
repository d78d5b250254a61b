"""Turns the SDK's type annotations into closed JSON Schemas.

Parameters: TypedDicts, where a field without `NotRequired` is required.
Resources: `StripeObject` classes, where a field that is not `Optional` is
required. Both closed: an unknown field is an error. Enums are open in the SDK
(`Literal[...] | str`); here they are closed.

A type that resolves to 'anything' would make the check hollow, so each is
recorded in `Derived.anything`, and a test holds that list.
"""

import ast
import functools
from dataclasses import dataclass, field
from typing import Any

from marketplace.sandbox.contract import source

Schema = dict[str, Any]

_PLAIN: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "Decimal": {"type": "string"},
    "object": {"type": "object"},
}
_NULL: Schema = {"type": "null"}
_LISTS = ("List", "Sequence", "list")
_EVENT = "v2.core.event"


@dataclass
class Derived:
    """A schema, its expandable fields, and what could not be pinned down."""

    schema: Schema
    expandable: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    anything: frozenset[str] = frozenset()


@dataclass
class _Scope:
    """Where a name is looked up: the class it stands in, then its file."""

    file: source.SourceFile
    owner: ast.ClassDef
    path: str

    def inner(self, name: str) -> ast.ClassDef | None:
        for node in self.owner.body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return node
        return None


@dataclass
class _Builder:
    is_request: bool
    definitions: dict[str, Schema] = field(default_factory=dict)
    anything: set[str] = field(default_factory=set)

    def type_of(self, node: ast.expr, scope: _Scope, where: str) -> Schema:
        """Return the schema of one annotation."""
        if isinstance(node, ast.Constant):
            if node.value is None:
                return _NULL
            if isinstance(node.value, str):
                parsed = ast.parse(node.value, mode="eval").body
                return self.type_of(parsed, scope, where)
        if isinstance(node, ast.Name):
            return self._named(node.id, scope, where)
        if isinstance(node, ast.BinOp):
            return self._union(_flatten(node), scope, where)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            return self._generic(node, node.value.id, scope, where)
        return self._anything(where)

    def _anything(self, where: str) -> Schema:
        self.anything.add(where)
        return {}

    def _named(self, name: str, scope: _Scope, where: str) -> Schema:
        if name in _PLAIN:
            return _PLAIN[name]
        inner = scope.inner(name)
        if inner is not None:
            return self.reference(inner, scope.file, f"{scope.path}.{name}")
        if name in scope.file.classes:
            key = f"{scope.file.path}:{name}"
            return self.reference(scope.file.classes[name], scope.file, key)
        if name in scope.file.imports:
            return self._imported(*scope.file.imports[name], where)
        return self._anything(where)

    def _imported(self, module: str, name: str, where: str) -> Schema:
        if not module.startswith("stripe."):
            return self._anything(where)
        path = source.file_of_module(module)
        object_name = source.object_name(path, name)
        if object_name is not None:
            # Another resource: only its kind is named here. Wherever one
            # appears, `responses.check` validates it against its own schema.
            return {
                "type": "object",
                "properties": {"object": {"const": object_name}},
                "required": ["object"],
            }
        file = source.read(path)
        if name not in file.classes:
            return self._anything(where)
        return self.reference(file.classes[name], file, f"{path}:{name}")

    def _generic(
        self, node: ast.Subscript, head: str, scope: _Scope, where: str
    ) -> Schema:
        arguments = (
            node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        )
        first = arguments[0]
        if head in ("NotRequired", "Required"):
            return self.type_of(first, scope, where)
        if head == "Literal":
            return {"enum": [ast.literal_eval(argument) for argument in arguments]}
        if head == "Optional":
            return _either([self.type_of(first, scope, where), _NULL])
        if head == "Union":
            return self._union(list(arguments), scope, where)
        if head == "ExpandableField":
            expanded = self.type_of(first, scope, where)
            return _either([_PLAIN["str"], expanded])
        if head in _LISTS:
            items = self.type_of(first, scope, f"{where}[]")
            return {"type": "array", "items": items}
        if head == "ListObject":
            return list_of(self.type_of(first, scope, f"{where}[]"))
        if head in ("Dict", "UntypedStripeObject"):
            values = self.type_of(arguments[-1], scope, f"{where}{{}}")
            return {"type": "object", "additionalProperties": values}
        return self._anything(where)

    def _union(self, parts: list[ast.expr], scope: _Scope, where: str) -> Schema:
        if self.is_request:
            # `Dict[str, str] | UntypedStripeObject[str]`: one thing on the wire.
            parts = [part for part in parts if not _is_untyped(part)] or parts
        schemas = [self.type_of(part, scope, where) for part in parts]
        values = [value for schema in schemas for value in schema.get("enum", [])]
        if any(value != "" for value in values):
            # A closed enum; `Literal[''] | str` stays a string that may be unset.
            schemas = [schema for schema in schemas if schema != _PLAIN["str"]]
        return _either(schemas)

    def reference(
        self, node: ast.ClassDef, file: source.SourceFile, key: str
    ) -> Schema:
        """Return a reference to the schema of a class, deriving it once."""
        name = key.replace("/", "_").replace(":", ".")
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self.closed_object(node, file, name)
        return {"$ref": f"#/definitions/{name}"}

    def closed_object(
        self, node: ast.ClassDef, file: source.SourceFile, path: str
    ) -> Schema:
        """Return the schema of a class: its own fields and no others."""
        scope = _Scope(file, node, path)
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for name, annotation in _fields(node):
            properties[name] = self.type_of(annotation, scope, f"{path}.{name}")
            if not self._may_be_absent(annotation):
                required.append(name)
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }

    def _may_be_absent(self, annotation: ast.expr) -> bool:
        wanted = "NotRequired" if self.is_request else "Optional"
        return _head(annotation) == wanted


def _either(schemas: list[Schema]) -> Schema:
    flat: list[Schema] = []
    for schema in schemas:
        flat.extend(schema["anyOf"] if set(schema) == {"anyOf"} else [schema])
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def _flatten(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [*_flatten(node.left), *_flatten(node.right)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _flatten(ast.parse(node.value, mode="eval").body)
    return [node]


def _head(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = ast.parse(node.value, mode="eval").body
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return node.value.id
    return ""


def _is_untyped(node: ast.expr) -> bool:
    return _head(node) == "UntypedStripeObject"


def _fields(node: ast.ClassDef) -> list[tuple[str, ast.expr]]:
    return [
        (statement.target.id, statement.annotation)
        for statement in node.body
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and not statement.target.id.startswith("_")
        and _head(statement.annotation) != "ClassVar"
    ]


def list_of(items: Schema) -> Schema:
    """Return the schema of a v1 list page."""
    return {
        "type": "object",
        "properties": {
            "object": {"const": "list"},
            "data": {"type": "array", "items": items},
            "has_more": {"type": "boolean"},
            "url": {"type": "string"},
        },
        "required": ["object", "data", "has_more", "url"],
        "additionalProperties": False,
    }


def _class(path: str, name: str) -> tuple[source.SourceFile, ast.ClassDef]:
    file = source.read(path)
    if name not in file.classes:
        raise source.ContractMissing(f"The SDK's {path} has no class {name}.")
    return file, file.classes[name]


def _finish(root: Schema, builder: _Builder, **more: frozenset[str]) -> Derived:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **root,
        "definitions": builder.definitions,
    }
    return Derived(schema, anything=frozenset(builder.anything), **more)


@functools.cache
def params(dotted: str) -> Derived:
    """Return the schema of an operation's parameters, for instance
    `checkout.SessionCreateParams`."""
    file, node = _class(*source.file_of_params(dotted))
    builder = _Builder(is_request=True)
    root = builder.closed_object(node, file, node.name)
    return _finish(root, builder)


@functools.cache
def resource(object_name: str) -> Derived:
    """Return the schema of a resource by its `object` value."""
    file, node = _class(*source.file_of_resource(object_name))
    builder = _Builder(is_request=False)
    root = builder.closed_object(node, file, node.name)
    fields = dict(_fields(node))
    expandable = {
        name for name, note in fields.items() if "ExpandableField" in ast.dump(note)
    }
    optional = {name for name, note in fields.items() if _head(note) == "Optional"}
    return _finish(
        root,
        builder,
        expandable=frozenset(expandable),
        optional=frozenset(optional),
    )


@functools.cache
def thin_event(event_type: str) -> Derived:
    """Return the schema of a v2 event: the common fields and those of its type."""
    stem = event_type.replace("[", "_including_").replace("]", "").replace(".", "_")
    file = source.read(f"events/_{stem}_event.py")
    name = next(
        name
        for name, node in file.classes.items()
        if any(isinstance(base, ast.Name) and base.id == "Event" for base in node.bases)
    )
    base_file, base_node = _class(*source.file_of_resource(_EVENT))
    builder = _Builder(is_request=False)
    root = builder.closed_object(base_node, base_file, base_node.name)
    own = builder.closed_object(file.classes[name], file, name)
    root["properties"].update(own["properties"])
    root["required"] = sorted({*root["required"], *own["required"]})
    return _finish(root, builder)
