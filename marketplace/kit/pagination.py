"""Every list is bounded: one page of rows, the count, and the way to the next."""

from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)

PER_PAGE = 24


def page_of(
    queryset: QuerySet[M],
    request: HttpRequest,
    *,
    per_page: int = PER_PAGE,
    known: int = 0,
) -> Page[M]:
    """Cut the page named by `?page=`; a number that is none or too large gives the
    nearest page. Two queries: count and rows. The queryset must be ordered by the
    caller, ending in pk.

    `known` is a count that may be a little old. It saves the first query, unless the
    page turns out to be empty.
    """
    number = request.GET.get("page")
    paginator = Paginator(queryset, per_page)
    if known:
        paginator.count = known
        page = paginator.get_page(number)
        if page.object_list:
            return page
    return Paginator(queryset, per_page).get_page(number)
