"""Read the lock files of uv, Poetry, PDM and Pipenv, Pipfile, and pylock.toml."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from techs.imports.manifests import entries, json_places, toml_places
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.toml_places import Places
from techs.imports.manifests.types import ManifestError, Row, Skipped

_PIN = re.compile(r"={0,3}\s*(v?[0-9][^\s,*]*)")
_LOCAL = ("editable", "virtual", "directory", "path", "file")
_OWN = "A local folder, or the project itself."
_NO_PACKAGE = "A package needs a name, in quotes."
# Tables of a Pipfile that hold no packages. Any other one is a category of packages.
_PIPFILE_SETTINGS = ("source", "requires", "pipenv", "scripts")


def read_uv(text: str) -> Iterator[Row]:
    """Read uv.lock. The project itself is skipped."""
    yield from _read(text, "package", ("requires-python",))


def read_poetry(text: str) -> Iterator[Row]:
    yield from _read(text, "package", ("metadata", "python-versions"))


def read_pdm(text: str) -> Iterator[Row]:
    yield from _read(text, "package", ("metadata", "targets", "requires_python"))


def read_pylock(text: str) -> Iterator[Row]:
    """Read pylock.toml, the lock file that Python standardised."""
    yield from _read(text, "packages", ("requires-python",))


def _read(text: str, table: str, python: tuple[str, ...]) -> Iterator[Row]:
    for document, places in toml_places.parts(text, table):
        packages = document.get(table)
        if packages is not None and not isinstance(packages, list):
            raise ManifestError(f"{table} must be a list of tables.", line=places.header(table))
        for package in packages or ():
            yield _package(package, places, table)
        yield from _python(_inside(document, python), places, python[-1])


def _inside(found: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if isinstance(found, list):
            found = found[0] if found else None
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _python(written: Any, places: Places, key: str) -> Iterator[Row]:
    if isinstance(written, str) and written.strip() not in ("", "*"):
        yield _required_python(written, places.take(key), f'{key} = "{written}"')


def _required_python(written: str, line: int, source: str) -> Row:
    return entries.runtime_range("Python", written, line=line, source=source)


def _package(package: Any, places: Places, table: str) -> Row:
    name = package.get("name") if isinstance(package, dict) else None
    line = places.take("name", after=places.header(table))
    if not isinstance(name, str) or not name.strip():
        return Skipped(line, str(name), _NO_PACKAGE, is_unread=True)
    version = package.get("version")
    source = f"{name} {version}" if isinstance(version, str) else name
    if _is_local(package):
        return Skipped(line, source, _OWN)
    if not isinstance(version, str):
        return entries.package("pypi", name, entries.FROM_SOURCE, line=line, source=source)
    return entries.package("pypi", name, version, line=line, source=source)


def _is_local(package: Mapping[str, Any]) -> bool:
    source = package.get("source")
    kinds = source if isinstance(source, dict) else package
    return any(kind in kinds for kind in _LOCAL) or kinds.get("type") in _LOCAL


def read_pipfile(text: str) -> Iterator[Row]:
    """Read the packages of every category, and the required Python."""
    document, places = toml_places.parse(text)
    for category, packages in document.items():
        if category in _PIPFILE_SETTINGS or not isinstance(packages, dict):
            continue
        line = places.header(category)
        for name, wanted in packages.items():
            line = places.take(name, after=line)
            yield _wanted(name, wanted, line)
    yield from _pipenv_python(document.get("requires"), places)


def _pipenv_python(requires: Any, places: Places) -> Iterator[Row]:
    for key in ("python_full_version", "python_version"):
        if isinstance(requires, dict) and isinstance(written := requires.get(key), str):
            line = places.take(key, after=places.header("requires"))
            yield _required_python(written, line, f'{key} = "{written}"')
            return


def _wanted(name: str, wanted: Any, line: int) -> Row:
    version = wanted.get("version", "") if isinstance(wanted, dict) else wanted
    source = f"{name} = {version or wanted}"
    if isinstance(wanted, dict) and any(kind in wanted for kind in _LOCAL):
        return Skipped(line, source, _OWN)
    if isinstance(wanted, dict) and not version:
        return entries.package("pypi", name, entries.FROM_SOURCE, line=line, source=source)
    if not isinstance(version, str):
        return Skipped(line, source, "The version must be a string.", is_unread=True)
    return _pinned(name, version, line, source)


def _pinned(name: str, version: str, line: int, source: str) -> Row:
    if pin := _PIN.fullmatch(version.strip()):
        return entries.package("pypi", name, pin[1], line=line, source=source)
    return entries.constrained("pypi", name, version.strip(), line=line, source=source)


def read_pipfile_lock(text: str) -> Iterator[Row]:
    """Read Pipfile.lock: the packages of every category, and the required Python."""
    for part in json_places.parts(text):
        if part.key == "_meta":
            yield from _meta(part.value if part.name == "requires" else None)
        elif part.name is None:
            raise ManifestError(f'"{part.key[:50]}" must be an object of packages.', line=part.line)
        else:
            yield _wanted(part.name, part.value, part.line)


def _meta(requires: Any) -> Iterator[Row]:
    for key in ("python_full_version", "python_version"):
        if isinstance(requires, JsonObject) and isinstance(written := requires.get(key), str):
            yield _required_python(written, requires.lines[key], f'"{key}": "{written}"')
            return
