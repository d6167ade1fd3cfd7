"""Turn manifests into snapshots: the rows that a file's technologies belong to, with the versions as read."""

from dataclasses import replace

from techs.assessment.assessor import Assessor
from techs.imports import identification
from techs.imports.budget import bounded
from techs.imports.manifests import Entry, Manifest
from techs.inventory.placing import Placer, version_of
from techs.models.service import Sighting as Stored
from techs.rules import snapshots
from techs.rules.identifiers import type_of
from techs.rules.kinds import library_name
from techs.rules.snapshots import PACKAGE_MAX_LENGTH, Sighting

_OF_SYSTEMS = ("apk", "deb", "rpm")


def snapshot_of(manifest: Manifest, placer: Placer) -> dict[str, Sighting]:
    """Return the technologies of a manifest, by the key of the row that each belongs to. Raises ManifestError."""
    pairs = bounded(identification.identified(manifest, placer.assessor))
    return snapshots.collect(_sighting(read, named, placer) for read, named in pairs)


def placed_again(stored: Stored | Sighting, assessor: Assessor) -> dict[str, Sighting]:
    """Return the rows of a stored technology by other lifecycle data, each with its versions.

    Packages of an operating system stay where they are: only their file contains its release.
    """
    placer, package = Placer(assessor), stored.package
    name, texts = library_name(stored.as_read), [stored.as_read]
    if version_of(stored.as_read):
        texts = [f"{name} {version}" for version in stored.versions]
    entries = [Entry(stored.line, text, text, identifiers=(package,) if package else ()) for text in texts]
    pairs = ((entry, identification.named(entry, assessor)) for entry in entries)
    return snapshots.collect(_sighting(read, named, placer) for read, named in pairs)


def is_fixed(stored: Stored | Sighting) -> bool:
    return type_of(stored.package) in _OF_SYSTEMS


def _sighting(read: Entry, named: Entry, placer: Placer) -> Sighting:
    """Return the row of an entry as identified, with package, name and version as read."""
    version = version_of(read.text) or version_of(named.text)
    return replace(
        placer.place(named.text, kind=named.kind),
        as_read=read.text,
        package=next((each for each in read.identifiers if len(each) <= PACKAGE_MAX_LENGTH), ""),
        versions=(version,) if version else (),
        line=read.line,
    )
