"""Read the blocks and literal attributes of HCL, the language of Terraform, with line numbers.

Expressions are not evaluated: an attribute has a value only if it is one string or number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from techs.imports.manifests.types import ManifestError

MAX_DEPTH = 100

# An open comment ends with the text.
_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r]++ | \#[^\n]*+ | //[^\n]*+ | /\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))
    | (?P<heredoc><<-?[ \t]*+(?P<end>[A-Za-z_][\w-]*+)[ \t]*+\n)
    | (?P<quote>")
    | (?P<word>[A-Za-z_][\w.-]*+)
    | (?P<number>[0-9][\w.]*+)
    | (?P<line>\n)
    | (?P<mark>.)
    """,
    re.VERBOSE | re.MULTILINE,
)
_IN_TEXT = re.compile(r"\\.|[$%]{2}\{|[$%]\{|[\"{}\n]")
_OPEN, _CLOSE = {"{", "[", "("}, {"}", "]", ")"}


@dataclass(slots=True, eq=False)
class Block:
    """A block or object: the words before its brace, and its attributes with their lines, strings without quotes.

    References such as var.version are kept as they are, any other expression as "".
    """

    words: tuple[str, ...]
    line: int
    parents: tuple["Block", ...]
    attributes: dict[str, tuple[str, int]] = field(default_factory=dict)

    def get(self, key: str) -> str:
        return self.attributes.get(key, ("", 0))[0]

    def line_of(self, key: str) -> int:
        return self.attributes.get(key, ("", self.line))[1]


def blocks(text: str) -> Iterator[Block]:
    """Yield every block and object when it ends, inner ones first, and last the document itself."""
    reader = _Reader()
    for kind, token, line in _tokens(text):
        yield from reader.take(kind, token, line)
    yield reader.end()


class _Reader:
    """Collects the words of the present statement, and the blocks that are open."""

    def __init__(self) -> None:
        self._open = [Block((), 1, ())]
        self._brackets: list[tuple[str, int]] = []
        self._statement: list[tuple[str, str]] = []

    def take(self, kind: str, word: str, line: int) -> Iterator[Block]:
        if word in _OPEN and kind == "mark":
            self._begin(word, line)
        elif word in _CLOSE and kind == "mark":
            yield from self._finish(word, line)
        elif kind == "line" or word == ",":
            self._note(line - 1 if kind == "line" else line)
        else:
            self._statement.append((kind, word))

    def end(self) -> Block:
        if self._brackets:
            bracket, line = self._brackets[-1]
            raise ManifestError(f"This {bracket} is not closed.", line=line)
        self._note(self._open[0].line)
        return self._open[0]

    def _begin(self, bracket: str, line: int) -> None:
        if len(self._brackets) >= MAX_DEPTH:
            raise ManifestError(f"This is nested more than {MAX_DEPTH} levels deep.", line=line)
        self._brackets.append((bracket, line))
        if bracket == "{":
            words = tuple(_bare(token) for _, token in self._statement if token not in ("=", ":"))
            self._open.append(Block(words, line, tuple(self._open)))
        self._statement = []

    def _finish(self, bracket: str, line: int) -> Iterator[Block]:
        pairs = {"}": "{", "]": "[", ")": "("}
        if not self._brackets or self._brackets.pop()[0] != pairs[bracket]:
            raise ManifestError(f"This {bracket} closes nothing.", line=line)
        self._note(line)
        if bracket == "}":
            yield self._open.pop()
        self._statement = [("mark", bracket)]  # the rest is no longer part of the literal

    def _note(self, line: int) -> None:
        match self._statement:
            case [_, _, ("word", "null")]:
                pass
            case [("word" | "text", key), ("mark", "=" | ":"), ("text" | "number" | "word", value)]:
                self._open[-1].attributes.setdefault(_bare(key), (_bare(value), line))
        self._statement = []


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    at, line = 0, 1
    while at < len(text):
        token = _TOKEN.match(text, at)
        if not token:
            return
        at, written = token.end(), token[0]
        if token.lastgroup == "space":
            line += written.count("\n")
            continue
        if token["heredoc"]:
            at = _after_heredoc(text, at, token["end"])
            line += text.count("\n", token.start(), at)
            continue
        if token["quote"]:
            at = _after_text(text, at, line)
            yield "text", text[token.start() : at], line
            line += text.count("\n", token.start(), at)
            continue
        line += written.count("\n")
        kind = next(name for name in ("word", "number", "line", "mark") if token[name] is not None)
        yield kind, written, line


def _after_text(text: str, begin: int, line: int) -> int:
    """Return the end of a quoted text, in which expressions may hold others. An open one ends with its line."""
    inside = ['"']
    for found in _IN_TEXT.finditer(text, begin):
        sign = found[0]
        if sign == '"' and inside[-1] == '"':
            inside.pop()
        elif sign == "\n" and inside == ['"']:
            return found.start()
        elif sign in ("${", "%{") or (inside[-1] == "{" and sign in ('"', "{")):
            inside.append('"' if sign == '"' else "{")
        elif sign == "}" and inside[-1] == "{":
            inside.pop()
        if not inside:
            return found.end()
        if len(inside) > MAX_DEPTH:
            raise ManifestError(f"This is nested more than {MAX_DEPTH} levels deep.", line=line)
    return len(text)


def _after_heredoc(text: str, begin: int, end: str) -> int:
    found = re.compile(rf"^[ \t]*{re.escape(end)}[ \t]*$", re.MULTILINE).search(text, begin)
    return found.end() if found else len(text)


def _bare(token: str) -> str:
    return token[1:-1] if token.startswith('"') and token.endswith('"') and len(token) > 1 else token
