"""The admin's site: its titles, and the response to numbers out of range."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class TechlistAdminSite(AdminSite):
    """The admin at /admin/."""

    site_header = site_title = "Techlist"
    index_title = "Administration"
    index_template = "techs/admin_index.html"

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002
        """Answer 400 if a number in a filter or form is too large for Python's dates or for SQLite.

        The admin filters by any field, and validates the type of a value but not its range.
        """

        @wraps(view)
        def within_range(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except OverflowError as error:
                raise BadRequest(str(error)) from error

        return super().admin_view(cast("View", within_range), cacheable)


class TechlistAdminConfig(AdminConfig):
    """Makes it django.contrib.admin.site."""

    default_site = "techlist.admin_site.TechlistAdminSite"
