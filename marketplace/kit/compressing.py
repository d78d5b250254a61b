"""Pages travel compressed, also where no server in front does it."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

# Pictures and videos are as small as they get, and a part of one must stay that part.
WORDS = ("text/", "application/json", "application/xml", "application/manifest+json")


class CompressedPages(GZipMiddleware):
    """Compress what is made of words. Django adds bytes by chance, so that the length
    of a page tells nobody what is in it (BREACH).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.get("Content-Type", "")
        if response.streaming or not kind.startswith(WORDS):
            return response
        answered: HttpResponseBase = super().process_response(request, response)
        return answered
