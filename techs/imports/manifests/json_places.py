"""Parse JSON with the line numbers of objects and keys, which the standard library does not provide."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from techs.imports.manifests.types import ManifestError

MAX_DEPTH = 100

# An unclosed string matches the rest of the text, which makes scanning linear.
_STRING = r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)'
_TOKEN = re.compile(rf"{_STRING}(\s*+:)?+|[\[\]{{}}]", re.DOTALL)
_SPACE = re.compile(r"[ \t\n\r]*+")
_COMMENT = r"//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)"
_LENIENT = re.compile(rf"({_STRING})|({_COMMENT})|(,)((?:\s++|{_COMMENT})*+)(?=[\]}}])", re.DOTALL)


class JsonObject(dict[str, Any]):
    """An object with its first line and the line of each key."""

    line: int
    lines: dict[str, int]


class JsonList(list[Any]):
    """A list with its first line and the line of each item. Only lists from YAML have lines."""

    line: int
    lines: list[int]


@dataclass(frozen=True, slots=True)
class Part:
    """A value under a key of the document. Of a container it is one member, with its name if that is an object."""

    key: str
    name: str | None
    line: int
    value: Any


def parse(text: str) -> Any:
    """Parse objects as JsonObject and numbers as strings. Raises ManifestError with line and column."""
    scanner = _Scanner(text)
    try:
        found = scanner.value()
        scanner.end()
    except json.JSONDecodeError as error:
        raise _broken(error) from error
    return found


def parts(text: str, *, of: Collection[str] = ()) -> Iterator[Part]:
    """Yield the members of the containers of an object one by one, so that a large file is never held as a whole.

    Containers with keys other than `of` are only checked; without `of` all are read. Raises ManifestError.
    """
    scanner = _Scanner(text)
    try:
        yield from scanner.parts(of)
        scanner.end()
    except json.JSONDecodeError as error:
        raise _broken(error) from error


def without_comments(text: str) -> str:
    """Blank out comments and trailing commas, which some tools allow. Positions stay the same."""
    return _LENIENT.sub(_blank, text)


class _Scanner:
    """Reads values from a position in a text, and counts its lines."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted = 0
        self._line = 1
        self._check = json.JSONDecoder(object_pairs_hook=len, parse_int=len, parse_float=len)

    def value(self) -> Any:
        self._skip_space()
        places = iter(list(_places(self._text, self._at, self._line_now())))

        def place(pairs: list[tuple[str, Any]]) -> JsonObject:
            found = JsonObject(pairs)
            found.line, key_lines = next(places, (1, []))
            found.lines = dict(zip((key for key, _ in pairs), key_lines, strict=False))
            if len(found) < len(pairs):
                raise _repeated(pairs, found.lines)
            return found

        decoder = json.JSONDecoder(object_pairs_hook=place, parse_int=str, parse_float=str, parse_constant=str)
        return self._decoded(decoder)

    def parts(self, of: Collection[str]) -> Iterator[Part]:
        self._take("{", "Expecting value")
        for key, line in self._keys():
            opening = self._peek()
            if of and key not in of and opening in ("{", "["):
                self._decoded(self._check)
            elif opening == "{":
                self._take("{")
                yield from (Part(key, name, at, self.value()) for name, at in self._keys())
            elif opening == "[":
                yield from (Part(key, None, at, self.value()) for at in self._items())
            else:
                yield Part(key, None, line, self.value())

    def end(self) -> None:
        if self._peek():
            raise json.JSONDecodeError("Extra data", self._text, self._at)

    def _keys(self) -> Iterator[tuple[str, int]]:
        """Yield each key of an opened object with its line. The caller reads the value in between."""
        is_first = True
        while not (self._peek() == "}" and is_first):
            if self._peek() != '"':
                raise json.JSONDecodeError("Expecting property name enclosed in double quotes", self._text, self._at)
            line = self._line_now()
            key = self._decoded(self._check)
            self._take(":")
            yield str(key), line
            is_first = False
            if self._peek() == "}":
                break
            self._take(",")
        self._take("}")

    def _items(self) -> Iterator[int]:
        self._take("[")
        is_first = True
        while not (self._peek() == "]" and is_first):
            yield self._line_now()
            is_first = False
            if self._peek() == "]":
                break
            self._take(",")
            self._skip_space()
        self._take("]")

    def _decoded(self, decoder: json.JSONDecoder) -> Any:
        try:
            found, self._at = decoder.raw_decode(self._text, self._at)
        except RecursionError as error:
            raise _too_deep(self._line_now()) from error
        return found

    def _skip_space(self) -> None:
        if space := _SPACE.match(self._text, self._at):
            self._at = space.end()

    def _peek(self) -> str:
        self._skip_space()
        return self._text[self._at : self._at + 1]

    def _take(self, char: str, problem: str = "") -> None:
        if self._peek() != char:
            raise json.JSONDecodeError(problem or f"Expecting '{char}' delimiter", self._text, self._at)
        self._at += 1

    def _line_now(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line


def _places(text: str, begin: int, line: int) -> Iterator[tuple[int, list[int]]]:
    """Yield the line and the key lines of every object, in the order in which objects end and place() is called."""
    opened: list[tuple[int, list[int]]] = []
    for token in _TOKEN.finditer(text, begin):
        line += text.count("\n", begin, token.start())
        begin = token.start()
        char = token[0][0]
        if char in "{[":
            opened.append((line, []))
            if len(opened) > MAX_DEPTH:
                raise _too_deep(line)
        elif char in "}]" and opened:
            place = opened.pop()
            if char == "}":
                yield place
        elif token[1] and opened:
            opened[-1][1].append(line)
        if not opened:
            return


def _repeated(pairs: list[tuple[str, Any]], lines: dict[str, int]) -> ManifestError:
    name, _ = Counter(key for key, _ in pairs).most_common(1)[0]
    return ManifestError(f"{json.dumps(name[:50])} occurs twice in one object.", line=lines[name])


def _too_deep(line: int) -> ManifestError:
    return ManifestError(f"This is nested more than {MAX_DEPTH} levels deep.", line=line)


def _broken(error: json.JSONDecodeError) -> ManifestError:
    return ManifestError(f"Invalid JSON: {error.msg}.", line=error.lineno, column=error.colno)


def _blank(found: re.Match[str]) -> str:
    text, comment, comma, after = found.groups()
    if text:
        return text
    written = comment or after or ""
    return (" " if comma else "") + "".join(char if char == "\n" else " " for char in written)
