"""Read serverless.yml: the runtimes of functions."""

import re
from collections.abc import Iterator
from typing import Any

from techs.imports.manifests import cloud_engines, runtimes, yaml_places
from techs.imports.manifests.json_places import JsonObject
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped

_LAMBDA = re.compile(r"(?:nodejs|python|java|ruby|go|dotnet|dotnetcore|provided)(?:[0-9][\w.]*)?(?:\.al[0-9]+)?")
_SELF = re.compile(r"\$\{self:([\w.-]+)\}")
_FALLBACK = re.compile(r"\$\{[^{}]*,\s*['\"]?([\w.]+)['\"]?\s*\}")


def read(text: str) -> Iterator[Row]:
    """Read the runtime of the provider and of every function. Raises ManifestError if there is no provider."""
    document = yaml_places.document(text)
    provider = document.get("provider") if isinstance(document, JsonObject) else None
    if not isinstance(document, JsonObject) or not isinstance(provider, JsonObject | str):
        raise ManifestError("A serverless.yml needs a provider.", line=1)
    name = provider if isinstance(provider, str) else str(provider.get("name", ""))
    if isinstance(provider, JsonObject):
        yield from _runtime(provider, name, document)
    functions = document.get("functions")
    for group in functions if isinstance(functions, list) else [functions]:
        for function in group.values() if isinstance(group, JsonObject) else ():
            if isinstance(function, JsonObject):
                yield from _runtime(function, name, document)


def _of_self(written: str, document: JsonObject) -> str:
    """Fill in a reference to another setting of the file, such as ${self:custom.runtime}."""
    found: Any = document
    reference = _SELF.fullmatch(written[:300])
    for key in reference[1].split(".") if reference else ():
        found = found.get(key) if isinstance(found, JsonObject) else None
    return found if isinstance(found, str) else written


def _runtime(node: JsonObject, provider: str, document: JsonObject) -> Iterator[Row]:
    written = node.get("runtime")
    if not isinstance(written, str) or not written.strip():
        return
    line, source = node.lines["runtime"], f"runtime: {written}"
    fallback = _FALLBACK.fullmatch(written[:300])
    runtime = fallback[1] if fallback else _of_self(written.strip(), document)
    if "${" in runtime:
        yield Skipped(line, source, f"The value of {runtime[:80]} is not in this file.")
    elif provider.casefold() == "aws" and _LAMBDA.fullmatch(runtime):
        yield Entry(line, f"AWS Lambda {runtime}", source)
    elif found := cloud_engines.function_runtime(runtime):
        yield runtimes.row(*found, line=line, source=source)
    else:
        yield Skipped(line, source, "This is not a runtime that is known here.", is_unread=True)
