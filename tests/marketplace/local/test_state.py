import pytest

from marketplace.local.console import RunError
from marketplace.local.state import Busy, State, throwaway


def test_two_runs_never_share_one_state(tmp_path):
    first, second = State(tmp_path, "se"), State(tmp_path, "se")
    first.acquire()

    with pytest.raises(Busy, match="Another ./run already uses"):
        second.acquire()


def test_each_country_has_a_state_of_its_own(tmp_path):
    State(tmp_path, "se").acquire()

    japan = State(tmp_path, "jp")
    japan.acquire()

    assert japan.folder != State(tmp_path, "se").folder


def test_secrets_are_made_once_and_read_by_nobody_else(tmp_path):
    made = State(tmp_path, "se").secrets()

    assert State(tmp_path, "se").secrets() == made
    assert len(set(made.values())) == len(made)
    assert (tmp_path / ".state/se/secrets.json").stat().st_mode & 0o777 == 0o600
    assert State(tmp_path, "jp").secrets() != made


def test_discarding_a_state_leaves_nothing_of_it_but_its_lock(tmp_path):
    state = State(tmp_path, "se")
    state.acquire()
    before = state.secrets()
    state.note(migrated="yes")
    (state.folder / "sandbox" / "journal").write_text("money")

    state.discard()

    assert state.notes() == {}
    assert not (state.folder / "sandbox" / "journal").exists()
    assert state.secrets() != before
    with pytest.raises(Busy):
        State(tmp_path, "se").acquire()


def test_throwaway_state_is_removed_even_after_a_failure(tmp_path):
    folders = []

    def fail():
        with throwaway(tmp_path) as state:
            folders.append(state.folder)
            assert state.folder.is_dir()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not folders[0].exists()


def test_throwaway_state_of_a_killed_run_is_removed_by_the_next(tmp_path, capsys):
    killed = State(tmp_path, "throwaway-killed").folder

    with throwaway(tmp_path) as first, throwaway(tmp_path):
        assert not killed.exists()
        assert first.folder.exists()

    assert "Removing throwaway-killed" in capsys.readouterr().err


def test_state_directory_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / ".state").write_text("not a folder")
    said = r"The state directory .*\.state.* cannot be written"

    with pytest.raises(RunError, match=said):
        State(tmp_path, "se")
    with pytest.raises(RunError, match=said), throwaway(tmp_path):
        pass
