"""Small stand-ins for a clone of the project, so that tests start real processes
without the platform: `marketplace/local` itself, and a few lines for all the rest."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from marketplace.local import session

STUBS = {
    "requirements.txt": "",
    "manage.py": """
import os, sys
if sys.argv[1] == "load_demo":
    print("buyer@example.com opens the door")
if sys.argv[1] == "collectstatic":
    os.makedirs(os.environ["STATIC_ROOT"], exist_ok=True)
    open(os.environ["STATIC_ROOT"] + "/staticfiles.json", "w").write("{}")
if sys.argv[1] == "show":
    print(os.environ[sys.argv[2]])
if sys.argv[1] == "story" and "dummymail" not in os.environ["EMAIL_URL"]:
    print("a mail")
if sys.argv[1] == "exit":
    sys.exit(int(sys.argv[2]))
with open("commands.txt", "a") as file:
    print(*sys.argv[1:], file=file)
""",
    "marketplace/__init__.py": "",
    "marketplace/sandbox/__init__.py": "",
    "marketplace/sandbox/__main__.py": """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
HTTPServer(("127.0.0.1", int(sys.argv[2])), Page).serve_forever()
""",
    "marketplace/wsgi.py": """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ready"]
""",
    "marketplace/celery.py": """
import os
from celery import Celery
app = Celery("stub", broker=os.environ["REDIS_URL"])
""",
    "marketplace/static/icon.svg": (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        '<rect width="32" height="32"/></svg>'
    ),
    "marketplace/static/css/app.css": "@theme { --color-ink: #111; } a { color: red }",
}


def make_clone(folder: Path) -> Path:
    """Lay a clone into a new folder that other users of the machine may enter."""
    shutil.copytree(
        session.ROOT / "marketplace" / "local",
        folder / "marketplace" / "local",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name, content in STUBS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    folder.chmod(0o755)
    return folder


@contextmanager
def start(clone: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command of the clone; it is gone at the end in any case."""
    process = subprocess.Popen(
        [sys.executable, "-m", "marketplace.local", *arguments],
        cwd=clone,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def run(clone: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the clone to its end."""
    return subprocess.run(
        [sys.executable, "-m", "marketplace.local", *arguments],
        cwd=clone,
        env={**environment(), **extra},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def environment() -> dict[str, str]:
    """An environment that names no database, whatever the tests themselves use."""
    return {
        name: os.environ[name]
        for name in ("PATH", "HOME", "LANG")
        if name in os.environ
    }


def read_until(
    process: subprocess.Popen[str], text: str, *, seconds: float = 60
) -> str:
    """What a process prints up to a text; everything when it ends before."""
    assert process.stdout is not None
    printed = ""
    deadline = time.monotonic() + seconds
    for line in process.stdout:
        printed += line
        if text in line or time.monotonic() > deadline:
            break
    return printed


def processes_of(clone: Path) -> list[str]:
    """The command lines of what runs in, or for, a clone."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                folder = os.readlink(entry / "cwd")
            except OSError:
                continue
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and (str(clone) in words or folder.startswith(str(clone))):
                found.append(f"{entry.name} {words}")
    return found


def wait_until_gone(clone: Path, *, seconds: float = 15) -> list[str]:
    """What still runs of a clone after a while; empty when all is well."""
    deadline = time.monotonic() + seconds
    while (left := processes_of(clone)) and time.monotonic() < deadline:
        subprocess.run(["sleep", "0.2"], check=True)
    return left


def kill(pid: int) -> None:
    """End one process of a clone as a crash would."""
    os.kill(pid, signal.SIGKILL)
