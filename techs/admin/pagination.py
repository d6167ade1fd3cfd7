"""Pagination of long lists."""

from typing import Any

from django.core.paginator import Page, Paginator


class KeysetPaginator(Paginator):
    """Finds the primary keys of a page in the index, then reads only those rows.

    A plain OFFSET would make the database read and discard every row before the page.
    """

    object_list: Any

    def _get_page(self, object_list: Any, number: int, paginator: Paginator) -> Page:
        keys = list(object_list.values_list("pk", flat=True))
        return Page(self.object_list.filter(pk__in=keys), number, paginator)
