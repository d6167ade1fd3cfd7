"""Parse JSON with the line numbers of objects and keys, which the standard library does not provide."""

import json
import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from typing import Any

from techs.imports.manifests.types import ManifestError

MAX_DEPTH = 100

# An unclosed string matches the rest of the text, which makes scanning linear.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)(\s*+:)?+|[\[\]{}]', re.DOTALL)


class JsonObject(dict[str, Any]):
    """An object with its first line and the line of each key."""

    line: int
    lines: dict[str, int]


def parse(text: str) -> Any:
    """Parse objects as JsonObject and numbers as strings. Raises ManifestError with line and column."""
    places = iter(list(_places(text)))

    def place(pairs: list[tuple[str, Any]]) -> JsonObject:
        found = JsonObject(pairs)
        found.line, key_lines = next(places, (1, []))
        if len(found) < len(pairs):
            (repeated, _), *_ = Counter(keys := [key for key, _ in pairs]).most_common(1)
            line = dict(zip(keys, key_lines, strict=False))[repeated]
            raise ManifestError(f"{json.dumps(repeated[:50])} occurs twice in one object.", line=line)
        found.lines = dict(zip(found, key_lines, strict=False))
        return found

    try:
        return json.loads(text, object_pairs_hook=place, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise ManifestError(f"Invalid JSON: {error.msg}.", line=error.lineno, column=error.colno) from error


def _places(text: str) -> Iterator[tuple[int, list[int]]]:
    """Yield the line and the key lines of every object, in the order in which objects end and place() is called."""
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
