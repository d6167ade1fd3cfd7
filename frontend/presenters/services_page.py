"""The page of services, from the cache."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlencode

from django.urls import reverse

from frontend.impacts import LABELS
from frontend.presenters.overview import Segment, bar_words, segments, with_accepted
from techs.inventory import service_lists
from techs.inventory.service_lists import ServiceQuery

ORDERINGS = {
    "name": "Name",
    "worst": "Worst first",
    "owner": "Owner",
    "newest": "Newest upload",
    "oldest": "Oldest upload",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    """One service, with its technologies by level."""

    slug: str
    name: str
    owner: str
    impact: str
    tags: list[str]
    segments: list[Segment]
    bar_words: str
    counts: list[tuple[str, int]]
    worst: dict[str, Any] | None
    technologies: int
    libraries: int
    uploaded_at: datetime | None
    is_stale: bool
    is_archived: bool

    @property
    def impact_label(self) -> str:
        return LABELS.get(self.impact, "")

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        uploaded_at, total = data["uploaded_at"], data["technologies"]
        # Pages that the previous version cached have no accepted risks.
        levels = with_accepted(data["levels"], data.get("accepted", 0))
        parts = list(segments(levels, total)) if total else []
        return cls(
            slug=data["slug"],
            name=data["name"],
            owner=data["owner"],
            impact=data["impact"] or "",
            tags=data["tags"],
            segments=parts,
            bar_words=bar_words(parts, total),
            counts=[(part.level, part.count) for part in parts],
            worst=data["worst"],
            technologies=total,
            libraries=data["libraries"],
            uploaded_at=datetime.fromisoformat(uploaded_at) if uploaded_at else None,
            is_stale=data["stale"],
            is_archived=data["archived"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesPage:
    """A page of services, and the addresses of the pages around it."""

    query: ServiceQuery
    rows: list[ServiceRow]
    count: int
    current: int
    archived: int
    next_url: str
    previous_url: str

    @classmethod
    def read(cls, query: ServiceQuery) -> Self:
        """Read the page. If it is cached, without a database query."""
        page = service_lists.read_services(query)
        data = json.loads(page.data)
        return cls(
            query=query,
            rows=[ServiceRow.of(row) for row in data["services"]],
            count=page.count,
            current=data["current"],
            archived=data["archived"],
            next_url=_url(query, page.next),
            previous_url=_url(query, page.previous),
        )

    @property
    def is_empty(self) -> bool:
        return not (self.current or self.archived)

    @property
    def orderings(self) -> list[tuple[str, str]]:
        return list(ORDERINGS.items())

    @property
    def headings(self) -> Iterator[tuple[str, str, bool]]:
        """Yield title, address and whether the rows are in this order, for each column."""
        for title, ordering in _COLUMNS:
            query = replace(self.query, ordering=ordering, page=1)
            yield title, _url(query, "1"), self.query.ordering == ordering


_COLUMNS = (("Service", "name"), ("Owner", "owner"), ("Worst technology", "worst"), ("Last upload", "newest"))


def _url(query: ServiceQuery, page: str | None) -> str:
    if page is None:
        return ""
    params = urlencode(query.params(page if page != "1" else ""))
    return reverse("frontend:services") + (params and f"?{params}")
