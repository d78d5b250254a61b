"""`python -m tests.mutation [pure|sample] [--count N] [--seed N]`: change one thing in a
module of money, and see whether a test notices.

`pure` makes every mutant of the pure modules; `sample` so many, drawn from the seed, of
those that work on rows. The tests of a module run on a copy of the tree; a mutant that no
test notices survives, and is named.
"""

import argparse
import ast
import copy
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = "tests/payouts/services"
PURE = {
    "payouts/services/splits.py": [f"{SERVICES}/test_splits.py"],
    "payouts/services/takeback_shares.py": [f"{SERVICES}/test_takeback_shares.py"],
    "orders/services/pricing.py": ["tests/orders/services/test_pricing.py"],
    "marketplace/kit/money.py": [
        "tests/marketplace/kit/test_money.py",
        f"{SERVICES}/test_splits.py",
    ],
}
REFUNDS = [
    f"{SERVICES}/test_{name}.py"
    for name in (
        *("refunds", "refund_gifts", "refund_parts", "refund_doors"),
        *("refund_sending", "refund_adoption"),
    )
]
RUNS = [
    f"{SERVICES}/test_{name}.py"
    for name in ("run_decisions", "payout_runs", "payout_figures")
]
ROWS = {
    "payouts/services/ledger.py": [f"{SERVICES}/test_ledger.py"],
    "payouts/services/refunds.py": REFUNDS,
    "payouts/services/refund_parts.py": REFUNDS,
    **{
        f"payouts/services/payout_runs/{name}.py": RUNS
        for name in (
            *("computing", "executing", "figures"),
            *("outlooks", "resuming", "schedules"),
        )
    },
}
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
SLOWEST_SECONDS = 300


@dataclass(frozen=True)
class Mutant:
    """A module with one thing changed."""

    path: str
    line: int
    what: str
    source: str


def mutants(path: str) -> Iterator[Mutant]:
    """Give every mutant of a module, one change each."""
    tree = ast.parse((ROOT / path).read_text())
    for place, node in enumerate(ast.walk(tree)):
        for number in range(2 if _is_number(node) else 1):
            changed = copy.deepcopy(tree)
            found = list(ast.walk(changed))[place]
            what = _change(found, number)
            if what is not None:
                yield Mutant(
                    path, getattr(node, "lineno", 0), what, ast.unparse(changed)
                )


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _change(node: ast.AST, number: int) -> str | None:
    """Change a node in place; gives what was changed, None where nothing can be."""
    if isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        before = type(node.op)
        node.op = SWAPS[before]()  # type: ignore[assignment]
        return f"{before.__name__} -> {SWAPS[before].__name__}"
    if isinstance(node, ast.BoolOp):
        before_bool = type(node.op)
        node.op = SWAPS[before_bool]()  # type: ignore[assignment]
        return f"{before_bool.__name__} -> {SWAPS[before_bool].__name__}"
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        before_op = type(node.ops[0])
        node.ops[0] = SWAPS[before_op]()  # type: ignore[call-overload]
        return f"{before_op.__name__} -> {SWAPS[before_op].__name__}"
    if isinstance(node, ast.Constant) and type(node.value) is int:
        node.value += 1 if number == 0 else -1
        return f"number -> {node.value}"
    if isinstance(node, ast.If):
        node.test = ast.UnaryOp(ast.Not(), node.test)
        return "if -> if not"
    return None


def passes(tests: Sequence[str], tree: pathlib.Path, *options: str) -> bool:
    """Run tests in the copy of the tree; says whether all passed in time."""
    try:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-x", *options),
                *("-p", "no:cacheprovider", *tests),
            ],
            cwd=tree,
            capture_output=True,
            timeout=SLOWEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def survives(mutant: Mutant, tests: Sequence[str], tree: pathlib.Path) -> bool:
    """Run a module's tests on a mutant; says whether none noticed."""
    target = tree / mutant.path
    original = target.read_text()
    target.write_text(mutant.source)
    try:
        # The first run made the database with all migrations; this one keeps it.
        return passes(tests, tree, "--reuse-db", "--no-migrations")
    finally:
        target.write_text(original)


def main(arguments: list[str]) -> int:
    """Try the mutants and name those that survive."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("which", choices=("pure", "sample"), nargs="?", default="pure")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--module", help="only modules whose path holds this")
    chosen = parser.parse_args(arguments)
    modules = PURE if chosen.which == "pure" else ROWS
    found = [
        mutant
        for path in modules
        if not chosen.module or chosen.module in path
        for mutant in mutants(path)
    ]
    if chosen.which == "sample":
        draw = random.Random(chosen.seed)
        found = draw.sample(found, min(chosen.count, len(found)))
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        shutil.copytree(
            ROOT,
            tree,
            ignore=shutil.ignore_patterns(".git", ".venv", ".state", "__pycache__"),
        )
        tests = {test for mutant in found for test in modules[mutant.path]}
        if not passes(sorted(tests), tree, "--create-db"):
            _say("The tests fail before anything is changed.")
            return 1
        for mutant in found:
            if survives(mutant, modules[mutant.path], tree):
                survivors.append(mutant)
                _say(f"survives: {mutant.path}:{mutant.line} {mutant.what}")
    killed = len(found) - len(survivors)
    _say(
        f"{killed} of {len(found)} killed "
        f"({100 * killed / max(len(found), 1):.1f} %), seed {chosen.seed}"
    )
    return 0


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
