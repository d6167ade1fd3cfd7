"""Summaries of services: their technologies by level, and the worst one.

refresh() is the last step of a transaction that changes usages, or the level of a row that services use. Summaries are
locked after all rows of the list, by primary key, so concurrent writers wait for each other, and the last one counts
the changes of all.
"""

from collections.abc import Collection, Iterable
from typing import Any, TypeAlias

from django.db.models import Count, Min

from techs.models import ServiceSummary, Tech, Usage
from techs.rules.kinds import Kind
from techs.transactions import in_chunks, update

_AT_ONCE = 500  # services
_COUNTED = ["worst_rank", "levels", "libraries"]

Place: TypeAlias = tuple[str, str]


def place(tech: Tech) -> Place:
    """Return the values of a row that its services' summaries depend on."""
    return tech.rank, tech.level


def refresh(*, services: Collection[int] = (), techs: Iterable[Tech] = ()) -> None:
    """Recount the summaries of these services, and of those that use these rows. Call with the rows locked."""
    used = [tech.pk for tech in techs if tech.services]
    through = Usage.objects.filter(tech__in=used).order_by().values_list("service", flat=True).distinct()
    for some in in_chunks(sorted({*services, *through}), _AT_ONCE):
        _refresh(some)


def counted(services: Collection[int]) -> dict[int, ServiceSummary]:
    """Return the summaries of services as their usages are now, unsaved."""
    summaries = {pk: ServiceSummary(service_id=pk) for pk in services}
    usages = Usage.objects.filter(service__in=services, tech__isnull=False).order_by()
    groups = usages.values_list("service", "tech__level", "tech__kind")
    for service, level, kind, count, rank in groups.annotate(Count("tech", distinct=True), Min("tech__rank")):
        summary = summaries[service]
        if kind == Kind.LIBRARY:
            summary.libraries += count
            continue
        summary.levels[level] = count
        summary.worst_rank = min(rank, summary.worst_rank or rank)
    return summaries


def _refresh(services: Collection[int]) -> None:
    stored = _locked(services)
    if len(stored) < len(services):
        missing = [ServiceSummary(service_id=pk) for pk in services if pk not in stored]
        ServiceSummary.objects.bulk_create(missing, ignore_conflicts=True)
        stored = _locked(services)
    now = counted(services)
    update(ServiceSummary, [now[pk] for pk in services if _values(now[pk]) != _values(stored[pk])], _COUNTED)


def _locked(services: Collection[int]) -> dict[int, ServiceSummary]:
    rows = ServiceSummary.objects.select_for_update().filter(pk__in=services).order_by("pk")
    return {row.pk: row for row in rows}


def _values(summary: ServiceSummary) -> list[Any]:
    return [getattr(summary, field) for field in _COUNTED]
