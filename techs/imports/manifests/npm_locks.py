"""Read the lock files of npm, Yarn, pnpm and Bun: every installed package with its exact version."""

import re
from collections.abc import Iterator

from techs.imports.manifests import entries, json_places, package_json, yaml_places
from techs.imports.manifests.json_places import JsonObject, Part
from techs.imports.manifests.package_json import OWN
from techs.imports.manifests.types import ManifestError, Row, Skipped

_FOLDER = "node_modules/"
_VERSION = re.compile(r"v?([0-9][\w.+-]*)")
_SPEC = re.compile(r"(@?[^@]+)@(.*)")
_ALIAS = re.compile(r"npm:(@?[^@:]+)@(.*)")
_YARN_VERSION = re.compile(r"""\s+"?version"?:? "?([^"\s]+)"?\s*""")
_YARN_RESOLUTION = re.compile(r'\s+resolution: "((?:[^"\\]++|\\.)*+)"\s*')
# Keys of pnpm: /name/1.2.3_peer@1 up to version 5, /name@1.2.3(peer@1) in 6, name@1.2.3(peer@1) since 9. Up to version
# 5, packages of another registry begin with its host.
_PNPM_OLD = re.compile(r"(?:[\w.:-]+)?/(@[^/]+/[^/@]+|[^/@]+)/([0-9][^/_(]*)(?:[_(].*)?")
_PNPM = re.compile(r"/?(@?[^@/]+(?:/[^@/]+)?)@([^(_]+)(?:[(_].*)?")

_NO_VERSION = "This package has no version."


def read_package_lock(text: str) -> Iterator[Row]:
    """Read "packages" of versions 2 and 3, and "dependencies" of version 1, which version 2 repeats."""
    has_packages = False
    for part in json_places.parts(text, of=("packages", "dependencies")):
        if part.key not in ("packages", "dependencies") or part.name is None:
            if part.key in ("packages", "dependencies"):
                raise ManifestError(f'"{part.key}" must be an object.', line=part.line)
            continue
        if part.key == "packages":
            has_packages = True
            yield from _npm_package(part)
        elif not has_packages:
            yield from _npm_dependency(part.name, part.value, part.line)


def _npm_package(part: Part) -> Iterator[Row]:
    path, given = part.name or "", part.value
    if not isinstance(given, JsonObject):
        yield Skipped(part.line, path, "A package must be an object.", is_unread=True)
        return
    name = given.get("name") if isinstance(given.get("name"), str) else path.rpartition(_FOLDER)[2]
    if _FOLDER not in path or given.get("link") is True:
        yield Skipped(part.line, path or '""', OWN["workspace"])
        yield from package_json.engines(given)
        return
    yield _locked(str(name), given.get("version"), part.line)


def _npm_dependency(name: str, given: object, line: int) -> Iterator[Row]:
    if not isinstance(given, JsonObject):
        yield Skipped(line, name, "A package must be an object.", is_unread=True)
        return
    yield _locked(name, given.get("version"), line)
    inner = given.get("dependencies")
    if not isinstance(inner, JsonObject):
        return
    for each, value in inner.items():
        yield from _npm_dependency(each, value, inner.lines[each])


def read_yarn(text: str) -> Iterator[Row]:
    """Read yarn.lock of Yarn 1, and of Berry, which is similar YAML. Raises ManifestError for other lines."""
    spec, first, version = "", 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line[0].isspace():
            yield from _yarn_package(spec, version, first)
            spec, first, version = _yarn_spec(line, number), number, ""
        elif not first:
            raise ManifestError("This is not a yarn.lock: an indented line belongs to no package.", line=number)
        elif found := _YARN_VERSION.fullmatch(line[:1_000]):
            version = version or found[1]
        elif found := _YARN_RESOLUTION.fullmatch(line[:1_000]):
            spec = found[1]
    yield from _yarn_package(spec, version, first)


def _yarn_spec(line: str, number: int) -> str:
    if not line.rstrip().endswith(":"):
        raise ManifestError("This is not a yarn.lock: a package must end in a colon.", line=number)
    return line.rstrip()[:-1].lstrip('"').partition(", ")[0].rstrip('"')


def _yarn_package(spec: str, version: str, line: int) -> Iterator[Row]:
    if not line or spec == "__metadata":
        return
    found = _SPEC.fullmatch(spec)
    if not found:
        yield Skipped(line, spec, "This is not a package with a version.", is_unread=True)
    elif why := OWN.get(found[2].partition(":")[0]):
        yield Skipped(line, spec, why)
    else:
        alias = _ALIAS.fullmatch(found[2])
        yield _locked(alias[1] if alias else found[1], version, line)


def read_pnpm(text: str) -> Iterator[Row]:
    """Read "packages" of pnpm-lock.yaml, of any version."""
    for part in yaml_places.parts(text):
        if part.key == "packages" and part.name is not None:
            yield _pnpm_package(part.name, part.value, part.line)


def _pnpm_package(key: str, given: object, line: int) -> Row:
    found = _PNPM_OLD.fullmatch(key[:500]) or _PNPM.fullmatch(key[:500])
    own = given if isinstance(given, JsonObject) else {}
    name = own.get("name") or (found[1] if found else "")
    version = own.get("version") or (found[2] if found else "")
    if not isinstance(name, str) or not name:
        return Skipped(line, key, _NO_VERSION, is_unread=True)
    return _locked(name, version, line)


def read_bun(text: str) -> Iterator[Row]:
    """Read "packages" of bun.lock, which is JSON with comments and trailing commas."""
    for part in json_places.parts(json_places.without_comments(text), of=("packages",)):
        if part.key != "packages" or part.name is None:
            continue
        spec = part.value[0] if isinstance(part.value, list) and part.value else None
        found = _SPEC.fullmatch(spec) if isinstance(spec, str) else None
        if found:
            yield _locked(found[1], found[2], part.line)
        else:
            yield Skipped(part.line, part.name, _NO_VERSION, is_unread=True)


def _locked(name: str, version: object, line: int) -> Row:
    if not isinstance(version, str) or not version:
        return Skipped(line, name, _NO_VERSION, is_unread=True)
    source = f"{name}@{version}"
    if alias := _ALIAS.fullmatch(version):
        name, version = alias[1], alias[2]
    if why := OWN.get(version.partition(":")[0]):
        return Skipped(line, source, why)
    if exact := _VERSION.fullmatch(version.removeprefix("npm:")):
        return entries.package("npm", name, exact[1], line=line, source=source)
    return entries.package("npm", name, entries.FROM_SOURCE, line=line, source=source)
