import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from marketplace.local import places
from tests.marketplace.local.clones import make_clone


@contextmanager
def _folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="marketplace-runner-", dir="/var/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(places.outside(made), ignore_errors=True)
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users of the machine can enter, unlike pytest's own."""
    with _folder() as made:
        yield made


@pytest.fixture
def clone(folder: Path) -> Path:
    """A clone in which nothing has been started yet."""
    return make_clone(folder)


@pytest.fixture(scope="module")
def used_clone() -> Iterator[Path]:
    """A clone whose state the tests of a module use one after the other."""
    with _folder() as made:
        yield make_clone(made)
