"""Read .readthedocs.yaml: the operating system and the tools of the build."""

import re
from collections.abc import Iterator

from techs.imports.manifests import runtimes, yaml_places
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

_UBUNTU = re.compile(r"ubuntu-([0-9]{2}\.[0-9]{2})")


def read(text: str) -> Iterator[Row]:
    """Read "build", and "python.version" of the first version of the format."""
    document = yaml_places.document(text)
    if not isinstance(document, JsonObject):
        raise ManifestError("A .readthedocs.yaml must be a mapping with a build.", line=1)
    build, python = document.get("build"), document.get("python")
    if isinstance(build, JsonObject):
        yield from _build(build)
    if isinstance(python, JsonObject) and isinstance(version := python.get("version"), str):
        yield runtimes.row("Python", version, line=python.lines["version"], source=f"version: {version}")


def _build(build: JsonObject) -> Iterator[Row]:
    system, tools = build.get("os"), build.get("tools")
    if isinstance(system, str):
        line, source = build.lines["os"], f"os: {system}"
        if found := _UBUNTU.fullmatch(system):
            yield Entry(line, f"Ubuntu {found[1]}", source)
        else:
            yield Skipped(line, source, runtimes.NEWEST)
    for tool, version in tools.items() if isinstance(tools, JsonObject) else ():
        if isinstance(tools, JsonObject) and isinstance(version, str):
            yield runtimes.named(tool, version, line=tools.lines[tool], source=f"{tool}: {version}")
