"""Read software bills of materials in JSON: CycloneDX, SPDX 2 and SPDX 3."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from packageurl import PackageURL

from techs.imports.manifests import images, json_places, packages, ranges, systems
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped
from techs.rules.kinds import Kind

_UNKNOWN = {"", "NOASSERTION", "NONE", "UNKNOWN"}
# Types of components that are not versioned software.
_NO_SOFTWARE = {
    "cryptographic-asset": "A key or an algorithm, not a technology.",
    "data": "Data, not a technology.",
    "file": "A file, not a package.",
    "machine-learning-model": "A model, not a technology.",
}
SUBJECT = "The software that this document describes."
_SYSTEM = "operating-system"
_GROUP = "A lock file or a kind of packages, which are listed on their own."
_IMAGES = {"docker", "oci"}
_CPE_REFERENCES = {"cpe22Type", "cpe23Type"}
_ECOSYSTEMS = {
    "actions": "githubactions",
    "cargo": "cargo",
    "composer": "composer",
    "go": "golang",
    "maven": "maven",
    "npm": "npm",
    "nuget": "nuget",
    "pip": "pypi",
    "rubygems": "gem",
    "rust": "cargo",
}
"""Prefixes of package names in GitHub's exports, and the corresponding types in package URLs."""


def read_cyclonedx(text: str) -> Iterator[Row]:
    """Read every component, including nested ones. Raises ManifestError if it is not a CycloneDX document.

    The subject is no component of itself, unless it is an operating system.
    """
    yield from systems.with_systems(_cyclonedx(text))


def _cyclonedx(text: str) -> Iterator[Row]:
    is_named = False
    for key, value, line in _parts(text, "components", "metadata"):
        is_named = is_named or (key == "bomFormat" and value == "CycloneDX")
        if key == "components":
            yield from component_rows(_object(key, value, line))
        elif key == "metadata" and isinstance(value, dict):
            yield from _system_of(value.get("component"))
    if not is_named:
        raise ManifestError('This is not a CycloneDX document: "bomFormat": "CycloneDX" is missing.', line=1)


def read_spdx(text: str) -> Iterator[Row]:
    """Read every package except the one the document describes. Raises ManifestError if it is not an SPDX document."""
    yield from systems.with_systems(_spdx(text))


def _spdx(text: str) -> Iterator[Row]:
    version, context, described = "", "", set[str]()
    for key, value, line in _parts(text, "relationships", "documentDescribes", "@context", "@graph"):
        version = str(value) if key == "spdxVersion" else version
        context = f"{context} {value}" if key == "@context" else context
        described |= _described(key, value, line)
    if "spdx.org/rdf/3" in context:
        yield from _spdx3(text, described)
        return
    if not version.startswith("SPDX-2."):
        raise ManifestError('This is not an SPDX document: "spdxVersion": "SPDX-2.3" is missing.', line=1)
    for key, value, line in _parts(text, "packages"):
        if key == "packages":
            yield spdx_package(_object(key, value, line), described)


def _parts(text: str, *of: str) -> Iterator[tuple[str, Any, int]]:
    """Yield key, value and line of every part, as if those inside of "sbom", where GitHub puts them, were outside."""
    for part in json_places.parts(text, of=(*of, "sbom")):
        if part.key != "sbom" or part.name is None:
            yield part.key, part.value if part.name is None else {part.name: part.value}, part.line
        elif part.name in of and isinstance(part.value, list):
            yield from ((part.name, value, part.line) for value in part.value)
        else:
            yield part.name, part.value, part.line


def _object(key: str, value: Any, line: int) -> JsonObject:
    if not isinstance(value, JsonObject):
        raise ManifestError(f'"{key}" must be a list of objects.', line=line)
    return value


def _objects(parent: JsonObject, key: str) -> list[JsonObject]:
    found = parent.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, JsonObject) for item in found):
        raise ManifestError(f'"{key}" must be a list of objects.', line=parent.lines[key])
    return found


