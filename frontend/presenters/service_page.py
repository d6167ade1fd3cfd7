"""The page of one service, from the cache."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from frontend.presenters.changes import UploadChanges, by_upload
from frontend.presenters.rows import in_use
from frontend.presenters.services_page import ServiceRow
from techs.inventory import manual, service_reads
from techs.models import Service
from techs.rules.kinds import Kind

_PLACES_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedTech:
    """A technology of the service, with versions and places."""

    id: int
    name: str
    level: str
    end_of_life: date | None
    accepted_until: date | None
    versions: str
    places: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source of the service, and the age of its last upload."""

    name: str
    is_imported: bool
    format: str
    ref: str
    technologies: int
    libraries: int
    uploaded_at: datetime
    is_stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePage:
    """A service with its technologies, sources and newest changes."""

    row: ServiceRow
    repository: str
    note: str
    purge_at: datetime | None
    is_pending: bool
    techs: list[UsedTech]
    libraries: list[UsedTech]
    sources: list[Source]
    changes: list[UploadChanges]

    @property
    def service(self) -> Service:
        """Return the service with the values that people set, but without its id."""
        row = self.row
        values = {"owner": row.owner, "impact": row.impact, "tags": row.tags}
        return Service(slug=row.slug, name=row.name, **values, repository=self.repository, note=self.note)

    @classmethod
    def read(cls, slug: str) -> Self:
        """Read the page; if it is cached, without a database query. Raises Service.DoesNotExist."""
        data = json.loads(service_reads.read_service(slug).data)
        libraries = [tech for tech in data["techs"] if tech["kind"] == Kind.LIBRARY]
        of_source = Counter(use["source"] for tech in libraries for use in tech["uses"])
        return cls(
            row=ServiceRow.of(data),
            repository=data["repository"],
            note=data["note"],
            purge_at=datetime.fromisoformat(data["purge_at"]) if data["purge_at"] else None,
            is_pending=data["pending"],
            techs=[_tech(tech) for tech in data["techs"] if tech["kind"] != Kind.LIBRARY],
            libraries=[_tech(tech) for tech in libraries],
            sources=[_source(source, of_source[source["name"]]) for source in data["sources"]],
            changes=list(by_upload(data["changes"])),
        )


def places(uses: Sequence[tuple[str, int | None]]) -> str:
    """Return the first sources with their lines, and the number of the others."""
    shown = ", ".join(f"{source}:{line}" if line else source for source, line in uses[:_PLACES_SHOWN])
    rest = len(uses) - _PLACES_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def _tech(tech: Mapping[str, Any]) -> UsedTech:
    # Pages that the previous version cached have no accepted_until.
    end, until, uses = tech["end_of_life"], tech.get("accepted_until"), tech["uses"]
    return UsedTech(
        id=tech["id"],
        name=tech["name"],
        level=tech["priority"],
        end_of_life=date.fromisoformat(end) if end else None,
        accepted_until=date.fromisoformat(until) if until else None,
        versions=in_use(list(dict.fromkeys(version for use in uses for version in use["versions"]))),
        places=places([(use["source"], use["line"]) for use in uses]),
    )


def _source(source: Mapping[str, Any], libraries: int) -> Source:
    return Source(
        name=source["name"],
        is_imported=source["origin"] == manual.ORIGIN,
        format=source["format"],
        ref=source["ref"],
        technologies=source["technologies"] - libraries,
        libraries=libraries,
        uploaded_at=datetime.fromisoformat(source["uploaded_at"]),
        is_stale=source["stale"],
    )
