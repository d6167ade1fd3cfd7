"""Read services, and the technologies that they use or no longer use, from the cache or from the database.

All times are absolute, but whether a source is stale depends on the day, which is part of the key.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self, TypeAlias, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, Model, OuterRef, QuerySet, Subquery
from django.utils.datastructures import MultiValueDict
from rest_framework.renderers import JSONRenderer

from techs import cache
from techs.cache import RenderedPage
from techs.inventory.queries import clean_slugs
from techs.lifecycles import publishing, store
from techs.models import LEVELS, Resolved, Service, ServiceSource, ServiceSummary, Tech, Usage
from techs.rules.attributes import NAME_MAX_LENGTH
from techs.rules.kinds import Kind
from techs.rules.levels import Level
from techs.rules.overrides import is_accepted
from techs.rules.text import name_key

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 500
_MOST_DIGITS = 6
# The newest changes in the details of a service.
NEWEST_CHANGES = 50
# The columns behind service_rows(). Sorting takes longer with the others, such as notes.
SHOWN = ("slug", "name", "owner", "impact", "tags", "archived_at")

Row = TypeVar("Row", bound=Model)
_Seen: TypeAlias = dict[int, list[tuple[datetime, bool]]]
"""When each source of a service was last uploaded, and whether it has technologies, by id of the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery:
    """A page by its number, and a search for part of a name."""

    q: str = ""
    page: int = 1
    page_size: int = DEFAULT_PAGE_SIZE

    @classmethod
    def from_params(cls, params: MultiValueDict[str, str]) -> Self:
        """Read request parameters. Raises ValidationError with messages by field."""
        return cls(
            q=name_key(params.get("q", "")[:NAME_MAX_LENGTH]),
            page=max(_number(params, "page", 1), 1),
            page_size=min(max(_number(params, "page_size", DEFAULT_PAGE_SIZE), 1), MAX_PAGE_SIZE),
        )

    @property
    def is_usual(self) -> bool:
        return self == type(self)()

    def params(self, page: str) -> dict[str, Any]:
        """Return the parameters of another page, for urlencode(..., doseq=True)."""
        size = str(self.page_size) if self.page_size != type(self)().page_size else ""
        return {name: value for name, value in {"q": self.q, "page": page, "page_size": size}.items() if value}

    @property
    def first(self) -> int:
        return (self.page - 1) * self.page_size

    def select(self, rows: QuerySet[Row]) -> list[Row]:
        """Return the rows of this page."""
        return list(rows[self.first : self.first + self.page_size])


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedQuery(PageQuery):
    """A page of the technologies that left the list; of those that any of the given services used last."""

    service: tuple[str, ...] = ()

    @classmethod
    def from_params(cls, params: MultiValueDict[str, str]) -> Self:
        """Read request parameters. Raises ValidationError with messages by field."""
        place = PageQuery.from_params(params)
        return cls(q=place.q, page=place.page, page_size=place.page_size, service=clean_slugs(params))

    def params(self, page: str) -> dict[str, Any]:
        # super() has no class in a dataclass with slots.
        return PageQuery.params(self, page) | ({"service": self.service} if self.service else {})


def resolved_by(services: Sequence[str]) -> QuerySet[Resolved]:
    """Return the technologies that left the list; with services, only those that they used last."""
    return Resolved.objects.filter(slug__in=services) if services else Resolved.objects.all()


def read_services(query: PageQuery) -> RenderedPage:
    """Return a page of services by name: a JSON array. next and previous are numbers of pages."""
    found = _services(query)
    return read_page("services", query, lambda: (service_rows(query.select(found)), found.count()))


def read_resolved(query: ResolvedQuery) -> RenderedPage:
    """Return a page of the technologies that left the list, newest first."""
    found = resolved_by(query.service)
    found = found.filter(name_key__contains=query.q) if query.q else found
    return read_page("resolved", query, lambda: ([_resolved(row) for row in query.select(found)], found.count()))


def read_service(slug: str) -> RenderedPage:
    """Return a service with all it uses, as a JSON object. Raises Service.DoesNotExist."""
    key = f"service {_today()} {slug}"
    page, _ = cache.read_through(key, lambda: rendered(details(slug)), is_usual=False)
    return page


def read_lifecycles() -> RenderedPage:
    """Return the active lifecycle data as the document that endoflife.date publishes."""
    page, _ = cache.read_through("lifecycles", _lifecycles, is_usual=False)
    return page


