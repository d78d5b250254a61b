"""The script `./run` itself, before anything is installed."""

import os
import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

import pytest

from marketplace.local import session
from marketplace.local.__main__ import COMMANDS


@pytest.fixture(scope="module")
def run():
    loader = SourceFileLoader("run_script", str(session.ROOT / "run"))
    spec = spec_from_loader("run_script", loader)
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def _call(*arguments):
    return subprocess.run(
        [session.ROOT / "run", *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_help_names_every_command_and_installs_nothing():
    helped = _call("help")

    assert helped.returncode == 0
    assert helped.stderr == ""
    for command in COMMANDS:
        if command != "up":
            assert f"./run {command} " in helped.stdout


def test_script_is_executable():
    assert os.access(session.ROOT / "run", os.X_OK)


def test_unknown_command_is_one_line_and_exit_1():
    refused = _call("launch")

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == "There is no command 'launch'. './run help' lists them.\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ("up", [])),
        (["--port", "8000"], ("up", ["--port", "8000"])),
        (["up", "--fresh"], ("up", ["--fresh"])),
        (["test", "-k", "cart"], ("test", ["-k", "cart"])),
        (["manage", "--help"], ("manage", ["--help"])),
        (["--help"], ("help", [])),
    ],
)
def test_command_is_up_unless_another_is_named(run, arguments, expected):
    assert run.split_command(arguments) == expected


def test_every_command_knows_its_requirements(run):
    assert set(run.REQUIREMENTS) == set(COMMANDS)


def test_old_python_without_a_newer_one_is_refused_by_name(run, monkeypatch):
    monkeypatch.setattr(run.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(run.shutil, "which", lambda _name: None)

    with pytest.raises(run.Refused, match=r"Python 3\.11 or newer is needed"):
        run.use_a_new_enough_python()


def test_missing_venv_module_names_the_command_that_mends_it(run, monkeypatch):
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(run.Refused, match=r"apt-get install -y python3(\.\d+)?-venv"):
        run.refuse_without_venv()


def test_nothing_is_installed_again_until_a_lock_file_changes(
    run, monkeypatch, tmp_path
):
    (tmp_path / "requirements.txt").write_text("django==5.2\n")
    monkeypatch.setattr(run, "ROOT", str(tmp_path))
    monkeypatch.setattr(run, "PYTHON", run.sys.executable)
    monkeypatch.setattr(run, "STAMP", str(tmp_path / "installed.json"))
    assert run.missing_files("up") == ["requirements.txt"]

    run.save(
        {
            "python": run.interpreter(),
            "requirements.txt": run.fingerprint("requirements.txt"),
        }
    )
    assert run.missing_files("up") == []

    (tmp_path / "requirements.txt").write_text("django==5.3\n")
    assert run.missing_files("up") == ["requirements.txt"]
