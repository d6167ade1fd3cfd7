"""The admin site: its titles, and the response to filters and numbers that cannot be applied."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import BadRequest
from django.db import DatabaseError
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from techs.api.errors import bad_filter
from techs.outages import outage_of

logger = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

_REGULAR_EXPRESSIONS = ("__regex", "__iregex")
# Raised for lookups that a database lacks, years and numbers out of range, and ranges with one end.
_BAD_FILTER = (DatabaseError, OverflowError, ValueError, IndexError)


class TechlistAdminSite(AdminSite):
    """The admin at /admin/."""

    site_header = site_title = "Techlist"
    index_title = "Administration"
    index_template = "techs/admin_index.html"

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002
        """Answer 400 to filters and numbers that the database or Django cannot process.

        The admin filters by any field and lookup in the URL, and validates only the type of a value.
        """

        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            lookups = _lookups(request)
            # SQLite would run a regular expression in this process, without a time limit.
            if any(name.endswith(_REGULAR_EXPRESSIONS) for name in lookups):
                return bad_filter(request)
            try:
                return view(request, *args, **kwargs)
            except _BAD_FILTER as error:
                if lookups and not outage_of(error):
                    logger.warning("400 at %s: %r", request.get_full_path(), error)
                    return bad_filter(request)
                if isinstance(error, OverflowError):
                    raise BadRequest(str(error)) from error
                raise

        return super().admin_view(cast("View", checked), cacheable)


def _lookups(request: HttpRequest) -> list[str]:
    return [name for name in request.GET if LOOKUP_SEP in name] if request.method in {"GET", "HEAD"} else []
