"""The source "manual" of services, to which lines of imports that name services add technologies.

Nothing but an upload for that source, or its removal, takes anything away from it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from django.utils import timezone

from techs.activity import recording
from techs.assessment.assessor import Assessor
from techs.inventory import usages as inventory
from techs.inventory.placing import FIELDS, Placer, basis_of, version_of
from techs.models import (
    ActionKind,
    ChangeKind,
    Service,
    ServiceSource,
    Submission,
    Tech,
    Upload,
    UploadLine,
    UploadState,
    Usage,
    UsageChange,
)
from techs.models.activity import ACTOR_FIELDS
from techs.rules.snapshots import Sighting, united
from techs.rules.text import name_key
from techs.transactions import in_chunks, update

SOURCE = "manual"
ORIGIN = "import"
ARCHIVED = "{} is archived. Restore it, or remove it from this row."
DELETED = "A service of this row was deleted. Import the row again to create it."

# Sources per lookup of usages: a query covers all combinations of its sources and keys.
_SOURCES = 20

_Place: TypeAlias = tuple[int, str]
"""Service and key of a usage."""


class Additions:
    """The usages of import lines. Locks their services, sources and rows of the list, in this order.

    Call inside a transaction, then store(), and finally record(). refused maps lines to problems. keys maps the other
    lines to the name key of their row, unless they are ranges that do not count and have none.
    """

    def __init__(self, lines: Sequence[Submission], assessor: Assessor) -> None:
        self._assessor = assessor
        self._services = _locked_services({pk for line in lines for pk in line.services or ()})
        self.refused = {line: why for line in lines if (why := self._why_refused(line))}
        self._lines = [line for line in lines if line not in self.refused]
        self._sources = _locked_sources([self._services[pk] for pk in sorted(_services_of(self._lines))])
        placer = Placer(self._assessor)
        self._sightings = {line: _sighting(line, placer) for line in self._lines}
        self._usages = self._stored_usages()
        self._before = {place: list(usage.versions) for place, usage in self._usages.items()}
        self._add_usages()
        self.touched = inventory.attach([usage for usage in self._usages.values() if self._lacks_row(usage)])
        self.keys = self._keys()
        self._stored: list[Usage] = []

    def store(self, *, without: Collection[Submission]) -> None:
        """Store the usages of the accepted lines, except some."""
        named = self._versions_of(line for line in self._lines if line not in without)
        for place, versions in named.items():
            usage = self._usages[place]
            usage.versions = usage.announced = list(united(usage.versions, versions))
        self._stored = [self._usages[place] for place in named if self._is_changed(place)]
        known, new = [each for each in self._stored if each.pk], [each for each in self._stored if not each.pk]
        update(Usage, known, ["versions", "announced", "tech"])
        Usage.objects.bulk_create(new, batch_size=250)
        self._join_uploads(named)
        self._note_seen({service for service, _ in named})
        self.touched |= self._settle()

    @property
    def services(self) -> set[int]:
        """Return the primary keys of the services to which usages were added, or whose versions changed."""
        return {usage.service_id for usage in self._stored}

    def has_changed(self, line: Submission) -> bool:
        return any(map(self._is_changed, self._places(line)))

    def record(self) -> None:
        """Record which technologies entered, or changed their versions. Call once their rows are assessed."""
        levels: dict[int | None, str] = {}
        for some in in_chunks({usage.tech_id for usage in self._stored if usage.tech_id}, inventory.CHUNK):
            levels |= dict(Tech.objects.filter(pk__in=some).values_list("pk", "level"))
        now = timezone.now()
        changes = {
            (usage.service_id, usage.key): UsageChange(
                service=usage.service,
                service_name=usage.service.name,
                source_name=SOURCE,
                tech_id=usage.tech_id if usage.tech_id in levels else None,
                kind=ChangeKind.ENTERED if before is None else ChangeKind.CHANGED,
                name=usage.name,
                product=usage.product,
                before=before or [],
                after=usage.versions,
                level=levels.get(usage.tech_id, ""),
                at=now,
            )
            for usage in self._stored
            if (before := self._before.get((usage.service_id, usage.key))) != usage.versions
        }
        UsageChange.objects.bulk_create(changes.values(), batch_size=250)
        self._record_actions(changes)

    def _record_actions(self, changes: Mapping[_Place, UsageChange]) -> None:
        """Record an action for each client, since a batch may hold lines of several imports."""
        senders = {place: line for line in reversed(self._lines) for place in self._places(line)}
        by_sender: dict[tuple[str, ...], list[_Place]] = defaultdict(list)
        for place in changes:
            by_sender[tuple(getattr(senders[place], field) for field in ACTOR_FIELDS)].append(place)
        for places in by_sender.values():
            made = [recording.of_usage(changes[place]) for place in places]
            recording.record(ActionKind.IMPORTED, made, actor=senders[places[0]])

    def _why_refused(self, line: Submission) -> str:
        services = [self._services.get(pk) for pk in line.services or ()]
        if None in services:
            return DELETED
        return next((ARCHIVED.format(each.name) for each in services if each and each.is_archived), "")

    def _places(self, line: Submission) -> Iterator[_Place]:
        return ((pk, self._sightings[line].key) for pk in line.services or ())

    def _versions_of(self, lines: Iterable[Submission]) -> dict[_Place, tuple[str, ...]]:
        found: dict[_Place, tuple[str, ...]] = {}
        for line in lines:
            for place in self._places(line):
                found[place] = united(found.get(place, ()), self._sightings[line].versions)
        return found

    def _is_changed(self, place: _Place) -> bool:
        usage = self._usages[place]
        return place not in self._before or self._before[place] != usage.versions or usage in self._attached

    def _stored_usages(self) -> dict[_Place, Usage]:
        keys: dict[int, set[str]] = defaultdict(set)
        for line in self._lines:
            for service, key in self._places(line):
                keys[self._sources[service].pk].add(key)
        found: dict[_Place, Usage] = {}
        for some in in_chunks(keys, _SOURCES):
            wanted = set().union(*(keys[source] for source in some))
            for usage in Usage.objects.filter(source__in=some, key__in=wanted):
                found[usage.service_id, usage.key] = usage
        return found

    def _add_usages(self) -> None:
        basis = basis_of(self._assessor)
        for line in self._lines:
            for service, key in self._places(line):
                usage = self._usages.get((service, key)) or _usage(self._sightings[line], basis)
                usage.service, usage.source = self._services[service], self._sources[service]
                self._usages[service, key] = usage
        self._attached = {usage for usage in self._usages.values() if usage.pk and self._lacks_row(usage)}

    def _lacks_row(self, usage: Usage) -> bool:
        if usage.tech_id is not None:
            return False
        return not (usage.is_range and inventory.shadowed(usage.service, {usage.product}))

    def _keys(self) -> dict[Submission, str]:
        rows = {line: pk for line in self._lines if (pk := self._row_of(line))}
        keys = _name_keys(rows.values())
        # Lines of an export, whose services use the row already.
        named = {line: name_key(line.text) for line in self._lines if not line.services}
        listed = _listed(named.values())
        return {line: keys[pk] for line, pk in rows.items() if pk in keys} | {
            line: key for line, key in named.items() if key in listed
        }

    def _row_of(self, line: Submission) -> int | None:
        usages = map(self._usages.__getitem__, self._places(line))
        return next((usage.tech_id for usage in usages if usage.tech_id), None)

    def _settle(self) -> set[int]:
        """Let ranges count or not, in the services that have any of these products."""
        products = {usage.product for usage in self._stored} - {""}
        touched: set[int] = set()
        for some in in_chunks({usage.service_id for usage in self._stored}, _SOURCES):
            ranges = Usage.objects.filter(service__in=some, is_range=True, product__in=products)
            for service in ranges.order_by().values_list("service", flat=True).distinct():
                touched |= inventory.settle(self._services[service], products)
        return touched

    def _join_uploads(self, named: Mapping[_Place, Sequence[str]]) -> None:
        """Add usages to unfinished uploads of their source, which would otherwise remove them."""
        waiting = {source.accepted_id: pk for pk, source in self._sources.items() if source.accepted_id}
        for upload in Upload.objects.filter(pk__in=waiting, state=UploadState.QUEUED):
            of = waiting[upload.pk]
            joined = {key: _line(upload, self._usages[of, key], named[of, key]) for pk, key in named if pk == of}
            _join(upload, joined)

    def _note_seen(self, services: Collection[int]) -> None:
        now = timezone.now()
        for some in in_chunks([self._sources[service].pk for service in services], inventory.CHUNK):
            ServiceSource.objects.filter(pk__in=some).update(seen_at=now)


def _services_of(lines: Iterable[Submission]) -> set[int]:
    return {pk for line in lines for pk in line.services or ()}


def _name_keys(ids: Iterable[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in in_chunks(set(ids), inventory.CHUNK):
        found |= dict(Tech.objects.filter(pk__in=some).values_list("pk", "name_key"))
    return found


def _listed(keys: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for some in in_chunks(set(keys), inventory.CHUNK):
        found |= set(Tech.objects.filter(name_key__in=some).values_list("name_key", flat=True))
    return found


def _locked_services(ids: Collection[int]) -> dict[int, Service]:
    found: dict[int, Service] = {}
    for some in in_chunks(sorted(ids), inventory.CHUNK):
        found |= {each.pk: each for each in Service.objects.select_for_update().filter(pk__in=some).order_by("pk")}
    return found


def _locked_sources(services: Sequence[Service]) -> dict[int, ServiceSource]:
    """Return the manual source of each service, and create those that are missing."""
    found: dict[int, ServiceSource] = {}
    for some in in_chunks(services, inventory.CHUNK):
        sources = ServiceSource.objects.select_for_update().filter(service__in=some, name=SOURCE).order_by("service")
        stored = {source.service_id for source in sources}
        missing = [each for each in some if each.pk not in stored]
        # Lines of other imports collide on the unique key, and the second try finds the row.
        ServiceSource.objects.bulk_create(ServiceSource(service=each, name=SOURCE, origin=ORIGIN) for each in missing)
        found |= {source.service_id: source for source in (sources.all() if missing else sources)}
    return found


def _sighting(line: Submission, placer: Placer) -> Sighting:
    version = version_of(line.text)
    return replace(
        placer.place(line.text, kind=line.kind),
        as_read=line.text,
        versions=(version,) if version else (),
        line=line.line or 0,
    )


def _usage(sighting: Sighting, basis: str) -> Usage:
    values = {field: getattr(sighting, field) for field in FIELDS} | {"kind": sighting.kind.value}
    return Usage(key=sighting.key, basis=basis, **values)


def _join(upload: Upload, joined: Mapping[str, UploadLine]) -> None:
    if not joined:
        return
    known = {line.key: line for line in upload.lines.filter(key__in=joined)}
    for key, line in known.items():
        line.versions = list(united(line.versions, joined[key].versions))
    update(UploadLine, list(known.values()), ["versions"])
    UploadLine.objects.bulk_create([line for key, line in joined.items() if key not in known], batch_size=250)
    if upload.removes_source:
        Upload.objects.filter(pk=upload.pk).update(removes_source=False)


def _line(upload: Upload, usage: Usage, versions: Sequence[str]) -> UploadLine:
    values: dict[str, Any] = {field: getattr(usage, field) for field in ("key", *FIELDS)}
    return UploadLine(upload=upload, is_applied=True, versions=list(versions), **values)
