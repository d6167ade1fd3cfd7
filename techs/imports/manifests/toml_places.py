"""Find the lines of keys and strings in TOML, which the standard library does not provide."""

import re
import tomllib
from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from techs.imports.manifests.types import ManifestError

MAX_DOTS = 50  # parts of a dotted key; the parser takes quadratic time
MAX_DEPTH = 50  # nested arrays and tables; the parser is recursive
MAX_DIGITS = 300  # of a number; for much longer numbers, Python raises an error without a position

_TOO_LONG = f"A number has more than {MAX_DIGITS} digits."

_MANY_DOTS = re.compile(rf"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){{{MAX_DOTS}}}""")
_OPEN, _CLOSE = re.compile(r"[\[{]"), re.compile(r"[\]}]")
# The files of a package with their hashes, one a line. They are most of a lock file, and nothing in them is read.
_FILES = re.compile(r"^(?:files|wheels)[ \t]*=[ \t]*\[\n(?:[ \t]++\{[^\n]*+\n)++\](?=\n|\Z)", re.MULTILINE)
_PLACE = re.compile(r"^(.*) \(at line (\d+), column (\d+)\)$", re.DOTALL)
# An unclosed string matches the rest, which makes scanning linear.
_TOKEN = re.compile(
    r"""
    (?P<long>\"{3}(?:[^"\\]++|\\.|\"(?!\"\"))*+(?:\"{3,5}|\Z) | '{3}(?:[^']++|'(?!''))*+(?:'{3,5}|\Z))
    | (?P<text>"(?:[^"\\\n]++|\\.)*+(?:"|$) | '[^'\n]*+(?:'|$))
    | (?P<comment>\#[^\n]*+)
    | (?P<header>^[ \t]*+\[\[?[^\[\]\n]++\]\]?)
    | (?P<key>^[ \t]*+[\w-]++(?=[ \t]*+[.=]))
    | (?P<number>[+-]?[0-9][0-9A-Za-z_]*+)
    | (?P<bracket>[\[\]{}])
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


def parse(text: str, *, first_line: int = 1) -> tuple[dict[str, Any], "Places"]:
    """Parse a document, or a part that begins on a later line."""
    if dots := _MANY_DOTS.search(text):
        raise ManifestError("A key has too many dots.", line=text.count("\n", 0, dots.start()) + first_line)
    tokens = list(_tokens(text, first_line))
    try:
        return tomllib.loads(text), Places(tokens)
    except tomllib.TOMLDecodeError as error:
        raise _broken(error, text, first_line) from error
    except ValueError as error:  # a long number in an array that looks like a key or a header
        raise ManifestError(f"Invalid TOML: {_TOO_LONG}", line=first_line) from error


def parts(text: str, table: str) -> Iterator[tuple[dict[str, Any], "Places"]]:
    """Parse a lock file in parts, each of them one [[table]] with its sub-tables, or the text between them.

    A large file is never held as a whole, and its lists of files are left out. Raises ManifestError with the line.
    """
    text = _FILES.sub(lambda found: "\n" * found[0].count("\n"), text)
    begins = re.compile(rf"^\[(?:\[{table}\]\]|(?!\[?{table}[.\]]))", re.MULTILINE)
    ends = [*(found.start() for found in begins.finditer(text)), len(text)]
    begin, line = 0, 1
    for end in ends:
        part = text[begin:end]
        if part.strip():
            yield parse(part, first_line=line)
        line += part.count("\n")
        begin = end


class Places:
    """Lines of headers, keys and strings. take() returns each line once, so equal strings get different lines."""

    def __init__(self, tokens: Iterable[tuple[str, int]]) -> None:
        self._lines: defaultdict[str, list[int]] = defaultdict(list)
        for written, line in tokens:
            self._lines[_bare(written)].append(line)

    def take(self, written: str, *, after: int = 1) -> int:
        """Return the first remaining line of a token at or after `after`; `after` itself if there is none."""
        lines = self._lines.get(written, [])
        position = bisect(lines, after - 1)
        return lines.pop(position) if position < len(lines) else after

    def header(self, *path: str) -> int:
        """Return the line of [a.b.c], or of its longest prefix that has a header."""
        for size in range(len(path), 0, -1):
            key = ".".join(path[:size])
            if key in self._lines and (line := self.take(key)):
                insort(self._lines[key], line)
                return line
        return 1


def _tokens(text: str, first_line: int) -> Iterator[tuple[str, int]]:
    """Yield headers, keys and strings with their lines. Raises ManifestError above the limits of the parser."""
    ends = [found.start() for found in re.finditer("\n", text)]
    depth = 0
    for token in _TOKEN.finditer(text):
        kind, written = token.lastgroup, token[0]
        line = bisect(ends, token.end() - 1) + first_line
        if kind in ("text", "key") or (kind == "header" and depth == 0):
            yield written, line
        elif kind in ("bracket", "header"):  # inside an array "[1]" is not a header
            depth += len(_OPEN.findall(written)) - len(_CLOSE.findall(written))
        _check(kind, written, depth=depth, line=line)


def _check(kind: str | None, written: str, *, depth: int, line: int) -> None:
    if depth > MAX_DEPTH:
        raise ManifestError(f"This is nested more than {MAX_DEPTH} levels deep.", line=line)
    if kind == "number" and len(written) > MAX_DIGITS:
        raise ManifestError(_TOO_LONG, line=line)


def _bare(written: str) -> str:
    inner = written.strip()
    if inner.startswith("["):
        return ".".join(part.strip(" \t\"'") for part in inner.strip("[] \t").split("."))
    if inner.startswith('"') and "\\" in inner:
        return str(tomllib.loads(f"text = {inner}")["text"])
    return inner[1:-1] if inner.startswith(("'", '"')) else inner


def _broken(error: tomllib.TOMLDecodeError, text: str, first_line: int) -> ManifestError:
    found = _PLACE.match(str(error))
    if not found:
        return ManifestError(f"Invalid TOML: {str(error)[:200]}.", line=text.count("\n") + first_line)
    line = int(found[2]) + first_line - 1
    return ManifestError(f"Invalid TOML: {found[1][:200]}.", line=line, column=int(found[3]))
