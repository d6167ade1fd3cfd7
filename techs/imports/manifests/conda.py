"""Read environment.yml of conda: packages, and those that pip installs."""

import re
from collections.abc import Iterator

from techs.imports.manifests import entries, requirements, yaml_places
from techs.imports.manifests.json_places import JsonList, JsonObject
from techs.imports.manifests.ranges import Reading
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

PRODUCTS = {
    "django": "Django",
    "go": "Go",
    "gradle": "Gradle",
    "julia": "Julia",
    "maven": "Apache Maven",
    "mysql": "MySQL",
    "nodejs": "Node.js",
    "numpy": "NumPy",
    "openjdk": "OpenJDK",
    "perl": "Perl",
    "php": "PHP",
    "postgresql": "PostgreSQL",
    "pyspark": "Apache Spark",
    "python": "Python",
    "ruby": "Ruby",
    "rust": "Rust",
}
"""Packages of conda-forge with the versions of a product."""

_SPEC = re.compile(r"(?:[\w./-]+::)?([A-Za-z0-9_][\w.-]*)(?:\[([^\]]*)\])?\s*(.*)")
_BRACKET = re.compile(r"(?:^|,)\s*version\s*=\s*['\"]?([^'\"]+)")
_NO_REQUIREMENT = ("-", ".", "/", "git+", "hg+", "http:", "https:", "svn+")
_PIN = re.compile(r"(?:={1,2}\s*|\s+)?([0-9][\w.+!-]*?)(?:\.\*)?(?:=[\w.*-]+)?")


def read(text: str) -> Iterator[Row]:
    """Read every dependency. Raises ManifestError if there is no list of them."""
    document = yaml_places.document(text)
    wanted = document.get("dependencies") if isinstance(document, JsonObject) else None
    if not isinstance(wanted, JsonList):
        raise ManifestError("An environment.yml needs a list of dependencies.", line=1)
    for item, line in zip(wanted, wanted.lines, strict=True):
        if isinstance(item, str):
            yield _package(item, line)
        elif isinstance(item, JsonObject) and isinstance(pip := item.get("pip"), JsonList):
            yield from (_pip(each, at) for each, at in zip(pip, pip.lines, strict=True))
        else:
            yield Skipped(line, str(item), "A dependency must be a string, or a list for pip.", is_unread=True)


def _pip(written: object, line: int) -> Row:
    if not isinstance(written, str) or written.startswith(_NO_REQUIREMENT):
        return Skipped(line, str(written), "An option of pip, a local folder, or an address.")
    return requirements.row(written, line=line)


def _package(written: str, line: int) -> Row:
    spec = _SPEC.fullmatch(written.strip()[:300])
    if not spec:
        return Skipped(line, written, "This is not a package with a version.", is_unread=True)
    name, constraint = spec[1], spec[3].strip()
    if spec[2] and (bracket := _BRACKET.search(spec[2])):
        constraint = bracket[1].strip()
    pin = _PIN.fullmatch(constraint)
    reading = Reading(pin[1]) if pin else entries.reading_of(constraint)
    if product := PRODUCTS.get(name.casefold()):
        return Entry(line, f"{product} {reading.version}".rstrip(), written, reading.note)
    return entries.package("conda", name, reading, line=line, source=written)
