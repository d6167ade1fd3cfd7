"""Read .gitlab-ci.yml: the images of jobs and services, with the variables of the file filled in."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from techs.imports.manifests import entries, images, yaml_places
from techs.imports.manifests.json_places import JsonList, JsonObject
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

_NO_JOBS = ("variables", "stages", "include", "workflow", "spec", "cache")
_INPUT = re.compile(r"\$\[\[ inputs\.[\w-]+ \]\]")
_MAC = re.compile(r"macos-([0-9]+)-xcode-[0-9.]+")
_MAX_NESTED = 3  # variables in variables
_MAX_COMBINATIONS = 50  # of a matrix


def read(text: str) -> Iterator[Row]:
    """Read every job, and the defaults. Raises ManifestError if the file is no mapping."""
    documents = list(_documents(text))
    document = next((each for each in documents if "spec" not in each), None)
    if document is None:
        raise ManifestError("A .gitlab-ci.yml must be a mapping of jobs.", line=1)
    variables = {**_inputs(documents), **_variables(document)}
    yield from _job(document, variables)
    for name, job in document.items():
        if name not in _NO_JOBS and isinstance(job, JsonObject) and name not in ("image", "services"):
            yield from _job(job, variables)


def _documents(text: str) -> Iterator[JsonObject]:
    return (document for document in yaml_places.documents(text) if isinstance(document, JsonObject))


def _job(job: JsonObject, general: Mapping[str, str]) -> Iterator[Row]:
    variables = {**general, **_variables(job)}
    combinations = list(_matrix(job)) or [{}]
    for image, line in _images(job):
        rows: dict[str, Row] = {}
        for chosen in combinations:
            values = {**variables, **chosen}
            for row in _rows(image, values, line):
                rows.setdefault(row.why if isinstance(row, Skipped) else row.text, row)
        yield from rows.values()


def _rows(image: str, values: Mapping[str, str], line: int) -> Iterator[Row]:
    source, filled = f"image: {image}", _INPUT.sub(lambda found: values.get(found[0], found[0]), image)
    if _INPUT.search(filled):
        yield Skipped(line, source, "The value of an input is not in this file.", is_unread=True)
    elif mac := _MAC.fullmatch(filled):
        yield Entry(line, f"macOS {mac[1]}", source)
    else:
        yield from entries.image(_known(filled, values), line=line, source=source, values=values)


def _inputs(documents: list[JsonObject]) -> dict[str, str]:
    """Return the defaults of inputs, as they are written where they are used: $[[ inputs.name ]]."""
    specs = (each["spec"] for each in documents if isinstance(each.get("spec"), JsonObject))
    given = (spec["inputs"] for spec in specs if isinstance(spec.get("inputs"), JsonObject))
    return {
        f"$[[ inputs.{name} ]]": default
        for inputs in given
        for name, one in inputs.items()
        if isinstance(one, JsonObject) and isinstance(default := one.get("default"), str)
    }


def _images(job: JsonObject) -> Iterator[tuple[str, int]]:
    yield from _image(job.get("image"), job.lines.get("image", job.line))
    services = job.get("services")
    if isinstance(services, JsonList):
        for service, line in zip(services, services.lines, strict=True):
            yield from _image(service, line)


def _image(written: Any, line: int) -> Iterator[tuple[str, int]]:
    if isinstance(written, JsonObject):
        line = written.lines.get("name", line)
        written = written.get("name")
    if isinstance(written, str) and written.strip():
        yield written.strip(), line


def _variables(job: JsonObject) -> dict[str, str]:
    given = job.get("variables")
    values: dict[str, str] = {}
    for name, value in given.items() if isinstance(given, JsonObject) else ():
        found = value.get("value") if isinstance(value, JsonObject) else value
        if isinstance(found, str):
            values[name] = found
    return {name: filled for name, value in values.items() if (filled := _filled(value, values)) is not None}


def _filled(value: str, values: Mapping[str, str]) -> str | None:
    """Fill in other variables. Return None if one of them has no value here."""
    try:
        for _ in range(_MAX_NESTED):
            value = images.substitute(value, values)
    except images.Unreadable:
        return None
    return value


def _matrix(job: JsonObject) -> Iterator[dict[str, str]]:
    parallel = job.get("parallel")
    matrix = parallel.get("matrix") if isinstance(parallel, JsonObject) else None
    for row in matrix if isinstance(matrix, list) else ():
        if isinstance(row, JsonObject):
            choices = [[(name, str(each)) for each in (v if isinstance(v, list) else [v])] for name, v in row.items()]
            yield from (dict(chosen) for chosen in islice(product(*choices), _MAX_COMBINATIONS))


def _known(image: str, values: Mapping[str, str]) -> str:
    # The proxy of GitLab for images of Docker Hub is part of many names.
    for name in ("CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX", "CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX"):
        for variable in (f"${{{name}}}/", f"${name}/"):
            image = image.removeprefix(variable) if name not in values else image
    return image
