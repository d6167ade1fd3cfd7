"""Name entries after the products of their package URLs and CPEs, between reading and assessing them.

Packages without lifecycle data become libraries. Pure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from techs.imports.manifests import Entry, Manifest, Skipped, packages
from techs.imports.manifests.types import Row, collect
from techs.rules import naming
from techs.rules.assessing import TextAssessor
from techs.rules.identifiers import key_of, name_of, type_of
from techs.rules.kinds import Kind, library_name
from techs.rules.names import match_name
from techs.rules.products import Match, Outcome, ProductFacts, ReleaseCycle

_VERSION = re.compile(r"\s([v^~<>=!]*\s*[0-9].*)$", re.IGNORECASE)

_DEPLOYED = ("pkg:docker/", "pkg:oci/", "pkg:generic/")
"""Types of packages that run on their own. An unknown one is worth a look, so it is not a library."""

_STREAMS = frozenset({"mariadb-server", "mysql-server", "nginx", "nodejs", "php", "postgresql-server", "redis", "ruby"})
"""RPM packages of application streams, which a distribution stops supporting with the product, before its own end."""


def identify(manifest: Manifest, assessor: TextAssessor) -> Manifest:
    """Return the manifest with the products' names. Entries that become equal are skipped as duplicates.

    Packages of an operating system stay skipped, unless they come from the product's vendor or their own lifecycle has
    ended before that of the system.
    """
    identifier = _Identifier(assessor)
    before: list[Row] = [*manifest.entries, *manifest.skipped]
    rows = [identifier.row(row) for row in before]
    return manifest if rows == before else collect(manifest.format, manifest.evidence, rows)


def identified(manifest: Manifest, assessor: TextAssessor) -> Iterator[tuple[Entry, Entry]]:
    """Yield each entry as read and as identify() names it, also those that become equal."""
    identifier = _Identifier(assessor)
    for entry in manifest.entries:
        yield entry, _entry(identifier.row(entry)) or entry
    for skipped in manifest.skipped:
        if skipped.package and (named := _entry(identifier.row(skipped))):
            yield skipped.package, named


def named(entry: Entry, assessor: TextAssessor) -> Entry:
    """Return one entry as identify() names it."""
    return _entry(_Identifier(assessor).row(entry)) or entry


def _entry(row: Row) -> Entry | None:
    return row if isinstance(row, Entry) else None


@dataclass(frozen=True, slots=True)
class _Identifier:
    assessor: TextAssessor

    def row(self, row: Row) -> Row:
        if isinstance(row, Skipped):
            package = row.package and self._named(row.package, is_packaged=True)
            return package if row.package and package and self._is_apart(row.package) else row
        entry = self._named(row)
        return replace(entry, kind=Kind.TRACKED) if entry else self._library(row) or replace(row, kind=Kind.TRACKED)

    def _named(self, entry: Entry, *, is_packaged: bool = False) -> Entry | None:
        """Return the entry with its product's name, or None if the product is unknown."""
        version = _version(entry)
        for _, product in self._products(entry, version):
            # Coordinates such as @angular/router are understood, too, but would be one technology for each package.
            match = match_name(entry.text, self.assessor.catalogue.index)
            if match and match.product is product and match.outcome is not Outcome.RELEASE_UNKNOWN and not is_packaged:
                return entry
            if text := naming.canonical(product, version, self.assessor.catalogue.index, is_packaged=is_packaged):
                return replace(entry, text=text)
        return None

    def _library(self, entry: Entry) -> Entry | None:
        """Return a package that the lifecycle data lacks as a library, else None."""
        is_package = any(each.startswith("pkg:") and not each.startswith(_DEPLOYED) for each in entry.identifiers)
        if not (is_package or entry.kind is Kind.LIBRARY):
            return None
        # Without versions, several versions of one library are duplicates.
        if self.assessor.catalogue.knows(entry.text):
            return self._namesake(entry)
        return replace(entry, text=library_name(entry.text), kind=Kind.LIBRARY)

    def _namesake(self, entry: Entry) -> Entry | None:
        """Return a library whose name reads like a product: the package "kernel" is not Linux."""
        purl = next((each for each in entry.identifiers if type_of(each) in packages.ECOSYSTEMS), "")
        text = packages.labelled(type_of(purl), name_of(purl))
        return replace(entry, text=text, kind=Kind.LIBRARY) if purl else None

    def _products(self, entry: Entry, version: str) -> Iterator[tuple[str, ProductFacts]]:
        for identifier in entry.identifiers:
            product = self.assessor.catalogue.index.identifiers.find(identifier)
            if product and not naming.has_own_number(identifier, version):
                yield identifier, product

    def _is_apart(self, package: Entry) -> bool:
        """Return True for a system package that its distribution does not support."""
        for identifier, product in self._products(package, _version(package)):
            if self.assessor.catalogue.index.identifiers.is_from_vendor(identifier):
                return True
            index = self.assessor.catalogue.index
            match = naming.version_in_name(identifier, product, index)
            if match is None and _is_stream(identifier):
                match = self.assessor.catalogue.find(
                    naming.canonical(product, _version(package), index, is_packaged=True)
                )
            return match is not None and self._has_ended(match)
        return False

    def _has_ended(self, match: Match) -> bool:
        cycles = [match.cycle] if match.cycle else match.candidates
        return bool(cycles) and all(self._is_over(cycle) for cycle in cycles)

    def _is_over(self, cycle: ReleaseCycle) -> bool:
        ends = [end for end in (cycle.eol, cycle.extended_support) if isinstance(end, date)]
        return max(ends) < self.assessor.today if ends else cycle.eol is True


def _version(entry: Entry) -> str:
    found = _VERSION.search(entry.text)
    return found[1] if found else ""


def _is_stream(identifier: str) -> bool:
    kind, _, path = key_of(identifier).partition("/")
    return kind == "rpm" and path.rpartition("/")[2] in _STREAMS
