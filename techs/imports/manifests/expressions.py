"""Fill in the expressions of GitHub Actions, with the values of matrix, env and inputs that are in the same file."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

from techs.imports.manifests.json_places import JsonList, JsonObject

Values: TypeAlias = Mapping[str, Sequence[str]]
"""Values by path, such as matrix.node."""

_EXPRESSION = re.compile(r"\$\{\{((?:[^}]|\}(?!\}))*+)\}\}")
_FALLBACK = re.compile(r"\|\|\s*'([^']*)'$")
_REFERENCE = re.compile(r"(?:matrix|env|inputs)(?:\.[\w-]+|\[\s*'[^']+'\s*\])+")
_KEY = re.compile(r"[\w-]+|'[^']+'")
_MAX_VALUES = 50  # of an expression
_MAX_TEXT = 1_000  # characters with expressions


def filled(written: str, values: Values) -> list[str | None]:
    """Fill in expressions: one text for each value of the matrix; None if a value is not in the file."""
    if len(written) > _MAX_TEXT:
        return [None]
    found = _EXPRESSION.search(written)
    if not found:
        return [written]
    begin, end = written[: found.start()], written[found.end() :]
    rests = filled(end, values) if end else [""]
    texts = [
        None if value is None or rest is None else f"{begin}{value}{rest}"
        for value in _evaluated(found[1].strip(), values)
        for rest in rests
    ]
    return list(islice(dict.fromkeys(texts), _MAX_VALUES))


def _evaluated(expression: str, values: Values) -> Sequence[str | None]:
    if reference := _REFERENCE.match(expression):
        path = ".".join(key.strip("'") for key in _KEY.findall(reference[0]))
        if (found := values.get(path)) and expression[reference.end() :].strip()[:2] in ("", "||"):
            return found
    fallback = _FALLBACK.search(expression)
    return [fallback[1]] if fallback else [None]


def matrix(node: JsonObject) -> dict[str, list[str]]:
    strategy = node.get("strategy")
    found = strategy.get("matrix") if isinstance(strategy, JsonObject) else None
    values: dict[str, list[str]] = {}
    for key, listed in found.items() if isinstance(found, JsonObject) else ():
        if isinstance(listed, JsonList) and key != "exclude":
            for item in listed:
                _collect("matrix" if key == "include" else f"matrix.{key}", item, values)
    return {path: list(dict.fromkeys(items))[:_MAX_VALUES] for path, items in values.items()}


def _collect(path: str, item: Any, values: dict[str, list[str]], *, depth: int = 3) -> None:
    if isinstance(item, str) and "${{" not in item:
        values.setdefault(path, []).append(item)
    elif isinstance(item, JsonObject) and depth:
        for key, inner in item.items():
            _collect(f"{path}.{key}", inner, values, depth=depth - 1)


def env(node: JsonObject) -> dict[str, list[str]]:
    found = node.get("env")
    given = found.items() if isinstance(found, JsonObject) else ()
    return {f"env.{key}": [value] for key, value in given if isinstance(value, str) and "${{" not in value}


def inputs(document: JsonObject) -> dict[str, list[str]]:
    """Return the defaults of the inputs of an action, a reusable workflow, or one that is started by hand."""
    on = document.get("on")
    events = [on.get(event) for event in ("workflow_dispatch", "workflow_call")] if isinstance(on, JsonObject) else []
    values: dict[str, list[str]] = {}
    for event in (*events, document):
        found = event.get("inputs") if isinstance(event, JsonObject) else None
        for key, given in found.items() if isinstance(found, JsonObject) else ():
            if isinstance(given, JsonObject) and (default := given.get("default")) and isinstance(default, str):
                values[f"inputs.{key}"] = [default] if "${{" not in default else []
    return values
