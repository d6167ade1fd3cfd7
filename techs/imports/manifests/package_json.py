"""package.json: the engines, and the dependencies of every kind."""

import re
from collections.abc import Iterator
from typing import Any

from techs.imports.manifests import json_places, packages, ranges
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
RUNTIMES = ("engines", "volta")  # these name programs such as node and npm
NOT_READ = ("overrides", "resolutions")

_ALIAS = re.compile(r"npm:(@?[^@]+)(?:@(.*))?")
_REGISTRY = re.compile(r"(?:npm|jsr):(?=[\^~<>=*]|v?[0-9])")  # and nothing but a range
_TAG = re.compile(r"#(?:semver:)?(.+)$")
_FROM_SOURCE = re.compile(r"(?:git|github|gitlab|bitbucket|https?|ssh)(?:\+[a-z]+)?:|git@|[\w.-]+/[\w.-]+(?:#|$)")
_OWN = {
    "catalog": "The version stands in the workspace's catalog.",
    "file": "A folder or a file of your own.",
    "link": "A folder of your own.",
    "portal": "A folder of your own.",
    "workspace": "A package of this workspace.",
}


def read(text: str) -> Iterator[Row]:
    """Every engine and dependency. Raises ManifestError if the file is no package.json."""
    document = json_places.parse(text)
    if not isinstance(document, JsonObject):
        raise ManifestError("A package.json is one object in braces.", line=1)
    for key in (*RUNTIMES, *DEPENDENCIES):
        for name, version, line in _pairs(document, key):
            yield _row(name, version, line)
    yield from _package_manager(document)
    yield from _development_engines(document)
    for key in NOT_READ:
        if document.get(key):
            yield Skipped(document.lines[key], f'"{key}"', "What is said of others' dependencies is not read.")


def _pairs(document: JsonObject, key: str) -> Iterator[tuple[str, Any, int]]:
    table = document.get(key)
    if table is None or isinstance(table, list):  # very old files list their engines
        yield from ((str(item), None, document.lines[key]) for item in table or ())
        return
    if not isinstance(table, JsonObject):
        raise ManifestError(f'"{key}" must be an object of names and versions.', line=document.lines[key])
    for name, version in table.items():
        yield name, version, table.lines[name]


def _package_manager(document: JsonObject) -> Iterator[Row]:
    written = document.get("packageManager")
    if isinstance(written, str):
        name, _, version = written.partition("+")[0].partition("@")
        yield Entry(document.lines["packageManager"], packages.text_of("npm", name, version), written)


def _development_engines(document: JsonObject) -> Iterator[Row]:
    """{"runtime": {"name": "node", "version": "^22"}}, or a list of such."""
    engines = document.get("devEngines")
    for named in engines.values() if isinstance(engines, JsonObject) else ():
        for engine in named if isinstance(named, list) else [named]:
            if isinstance(engine, JsonObject) and isinstance(name := engine.get("name"), str):
                yield _row(name, engine.get("version", ""), engine.line)


def _row(name: str, version: Any, line: int) -> Row:
    if not isinstance(version, str):
        return Skipped(line, name, "The version is not a text.", is_unread=True)
    source = f'"{name}": "{version}"'
    scheme = version.partition(":")[0]
    if why := _OWN.get(scheme):
        return Skipped(line, source, why)
    if version.startswith(("./", "../", "/", "~/")):
        return Skipped(line, source, _OWN["file"])
    version = _REGISTRY.sub("", version)
    if alias := _ALIAS.fullmatch(version):
        name, version = alias[1], alias[2] or ""
    reading = _reading(version)
    return Entry(line, packages.text_of("npm", name, reading.version), source, reading.note)


def _reading(version: str) -> ranges.Reading:
    """A range; else the tag of an address; else no version, with what was written as the note."""
    if reading := ranges.read(version):
        return reading
    if _FROM_SOURCE.match(version):
        tag = _TAG.search(version)
        return (ranges.read(tag[1]) if tag else None) or ranges.Reading("", "from its source, which says no version")
    return ranges.Reading("", f"{version[:60]} says no version")
