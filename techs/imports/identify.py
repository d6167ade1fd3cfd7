"""Give entries with a known package URL or CPE the name of their product, as a step between reading and assessing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from techs.imports.manifests import Entry, Manifest, Skipped
from techs.imports.manifests.types import Row, collect
from techs.lifecycles.store import ProductCatalogue
from techs.rules import naming
from techs.rules.identifiers import key_of
from techs.rules.products import Match, Outcome, ProductFacts, ReleaseCycle

_VERSION = re.compile(r"\s([v^~<>=!]*\s*[0-9].*)$", re.IGNORECASE)

_STREAMS = frozenset({"mariadb-server", "mysql-server", "nginx", "nodejs", "php", "postgresql-server", "redis", "ruby"})
"""RPM packages of application streams, which a distribution stops supporting with the product, before its own end."""


def identify(manifest: Manifest, catalogue: ProductCatalogue, *, today: date) -> Manifest:
    """Return the manifest with the products' names. Entries that become equal are skipped as duplicates.

    Packages of an operating system stay skipped, unless they come from the product's vendor or their own lifecycle has
    ended before that of the system.
    """
    identifier = _Identifier(catalogue, today)
    before: list[Row] = [*manifest.entries, *manifest.skipped]
    rows = [identifier.row(row) for row in before]
    return manifest if rows == before else collect(manifest.format, manifest.evidence, rows)


@dataclass(frozen=True, slots=True)
class _Identifier:
    catalogue: ProductCatalogue
    today: date

    def row(self, row: Row) -> Row:
        if isinstance(row, Skipped):
            package = row.package and self._named(row.package)
            return package if row.package and package and self._is_apart(row.package) else row
        return self._named(row) or row

    def _named(self, entry: Entry) -> Entry | None:
        """Return the entry with its product's name, None if unknown."""
        version = _version(entry)
        for _, product in self._products(entry, version):
            match = self.catalogue.find(entry.text)
            if match.product is product and match.outcome is not Outcome.RELEASE_UNKNOWN:
                return entry
            if text := naming.canonical(product, version, self.catalogue.index):
                return replace(entry, text=text)
        return None

    def _products(self, entry: Entry, version: str) -> Iterator[tuple[str, ProductFacts]]:
        for identifier in entry.identifiers:
            product = self.catalogue.identifiers.find(identifier)
            if product and not naming.has_own_number(identifier, version):
                yield identifier, product

    def _is_apart(self, package: Entry) -> bool:
        """Return True for a system package that its distribution does not support."""
        for identifier, product in self._products(package, _version(package)):
            if self.catalogue.identifiers.is_from_vendor(identifier):
                return True
            index = self.catalogue.index
            match = naming.version_in_name(identifier, product, index)
            if match is None and _is_stream(identifier):
                match = self.catalogue.find(naming.canonical(product, _version(package), index))
            return match is not None and self._has_ended(match)
        return False

    def _has_ended(self, match: Match) -> bool:
        cycles = [match.cycle] if match.cycle else match.candidates
        return bool(cycles) and all(self._is_over(cycle) for cycle in cycles)

    def _is_over(self, cycle: ReleaseCycle) -> bool:
        ends = [end for end in (cycle.eol, cycle.extended_support) if isinstance(end, date)]
        return max(ends) < self.today if ends else cycle.eol is True


def _version(entry: Entry) -> str:
    found = _VERSION.search(entry.text)
    return found[1] if found else ""


def _is_stream(identifier: str) -> bool:
    kind, _, path = key_of(identifier).partition("/")
    return kind == "rpm" and path.rpartition("/")[2] in _STREAMS
