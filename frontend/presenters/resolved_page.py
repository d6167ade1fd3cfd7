"""The page of technologies that left the list, by month, from the cache."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, Self
from urllib.parse import urlencode

from django.urls import reverse

from techs.inventory import reads, service_lists, service_reads
from techs.inventory.queries import ListQuery
from techs.inventory.service_reads import ResolvedQuery
from techs.rules.overrides import ACCEPTED

# Months in the chart.
MONTHS = 12
_BAR = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A service that no longer uses a technology, or a person who changed its version. after: the names that follow."""

    service: str
    slug: str
    before: str
    after: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A technology that left the list. level: "accepted" for an accepted risk."""

    name: str
    level: str
    owner: str
    at: datetime
    returned_at: datetime | None
    moves: list[Move]


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The technologies of a month on this page. count: all of the month."""

    day: date
    count: int
    rows: list[Resolved]


@dataclass(frozen=True, slots=True)
class Bar:
    """The number of a month in the chart, with its share of the largest one."""

    day: date
    count: int
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPage:
    """A page of resolved technologies, newest first."""

    query: ResolvedQuery
    services: str
    """The names of the services that the page is limited to."""
    count: int
    total: int
    months: list[Month]
    chart: list[Bar]
    next_url: str
    previous_url: str

    @property
    def all_url(self) -> str:
        """Return the address without the search."""
        return _url(replace(self.query, q=""), "")

    @classmethod
    def read(cls, query: ResolvedQuery) -> Self:
        """Read the page. If everything is cached, it takes no database query."""
        page = service_reads.read_resolved(query)
        counts: dict[str, int] = json.loads(service_lists.read_months(query.service).data)
        rows = [_resolved(data) for data in json.loads(page.data)]
        return cls(
            query=query,
            services=_names(query),
            count=page.count,
            total=sum(counts.values()),
            months=[
                Month(day=day, count=counts.get(f"{day:%Y-%m}", 0), rows=list(group))
                for day, group in groupby(rows, key=lambda row: row.at.date().replace(day=1))
            ],
            chart=_chart(counts),
            next_url=_url(query, page.next),
            previous_url=_url(query, page.previous),
        )


def _chart(counts: Mapping[str, int]) -> list[Bar]:
    newest = list(counts.items())[:MONTHS]
    most = max(counts.values(), default=1)
    return [Bar(date.fromisoformat(f"{month}-01"), count, f"{_BAR * count / most:.1f}%") for month, count in newest]


def _resolved(data: Mapping[str, Any]) -> Resolved:
    returned_at = data["returned_at"]
    return Resolved(
        name=data["name"],
        # Pages that the previous version cached have no accepted_until.
        level=ACCEPTED if data.get("accepted_until") else data["priority"],
        owner=data["owner"] or "",
        at=datetime.fromisoformat(data["at"]),
        returned_at=datetime.fromisoformat(returned_at) if returned_at else None,
        moves=[_move(move) for move in data["moves"]],
    )


def _move(move: Mapping[str, Any]) -> Move:
    return Move(
        service=move["service"],
        slug=move["slug"],
        before=", ".join(move["from"]),
        after=", ".join(move["to"]),
        by=move.get("by", ""),
    )


def _names(query: ResolvedQuery) -> str:
    if not query.service:
        return ""
    names = json.loads(reads.read_names(ListQuery(service=query.service)).data)
    return " or ".join(names["service"])


def _url(query: ResolvedQuery, page: str | None) -> str:
    if page is None:
        return ""
    params = urlencode(query.params(page), doseq=True)
    return reverse("frontend:resolved") + (f"?{params}" if params else "")
