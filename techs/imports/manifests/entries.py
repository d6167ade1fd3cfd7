"""Build the entries that many formats share: packages, and the technologies in container images."""

from collections.abc import Iterator, Mapping

from packaging.utils import canonicalize_name

from techs.imports.manifests import images, packages, ranges
from techs.imports.manifests.ranges import Reading, Syntax
from techs.imports.manifests.types import Entry, Row, Skipped

_SYNTAXES = {"cargo": Syntax.CARGO, "composer": Syntax.COMPOSER}
FROM_SOURCE = Reading("", "installed from source, version unknown")
_NO_RELEASE = "0.0.0-"  # begins the version of a build between releases, such as 0.0.0-experimental-97cdd5d3


def package(ecosystem: str, name: str, version: str | Reading, *, line: int, source: str = "") -> Row:
    """Return a package with its package URL, which has no version.

    Names of Maven and Composer are group/name.
    """
    reading = Reading(version) if isinstance(version, str) else version
    source = source or f"{name} {reading.version}".rstrip()
    reading = released(reading)
    text = packages.text_of(ecosystem, name, reading.version)
    return Entry(line, text, source, reading.note, identifiers=purls(ecosystem, name))


def released(reading: Reading) -> Reading:
    """Return a reading without the version of a build that belongs to no release."""
    return FROM_SOURCE if reading.version.startswith(_NO_RELEASE) else reading


def system_package(system: str, name: str, version: str, *, line: int, source: str) -> Skipped:
    """Return a package of an operating system, such as deb/debian, which is listed only if its lifecycle has ended."""
    entry = Entry(line, f"{name} {version}", source, identifiers=purls(system, name))
    return Skipped(line, source, packages.why_not(system.partition("/")[0]), package=entry)


def constrained(ecosystem: str, name: str, constraint: str, *, line: int, source: str = "") -> Row:
    """Return a package with a version, or a range such as ^4.1 or >=3.2,<4 in the notation of its ecosystem."""
    syntax = _SYNTAXES.get(ecosystem, Syntax.NPM)
    return package(ecosystem, name, reading_of(constraint, syntax=syntax), line=line, source=source)


def reading_of(constraint: str, *, syntax: Syntax = Syntax.NPM) -> Reading:
    """Return a range as written, or no version and a note that says why."""
    reading = ranges.read(constraint, syntax=syntax) if constraint else Reading("", "no version given")
    return reading or Reading("", f"{constraint[:60]} is not a version")


def runtime_range(product: str, constraint: str, *, line: int, source: str) -> Row:
    """Return a product with the versions that a project allows, such as Python >=3.9."""
    reading = ranges.read(constraint, syntax=Syntax.COMPOSER if product == "PHP" else Syntax.NPM)
    if reading is None:
        return Skipped(line, source, "This is not a version range.", is_unread=True)
    return Entry(line, f"{product} {reading.version}".rstrip(), source, reading.note)


def purls(ecosystem: str, name: str) -> tuple[str, ...]:
    """Return the package URL without version as identifiers."""
    return (packages.purl_of(ecosystem, canonicalize_name(name) if ecosystem == "pypi" else name),)


def image(reference: str, *, line: int, source: str, values: Mapping[str, str] | None = None) -> Iterator[Row]:
    """Yield the technologies of an image, after filling in variables such as ${TAG:-7}."""
    try:
        filled = images.substitute(reference.strip(), values or {})
    except images.Unreadable as error:
        yield Skipped(line, source, str(error), is_unread=True)
        return
    if not filled:
        yield Skipped(line, source, "No image given.")
        return
    for found in images.read(filled):
        yield Entry(line, found.text, source, found.note, identifiers=found.identifiers)
