"""The menu of saved views, and the view with which Techlist opens for a person.

With logins, that view is stored for the user, and otherwise in a cookie.
"""

import json
from dataclasses import dataclass
from typing import Self, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from frontend.navigation import referring_url
from techs.cache import RenderedPage
from techs.inventory import saved_views
from techs.inventory.groups import GroupPage
from techs.inventory.queries import ListQuery
from techs.models import SavedView

COOKIE = "techlist_start"
_COOKIE_AGE = 400 * 24 * 60 * 60  # the most that browsers allow


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLink:
    """A saved view. is_current: its list is shown; is_start: Techlist opens with it for this person."""

    id: int
    name: str
    query: str
    created_by: str
    is_current: bool
    is_start: bool

    @property
    def url(self) -> str:
        return reverse("frontend:list") + (f"?{self.query}" if self.query else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewMenu:
    """All saved views by name. query: that of the list on the page, in canonical form."""

    views: list[ViewLink]
    query: str

    @classmethod
    def read(cls, request: HttpRequest, query: ListQuery | None = None) -> Self:
        """Read the views, usually from the cache. query: that of the list on the page, if there is one."""
        page, _ = saved_views.read_views()
        return cls.of(page, request, query)

    @classmethod
    def of(
        cls,
        page: RenderedPage,
        request: HttpRequest,
        query: ListQuery | None = None,
        groups: GroupPage | None = None,
    ) -> Self:
        """Build the menu from a page that was read along with others (saved_views.request())."""
        current = saved_views.canonical(query, groups) if query else None
        views = json.loads(page.data)
        start = start_of(request) if views else None
        links = [
            ViewLink(
                id=view["id"],
                name=view["name"],
                query=view["query"],
                created_by=view["created_by"],
                is_current=view["query"] == current,
                is_start=view["id"] == start,
            )
            for view in views
        ]
        return cls(views=links, query=current or "")

    @property
    def current(self) -> ViewLink | None:
        return next((view for view in self.views if view.is_current), None)

    @property
    def start(self) -> ViewLink | None:
        return next((view for view in self.views if view.is_start), None)

    @property
    def is_full(self) -> bool:
        return len(self.views) >= saved_views.MOST_VIEWS


def address_to_open(request: HttpRequest) -> str | None:
    """Return the address of the view with which Techlist opens, for a visitor who has just come from elsewhere.

    Links on Techlist's own pages to the whole list lead there.
    """
    page = referring_url(request)
    is_arriving = page is None or page.path == reverse(settings.LOGIN_URL)
    start = start_of(request) if is_arriving and not request.META.get("QUERY_STRING") else None
    if start is None:
        return None
    views, _ = saved_views.read_views()
    query = next((view["query"] for view in json.loads(views.data) if view["id"] == start), "")
    return f"{reverse('frontend:list')}?{query}" if query else None


def start_of(request: HttpRequest) -> int | None:
    """Return the id of the view with which Techlist opens for this person, if any. It may be gone."""
    if settings.ACCESS == "login":
        return saved_views.start_of(cast("User", request.user))
    chosen = request.COOKIES.get(COOKIE, "")
    return int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < len(str(2**63)) else None


def open_with(request: HttpRequest, response: HttpResponse, view: SavedView | None) -> HttpResponse:
    """Let Techlist open with a view for this person, or with the whole list."""
    if settings.ACCESS == "login":
        saved_views.open_with(cast("User", request.user), view)
    elif view:
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(COOKIE, str(view.pk), max_age=_COOKIE_AGE, secure=secure, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