def _lifecycles() -> RenderedPage:
    return RenderedPage.of(publishing.write(store.current().facts))


def details(slug: str) -> dict[str, Any]:
    """Return a service with its technologies, sources and newest changes. Raises Service.DoesNotExist."""
    service = Service.objects.get(slug=slug)
    sources = _sources(service)
    [row] = service_rows(
        [service], {service.pk: [(each["uploaded_at"], bool(each["technologies"])) for each in sources]}
    )
    return {
        **row,
        "repository": service.repository,
        "note": service.note,
        "created_at": service.created_at,
        "purge_at": service.purge_at,
        "pending": service.recounted_to is not None,
        "techs": _techs(service),
        "sources": sources,
        "changes": _changes(service),
    }


def read_page(name: str, query: PageQuery, read: Callable[[], tuple[Any, int]]) -> RenderedPage:
    """Read a page from the cache, or render it as JSON. name and query identify it.

    read returns the data of the page, and the number of rows of all pages.
    """

    def render() -> RenderedPage:
        data, count = read()
        has_next = query.first + query.page_size < count
        return rendered(
            data,
            count=count,
            next=str(query.page + 1) if has_next else None,
            previous=str(query.page - 1) if query.page > 1 else None,
        )

    key = f"{name} {_today()} {json.dumps(asdict(query), sort_keys=True)}"
    page, _ = cache.read_through(key, render, is_usual=query.is_usual)
    return page


def rendered(data: Any, *, count: int = 0, **cursors: str | None) -> RenderedPage:
    content: bytes = JSONRenderer().render(data)
    return RenderedPage.of(content, count=count, is_count_lower_bound=False, **cursors)


def _services(query: PageQuery) -> QuerySet[Service]:
    services = Service.objects.only(*SHOWN).order_by("name_key")
    return services.filter(name_key__contains=query.q) if query.q else services


def service_rows(services: Sequence[Service], seen: _Seen | None = None) -> list[dict[str, Any]]:
    """Return services as lists show them, in four queries, or three if their sources were read already."""
    summaries = _summaries(services)
    accepted = _accepted(services)
    worst = _worst(summaries.values())
    seen = _seen({service.pk for service in services}) if seen is None else seen
    return [
        {
            "slug": service.slug,
            "name": service.name,
            "owner": service.owner,
            "impact": service.impact or None,
            "tags": service.tags,
            "levels": {level: summary.levels.get(level, 0) for level, _ in LEVELS},
            "accepted": accepted.get(service.pk, 0),
            "worst": worst.get(summary.worst_rank or ""),
            "technologies": sum(summary.levels.values()),
            "libraries": summary.libraries,
            "uploaded_at": max((each for each, _ in seen[service.pk]), default=None),
            "stale": not service.is_archived and any(is_stale(at) for at, has_usages in seen[service.pk] if has_usages),
            "archived": service.is_archived,
        }
        for service in services
        for summary in (summaries[service.pk],)
    ]


def _summaries(services: Sequence[Service]) -> dict[int, ServiceSummary]:
    stored = ServiceSummary.objects.in_bulk([service.pk for service in services])
    return {service.pk: stored.get(service.pk) or ServiceSummary(service=service) for service in services}


def _accepted(services: Sequence[Service]) -> dict[int, int]:
    """Count the technologies of each service whose risk the team accepts. They are not stored: reviews end them."""
    usages = Usage.objects.filter(
        service__in=[service.pk for service in services],
        tech__kind=Kind.TRACKED,
        tech__level=Level.LOW,
        tech__level_override=Level.LOW,
        tech__override_review_on__gt=_today(),
    )
    return dict(usages.order_by().values_list("service").annotate(Count("tech", distinct=True)))


def _worst(summaries: Iterable[ServiceSummary]) -> dict[str, dict[str, Any]]:
    """Return the worst technology of each summary, by rank."""
    ranks = {each.worst_rank for each in summaries if each.worst_rank}
    techs = Tech.objects.filter(rank__in=ranks).values_list("rank", "pk", "name", "level", *_OVERRIDE)
    return {
        rank: {"id": pk, "name": name, "priority": level, "accepted_until": _accepted_until(*override)}
        for rank, pk, name, level, *override in techs
    }


_OVERRIDE = ("level_override", "override_review_on")


def _accepted_until(level: str, review_on: date | None) -> date | None:
    return review_on if is_accepted(level, review_on, today=_today()) else None


