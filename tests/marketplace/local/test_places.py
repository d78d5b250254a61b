import os

import pytest

from marketplace.local import places
from marketplace.local.console import RunError
from marketplace.local.state import State

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands work over")


def test_two_clones_never_share_a_place_outside(tmp_path):
    first, second = places.outside(tmp_path / "a"), places.outside(tmp_path / "b")

    assert first != second
    assert first.parent == second.parent
    assert first.name.startswith(f"marketplace-{os.geteuid()}-")


def test_place_is_inside_the_clone_where_its_user_can_enter(folder):
    state = State(folder, "se")

    place = places.settle(folder, "se")

    assert place.folder == state.folder
    assert not places.outside(folder).exists()


@as_root
def test_closed_clone_gets_a_place_outside_that_is_removed_with_its_state(
    folder, capsys
):
    folder.chmod(0o700)
    State(folder, "se")
    State(folder, "jp")

    place = places.settle(folder, "se")
    places.settle(folder, "jp")

    there = places.outside(folder)
    assert place.folder == there / "se"
    assert place.binaries.is_relative_to(there)
    assert there.stat().st_mode & 0o777 == 0o711
    assert capsys.readouterr().err.count(str(there)) == 1

    places.release(folder, "se")
    assert there.exists()
    places.release(folder, "jp")
    assert not there.exists()


@as_root
def test_place_of_someone_else_is_refused_and_left_alone(folder):
    folder.chmod(0o700)
    State(folder, "se")
    there = places.outside(folder)
    there.mkdir()
    os.chown(there, 65_534, 65_534)
    try:
        with pytest.raises(RunError, match="belongs to someone else"):
            places.settle(folder, "se")
        assert list(there.iterdir()) == []
    finally:
        there.rmdir()


@as_root
def test_link_laid_in_the_way_is_refused(folder, tmp_path):
    folder.chmod(0o700)
    State(folder, "se")
    there = places.outside(folder)
    there.symlink_to(tmp_path)
    try:
        with pytest.raises(RunError, match="belongs to someone else"):
            places.settle(folder, "se")
    finally:
        there.unlink()