def _components(parent: JsonObject) -> Iterator[Row]:
    for component in _objects(parent, "components"):
        yield from component_rows(component)


def component_rows(component: JsonObject) -> Iterator[Row]:
    yield _component(component)
    yield from _components(component)


def _component(component: JsonObject) -> Row:
    name, version = _name(component), _text(component, "version")
    kind = _text(component, "type")
    if why := _NO_SOFTWARE.get(kind):
        return Skipped(component.line, name, why)
    if kind == _SYSTEM:
        return _system(component, name, version)
    group = _text(component, "group")
    if purl := _text(component, "purl"):
        return _package(purl, name, version, component.line)
    if not version and _is_group(component):
        return Skipped(component.line, name, _GROUP)
    if kind == "library":
        return _library(group, name, version, component.line)
    # The CPEs of libraries are guesses: the client "redis" has that of the database.
    cpe = _text(component, "cpe")
    return Entry(component.line, f"{name} {version}", f"{name} {version}", identifiers=(cpe,) if cpe else ())


def _library(group: str, name: str, version: str, line: int) -> Entry:
    """Read a library without a package URL. Its group names the ecosystem: @angular is of npm, org.apache of Maven."""
    ecosystem = "npm" if group.startswith("@") else "maven" if "." in group else ""
    name = f"{group}/{name}" if group else name
    identifiers = (packages.purl_of(ecosystem, name),) if ecosystem else ()
    return replace(_entry(ecosystem, name, version, line), identifiers=identifiers, kind=Kind.LIBRARY)


def _is_group(component: JsonObject) -> bool:
    """Return True for the applications that Trivy makes of lock files, and of "Java" and "Node.js"."""
    properties = component.get("properties")
    return isinstance(properties, list) and any(
        isinstance(each, JsonObject) and each.get("value") == "lang-pkgs" for each in properties
    )


def _system_of(subject: Any) -> Iterator[Row]:
    if isinstance(subject, JsonObject) and _text(subject, "type") == _SYSTEM:
        yield _component(subject)


def _system(item: JsonObject, name: str, version: str) -> Entry:
    cpe, source = _text(item, "cpe"), _text(item, "purl") or f"{name} {version}"
    return Entry(item.line, systems.named(name, version), source, identifiers=(cpe,) if cpe else ())


def spdx_package(package: JsonObject, described: Collection[str]) -> Row:
    name, version = _name(package), _text(package, "versionInfo")
    purpose = _text(package, "primaryPackagePurpose")
    if purpose.replace("_", "-") == "OPERATING-SYSTEM":
        return _system(package, name, version)
    if why := _why_no_package(package, purpose, described):
        return Skipped(package.line, name, why)
    references = _objects(package, "externalRefs")
    for reference in references:
        if reference.get("referenceType") == "purl":
            return _package(_text(reference, "referenceLocator"), name, version, package.line)
    prefix, _, rest = name.partition(":")
    if rest and prefix in _ECOSYSTEMS:
        entry = _entry(_ECOSYSTEMS[prefix], rest, version, package.line, source=f"{name} {version}")
        return replace(entry, identifiers=(packages.purl_of(_ECOSYSTEMS[prefix], rest),))
    cpes = (_text(each, "referenceLocator") for each in references if _text(each, "referenceType") in _CPE_REFERENCES)
    return Entry(package.line, f"{name} {version}", f"{name} {version}", identifiers=tuple(filter(None, cpes)))


def _why_no_package(package: JsonObject, purpose: str, described: Collection[str]) -> str:
    identifier = _text(package, "SPDXID")
    if identifier in described:
        return SUBJECT
    if purpose == "FILE":
        return "A file, not a package."
    is_group = identifier.startswith("SPDXRef-Application-") and not _text(package, "versionInfo")
    return _GROUP if is_group else ""


