"""Read actions with their changes, newest first.

A place in the list is a time and an id, so a page stays the same while newer actions arrive. The
number of queries does not depend on the numbers of actions and changes, and an index finds the rows of each page.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import groupby, islice
from operator import attrgetter, or_
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery

from techs.inventory.activity_queries import ActivityQuery, Place
from techs.models import Action, Change, ObjectKind, Service, Tech

# Changes to show of an action. An import may have thousands.
CHANGES_SHOWN = 50
# Actions on a technology or service that its own page shows, and changes to read for them.
NEWEST = 5
_CHANGES_OF_NEWEST = 100
_EXPORTED_AT_ONCE = 500

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Entry:
    """An action, and the first of its changes that the query asks for."""

    action: Action
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Some actions, and the place behind the last one if there are more."""

    entries: list[Entry]
    next: Place | None


@dataclass(frozen=True, slots=True)
class Existing:
    """Objects of changes that still exist, for links: ids of technologies, and services by id."""

    techs: set[int]
    services: dict[int, Service]

    @classmethod
    def of(cls, changes: Sequence[Change]) -> "Existing":
        """Look up the objects of changes in up to two queries."""
        techs = {each.object_id for each in changes if each.object == ObjectKind.TECHNOLOGY}
        services = {each.service_id for each in changes if each.service_id is not None}
        return cls(
            techs=set(Tech.objects.filter(pk__in=techs).values_list("pk", flat=True)) if techs else set(),
            services=Service.objects.only("slug", "name").in_bulk(services) if services else {},
        )


def select(query: ActivityQuery) -> ActivityPage:
    """Read a page of actions. With conditions on changes, each action has only the changes that match.

    Raises ValidationError if the cursor belongs to changes.
    """
    if query.cursor:
        query.cursor.check(has_time=True)
    of_changes = query.of_changes()
    found = _newest(query, of_changes)
    actions = found[: query.page_size]
    last = actions[-1] if len(found) > len(actions) else None
    changes = (_changes_of_techs if query.techs else _first_changes)(actions, of_changes)
    return ActivityPage(
        entries=[Entry(action, changes[action.pk]) for action in actions],
        next=Place(at=last.at, pk=last.pk) if last else None,
    )


def select_changes(action: Action, query: ActivityQuery) -> tuple[list[Change], Place | None]:
    """Read a page of an action's changes, oldest first. Raises ValidationError if the cursor belongs to actions."""
    if query.cursor:
        query.cursor.check(has_time=False)
    after = query.cursor.pk if query.cursor else 0
    found = list(_shown(action.changes.filter(pk__gt=after)).order_by("pk")[: query.page_size + 1])
    changes = found[: query.page_size]
    return changes, Place(pk=changes[-1].pk) if len(found) > len(changes) else None


def newest_of_tech(pk: int) -> tuple[list[Entry], Existing]:
    """Return the newest actions on a technology, with the objects that still exist, in a single query."""
    service = Service.objects.filter(pk=OuterRef("service_id"))
    found = _newest_changes(object=ObjectKind.TECHNOLOGY, object_id=pk).annotate(
        service_slug=Subquery(service.values("slug")), service_name=Subquery(service.values("name"))
    )
    rows = list(found.select_related("action")[:_CHANGES_OF_NEWEST])
    services = {(row.service_id, row.service_slug, row.service_name) for row in rows if row.service_slug}
    existing = _existing(rows, [Service(pk=pk, slug=slug, name=name) for pk, slug, name in services])
    return _entries(rows, {row.action_id: row.action for row in rows}), existing


def newest_of_service(service: Service) -> tuple[list[Entry], Existing]:
    """Return the newest actions that concern a service with a slug and a name, as newest_of_tech() does.

    It takes two queries, because an upload has many changes. Joined to each, its action would be built again and again.
    """
    pk = Subquery(Service.objects.filter(slug=service.slug).values("pk"))
    rows = list(_newest_changes(service_id=pk)[:_CHANGES_OF_NEWEST])
    ids = {row.service_id for row in rows}
    actions = Action.objects.in_bulk({row.action_id for row in rows}) if rows else {}
    return _entries(rows, actions), _existing(
        rows, [Service(pk=pk, slug=service.slug, name=service.name) for pk in ids]
    )


def _newest_changes(**condition: Any) -> QuerySet[Any]:
    changes = _shown(Change.objects.filter(**condition))
    is_listed = Exists(Tech.objects.filter(pk=OuterRef("object_id")))
    return changes.order_by("-at", "-action_id", "-pk").annotate(is_listed=is_listed)


def _entries(changes: Sequence[Change], actions: Mapping[int, Action]) -> list[Entry]:
    groups = islice(groupby(changes, attrgetter("action_id")), NEWEST)
    return [Entry(actions[pk], list(group)[::-1]) for pk, group in groups if pk in actions]


