"""What the structure promises, checked on the code itself."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from marketplace.kit import jobs

ROOT = Path(settings.BASE_DIR)
APPS = ["marketplace", "sellers", "creators", "orders", "payouts"]
STOREYS = ["kit", "accounts", "sellers", "creators", "orders", "payouts"]
ROOF = ["webhooks", "pages", "demo", "simulator", "proof"]
TOP_LEVEL = {
    *APPS,
    *("tests", "docs", "bench", "deploy", "locale"),
    *("manage.py", "run", "pyproject.toml", "README.md", "CONTRIBUTING.md", "LICENSE"),
    *(".ci", ".git", ".gitignore", ".gitattributes"),
}


def sources():
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path


def test_import_contracts_are_kept():
    found = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout


def test_no_reference_points_up():
    height = {label: i for i, label in enumerate(STOREYS)}
    height.update(dict.fromkeys(ROOF, len(STOREYS)))
    up = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in height
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model is not None
        if height.get(field.related_model._meta.app_label, -1)
        > height[model._meta.app_label]
    ]
    assert up == []


def test_only_the_gateway_imports_stripe():
    importing = {
        path.relative_to(ROOT).parts[:2]
        for path in sources()
        if re.search(r"^\s*(import stripe|from stripe)\b", path.read_text(), re.M)
    }
    assert importing == {("marketplace", "gateway")}


def test_every_job_named_in_the_code_exists():
    names = {name for name, _seconds in settings.PERIODIC_JOBS}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "enqueue"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                names.add(node.args[0].value)
    assert len(names) > len(settings.PERIODIC_JOBS)
    for name in names:
        assert callable(jobs.resolve(name)), name


def test_business_time_comes_from_the_one_clock():
    """`timezone.now` and the database's now are for technical columns only."""
    allowed = {
        "marketplace/kit/models.py",
        "marketplace/kit/jobs.py",
        "marketplace/kit/health.py",
        "marketplace/accounts/models.py",
    }
    apart = ("marketplace/sandbox", "marketplace/local")
    pattern = re.compile(
        r"timezone\.now\b|auto_now|functions import .*\bNow\b|\bnow\(\) at time zone|"
        r"CURRENT_TIMESTAMP|datetime\.now\(|date\.today\("
    )
    using = {
        str(path.relative_to(ROOT))
        for path in sources()
        if not str(path.relative_to(ROOT)).startswith(apart)
        and pattern.search(path.read_text())
    }
    assert using - allowed == {"marketplace/kit/clock.py"}


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_top_level_holds_only_what_it_should():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    if not tracked:
        pytest.skip("not a git checkout")
    found = {name.split("/")[0] for name in tracked}
    assert {name for name in found if not name.startswith("requirements")} <= TOP_LEVEL


@pytest.mark.parametrize("app", ["sellers", "creators", "orders", "payouts"])
def test_no_module_is_a_drawer_for_everything(app):
    banned = {"utils", "helpers", "managers", "signals", "constants", "common", "misc"}
    found = {path.stem for path in (ROOT / app).rglob("*.py")} & banned
    assert found == set()
