"""Read pyproject.toml: requires-python, dependencies, and the tables of Poetry, PDM, Hatch and uv."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from techs.imports.manifests import packages, ranges, requirements, toml_places
from techs.imports.manifests.toml_places import Places
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

Path: TypeAlias = tuple[str, ...]

LISTS: tuple[Path, ...] = (
    ("project", "dependencies"),
    ("build-system", "requires"),
    ("tool", "uv", "dev-dependencies"),
)
TABLES_OF_LISTS: tuple[Path, ...] = (
    ("project", "optional-dependencies"),
    ("dependency-groups",),
    ("tool", "pdm", "dev-dependencies"),
)
HATCH: Path = ("tool", "hatch", "envs")
_EXTRAS = re.compile(r"\s*([\w.-]+)\s*\[")  # of a project that names itself: shop[dev,docs]
_NO_RANGE = "This is not a version range."
POETRY: tuple[Path, ...] = (("tool", "poetry", "dependencies"), ("tool", "poetry", "dev-dependencies"))


def read(text: str) -> Iterator[Row]:
    """Read every dependency. Raises ManifestError for invalid TOML, or if a list or table has another type."""
    document, places = toml_places.parse(text)
    own = _at(document, places, ("project",), dict).get("name")
    own = canonicalize_name(own) if isinstance(own, str) else ""
    yield from _python(document, places)
    for path in LISTS:
        yield from _requirements(_at(document, places, path, list), places, path)
    for path in TABLES_OF_LISTS:
        for group in _at(document, places, path, dict):
            found = _at(document, places, (*path, group), list)
            yield from _requirements(found, places, (*path, group), own=own)
    for environment in _at(document, places, HATCH, dict):
        for kind in ("dependencies", "extra-dependencies"):
            path = (*HATCH, environment, kind)
            yield from _requirements(_at(document, places, path, list), places, path)
    for path in _poetry_tables(document, places):
        yield from _poetry(_at(document, places, path, dict), places, path)
    dynamic = _at(document, places, ("project", "dynamic"), list)
    if elsewhere := next((key for key in ("dependencies", "optional-dependencies") if key in dynamic), ""):
        line = places.take("dynamic", after=places.header("project"))
        yield Skipped(line, "dynamic", f"The {elsewhere} are in another file. Import it, too.")


def _at(document: Mapping[str, Any], places: Places, path: Path, kind: type) -> Any:
    found: Any = document
    for depth, key in enumerate(path):
        if not isinstance(found, dict):
            raise _misplaced(places, path[:depth], dict)
        found = found.get(key, kind() if depth == len(path) - 1 else {})
    if not isinstance(found, kind):
        raise _misplaced(places, path, kind)
    return found


def _misplaced(places: Places, path: Path, kind: type) -> ManifestError:
    line = places.take(path[-1], after=places.header(*path[:-1]))
    return ManifestError(f"{'.'.join(path)[:100]} must be a {'list' if kind is list else 'table'}.", line=line)


def _python(document: Mapping[str, Any], places: Places) -> Iterator[Row]:
    written = _at(document, places, ("project",), dict).get("requires-python")
    if written is None:
        return
    line = places.take("requires-python", after=places.header("project"))
    source = f'requires-python = "{written}"'
    reading = _specifiers(written)
    if reading is None:
        yield Skipped(line, source, _NO_RANGE, is_unread=True)
        return
    yield Entry(line, f"Python {reading.version}", source, reading.note)


def _specifiers(written: Any) -> ranges.Reading | None:
    if not isinstance(written, str) or len(written) > ranges.MAX_RANGE:
        return None
    try:
        return ranges.read_specifiers(SpecifierSet(written))
    except ValueError:  # includes InvalidSpecifier
        return None


def _requirements(wanted: list[Any], places: Places, path: Path, *, own: str = "") -> Iterator[Row]:
    line = places.take(path[-1], after=places.header(*path[:-1]))
    for item in wanted:
        if isinstance(item, str) and own and (extras := _EXTRAS.match(item)) and canonicalize_name(extras[1]) == own:
            yield Skipped(places.take(item, after=line), item, "Extras of this project, imported on their own.")
        elif isinstance(item, str):
            line = places.take(item, after=line)
            yield requirements.row(item, line=line)
        elif isinstance(item, dict) and "include-group" in item:
            group = str(item["include-group"])
            yield Skipped(line, f"include-group = {group}", "Another group in this file, imported on its own.")
        else:
            why = "A requirement must be a string."
            yield Skipped(line, str(item)[:200], why, is_unread=True)


def _poetry_tables(document: Mapping[str, Any], places: Places) -> Iterator[Path]:
    yield from POETRY
    for group in _at(document, places, ("tool", "poetry", "group"), dict):
        yield ("tool", "poetry", "group", group, "dependencies")


def _poetry(table: Mapping[str, Any], places: Places, path: Path) -> Iterator[Row]:
    line = places.header(*path)
    for name, wanted in table.items():
        line = places.take(name, after=line)
        for choice in wanted if isinstance(wanted, list) else [wanted]:
            yield _poetry_row(name, choice, line)


def _poetry_row(name: str, wanted: Any, line: int) -> Row:
    version = wanted.get("version", wanted.get("tag")) if isinstance(wanted, dict) else wanted
    source = f"{name} = {version if isinstance(version, str) else wanted}"
    if isinstance(wanted, dict) and "path" in wanted:
        return Skipped(line, source, "A local file or folder.")
    reading = ranges.read(version) if isinstance(version, str) else ranges.Reading("", "no version given")
    if reading is None:
        return Skipped(line, source, _NO_RANGE, is_unread=True)
    if name == "python":
        return Entry(line, f"Python {reading.version}", source, reading.note)
    text, purl = packages.text_of("pypi", name, reading.version), packages.purl_of("pypi", name)
    return Entry(line, text, source, reading.note, identifiers=(purl,))
