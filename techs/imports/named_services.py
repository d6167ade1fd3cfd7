"""The services that the rows of a table name: find them, refuse archived ones, and create those that are missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from techs.assessment.assessor import Assessor
from techs.imports.manifests import Entry, Manifest, Skipped
from techs.imports.manifests.types import collect
from techs.inventory import manual, services
from techs.inventory.placing import Placer, version_of
from techs.models import Service, Usage
from techs.rules.services import slug_of
from techs.rules.text import name_key
from techs.transactions import in_chunks

_AT_ONCE = 500


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
        return {**self.found, **{key: new[name] for key, name in self.new.items()}}, list(new.values())


def without_archived(manifest: Manifest) -> Manifest:
    """Skip the entries that name an archived service."""
    named = NamedServices.of(manifest.entries)
    archived = {key: service.name for key, service in named.found.items() if service.is_archived}
    if not archived:
        return manifest
    rows = [_skipped(entry, archived) or entry for entry in manifest.entries]
    return collect(manifest.format, manifest.evidence, [*rows, *manifest.skipped])


def notes_on(entries: Sequence[Entry]) -> list[str]:
    """Tell for each entry how its services change: "Shop is new. Checkout keeps Django 3.2, too."."""
    named, placer = NamedServices.of(entries), Placer(Assessor.current())
    by_hand = _ManualUsages(named.found.values())
    return [_note(entry, named, by_hand, placer) for entry in entries]


class _ManualUsages:
    """The technologies that earlier imports added to services."""

    def __init__(self, of: Iterable[Service]) -> None:
        self._versions: dict[tuple[int, str], list[str]] = {}
        self._of_product: dict[tuple[int, str], list[tuple[str, str]]] = {}
        for some in in_chunks({service.pk for service in of}, _AT_ONCE):
            usages = Usage.objects.filter(service__in=some, source__name=manual.SOURCE).order_by("pk")
            for service, key, product, name, versions in usages.values_list(
                "service", "key", "product", "name", "versions"
            ):
                self._versions[service, key] = versions
                self._of_product.setdefault((service, product), []).append((key, name))

    def has(self, service: Service, key: str, version: str) -> bool:
        versions = self._versions.get((service.pk, key))
        return versions is not None and (not version or version in versions)

    def others(self, service: Service, key: str, product: str) -> list[str]:
        """Return other releases of the same product."""
        same = self._of_product.get((service.pk, product), []) if product else []
        return [name for other, name in same if other != key]


def _note(entry: Entry, named: NamedServices, by_hand: _ManualUsages, placer: Placer) -> str:
    sentences = []
    sighting, version = placer.place(entry.text, kind=entry.kind), version_of(entry.text)
    for key in map(name_key, entry.services):
        service = named.found.get(key)
        if service is None:
            sentences.append(f"{named.new[key]} is a new service.")
        elif by_hand.has(service, sighting.key, version):
            sentences.append(f"{service.name} has this already.")
        elif others := by_hand.others(service, sighting.key, sighting.product):
            sentences.append(f"{service.name} keeps {' and '.join(others)}, too.")
    return " ".join(sentences)


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
