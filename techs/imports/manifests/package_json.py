"""Read the engines and dependencies in package.json."""

import re
from collections.abc import Iterator
from typing import Any

from techs.imports.manifests import entries, json_places, packages, ranges
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
RUNTIMES = ("engines", "volta")  # runtimes and tools such as node and npm
KINDS_OF_ENGINES = ("cpu", "libc", "os", "packageManager", "runtime")  # keys of "devEngines"
NOT_READ = ("overrides", "resolutions")

_ALIAS = re.compile(r"npm:(@?[^@]+)(?:@(.*))?")
_REGISTRY = re.compile(r"(?:npm|jsr):(?=[\^~<>=*]|v?[0-9])")  # only before a range
_TAG = re.compile(r"#(?:semver:)?(.+)$")
_FROM_SOURCE = re.compile(r"(?:git|github|gitlab|bitbucket|https?|ssh)(?:\+[a-z]+)?:|git@|[\w.-]+/[\w.-]+(?:#|$)")
OWN = {
    "catalog": "The version is in the workspace catalog.",
    "file": "A local file or folder.",
    "link": "A local folder.",
    "portal": "A local folder.",
    "workspace": "A package in this workspace.",
}


def read(text: str) -> Iterator[Row]:
    """Read every engine and dependency. Raises ManifestError if the structure is not that of a package.json."""
    document = json_places.parse(text)
    if not isinstance(document, JsonObject):
        raise ManifestError("A package.json must be a JSON object.", line=1)
    for key in (*RUNTIMES, *DEPENDENCIES):
        for name, version, line in _pairs(document, key):
            yield _row(name, version, line)
    yield from _package_manager(document)
    yield from _development_engines(document)
    for key in NOT_READ:
        if document.get(key):
            yield Skipped(document.lines[key], f'"{key}"', "Overrides of indirect dependencies are not imported.")


def engines(package: JsonObject) -> Iterator[Row]:
    """Read the engines of a package, which lock files repeat."""
    for name, version, line in _pairs(package, "engines"):
        yield _row(name, version, line)


def _pairs(document: JsonObject, key: str) -> Iterator[tuple[str, Any, int]]:
    table = document.get(key)
    if table is None or isinstance(table, list):  # very old files have a list such as ["node >= 0.6"]
        for item in table or ():
            name, _, version = str(item).partition(" ")
            yield name, version.strip(), document.lines[key]
        return
    if not isinstance(table, JsonObject):
        raise ManifestError(f'"{key}" must be an object of names and versions.', line=document.lines[key])
    for name, version in table.items():
        yield name, version, table.lines[name]


def _package_manager(document: JsonObject) -> Iterator[Row]:
    written = document.get("packageManager")
    if isinstance(written, str):
        name, _, version = written.partition("+")[0].partition("@")
        yield _package(document.lines["packageManager"], name, version, written)


def _development_engines(document: JsonObject) -> Iterator[Row]:
    # {"runtime": {"name": "node", "version": "^22"}}, or a list of such objects; before, {"node": "^16"}.
    engines = document.get("devEngines")
    for key, named in engines.items() if isinstance(engines, JsonObject) else ():
        if isinstance(named, str) and isinstance(engines, JsonObject) and key not in KINDS_OF_ENGINES:
            yield _row(key, named, engines.lines[key])
        for engine in named if isinstance(named, list) else [named]:
            if isinstance(engine, JsonObject) and isinstance(name := engine.get("name"), str):
                yield _row(name, engine.get("version", ""), engine.line)


def _row(name: str, version: Any, line: int) -> Row:
    if not isinstance(version, str):
        return Skipped(line, name, "The version must be a string.", is_unread=True)
    source = f'"{name}": "{version}"'
    scheme = version.partition(":")[0]
    if why := OWN.get(scheme):
        return Skipped(line, source, why)
    if version.startswith(("./", "../", "/", "~/")):
        return Skipped(line, source, OWN["file"])
    version = _REGISTRY.sub("", version)
    if alias := _ALIAS.fullmatch(version):
        name, version = alias[1], alias[2] or ""
    reading = entries.released(_reading(version))
    return _package(line, name, reading.version, source, reading.note)


def _package(line: int, name: str, version: str, source: str, note: str = "") -> Entry:
    text, purl = packages.text_of("npm", name, version), packages.purl_of("npm", name)
    return Entry(line, text, source, note, identifiers=(purl,))


def _reading(version: str) -> ranges.Reading:
    if reading := ranges.read(version):
        return reading
    if _FROM_SOURCE.match(version):
        tag = _TAG.search(version)
        return (ranges.read(tag[1]) if tag else None) or ranges.Reading("", "installed from source, version unknown")
    return ranges.Reading("", f"{version[:60]} is not a version")
