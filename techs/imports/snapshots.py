"""Turn manifests into snapshots: the rows that a file's technologies belong to, with the versions as read."""

import re
from dataclasses import dataclass, field, replace

from django.conf import settings

from techs.assessment.assessor import Assessor
from techs.imports import identification
from techs.imports.manifests import Entry, Manifest
from techs.models.service import Sighting as Stored
from techs.rules import snapshots
from techs.rules.attributes import NAME_MAX_LENGTH
from techs.rules.identifiers import type_of
from techs.rules.kinds import Kind, library_name
from techs.rules.products import Outcome
from techs.rules.snapshots import PACKAGE_MAX_LENGTH, Sighting

_OF_SYSTEMS = ("apk", "deb", "rpm")
_VERSION = re.compile(r"(?<=\S)\s+((?:[\^~<>=!*\[(]|v?[0-9]).*)$", re.DOTALL)


def snapshot_of(manifest: Manifest, assessor: Assessor) -> dict[str, Sighting]:
    """Return the technologies of a manifest, by the key of the row that each belongs to."""
    placer = Placer(assessor)
    pairs = identification.identified(manifest, assessor)
    return snapshots.collect(placer.sighting(read, named) for read, named in pairs)


def basis_of(assessor: Assessor) -> str:
    """Return a text that identifies the code and the lifecycle data that place technologies."""
    return f"{settings.VERSION} {assessor.catalogue.load} {assessor.catalogue.facts.version}"


def placed_again(stored: Stored | Sighting, assessor: Assessor) -> dict[str, Sighting]:
    """Return the rows of a stored technology by other lifecycle data, each with its versions.

    Packages of an operating system stay where they are: only their file tells its release.
    """
    placer, package = Placer(assessor), stored.package
    name, texts = library_name(stored.as_read), [stored.as_read]
    if _version_of(stored.as_read):
        texts = [f"{name} {version}" for version in stored.versions]
    entries = [Entry(stored.line, text, text, identifiers=(package,) if package else ()) for text in texts]
    pairs = ((entry, identification.named(entry, assessor)) for entry in entries)
    return snapshots.collect(placer.sighting(read, named) for read, named in pairs)


def is_fixed(stored: Stored | Sighting) -> bool:
    return type_of(stored.package) in _OF_SYSTEMS


@dataclass(frozen=True, slots=True)
class Placer:
    """Finds the rows of entries with one catalogue."""

    assessor: Assessor
    _cycles: dict[str, tuple[str, str]] = field(default_factory=dict)

    def sighting(self, read: Entry, named: Entry) -> Sighting:
        """Return the row of an entry as identified, with package, name and version as read."""
        version = _version_of(read.text) or _version_of(named.text)
        return replace(
            self._placed(named),
            as_read=read.text,
            package=next((each for each in read.identifiers if len(each) <= PACKAGE_MAX_LENGTH), ""),
            versions=(version,) if version else (),
            line=read.line,
        )

    def cycle_of(self, text: str) -> tuple[str, str]:
        """Return the product and the release cycle that a text names, or empty texts."""
        if text not in self._cycles:
            match = self.assessor.catalogue.find(text)
            is_exact = match.outcome is Outcome.MATCHED and match.cycle is not None
            slug = match.product.slug if match.product else ""
            self._cycles[text] = (slug, match.cycle.name if is_exact and match.cycle else "")
        return self._cycles[text]

    def _placed(self, named: Entry) -> Sighting:
        if named.kind == Kind.LIBRARY:
            return Sighting(name=named.text[:NAME_MAX_LENGTH], as_read=named.text, kind=Kind.LIBRARY)
        text = named.text[:NAME_MAX_LENGTH].rstrip()  # a long title with a long version
        match = self.assessor.catalogue.find(text)
        return snapshots.place(text, match, find_cycle=self.cycle_of)


def _version_of(text: str) -> str:
    found = _VERSION.search(text)
    return found[1] if found else ""
