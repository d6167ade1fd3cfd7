"""Software bills of materials in JSON: CycloneDX, and SPDX 2."""

from collections.abc import Iterator
from typing import Any

from packageurl import PackageURL

from techs.manifests import json_places, packages, ranges
from techs.manifests.json_places import JsonObject
from techs.manifests.manifest import Entry, ManifestError, Row, Skipped

_UNKNOWN = {"", "NOASSERTION", "NONE", "UNKNOWN"}
_SYSTEM = "operating-system"


def read_cyclonedx(text: str) -> Iterator[Row]:
    """Every component, nested ones too. Raises ManifestError if it is no CycloneDX document."""
    document = _document(text)
    if document.get("bomFormat") != "CycloneDX":
        raise ManifestError('This is no CycloneDX document: it has no "bomFormat": "CycloneDX".', line=document.line)
    yield from _components(document)


def read_spdx(text: str) -> Iterator[Row]:
    """Every package, except the one that the document is about. Raises ManifestError if it is no SPDX 2 document."""
    document = _document(text)
    document = document["sbom"] if isinstance(document.get("sbom"), JsonObject) else document
    if not str(document.get("spdxVersion", "")).startswith("SPDX-2."):
        raise ManifestError('This is no SPDX 2 document: it has no "spdxVersion": "SPDX-2.3".', line=document.line)
    described = _described(document)
    for package in _objects(document, "packages"):
        if package.get("SPDXID") in described:
            yield Skipped(package.line, _name(package), "What this document describes.")
        else:
            yield _spdx_package(package)


def _document(text: str) -> JsonObject:
    document = json_places.parse(text)
    if not isinstance(document, JsonObject):
        raise ManifestError("A bill of materials is one object in braces.", line=1)
    return document


def _objects(parent: JsonObject, key: str) -> list[JsonObject]:
    """The objects of a list. Raises ManifestError if it is no list, or something else stands in it."""
    found = parent.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, JsonObject) for item in found):
        raise ManifestError(f'"{key}" must be a list of objects.', line=parent.lines[key])
    return found


def _components(parent: JsonObject) -> Iterator[Row]:
    for component in _objects(parent, "components"):
        yield _component(component)
        yield from _components(component)


def _component(component: JsonObject) -> Row:
    name, version = _name(component), _text(component, "version")
    kind = _text(component, "type")
    if kind == "file":
        return Skipped(component.line, name, "A file, not a package.")
    group = _text(component, "group")
    if purl := _text(component, "purl"):
        return _package(purl, name, version, component.line)
    if kind == "library":
        name = f"{group}/{name}" if group else name
        return _entry("", name, version, component.line)
    return Entry(component.line, f"{name} {version}", f"{name} {version}")


def _spdx_package(package: JsonObject) -> Row:
    name, version = _name(package), _text(package, "versionInfo")
    if _text(package, "primaryPackagePurpose") == "FILE":
        return Skipped(package.line, name, "A file, not a package.")
    for reference in _objects(package, "externalRefs"):
        if reference.get("referenceType") == "purl":
            return _package(_text(reference, "referenceLocator"), name, version, package.line)
    return Entry(package.line, f"{name} {version}", f"{name} {version}")


def _described(document: JsonObject) -> set[Any]:
    """The ids of what the document is about."""
    named = document.get("documentDescribes")
    related = (
        relation.get("relatedSpdxElement")
        for relation in _objects(document, "relationships")
        if relation.get("relationshipType") == "DESCRIBES"
    )
    return {name for name in (*(named if isinstance(named, list) else ()), *related) if isinstance(name, str)}


def _package(purl: str, name: str, version: str, line: int) -> Row:
    """The package that a package URL names; without a good one the name has to do."""
    try:
        parsed = PackageURL.from_string(purl)
    except ValueError:
        return _entry("", name, version, line)
    if why := packages.why_not(parsed.type):
        return Skipped(line, purl, why)
    full = f"{parsed.namespace}/{parsed.name}" if parsed.namespace else parsed.name
    return _entry(parsed.type, full, version or parsed.version or "", line, source=purl)


def _entry(ecosystem: str, name: str, version: str, line: int, *, source: str = "") -> Row:
    reading = ranges.read(version) if version else None
    reading = reading or ranges.Reading(version)
    text = packages.text_of(ecosystem, name, reading.version)
    return Entry(line, text, source or f"{name} {version}", reading.note)


def _name(item: JsonObject) -> str:
    name = _text(item, "name")
    if not name:
        raise ManifestError('There is no "name" in this object.', line=item.line)
    return name


def _text(item: JsonObject, key: str) -> str:
    value = item.get(key)
    return value.strip() if isinstance(value, str) and value.strip() not in _UNKNOWN else ""
