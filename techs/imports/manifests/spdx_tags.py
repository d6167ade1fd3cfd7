"""Read SPDX 2 as tags and values, with the rules for packages in JSON."""

import re
from collections.abc import Iterator

from techs.imports.manifests import sbom, systems
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import ManifestError, Row

_TAG = re.compile(r"([A-Za-z]+):[ \t]*(.*)")
_DESCRIBED = re.compile(r"^Relationship:[ \t]*+(?:SPDXRef-)?DOCUMENT[ \t]++DESCRIBES[ \t]++(\S+)", re.MULTILINE)
_REFERENCE = re.compile(r"(\S+)\s+(\S+)\s+(\S.*)")
_KEYS = {
    "PackageName": "name",
    "PackageVersion": "versionInfo",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
    "SPDXID": "SPDXID",
}
_SECTIONS = ("FileName", "SnippetSPDXID", "LicenseID", "Relationship")


def read(text: str) -> Iterator[Row]:
    """Read every package except the one the document describes. Raises ManifestError if it is not SPDX."""
    if "SPDXVersion: SPDX-2" not in text:
        raise ManifestError('This is not an SPDX document: "SPDXVersion: SPDX-2.3" is missing.', line=1)
    described = set(_DESCRIBED.findall(text))
    yield from systems.with_systems(sbom.spdx_package(package, described) for package in _packages(text))


def _packages(text: str) -> Iterator[JsonObject]:
    package: JsonObject | None = None
    for number, tag, value in _tags(text):
        if tag == "PackageName" or tag in _SECTIONS:
            if package:
                yield package
            package = None
        if tag == "PackageName":
            package = JsonObject(name=value, externalRefs=[])
            package.line, package.lines = number, {"name": number, "externalRefs": number}
        elif package is not None and tag in _KEYS:
            package[_KEYS[tag]], package.lines[_KEYS[tag]] = value, number
        elif package is not None and tag == "ExternalRef" and (found := _REFERENCE.fullmatch(value[:2_000])):
            package["externalRefs"].append(_reference(found, number))
    if package:
        yield package


def _reference(found: re.Match[str], line: int) -> JsonObject:
    reference = JsonObject(referenceType=found[2], referenceLocator=found[3])
    reference.line, reference.lines = line, dict.fromkeys(reference, line)
    return reference


def _tags(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, tag and value, without texts of several lines. Raises ManifestError for other lines."""
    is_text = False
    for number, line in enumerate(text.split("\n"), start=1):
        if is_text:
            is_text = "</text>" not in line
            continue
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _TAG.match(line)
        if not found:
            raise ManifestError("A line needs a tag, a colon and a value.", line=number)
        is_text = "<text>" in line and "</text>" not in line
        yield number, found[1], found[2].strip()
