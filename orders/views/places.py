"""Pages of ours a buyer may be led back to: checked, so that nobody is led elsewhere."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 300
# Where a sheet can be open; nothing that acts, and nothing that holds a secret.
NAMESPACES = {"pages", "sellers", "creators", "buying"}
OF_THE_SHEET = {"buy", "bought", "country", "chosen"}


def checked(address: str) -> str:
    """Give a path of a public page of ours without its open sheet, or nothing: for an
    address of another site, of no page, or of one that is not for everybody.
    """
    if not address.startswith("/") or len(address) > LONGEST:
        return ""
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return ""
    parts = urlsplit(address)
    try:
        match = resolve(parts.path)
    except Resolver404:
        return ""
    if match.namespace not in NAMESPACES or "\x00" in address:
        return ""
    return without_sheet(parts.path, parts.query)


def without_sheet(path: str, query: str) -> str:
    """Give an address with the sheet's own words taken out of its query."""
    kept = [
        (name, value) for name, value in parse_qsl(query) if name not in OF_THE_SHEET
    ]
    return f"{path}?{urlencode(kept)}" if kept else path


def with_query(address: str, **words: str) -> str:
    """Give an address with these words in its query; empty ones are left out."""
    path, _mark, query = address.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name not in words]
    kept += [(name, value) for name, value in words.items() if value]
    return f"{path}?{urlencode(kept)}" if kept else path


def with_sheet(address: str, thing: str, **extra: str) -> str:
    """Give the address of a page with the sheet of a thing open on it."""
    return with_query(address, buy=thing, **extra)
