"""Read app.json and heroku.yml of Heroku: the stack and the add-ons. A Procfile names commands only."""

import re
from collections.abc import Iterator
from typing import Any

from techs.imports.manifests import json_places, yaml_places
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.lines import is_content
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

ADDONS = {
    "cleardb": "MySQL",
    "heroku-postgresql": "PostgreSQL",
    "heroku-redis": "Redis",
    "jawsdb": "MySQL",
    "jawsdb-maria": "MariaDB",
}
"""Add-ons whose option "version" is that of a product."""

_STACK = re.compile(r"heroku-([0-9]{2})")
_PROCESS = re.compile(r"[\w-]+\s*:.*")


def read(text: str) -> Iterator[Row]:
    """Read app.json, heroku.yml or a Procfile. Raises ManifestError for other content."""
    if text.lstrip().startswith("{"):
        document = json_places.parse(text)
    elif "\nbuild:" in f"\n{text}" or "\nsetup:" in f"\n{text}":
        document = yaml_places.document(text)
    else:
        yield from _procfile(text)
        return
    if not isinstance(document, JsonObject):
        raise ManifestError("This must be an object with the settings of an app.", line=1)
    yield from _stack(document)
    setup = document.get("setup")
    yield from _addons(setup if isinstance(setup, JsonObject) else document)


def _stack(document: JsonObject) -> Iterator[Row]:
    stack = document.get("stack")
    if not isinstance(stack, str):
        return
    line, source = document.lines["stack"], f"stack: {stack}"
    if found := _STACK.fullmatch(stack):
        yield Entry(line, f"Ubuntu {found[1]}.04", source, "operating system of the stack")
    else:
        yield Skipped(line, source, "This stack names no version.")


def _addons(document: JsonObject) -> Iterator[Row]:
    addons = document.get("addons")
    for addon in addons if isinstance(addons, list) else ():
        name: Any = addon.get("plan") if isinstance(addon, JsonObject) else addon
        options = addon.get("options") if isinstance(addon, JsonObject) else None
        version = options.get("version") if isinstance(options, JsonObject) else None
        line = addon.line if isinstance(addon, JsonObject) else document.lines["addons"]
        product = ADDONS.get(str(name).partition(":")[0])
        if product and isinstance(version, str):
            yield Entry(line, f"{product} {version}", f"{name} {version}")
        else:
            yield Skipped(line, str(name), "An add-on without a version.")


def _procfile(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not is_content(line):
            continue
        if not _PROCESS.fullmatch(line.strip()[:500]):
            problem = "This is not a Procfile: a line needs a name, a colon and a command."
            raise ManifestError(problem, line=number)
        yield Skipped(number, line, "A command, without a version. Import the manifests of the app, too.")
