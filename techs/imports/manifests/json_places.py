"""JSON whose objects know on which lines they and their keys stand, which the standard library does not tell."""

import json
import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from typing import Any

from techs.imports.manifests.types import ManifestError

MAX_DEPTH = 100

# A string without its end takes the rest of the text, so that no text is looked at twice.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)(\s*+:)?+|[\[\]{}]', re.DOTALL)


class JsonObject(dict[str, Any]):
    """An object, the line on which it begins, and the line of each of its keys."""

    line: int
    lines: dict[str, int]


def parse(text: str) -> Any:
    """The value of a JSON document: objects as JsonObject, numbers as they are written.

    Raises ManifestError with line and column.
    """
    places = iter(list(_places(text)))

    def place(pairs: list[tuple[str, Any]]) -> JsonObject:
        found = JsonObject(pairs)
        found.line, key_lines = next(places, (1, []))
        found.lines = dict(zip((key for key, _ in pairs), key_lines, strict=False))
        if len(found) < len(pairs):
            repeated, _ = Counter(key for key, _ in pairs).most_common(1)[0]
            raise ManifestError(f"{json.dumps(repeated[:50])} stands twice in one object.", line=found.lines[repeated])
        return found

    try:
        return json.loads(text, object_pairs_hook=place, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise ManifestError(f"This JSON is broken: {error.msg}.", line=error.lineno, column=error.colno) from error


def _places(text: str) -> Iterator[tuple[int, list[int]]]:
    """Line and key lines of every object, in the order in which the objects end: that of the parser's calls."""
    ends = [found.start() for found in re.finditer("\n", text)]
    opened: list[tuple[int, list[int]]] = []
    for token in _TOKEN.finditer(text):
        line = bisect(ends, token.start()) + 1
        char = token[0][0]
        if char in "{[":
            opened.append((line, []))
            if len(opened) > MAX_DEPTH:
                raise ManifestError(f"This is nested more than {MAX_DEPTH} levels deep.", line=line)
        elif char in "}]" and opened:
            place = opened.pop()
            if char == "}":
                yield place
        elif token[1] and opened:
            opened[-1][1].append(line)
