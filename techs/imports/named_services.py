"""The services that the rows of a table name: find them, refuse archived ones, and create those that are missing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from techs.assessment.assessor import Assessor
from techs.imports.budget import bounded
from techs.imports.manifests import Entry, Manifest, Skipped
from techs.imports.manifests.types import collect
from techs.inventory import manual, services
from techs.inventory.placing import Placer, version_of
from techs.models import Service, Usage
from techs.rules.services import slug_of
from techs.rules.snapshots import Sighting
from techs.rules.text import name_key
from techs.transactions import in_chunks

_AT_ONCE = 500
_USAGE = ("service", "key", "product", "name", "versions")


@dataclass(frozen=True, slots=True)
class NamedServices:
    """By name key: the services that exist, and the names of those that do not, each as it is first written."""

    found: Mapping[str, Service]
    new: Mapping[str, str]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        names: dict[str, str] = {}
        for entry in entries:
            for name in entry.services:
                names.setdefault(name_key(name), name)
        found = _find(names)
        return cls(found, _unified({key: name for key, name in names.items() if key not in found}))

    @property
    def new_names(self) -> list[str]:
        return list(dict.fromkeys(self.new.values()))

    def create(self) -> tuple[dict[str, Service], list[Service]]:
        """Return all services by name key, and the new ones. Call inside a transaction."""
        new = {service.name: service for service in services.create_several(self.new_names)}
        return {**self.found, **{key: new[name] for key, name in self.new.items()}}, [
            new[name] for name in self.new_names
        ]


def users_of(entries: Iterable[Entry]) -> dict[str, set[int]]:
    """Map name keys of exported technologies to the services that use them already, through any source."""
    keys = {name_key(entry.text) for entry in entries if entry.services and entry.is_exported}
    users: dict[str, set[int]] = defaultdict(set)
    for some in in_chunks(keys, _AT_ONCE):
        usages = Usage.objects.filter(tech__name_key__in=some).order_by()
        for key, service in usages.values_list("tech__name_key", "service").distinct():
            users[key].add(service)
    return users


def without_archived(manifest: Manifest) -> Manifest:
    """Skip the entries that name an archived service."""
    named = NamedServices.of(manifest.entries)
    archived = {key: service.name for key, service in named.found.items() if service.is_archived}
    if not archived:
        return manifest
    rows = [_skipped(entry, archived) or entry for entry in manifest.entries]
    return collect(manifest.format, manifest.evidence, [*rows, *manifest.skipped])


def notes_on(entries: Sequence[Entry]) -> list[str]:
    """Describe how the services of each entry change: "Shop is a new service. Checkout keeps Django 3.2, too."."""
    notes = _Notes(entries)
    return [notes.on(entry) for entry in bounded(entries)]


class _Notes:
    """The services that entries name, with the technologies that earlier imports added to them."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._named = NamedServices.of(entries)
        self._users = users_of(entries)
        self._placer = Placer(Assessor.current())
        self._versions: dict[tuple[int, str], list[str]] = {}
        self._of_product: dict[tuple[int, str], list[str]] = defaultdict(list)
        for some in in_chunks({service.pk for service in self._named.found.values()}, _AT_ONCE):
            usages = Usage.objects.filter(service__in=some, source__name=manual.SOURCE).order_by("pk")
            for service, key, product, name, versions in usages.values_list(*_USAGE):
                self._versions[service, key] = versions
                self._of_product[service, product].append(name)

    def on(self, entry: Entry) -> str:
        if not entry.services:
            return ""
        sighting = self._placer.place(entry.text, kind=entry.kind)
        return " ".join(filter(None, (self._about(name_key(name), entry, sighting) for name in entry.services)))

    def _about(self, key: str, entry: Entry, sighting: Sighting) -> str:
        service = self._named.found.get(key)
        if service is None:
            return f"{self._named.new[key]} is a new service."
        if self._has(service, entry, sighting):
            return f"{service.name} has this already."
        names = self._of_product.get((service.pk, sighting.product), ()) if sighting.product else ()
        others = " and ".join(name for name in names if name != sighting.name)
        return f"{service.name} keeps {others}, too." if others else ""

    def _has(self, service: Service, entry: Entry, sighting: Sighting) -> bool:
        if service.pk in self._users.get(name_key(entry.text), ()):
            return True
        versions, version = self._versions.get((service.pk, sighting.key)), version_of(entry.text)
        return versions is not None and (not version or version in versions)


def _find(names: Mapping[str, str]) -> dict[str, Service]:
    """Find services by name, else by slug."""
    found: dict[str, Service] = {}
    for some in in_chunks(names, _AT_ONCE):
        found |= {service.name_key: service for service in Service.objects.filter(name_key__in=some)}
    for some in in_chunks([key for key in names if key not in found], _AT_ONCE):
        found |= {service.slug: service for service in Service.objects.filter(slug__in=some)}
    return found


def _unified(names: Mapping[str, str]) -> dict[str, str]:
    """Map name keys to the names of new services. A name that is the slug of another one means the same service."""
    of_slug: dict[str, str] = {}
    unified = {}
    for key, name in sorted(names.items(), key=lambda item: slug_of(item[1]) == item[0]):
        unified[key] = of_slug.get(key, name)
        if any(map(str.isascii, filter(str.isalnum, name))):  # others have no slug of their own
            of_slug.setdefault(slug_of(name), name)
    return {key: unified[key] for key in names}


def _skipped(entry: Entry, archived: Mapping[str, str]) -> Skipped | None:
    key = next((key for key in map(name_key, entry.services) if key in archived), None)
    if key is None:
        return None
    return Skipped(entry.line, entry.source, manual.ARCHIVED.format(archived[key]), entry.last_line, is_unread=True)
