"""Every list is bounded: one page of rows, the count, and the way to the next."""

from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)

PER_PAGE = 24


def page_of(
    queryset: QuerySet[M], request: HttpRequest, *, per_page: int = PER_PAGE
) -> Page[M]:
    """Cut the page named by `?page=`; a number that is none or too large gives the
    nearest page. Two queries: count and rows. The queryset must be ordered by the
    caller, ending in pk.
    """
    return Paginator(queryset, per_page).get_page(request.GET.get("page"))
