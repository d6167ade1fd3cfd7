"""Fill in the expressions of GitHub Actions, with the values of matrix, env and inputs that are in the same file."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

from techs.imports.manifests.json_places import JsonObject

Values: TypeAlias = Mapping[str, Sequence[str]]
"""Values by path, such as matrix.node."""

_EXPRESSION = re.compile(r"\$\{\{((?:[^}]|\}(?!\}))*+)\}\}")
_TOKEN = re.compile(r"'(?:[^']|'')*+'|[()\[\]]|\|\||&&")
_TEXT = re.compile(r"'((?:[^']|'')*+)'|([0-9][0-9.]*)")
_FROM_JSON = re.compile(r"fromJSON\((.*)\)", re.IGNORECASE | re.DOTALL)
_TEST = re.compile(r"(contains|startsWith|endsWith)\(\s*([\w.-]+)\s*,\s*'([^']*)'\s*\)")
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda value, text: text in value,
    "endsWith": str.endswith,
    "startsWith": str.startswith,
}
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


def _evaluated(expression: str, values: Values, *, depth: int = 10) -> Sequence[str | None]:
    """Return every value that an expression may have, such as both texts of "condition && 'a' || 'b'"."""
    found: list[str] = []
    for alternative in _split(expression, "||") if depth else ():
        if inner := _in_brackets(alternative):
            found.extend(each for each in _evaluated(inner, values, depth=depth - 1) if each is not None)
            continue
        *conditions, operand = _split(alternative, "&&")
        results = _fulfilling(conditions, operand, _operand(operand, values))
        found.extend(results)
        if results and not conditions:
            break
    return found or [None]


def _split(expression: str, operator: str) -> list[str]:
    """Split an expression at an operator outside of brackets and texts."""
    parts, begin, depth = [], 0, 0
    for token in _TOKEN.finditer(expression):
        depth += (token[0] in ("(", "[")) - (token[0] in (")", "]"))
        if token[0] == operator and depth == 0:
            parts.append(expression[begin : token.start()].strip())
            begin = token.end()
    return [*parts, expression[begin:].strip()]


def _in_brackets(expression: str) -> str:
    """Return the inside of brackets around the whole expression, else ""."""
    depth = 0
    for token in _TOKEN.finditer(expression):
        depth += (token[0] == "(") - (token[0] == ")")
        if depth == 0:
            is_whole = expression.startswith("(") and token.end() == len(expression)
            return expression[1:-1].strip() if is_whole else ""
    return ""


def _operand(operand: str, values: Values) -> Sequence[str]:
    if text := _TEXT.fullmatch(operand):
        return [(text[1] or text[2] or "").replace("''", "'")]
    if _REFERENCE.fullmatch(operand):
        return values.get(".".join(key.strip("'") for key in _KEY.findall(operand)), [])
    if listed := _FROM_JSON.fullmatch(operand):
        return [item for text in _evaluated(listed[1], values) if text for item in _items(text)]
    return []


def _items(text: str) -> list[str]:
    """Return the texts and numbers of a JSON list, or the only text or number."""
    try:
        found = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return []
    return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, str)]


def _fulfilling(conditions: Sequence[str], operand: str, values: Sequence[str]) -> Sequence[str]:
    """Leave out values for which a condition on the same operand is false."""
    for condition in conditions:
        tested = _TEST.fullmatch(condition)
        if tested and tested[2] == operand:
            values = [value for value in values if _TESTS[tested[1]](value.casefold(), tested[3].casefold())]
    return values


def matrix(node: JsonObject, given: Values) -> dict[str, list[str]]:
    """Return the values of a job's matrix. Expressions in it are filled in with given values."""
    values: dict[str, list[str]] = {}
    for key, listed in _matrix(node).items():
        path = "matrix" if key == "include" else f"matrix.{key}"
        items = [listed] if isinstance(listed, str) else listed
        for item in items if isinstance(items, list) and key != "exclude" else ():
            _collect(path, item, values, given)
    return {path: list(dict.fromkeys(items))[:_MAX_VALUES] for path, items in values.items()}


def lists(node: JsonObject) -> Iterator[tuple[str, list[Any], int]]:
    """Yield key, values and line of each list in a job's matrix, and of each value of its combinations."""
    found = _matrix(node)
    for key, listed in found.items():
        if isinstance(listed, list) and key != "exclude":
            yield key, listed, found.lines[key]
            for combined in listed:
                if isinstance(combined, JsonObject):
                    for name, value in combined.items():
                        yield name, value if isinstance(value, list) else [value], combined.lines[name]


def _matrix(node: JsonObject) -> JsonObject:
    strategy = node.get("strategy")
    found = strategy.get("matrix") if isinstance(strategy, JsonObject) else None
    return found if isinstance(found, JsonObject) else JsonObject()


def _collect(path: str, item: Any, values: dict[str, list[str]], given: Values, *, depth: int = 3) -> None:
    if isinstance(item, str):
        values.setdefault(path, []).extend(value for value in filled(item, given) if value is not None)
    elif isinstance(item, JsonObject) and depth:
        for key, inner in item.items():
            _collect(f"{path}.{key}", inner, values, given, depth=depth - 1)


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
