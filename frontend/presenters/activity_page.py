"""The activity as sentences, grouped by day, and the filters of its page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Self
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from frontend.presenters import activity_words as words
from frontend.presenters.activity_words import Detail, Piece
from techs.inventory import activity_reads
from techs.inventory.activity_queries import PROGRAMS, ActivityQuery, Place, techs_named
from techs.inventory.activity_reads import CHANGES_SHOWN, Entry, Existing
from techs.models import UNDO_FOR, Action, ActionKind, Change, Import, ObjectKind, Service, Tech
from techs.rules.services import slug_of
from techs.rules.text import name_key, normalise

PAGE_SIZE = 50
NO_TECH = "No technology has or had this name."
_PEOPLE_SUGGESTED = 100
# Lines of an import may wait for other imports or for a server, and the clocks of hosts differ.
_IMPORTED_WITHIN = timedelta(days=2)
_FILTERS = ("actor", "tech", "service", "kind", "since", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An action as a sentence, with the changed fields that the sentence does not mention."""

    id: int
    at: datetime
    sentence: list[Piece]
    via: str
    details: list[Detail]
    rest: int
    is_undone: bool
    can_be_undone: bool

    @classmethod
    def of(cls, entry: Entry, existing: Existing, *, file: str = "") -> Self:
        action, has_all = entry.action, len(entry.changes) < CHANGES_SHOWN
        return cls(
            id=action.pk,
            at=action.at,
            sentence=words.sentence(entry, existing, file=file),
            via=words.via(action),
            details=words.details(entry, existing),
            rest=0 if has_all else action.count - len(entry.changes),
            is_undone=action.undone_at is not None,
            can_be_undone=_can_be_undone(action),
        )


