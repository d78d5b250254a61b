"""Search and categories."""

from urllib.parse import urlencode

from django.urls import reverse

from tests.looks.state import Path, State


def _search(**query: str) -> Path:
    words = f"?{urlencode(query)}" if query else ""
    return lambda _world: reverse("sellers:search") + words


def _open_filters(page) -> None:
    opener = page.locator("details:not([open]) > summary").locator("visible=true")
    for _ in range(min(opener.count(), 4)):
        opener.first.click()


STATES = (
    State("search", _search(), is_public=True),
    State("search-results", _search(q="mugg"), is_public=True),
    State("search-japanese", _search(q="急須"), is_public=True),
    State(
        "search-filtered",
        _search(size="M", to="NL", currency="EUR", min="10", max="200"),
        is_public=True,
    ),
    State("search-filters-open", _search(), is_public=True, act=_open_filters),
    State("search-wrong-amount", _search(min="abc"), is_public=True),
    State("search-misspelt", _search(q="spindel chiar"), is_public=True),
    State("search-nothing", _search(q="qqqqqqqq"), is_public=True),
    State(
        "category",
        lambda _world: reverse("sellers:category", args=["kitchen"]),
        is_public=True,
    ),
    State(
        "category-empty",
        lambda _world: reverse("sellers:category", args=["tech"]),
        is_public=True,
    ),
)