def _spdx3(text: str, described: set[str]) -> Iterator[Row]:
    has_graph = False
    for key, value, line in _parts(text, "@graph"):
        has_graph = has_graph or key == "@graph"
        element = _object(key, value, line) if key == "@graph" else JsonObject()
        if element.get("type") != "software_Package":
            continue
        yield _spdx3_package(element, described)
    if not has_graph:
        raise ManifestError('This SPDX 3 document has no "@graph" list.', line=1)


def _spdx3_package(package: JsonObject, described: Collection[str]) -> Row:
    name, version = _name(package), _text(package, "software_packageVersion")
    if _text(package, "software_primaryPurpose") == "operatingSystem":
        return _system(package, name, version)
    if _text(package, "spdxId") in described:
        return Skipped(package.line, name, SUBJECT)
    identifiers = _objects(package, "externalIdentifier")
    urls = (_text(each, "identifier") for each in identifiers if each.get("externalIdentifierType") == "packageUrl")
    if purl := _text(package, "software_packageUrl") or next(urls, ""):
        return _package(purl, name, version, package.line)
    return Entry(package.line, f"{name} {version}", f"{name} {version}")


def _described(key: str, value: Any, line: int) -> set[str]:
    """Return the ids of the packages that a section marks as described."""
    if key == "documentDescribes":
        return {value} if isinstance(value, str) else set()
    if key == "relationships":
        relation = _object(key, value, line)
        named: Any = [relation.get("relatedSpdxElement")] if relation.get("relationshipType") == "DESCRIBES" else []
    else:
        named = value.get("rootElement") if key == "@graph" and isinstance(value, JsonObject) else []
    return {name for name in named if isinstance(name, str)} if isinstance(named, list) else set()


def _package(purl: str, name: str, version: str, line: int) -> Row:
    try:
        parsed = PackageURL.from_string(purl)
    except ValueError:
        return _entry("", name, version, line)
    full = f"{parsed.namespace}/{parsed.name}" if parsed.namespace else parsed.name
    if why := packages.why_not(parsed.type):
        text = f"{parsed.name} {version or parsed.version or ''}".rstrip()
        return Skipped(line, purl, why, package=Entry(line, text, purl, identifiers=(purl,)))
    if parsed.type in _IMAGES:
        return _image(parsed, full, version, line, source=purl)
    if parsed.type == "generic":  # not a package of an ecosystem, but the product itself
        return Entry(line, f"{full} {version or parsed.version or ''}", purl, identifiers=(purl,))
    if parsed.type == "golang":
        version = version.removeprefix("go")
    return replace(_entry(parsed.type, full, version or parsed.version or "", line, source=purl), identifiers=(purl,))


def _image(parsed: PackageURL, name: str, version: str, line: int, *, source: str) -> Row:
    # The version may be a digest, with the tag in a qualifier.
    qualifiers = parsed.qualifiers if isinstance(parsed.qualifiers, dict) else {}
    tag = next((each for each in (qualifiers.get("tag"), version, parsed.version) if each and ":" not in each), "")
    registry = qualifiers.get("repository_url", "").removeprefix("https://").strip("/")
    is_whole = not registry or registry.endswith(f"/{name}")
    found = next(images.read(f"{(registry or name) if is_whole else f'{registry}/{name}'}:{tag}"))
    return Entry(line, found.text, source, found.note, identifiers=(*found.identifiers, source))


def _entry(ecosystem: str, name: str, version: str, line: int, *, source: str = "") -> Entry:
    reading = ranges.read(version) if version else None
    reading = reading or ranges.Reading(version)
    text = packages.text_of(ecosystem, name, reading.version)
    return Entry(line, text, source or f"{name} {version}", reading.note)


def _name(item: JsonObject) -> str:
    name = _text(item, "name")
    if not name:
        raise ManifestError('This object has no "name".', line=item.line)
    return name


def _text(item: JsonObject, key: str) -> str:
    value = item.get(key)
    return value.strip() if isinstance(value, str) and value.strip() not in _UNKNOWN else ""
