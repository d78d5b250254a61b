"""Whether the files a step depends on have changed since it was done."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def of(root: Path, files: Iterable[Path]) -> str:
    """A digest of the names and contents of files."""
    digest = hashlib.sha256()
    for path in sorted(set(files)):
        digest.update(str(path.relative_to(root)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def migrations(root: Path) -> str:
    """The database's shape: our migrations and the packages that bring their own."""
    packages = ("marketplace", "sellers", "creators", "orders", "payouts")
    found = [
        path
        for package in packages
        for path in (root / package).rglob("migrations/*.py")
    ]
    return of(root, [*found, root / "requirements.txt"])


def folder(root: Path, name: str) -> str:
    """Everything below a folder of the clone, compiled files left out."""
    found = (path for path in (root / name).rglob("*") if path.is_file())
    return of(root, (path for path in found if "__pycache__" not in path.parts))
