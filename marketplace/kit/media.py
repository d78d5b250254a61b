"""Uploaded pictures and videos on their way out, where no server in front does it.

Only what we wrote ourselves is served, as what it is and nothing else: the ending, which
we gave, decides the type, and were it a page after all, it could do nothing. A video is
asked for in parts, so that it can begin before it is whole and be sought in.
"""

import re
from io import SEEK_END
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase

TYPES = {
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".vtt": "text/vtt; charset=utf-8",
}
# A name is random and never used again, so the file behind it never changes.
CACHED = "public, max-age=31536000, immutable"
# One part; who asks for several at once gets the whole, as HTTP allows.
PART = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class _Part:
    """A file up to some place."""

    def __init__(self, file: "File[Any]", length: int) -> None:
        self.file, self.left = file, length

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(data)
        return data

    def close(self) -> None:
        self.file.close()


def serve(request: HttpRequest, path: str) -> HttpResponseBase:
    """Send one file, or the part of it that is asked for (206)."""
    kind = TYPES.get(path[path.rfind(".") :])
    if kind is None:
        raise Http404
    try:
        file = default_storage.open(path)
    except (OSError, ValueError, SuspiciousFileOperation):
        raise Http404 from None
    size = file.seek(0, SEEK_END)
    file.seek(0)
    asked = _asked(request.headers.get("Range", ""), size)
    response = FileResponse(file if asked is None else _part(file, *asked))
    if asked is not None:
        first, last = asked
        response.status_code = 206 if first <= last else 416
        span = f"{first}-{last}" if first <= last else "*"
        response["Content-Range"] = f"bytes {span}/{size}"
        response["Content-Length"] = str(max(0, last - first + 1))
    response["Content-Type"] = kind
    response["Accept-Ranges"] = "bytes"
    if response.status_code != 416:
        response["Cache-Control"] = CACHED
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _part(file: "File[Any]", first: int, last: int) -> _Part:
    file.seek(first)
    return _Part(file, max(0, last - first + 1))


def _asked(wanted: str, size: int) -> tuple[int, int] | None:
    """Give the first and the last byte that are asked for, None for the whole file; one
    that begins behind the end asks for nothing (first > last).
    """
    match = PART.fullmatch(wanted.strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size - 1
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        return size, size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
