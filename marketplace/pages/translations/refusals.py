"""Find the words of errors: a MarketplaceError raised without a message says the first
paragraph of its docstring, so that is a string to translate like any other.
"""

import ast
import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path

BASE = "MarketplaceError"


def found_in(files: Iterable[tuple[Path, str]]) -> Iterator[tuple[str, int, str]]:
    """Give file, line and words of each error that is raised without a message."""
    classes: dict[str, list[tuple[str, ast.ClassDef]]] = {}
    raised: set[str] = set()
    for path, name in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, []).append((name, node))
            raised |= _raised_bare(node)
    for kind in sorted(_descendants(classes) & raised):
        for name, node in classes[kind]:
            words = _words(node)
            if words and not _has_message(node):
                yield name, node.lineno, words


def _descendants(classes: dict[str, list[tuple[str, ast.ClassDef]]]) -> set[str]:
    """Give the names of all classes below the base, however far."""
    known, grown = {BASE}, True
    while grown:
        more = {
            kind
            for kind, nodes in classes.items()
            if any(_name(base) in known for _file, node in nodes for base in node.bases)
        }
        grown = not more <= known
        known |= more
    return known - {BASE}


def _raised_bare(node: ast.AST) -> set[str]:
    """Give the name of a class that is raised, or made, with nothing said."""
    if isinstance(node, ast.Raise) and node.exc is not None:
        return {_name(node.exc)} - {""}
    if isinstance(node, ast.Call) and not node.args and not node.keywords:
        return {_name(node.func)} - {""}
    return set()


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _has_message(node: ast.ClassDef) -> bool:
    """Say whether an error makes its own message."""
    return any(
        isinstance(part, ast.FunctionDef) and part.name == "__init__"
        for part in node.body
    )


def _words(node: ast.ClassDef) -> str:
    said = inspect.cleandoc(ast.get_docstring(node) or "").split("\n\n")[0]
    return " ".join(said.split())
