"""Uploaded pictures on their way out, where no server in front does it.

Only what our own encoder wrote is served, as what it is and nothing else: the name
ends in `.webp`, the type is fixed, and were it a page after all, it could do nothing.
"""

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase

ENDING = ".webp"
# A name is random and never used again, so the file behind it never changes.
CACHED = "public, max-age=31536000, immutable"


def serve(request: HttpRequest, path: str) -> HttpResponseBase:
    """Send one rendition."""
    if not path.endswith(ENDING):
        raise Http404
    try:
        file = default_storage.open(path)
    except (OSError, ValueError, SuspiciousFileOperation):
        raise Http404 from None
    response = FileResponse(file, content_type="image/webp")
    response["Cache-Control"] = CACHED
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
