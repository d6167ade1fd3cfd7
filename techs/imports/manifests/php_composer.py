"""Read composer.json and composer.lock of PHP."""

import re
from collections.abc import Iterator
from typing import Any

from techs.imports.manifests import entries, json_places
from techs.imports.manifests.json_places import JsonObject, Part
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

_PLATFORM = re.compile(r"(?:ext|lib)-.+|composer(?:-plugin-api|-runtime-api)?|hhvm|php-(?:64bit|ipv6|zts|debug)")
_PLAIN = re.compile(r"[vV]?([0-9][\w.+-]*)")
_STABILITY = re.compile(r"@(?:dev|alpha|beta|rc|stable)$", re.IGNORECASE)
_BRANCH = re.compile(r"dev-.+|.+-dev(?:#.*)?", re.IGNORECASE)
_PHP = ("php", "php-64bit")
_OF_PHP = "A part of PHP or of Composer."


def read(text: str) -> Iterator[Row]:
    """Read the required packages of composer.json, and PHP: its exact version in config.platform wins."""
    document = json_places.parse(text)
    if not isinstance(document, JsonObject):
        raise ManifestError("A composer.json must be a JSON object.", line=1)
    config = document.get("config")
    platform = config.get("platform") if isinstance(config, JsonObject) else None
    yield from _php(platform)
    for key in ("require", "require-dev"):
        required = document.get(key)
        if required is not None and required != [] and not isinstance(required, JsonObject):
            raise ManifestError(f'"{key}" must be an object of packages and versions.', line=document.lines[key])
        if isinstance(required, JsonObject):
            yield from (_required(name, wanted, required.lines[name]) for name, wanted in required.items())


def read_lock(text: str) -> Iterator[Row]:
    """Read every installed package of composer.lock, and the PHP that they need."""
    for part in json_places.parts(text, of=("packages", "packages-dev", "platform", "platform-overrides")):
        if part.key in ("packages", "packages-dev") and part.name is None and part.value is not None:
            yield _locked(part)
        elif part.key in ("platform", "platform-overrides") and part.name == "php":
            yield _required("php", part.value, part.line)


def _php(platform: Any) -> Iterator[Row]:
    if isinstance(platform, JsonObject) and isinstance(version := platform.get("php"), str):
        yield _required("php", version, platform.lines["php"])


def _required(name: str, wanted: Any, line: int) -> Row:
    source = f'"{name}": "{wanted}"'
    if not isinstance(wanted, str):
        return Skipped(line, source, "The version must be a string.", is_unread=True)
    if name.casefold() in _PHP:
        return _runtime(wanted, line, source)
    if _PLATFORM.fullmatch(name.casefold()):
        return Skipped(line, source, _OF_PHP)
    return _package(name, wanted, line, source)


def _runtime(wanted: str, line: int, source: str) -> Row:
    if plain := _PLAIN.fullmatch(wanted):
        return Entry(line, f"PHP {plain[1]}", source)
    return entries.runtime_range("PHP", wanted, line=line, source=source)


def _package(name: str, wanted: str, line: int, source: str) -> Row:
    constraint = _STABILITY.sub("", wanted.partition("#")[0].partition(" as ")[0].strip())
    if constraint == "self.version":
        return Skipped(line, source, "A package of this project.")
    if _BRANCH.fullmatch(constraint[:200]):
        return entries.package("composer", name, entries.FROM_SOURCE, line=line, source=source)
    if plain := _PLAIN.fullmatch(constraint):
        return entries.package("composer", name, plain[1], line=line, source=source)
    return entries.constrained("composer", name, constraint, line=line, source=source)


def _locked(part: Part) -> Row:
    given = part.value
    name = given.get("name") if isinstance(given, JsonObject) else None
    version = given.get("version") if isinstance(given, JsonObject) else None
    if not isinstance(given, JsonObject) or not isinstance(name, str) or not isinstance(version, str):
        return Skipped(part.line, part.key, "A package needs a name and a version.", is_unread=True)
    return _package(name, version, given.lines["name"], f"{name} {version}")
