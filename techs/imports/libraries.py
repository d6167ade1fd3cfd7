"""Tell libraries from technologies: packages that the lifecycle data does not know are listed, but not tracked."""

from dataclasses import replace

from techs.imports.manifests import Entry, Manifest
from techs.lifecycles.store import ProductCatalogue
from techs.rules.kinds import Kind, library_name
from techs.rules.products import Outcome

# Images and generic components are deployed on their own, so an unknown one is worth a look.
_NO_LIBRARIES = ("pkg:docker/", "pkg:oci/", "pkg:generic/")


def fold(manifest: Manifest, catalogue: ProductCatalogue) -> Manifest:
    """Return a copy in which packages without lifecycle data are libraries, named without their versions.

    Entries keep their positions, so several versions of one library stay several entries.
    """
    return replace(manifest, entries=tuple(_folded(entry, catalogue) for entry in manifest.entries))


def _folded(entry: Entry, catalogue: ProductCatalogue) -> Entry:
    if not _is_package(entry) or catalogue.find(entry.text).outcome is not Outcome.NO_MATCH:
        return entry
    return replace(entry, text=library_name(entry.text), kind=Kind.LIBRARY)


def _is_package(entry: Entry) -> bool:
    return any(each.startswith("pkg:") and not each.startswith(_NO_LIBRARIES) for each in entry.identifiers)
