"""Finds and parses the source files of the installed SDK, without importing it."""

import ast
import functools
import importlib.util
import pathlib
import re
from dataclasses import dataclass, field


class ContractMissing(Exception):
    """The SDK has no such file or class: our table of operations is wrong."""


@functools.cache
def root() -> pathlib.Path:
    """Return the folder of the installed `stripe` package."""
    spec = importlib.util.find_spec("stripe")
    if spec is None or spec.origin is None:
        raise ContractMissing("The stripe package is not installed.")
    return pathlib.Path(spec.origin).parent


@dataclass(frozen=True)
class SourceFile:
    """One parsed file: its classes, and where its imported names come from."""

    path: str
    classes: dict[str, ast.ClassDef]
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)


@functools.cache
def _text(path: str) -> str:
    try:
        return (root() / path).read_text(encoding="utf-8")
    except OSError as error:
        raise ContractMissing(f"The SDK has no file {path}.") from error


def object_name(path: str, name: str) -> str | None:
    """Return the `object` value of a resource class, None where it is none.

    Found in the text: parsing every resource that another one mentions would
    take half a second.
    """
    declared = re.search(
        rf"^class {name}\(.*?^    OBJECT_NAME: ClassVar\[.*?= \"([\w.]+)\"",
        _text(path),
        re.MULTILINE | re.DOTALL,
    )
    return declared[1] if declared else None


@functools.cache
def read(path: str) -> SourceFile:
    """Parse a file of the SDK, `path` relative to its package folder."""
    tree = ast.parse(_text(path))
    imports: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                imports[alias.asname or alias.name] = (node.module, alias.name)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    return SourceFile(path, classes, imports)


def snake(name: str) -> str:
    """Return `transfer_create_params` for `TransferCreateParams`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def camel(name: str) -> str:
    """Return `BalanceTransaction` for `balance_transaction`."""
    return "".join(part.capitalize() for part in name.split("_"))


def file_of_module(module: str) -> str:
    """Return `v2/_amount.py` for `stripe.v2._amount`."""
    return "/".join(module.split(".")[1:]) + ".py"


def file_of_params(dotted: str) -> tuple[str, str]:
    """Return file and class of `checkout.SessionCreateParams`."""
    *folders, name = dotted.split(".")
    return "/".join(["params", *folders, f"_{snake(name)}.py"]), name


def file_of_resource(object_name: str) -> tuple[str, str]:
    """Return file and class of a resource by its `object` value."""
    if object_name == "item":
        return "_line_item.py", "LineItem"
    *folders, name = object_name.split(".")
    return "/".join([*folders, f"_{name}.py"]), camel(name)
