"""Read Cargo.toml and Cargo.lock of Rust."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from techs.imports.manifests import entries, toml_places
from techs.imports.manifests.toml_places import Places
from techs.imports.manifests.types import ManifestError, Row, Skipped

_TABLES = ("dependencies", "dev-dependencies", "build-dependencies")
_PIN = re.compile(r"=\s*([0-9]+\.[0-9]+\.[0-9][\w.+-]*)")


def read(text: str) -> Iterator[Row]:
    """Read the lowest Rust that a crate allows, and the crates it depends on, also for targets and workspaces."""
    document, places = toml_places.parse(text)
    for owner in (("package",), ("workspace", "package")):
        version = _inside(document, owner).get("rust-version")
        if isinstance(version, str):
            line = places.take("rust-version", after=places.header(*owner))
            source = f'rust-version = "{version}"'
            yield entries.runtime_range("Rust", f">={version}", line=line, source=source)
    for path in _paths(document):
        table, line = _inside(document, path), places.header(*path)
        for name, wanted in table.items():
            line = places.take(name, after=line)
            yield _dependency(name, wanted, line)


def _paths(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    yield from ((table,) for table in _TABLES)
    yield ("workspace", "dependencies")
    for target in _inside(document, ("target",)):
        yield from (("target", target, table) for table in _TABLES)


def _inside(document: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    found: Any = document
    for key in path:
        found = found.get(key, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def _dependency(name: str, wanted: Any, line: int) -> Row:
    table = wanted if isinstance(wanted, dict) else {}
    version = table.get("version") if table else wanted
    source = f"{name} = {version if isinstance(version, str) else wanted}"
    name = str(table.get("package") or name)
    if table.get("workspace"):
        return Skipped(line, source, "The version is in the Cargo.toml of the workspace.")
    if isinstance(version, str):
        return _crate(name, version.strip(), line, source)
    if "path" in table:
        return Skipped(line, source, "A local folder.")
    if "git" in table:
        return entries.package("cargo", name, entries.FROM_SOURCE, line=line, source=source)
    return Skipped(line, source, "The version must be a string.", is_unread=True)


def _crate(name: str, version: str, line: int, source: str) -> Row:
    if pin := _PIN.fullmatch(version):
        return entries.package("cargo", name, pin[1], line=line, source=source)
    return entries.constrained("cargo", name, version, line=line, source=source)


def read_lock(text: str) -> Iterator[Row]:
    """Read every crate of Cargo.lock. Crates without a source belong to the project."""
    for document, places in toml_places.parts(text, "package"):
        packages = document.get("package", [])
        if not isinstance(packages, list):
            raise ManifestError("package must be a list of tables.", line=places.header("package"))
        yield from (_locked(package, places) for package in packages)


def _locked(package: Any, places: Places) -> Row:
    line = places.take("name", after=places.header("package"))
    name, version = (package.get(key) if isinstance(package, dict) else None for key in ("name", "version"))
    if not isinstance(name, str) or not isinstance(version, str):
        return Skipped(line, str(name), "A package needs a name and a version.", is_unread=True)
    if "source" not in package:
        return Skipped(line, f"{name} {version}", "A crate of this project.")
    return entries.package("cargo", name, version, line=line)