@dataclass(frozen=True, slots=True)
class Day:
    """The actions of a day (UTC) on this page."""

    day: date
    rows: list[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters as people see them, the problems by field, and the query. Names may replace ids and slugs."""

    values: Mapping[str, str]
    problems: Mapping[str, list[str]]
    query: ActivityQuery

    @classmethod
    def read(cls, params: MultiValueDict[str, str]) -> Self:
        values = {name: params.get(name, "").strip() for name in _FILTERS}
        techs, values["tech"] = _techs(params.getlist("tech"))
        problems = {} if techs or not values["tech"] else {"tech": [NO_TECH]}
        query, more = _query(values | {"service": _slug(values["service"]), "cursor": params.get("cursor", "")})
        return cls(values=values, problems=problems | more, query=replace(query, techs=techs, page_size=PAGE_SIZE))

    @property
    def used(self) -> dict[str, str]:
        return {name: value for name, value in self.values.items() if value}

    @property
    def query_string(self) -> str:
        return urlencode(self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityPage:
    """One page of the activity."""

    filters: Filters
    days: list[Day]
    people: list[str]
    is_empty: bool
    next_url: str
    csv_url: str

    @classmethod
    def read(cls, params: MultiValueDict[str, str]) -> Self:
        filters = Filters.read(params)
        page = None if filters.problems else activity_reads.select(filters.query)
        entries = page.entries if page else []
        return cls(
            filters=filters,
            days=_days(entries),
            people=[*_people(), *PROGRAMS],
            is_empty=not (entries or filters.used or filters.query.cursor),
            next_url=_url(filters, page.next) if page and page.next else "",
            csv_url=_csv_url(filters.query),
        )

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return list(ActionKind.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPage:
    """An action with one page of its changes."""

    row: Row
    count: int
    next_url: str

    @classmethod
    def read(cls, action: Action, params: MultiValueDict[str, str]) -> Self:
        """Raises ValidationError if the cursor is invalid."""
        query = ActivityQuery.from_params(MultiValueDict({"cursor": [params.get("cursor", "")]}))
        changes, place = activity_reads.select_changes(action, query)
        entry, existing = Entry(action, changes), Existing.of(changes)
        row = Row.of(entry, existing, file=_files([action]).get(action.request_id, ""))
        url = f"{reverse('frontend:action', args=[action.pk])}?{urlencode({'cursor': place})}" if place else ""
        return cls(
            row=replace(row, details=words.all_details(entry, existing), rest=0), count=action.count, next_url=url
        )


def newest_of_tech(pk: int) -> list[Row]:
    """Return the newest actions on a technology, in one query."""
    entries, existing = activity_reads.newest_of_tech(pk)
    return [Row.of(entry, existing) for entry in entries]


def newest_of_service(service: Service) -> list[Row]:
    """Return the newest actions that concern a service, in two queries. It needs no id, but the slug and the name."""
    entries, existing = activity_reads.newest_of_service(service)
    return [Row.of(entry, existing) for entry in entries]


def _can_be_undone(action: Action) -> bool:
    return action.keeps_undo and action.undone_at is None and action.at > timezone.now() - UNDO_FOR


def _days(entries: Sequence[Entry]) -> list[Day]:
    existing = Existing.of([change for entry in entries for change in entry.changes])
    files = _files([entry.action for entry in entries])
    rows = [Row.of(entry, existing, file=files.get(entry.action.request_id, "")) for entry in entries]
    return [Day(day, list(group)) for day, group in groupby(rows, key=lambda row: row.at.astimezone(UTC).date())]


def _files(actions: Iterable[Action]) -> dict[str, str]:
    """Map ids of requests to the names of imported files, with a query only if there are imports."""
    times = {each.request_id: each.at for each in actions if each.kind == ActionKind.IMPORTED and each.request_id}
    if not times:
        return {}
    # Only the time has an index.
    around = min(times.values()) - _IMPORTED_WITHIN, max(times.values()) + _IMPORTED_WITHIN
    sent = Import.objects.filter(created_at__range=around)
    named = sent.filter(request_id__in=times).exclude(name="")
    return dict(named.values_list("request_id", "name"))


def _people() -> list[str]:
    named = Action.objects.filter(actor__gt="").order_by("actor").values_list("actor", flat=True)
    return list(named.distinct()[:_PEOPLE_SUGGESTED])


def _techs(texts: Sequence[str]) -> tuple[tuple[int, ...], str]:
    """Return the ids of the technologies that were typed as name or id, and the name to show."""
    typed = [text.strip() for text in texts if text.strip()]
    if not typed:
        return (), ""
    try:
        ids = ActivityQuery.from_params(MultiValueDict({"tech": typed})).techs
    except ValidationError:
        tech = Tech.named(typed[-1])
        ids = tuple({*techs_named(normalise(typed[-1])), *([tech.pk] if tech else [])})
        return ids, typed[-1]
    return ids, _name_of(ids[-1]) or typed[-1]


def _name_of(pk: int) -> str:
    changes = Change.objects.filter(object=ObjectKind.TECHNOLOGY, object_id=pk).order_by("-at")
    names = Tech.objects.filter(pk=pk).values_list("name", flat=True)
    return names.first() or changes.values_list("name", flat=True).first() or ""


def _slug(typed: str) -> str:
    """Return the slug of the service that was typed as name or slug."""
    if not typed:
        return ""
    found = Service.objects.filter(Q(slug=typed.lower()) | Q(name_key=name_key(typed)))
    return found.values_list("slug", flat=True).first() or slug_of(typed)


def _query(values: Mapping[str, str]) -> tuple[ActivityQuery, dict[str, list[str]]]:
    params = MultiValueDict({name: [value] for name, value in values.items() if name != "tech"})
    try:
        return ActivityQuery.from_params(params), {}
    except ValidationError as error:
        return ActivityQuery(), error.message_dict


def _url(filters: Filters, place: Place) -> str:
    return f"{reverse('frontend:activity')}?{urlencode(filters.used | {'cursor': str(place)})}"


def _csv_url(query: ActivityQuery) -> str:
    params = urlencode(query.params(), doseq=True)
    return reverse("techs:activity-csv") + (params and f"?{params}")
