"""Saved views: queries of the list with a name, which everybody shares, and the one with which it opens for a user."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from rest_framework.renderers import JSONRenderer

from techs import cache
from techs.activity import actors, objects, recording
from techs.cache import PageRequest, RenderedPage
from techs.exceptions import ViewExists
from techs.inventory.groups import GroupPage
from techs.inventory.invalidation import schedule_invalidation
from techs.inventory.queries import DEFAULT_PAGE_SIZE, ListQuery
from techs.models import ActionKind, SavedView, StartView
from techs.rules.text import name_key
from techs.rules.views import QUERY_MAX_LENGTH
from techs.transactions import in_transaction

# So that all of them fit into one page.
MOST_VIEWS = 200
FIELDS = ("id", "name", "query", "created_by", "created_at")
# Parameters of one page of a view.
_OF_PAGES = {"cursor", "page", "page_size"}


def normalise(text: str) -> str:
    """Return a query string of the list in canonical form, without unknown parameters. Raises ValidationError."""
    given = parse_qs(_short(text.strip().removeprefix("?")))
    params = MultiValueDict({name: values for name, values in given.items() if name not in _OF_PAGES})
    try:
        query = ListQuery.from_params(params)
        groups = GroupPage.from_params(params) if params.get("by") else None
    except ValidationError as error:
        problems = [f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items()]
        raise ValidationError({"query": problems}) from error
    return _short(canonical(query, groups))


def canonical(query: ListQuery, groups: GroupPage | None = None) -> str:
    """Return the query string of the first page of a list, grouped if groups are given."""
    params = replace(query, cursor=None, page_size=DEFAULT_PAGE_SIZE).params()
    return urlencode({**params, "by": groups.by} if groups else params, doseq=True)


def check_number() -> None:
    """Raise ValidationError if there are too many views for another one."""
    if SavedView.objects.count() >= MOST_VIEWS:
        raise ValidationError({"name": [f"There are {MOST_VIEWS} views already. Remove one first."]})


def create(*, name: str, query: str) -> tuple[SavedView, bool]:
    """Save a view, or return the one that has this name and query already. Also return True if it is new.

    name and query must be clean (techs.rules.views and normalise()). Raises ViewExists if a view with another query has
    the name, and ValidationError if there are too many views.
    """
    key = name_key(name)

    def write() -> tuple[SavedView, bool]:
        if existing := SavedView.objects.filter(name_key=key).first():
            if existing.query != query:
                raise ViewExists(existing.name)
            return existing, False
        check_number()
        view = SavedView(name=name, name_key=key, query=query, created_by=actors.current().name)
        view.save(force_insert=True)
        recording.record(ActionKind.ADDED, [objects.added(view)])
        schedule_invalidation()
        return view, True

    return in_transaction(write)


def change(pk: int, **changes: str) -> SavedView:
    """Change the name or the query of a view, which must be clean. Raises ViewExists and SavedView.DoesNotExist."""

    def write() -> SavedView:
        view = SavedView.objects.select_for_update().get(pk=pk)
        before = objects.values(view)
        view.name, view.query = changes.get("name", view.name), changes.get("query", view.query)
        view.name_key = name_key(view.name)
        if other := SavedView.objects.filter(name_key=view.name_key).exclude(pk=pk).first():
            raise ViewExists(other.name)
        if made := objects.changed(view, before=before):
            view.save()
            recording.record(ActionKind.CHANGED, [made])
            schedule_invalidation()
        return view

    return in_transaction(write)


def remove(pk: int) -> SavedView:
    """Remove a view. It also stops being the start view of users. Raises SavedView.DoesNotExist."""

    def write() -> SavedView:
        view = SavedView.objects.select_for_update().get(pk=pk)
        recording.record(ActionKind.REMOVED, [objects.removed(view)])
        SavedView.objects.filter(pk=pk).delete()
        schedule_invalidation()
        return view

    return in_transaction(write)


def request() -> PageRequest:
    """Return the request for the cached page of all views by name, as a JSON array of FIELDS."""
    return PageRequest(name="views", render=_render, is_usual=True)


def read_views() -> tuple[RenderedPage, bool]:
    """Return all views by name, and whether they came from the cache."""
    [found] = cache.read_all([request()])
    return found


def start_of(user: User) -> int | None:
    """Return the primary key of the view with which Techlist opens for a user, or None for the whole list."""
    # The relation is read once for each user object, also if there is none.
    start: StartView | None = getattr(user, "start_view", None)
    return start.view_id if start else None


def open_with(user: User, view: SavedView | None) -> None:
    """Let Techlist open with a view for a user, or with the whole list."""
    if view:
        StartView.objects.update_or_create(user=user, defaults={"view": view})
    else:
        StartView.objects.filter(user=user).delete()


def values(view: SavedView) -> Mapping[str, Any]:
    return {field: getattr(view, field) for field in FIELDS}


def _short(text: str) -> str:
    if len(text) > QUERY_MAX_LENGTH:
        problem = f"Use at most {QUERY_MAX_LENGTH:,} characters (this has {len(text):,}). Choose fewer filters."
        raise ValidationError({"query": [problem]})
    return text


def _render() -> RenderedPage:
    views: Sequence[Mapping[str, Any]] = [values(view) for view in SavedView.objects.all()]
    data: bytes = JSONRenderer().render(views)
    return RenderedPage.of(data, count=len(views))
