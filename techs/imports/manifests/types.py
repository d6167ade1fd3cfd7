"""What reading a file of a team gives: every technology with its line, and every line that is none with the reason."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from techs.rules.attributes import NAME_MAX_LENGTH, NO_ATTRIBUTES, InvalidAttribute, TechAttributes, clean_name
from techs.rules.text import name_key

MAX_ENTRIES = 10_000
MAX_SOURCE = 120  # characters of what is shown of a line

NOTHING_FOUND = "There is no technology in it."
EXPLAINED = 3  # lines, if there is none

# By the code of the rule. The digests of imports hold these words, so other ones would make a repeated key a new one.
_WHY_REFUSED = {
    "blank": "This has no letter and no digit.",
    "control": "This has control characters or invisible ones in it.",
    "length": f"This is longer than {NAME_MAX_LENGTH} characters.",
}
_SPACE = re.compile(r"\s+")


class Format(StrEnum):
    """What files can be read, by the name that people know them by."""

    LINES = "plain lines"
    CSV = "CSV"
    REQUIREMENTS = "requirements.txt"
    PACKAGE_JSON = "package.json"
    PYPROJECT = "pyproject.toml"
    DOCKERFILE = "Dockerfile"
    COMPOSE = "compose file"
    TOOL_VERSIONS = ".tool-versions"
    CYCLONEDX = "CycloneDX"
    SPDX = "SPDX"
    TECHLIST = "Techlist JSON"


class Evidence(StrEnum):
    """How sure the format is."""

    NAME = "name"  # the file is called so
    CONTENT = "content"  # only this format looks like that
    DEFAULT = "default"  # it looks like no other format


class ManifestError(ValueError):
    """The file cannot be read. The message is for the person who gave it, and names the line where one is known."""

    def __init__(self, problem: str, *, line: int | None = None, column: int | None = None) -> None:
        place = f"Line {line}, column {column}: " if column else f"Line {line}: " if line else ""
        super().__init__(place + printable(problem))
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Entry:
    """One technology, as somebody would type it. The note says what the text does not: "the lowest of ^18.2.0".

    attributes: those that the file gives it, which few do.
    """

    line: int
    text: str
    source: str
    note: str = ""
    last_line: int = 0
    attributes: TechAttributes = NO_ATTRIBUTES

    def __post_init__(self) -> None:
        _set_last_line(self)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line, or all lines up to last_line, that gives no technology, and why.

    is_unread: there may be a technology in it, but nobody can tell which.
    """

    line: int
    source: str
    why: str
    last_line: int = 0
    is_unread: bool = False

    def __post_init__(self) -> None:
        _set_last_line(self)


Row: TypeAlias = Entry | Skipped


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file that was read: its technologies and what was skipped, both in the order of their lines."""

    format: Format
    evidence: Evidence
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]

    @property
    def why_empty(self) -> list[str]:
        """That there is no technology in it, and why the first lines are none."""
        return [NOTHING_FOUND, *(f"Line {row.line}: {row.why}" for row in self.skipped[:EXPLAINED])]

    def corrected(self, texts: Mapping[int, str]) -> "Manifest":
        """With other texts for some entries, which keep their places (from 0)."""
        entries = [
            replace(entry, text=texts[place], note=_instead(entry)) if place in texts else entry
            for place, entry in enumerate(self.entries)
        ]
        return replace(self, entries=tuple(entries))

    def without(self, reasons: Mapping[int, str]) -> "Manifest":
        """With some entries skipped, by their places, each for its reason; and those that repeat another by now."""
        rows = [
            Skipped(entry.line, entry.text, reasons[place], entry.last_line) if place in reasons else entry
            for place, entry in enumerate(self.entries)
        ]
        return collect(self.format, self.evidence, [*rows, *self.skipped])


def collect(format_: Format, evidence: Evidence, rows: Iterable[Row]) -> Manifest:
    """The manifest of what a reader found. Texts that Techlist would refuse or has seen already are skipped.

    Raises ManifestError for more technologies than an import takes.
    """
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    for row in _without_repeats(map(_checked, sorted(rows, key=lambda row: row.line))):
        if isinstance(row, Skipped):
            skipped.append(row)
            continue
        if len(entries) == MAX_ENTRIES:
            problem = f"These are more than {MAX_ENTRIES:,} technologies. Split the file."
            raise ManifestError(problem, line=row.line)
        entries.append(row)
    return Manifest(format_, evidence, tuple(entries), tuple(skipped))


def shorten(source: str) -> str:
    """A line as it can be shown: one line, printable, not too long."""
    shown = printable(_SPACE.sub(" ", source[: 4 * MAX_SOURCE]).strip())
    return shown if len(shown) <= MAX_SOURCE else f"{shown[: MAX_SOURCE - 1]}…"


def printable(text: str) -> str:
    """The text without characters that no page can show, or that a terminal would obey."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def why_refused(error: InvalidAttribute) -> str:
    """How a line of a file is refused, where nobody is there to type another one."""
    return _WHY_REFUSED.get(error.code, str(error))


def _instead(entry: Entry) -> str:
    return "; ".join(filter(None, (f"instead of {entry.text}", entry.attributes.words)))


def _set_last_line(row: Row) -> None:
    if not row.last_line:
        object.__setattr__(row, "last_line", row.line)


def _checked(row: Row) -> Row:
    """The row with what is shown shortened; an entry whose text no list would take is skipped."""
    source = shorten(row.source)
    if isinstance(row, Skipped):
        return replace(row, source=source, why=printable(row.why))
    try:
        text = clean_name(" ".join(row.text.split()))
    except InvalidAttribute as error:
        is_unread = any(map(str.isalnum, row.text))
        return Skipped(row.line, source, why_refused(error), row.last_line, is_unread=is_unread)
    return replace(row, text=text, source=source, note=printable(row.note))


def _without_repeats(rows: Iterable[Row]) -> Iterator[Row]:
    first: dict[str, int] = {}
    for row in rows:
        if isinstance(row, Entry) and (line := first.get(name_key(row.text))):
            yield Skipped(row.line, row.source, f"The same as line {line}: {row.text}.", row.last_line)
            continue
        if isinstance(row, Entry):
            first[name_key(row.text)] = row.line
        yield row