def _seen(services: Collection[int]) -> _Seen:
    found: dict[int, list[tuple[datetime, bool]]] = defaultdict(list)
    has_usages = Exists(Usage.objects.filter(source=OuterRef("pk")))
    sources = ServiceSource.objects.filter(service__in=services).order_by().annotate(has_usages=has_usages)
    for service, at, is_used in sources.values_list("service", "seen_at", "has_usages"):
        found[service].append((at, is_used))
    return found


def is_stale(seen_at: datetime) -> bool:
    """Return True if the last upload was more than STALE_DAYS days ago. Changes at midnight UTC."""
    return seen_at.astimezone(UTC).date() < _today() - timedelta(days=settings.STALE_DAYS)


def _techs(service: Service) -> list[dict[str, Any]]:
    # Only some columns, because a service may have hundreds of usages, and rows of the list are large.
    usages = Usage.objects.filter(service=service, tech__isnull=False).order_by("tech__rank", "source__name")
    found: dict[int, dict[str, Any]] = {}
    for *tech, override, review_on, source, versions, line, since in usages.values_list(*_TECH, *_USE):
        accepted_until = _accepted_until(override, review_on)
        row = dict(zip(_TECH_NAMES, tech, strict=True)) | {"accepted_until": accepted_until, "uses": []}
        use = {"source": source, "versions": versions, "line": line or None, "since": _moment(since)}
        found.setdefault(row["id"], row)["uses"].append(use)
    return list(found.values())


_TECH_NAMES = ("id", "name", "kind", "priority", "score", "end_of_life")
_TECH = (
    *("tech_id", "tech__name", "tech__kind", "tech__level", "tech__score", "tech__end_of_life"),
    *("tech__level_override", "tech__override_review_on"),
)
_USE = ("source__name", "versions", "line", "first_seen")


def _sources(service: Service) -> list[dict[str, Any]]:
    counts = Usage.objects.filter(source=OuterRef("pk")).order_by().values("source").annotate(count=Count("pk"))
    sources = service.sources.annotate(count=Subquery(counts.values("count"))).order_by("name")
    return [
        {
            "name": name,
            "origin": origin,
            "format": format_name or "",
            "ref": ref or "",
            "technologies": count or 0,
            "uploaded_at": seen_at,
            "stale": not service.is_archived and bool(count) and is_stale(seen_at),
            "upload": accepted,
        }
        for name, origin, format_name, ref, count, seen_at, accepted in sources.values_list(*_SOURCE)
    ]


_SOURCE = ("name", "origin", "current__format", "current__ref", "count", "seen_at", "accepted_id")


def _changes(service: Service) -> list[dict[str, Any]]:
    return [
        {
            "at": _moment(at),
            "kind": kind,
            "tech": tech,
            "name": name,
            "product": product or None,
            "from": before,
            "to": after,
            "source": source,
            "upload": upload,
        }
        for at, kind, tech, name, product, before, after, source, upload in service.changes.values_list(*_CHANGE)[
            :NEWEST_CHANGES
        ]
    ]


_CHANGE = ("at", "kind", "tech_id", "name", "product", "before", "after", "source_name", "upload_id")


def _moment(at: datetime) -> str:
    """Format a time (UTC) like JSONRenderer, whose encoder is called again for each."""
    return f"{at.isoformat().removesuffix('+00:00')}Z"


def _resolved(row: Resolved) -> dict[str, Any]:
    kept = ("owner", "tags", "note", "impact")
    return {
        "id": row.pk,
        "name": row.name,
        "product": row.product or None,
        "priority": row.level,
        "accepted_until": _accepted_when_resolved(row),
        "at": row.at,
        "moves": row.moves,
        "upload": row.upload_id,
        "returned_at": row.returned_at,
        **{field: row.attributes.get(field) or ([] if field == "tags" else None) for field in kept},
    }


def _accepted_when_resolved(row: Resolved) -> str | None:
    """Return until when the team accepted the risk of a technology that left the list, or None if it did not."""
    override, review_on = (row.attributes.get(name) for name in _OVERRIDE)
    is_known = isinstance(override, str) and isinstance(review_on, str)
    until = date.fromisoformat(review_on) if is_known else None
    return review_on if is_accepted(override or "", until, today=row.at.astimezone(UTC).date()) else None


def _today() -> date:
    return datetime.now(UTC).date()


def _number(params: MultiValueDict[str, str], name: str, default: int) -> int:
    text = params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise ValidationError({name: ["Enter a whole number."]})
    return int(text.lstrip("0")[:_MOST_DIGITS] or "0")
