"""Pagination of long lists."""

from typing import Any

from django.core.paginator import Page, Paginator


class KeysetPaginator(Paginator):
    """Finds the primary keys of a page in an index, and then reads only those rows.

    With OFFSET alone, the database would read and discard every row before the page.
    """

    object_list: Any

    def _get_page(self, object_list: Any, number: int, paginator: Paginator) -> Page:
        keys = list(object_list.values_list("pk", flat=True))
        return Page(self.object_list.filter(pk__in=keys), number, paginator)