def _existing(rows: Iterable[Any], services: Iterable[Service]) -> Existing:
    techs = {row.object_id for row in rows if row.is_listed and row.object == ObjectKind.TECHNOLOGY}
    return Existing(techs=techs, services={service.pk: service for service in services})


def every(query: ActivityQuery) -> Iterator[tuple[Action, Change]]:
    """Read all matching changes with their actions, page by page, so that memory does not depend on their number."""
    of_changes, place = query.of_changes(), query.cursor
    while True:
        page = select(replace(query, page_size=_EXPORTED_AT_ONCE, cursor=place))
        for entry in page.entries:
            yield from ((entry.action, change) for change in _all_changes(entry, of_changes))
        if page.next is None:
            return
        place = page.next


def _all_changes(entry: Entry, of_changes: Q) -> Iterator[Change]:
    changes = entry.changes
    while changes:
        yield from changes
        rest = _shown(entry.action.changes.filter(of_changes, pk__gt=changes[-1].pk)).order_by("pk")
        changes = list(rest[:_EXPORTED_AT_ONCE]) if len(changes) >= CHANGES_SHOWN else []


def _newest(query: ActivityQuery, of_changes: Q) -> list[Action]:
    """Return the actions of a page, and the next one, in two queries.

    An index alone yields the ids. For whole rows, MariaDB would read it from the newest action on, whatever the place.
    """
    ids = _changing(query, of_changes) if of_changes else _matching(query)
    actions = Action.objects.in_bulk(ids)
    return [actions[pk] for pk in ids if pk in actions]


def _matching(query: ActivityQuery) -> list[int]:
    actions = _behind(Action.objects.filter(query.of_times, **query.of_actions), query.cursor, "pk")
    return list(actions.order_by("-at", "-pk").values_list("pk", flat=True)[: query.page_size + 1])


def _changing(query: ActivityQuery, of_changes: Q) -> list[int]:
    of_actions = {f"action__{name}": value for name, value in query.of_actions.items()}
    changes = _behind(Change.objects.filter(of_changes, query.of_times, **of_actions), query.cursor, "action_id")
    places = changes.order_by("-at", "-action_id").values_list("at", "action_id").distinct()
    return [pk for _, pk in places[: query.page_size + 1]]


def _behind(rows: QuerySet[Row], place: Place | None, pk: str) -> QuerySet[Row]:
    if place is None or place.at is None:
        return rows
    # The first condition is implied by the second one, but lets the index begin at the place.
    return rows.filter(at__lte=place.at).filter(Q(at__lt=place.at) | Q((f"{pk}__lt", place.pk)))


def _changes_of_techs(actions: Sequence[Action], of_changes: Q) -> dict[int, list[Change]]:
    """Map ids of actions to their changes of some technologies, which are few even if an action has thousands."""
    if not actions:
        return {}
    # The times let the index of objects find them.
    times = Q(at__gte=actions[-1].at, at__lte=actions[0].at)
    return _by_action(Change.objects.filter(of_changes, times, action__in=[action.pk for action in actions]))


def _first_changes(actions: Sequence[Action], of_changes: Q) -> dict[int, list[Change]]:
    """Map ids of actions to their first CHANGES_SHOWN matching changes, in at most two queries."""
    small = [action.pk for action in actions if action.count <= CHANGES_SHOWN]
    large = [action.pk for action in actions if action.count > CHANGES_SHOWN]
    # A few ranges of the index, instead of reading thousands of changes to leave most of them out.
    first = [Q(action__in=small), *(Q(action=pk, pk__lte=last) for pk, last in _last_shown(large, of_changes))]
    return _by_action(Change.objects.filter(reduce(or_, first), of_changes))


def _by_action(changes: QuerySet[Change]) -> dict[int, list[Change]]:
    found: dict[int, list[Change]] = defaultdict(list)
    for change in _shown(changes).order_by("pk"):
        found[change.action_id].append(change)
    return found


def _shown(changes: QuerySet[Change]) -> QuerySet[Change]:
    """Leave out the values that undo needs, which may be large, and which nobody may see."""
    return changes.defer("undo")


def _last_shown(actions: Sequence[int], of_changes: Q) -> Iterator[tuple[int, int]]:
    if not actions:
        return
    changes = Change.objects.filter(of_changes, action=OuterRef("pk")).order_by("pk").values("pk")
    last = Subquery(changes[CHANGES_SHOWN - 1 : CHANGES_SHOWN])
    for pk, shown in Action.objects.filter(pk__in=actions).order_by().annotate(last=last).values_list("pk", "last"):
        yield pk, shown or _LAST


# Greater than every id.
_LAST = 2**63 - 1
