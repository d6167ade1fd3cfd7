"""The lists behind the pages of services and of resolved technologies, from the cache or from the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db.models import Case, Count, F, Max, OrderBy, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear
from django.utils.datastructures import MultiValueDict

from techs import cache
from techs.cache import RenderedPage
from techs.inventory import service_reads
from techs.inventory.service_reads import PageQuery
from techs.models import Service, ServiceSource

PAGE_SIZE = 50
_NAME, _WORST, _NEWEST, _OLDEST, _OWNER = "name", "worst", "newest", "oldest", "owner"
# A subquery, because a join would group all services by all their columns, with notes and tags.
_SOURCES = ServiceSource.objects.filter(service=OuterRef("pk")).order_by().values("service")
_UPLOADED = Subquery(_SOURCES.annotate(newest=Max("seen_at")).values("newest"))
# Not nulls_last, for which MariaDB would evaluate the subquery twice.
_NEVER = Value(datetime(9999, 1, 1, tzinfo=UTC))
_HAS_NO_OWNER = Case(When(owner_key="", then=Value(1)), default=Value(0))
ORDERINGS: Mapping[str, tuple[str | OrderBy, ...]] = {
    _NAME: ("name_key",),
    _WORST: (F("summary__worst_rank").asc(nulls_last=True), "name_key"),
    _NEWEST: (_UPLOADED.desc(nulls_last=True), "name_key"),
    _OLDEST: (Coalesce(_UPLOADED, _NEVER).asc(), "name_key"),
    _OWNER: (_HAS_NO_OWNER.asc(), "owner_key", "name_key"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceQuery(PageQuery):
    """A page of current or archived services whose name or owner contains q."""

    page_size: int = PAGE_SIZE
    ordering: str = _NAME
    archived: bool = False

    @classmethod
    def from_params(cls, params: MultiValueDict[str, str]) -> Self:
        """Read request parameters. Raises ValidationError with messages by field."""
        place = PageQuery.from_params(params)
        ordering = params.get("ordering") or _NAME
        if ordering not in ORDERINGS:
            raise ValidationError({"ordering": [f"Choose one of: {', '.join(ORDERINGS)}."]})
        return cls(
            q=place.q,
            page=place.page,
            page_size=place.page_size if params.get("page_size") else PAGE_SIZE,
            ordering=ordering,
            archived=params.get("archived") == "1",
        )

    def params(self, page: str) -> dict[str, Any]:
        # super() has no class in a dataclass with slots.
        params = PageQuery.params(self, page)
        if self.ordering != _NAME:
            params["ordering"] = self.ordering
        return params | ({"archived": "1"} if self.archived else {})


def read_services(query: ServiceQuery) -> RenderedPage:
    """Return a page of services, and the numbers of all: {"services": [...], "current": 12, "archived": 3}."""
    return service_reads.read_page("service list", query, lambda: _page(query))


def read_months(services: Sequence[str] = ()) -> RenderedPage:
    """Return the number of resolved technologies by month as a JSON object: {"2026-11": 12}, newest first."""
    key = f"resolved months {' '.join(services)}".strip()
    page, _ = cache.read_through(key, lambda: _render_months(services), is_usual=not services)
    return page


def _page(query: ServiceQuery) -> tuple[dict[str, Any], int]:
    """Return the data of a page, and the number of services on all pages of the query."""
    numbers, found = _numbers(), _found(query)
    rows = query.select(found.only(*service_reads.SHOWN).order_by(*ORDERINGS[query.ordering]))
    count = found.count() if query.q else numbers["archived" if query.archived else "current"]
    return {"services": service_reads.service_rows(rows)} | numbers, count


def _found(query: ServiceQuery) -> QuerySet[Service]:
    services = Service.objects.filter(archived_at__isnull=not query.archived)
    return services.filter(Q(name_key__contains=query.q) | Q(owner_key__contains=query.q)) if query.q else services


def _numbers() -> dict[str, int]:
    is_current = Q(archived_at=None)
    return Service.objects.aggregate(current=Count("pk", filter=is_current), archived=Count("pk", filter=~is_current))


def _render_months(services: Sequence[str]) -> RenderedPage:
    resolved = service_reads.resolved_by(services)
    months = resolved.order_by().values(year=ExtractYear("at", tzinfo=UTC), month=ExtractMonth("at", tzinfo=UTC))
    counted = sorted(months.annotate(count=Count("pk")).values_list("year", "month", "count"), reverse=True)
    return service_reads.rendered({f"{year}-{number:02d}": count for year, number, count in counted})
