"""The stored summaries of services, compared with their usages."""

from typing import Any

from techs.inventory import summaries
from techs.models import Service, ServiceSummary


def check_summaries() -> None:
    assert stored() == counted()


def stored() -> dict[int, Any]:
    found = ServiceSummary.objects.in_bulk()
    return {pk: _values(found.get(pk) or ServiceSummary(service_id=pk)) for pk in _services()}


def counted() -> dict[int, Any]:
    return {pk: _values(summary) for pk, summary in summaries.counted(_services()).items()}


def _services() -> list[int]:
    return list(Service.objects.values_list("pk", flat=True))


def _values(summary: ServiceSummary) -> tuple[str | None, dict[str, int], int]:
    return summary.worst_rank, summary.levels, summary.libraries
