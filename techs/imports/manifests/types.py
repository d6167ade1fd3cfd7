"""The result of reading a manifest: entries with their lines, and skipped lines with reasons."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from techs.rules.attributes import NAME_MAX_LENGTH, NO_ATTRIBUTES, InvalidAttribute, TechAttributes, clean_name
from techs.rules.kinds import Kind
from techs.rules.text import name_key

MAX_ENTRIES = 10_000
MAX_SOURCE = 120  # characters shown of a line

NOTHING_FOUND = "No technologies found."
EXPLAINED = 3  # skipped lines to explain if there are no entries

# By error code, worded for a line of a file instead of a form field.
_WHY_REFUSED = {
    "blank": "This has no letter or digit.",
    "control": "This contains control or invisible characters.",
    "length": f"This is longer than {NAME_MAX_LENGTH} characters.",
}
_SPACE = re.compile(r"\s+")


class Format(StrEnum):
    """Supported formats by their common names."""

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
    """How a format was detected."""

    NAME = "name"  # by the file name
    CONTENT = "content"  # only this format has such content
    DEFAULT = "default"  # no other format matches


class ManifestError(ValueError):
    """A file cannot be read. The message is for the user and starts with the line, if known."""

    def __init__(self, problem: str, *, line: int | None = None, column: int | None = None) -> None:
        place = f"Line {line}, column {column}: " if column else f"Line {line}: " if line else ""
        super().__init__(place + printable(problem))
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Entry:
    """A technology as a user would type it, with a note such as "the lowest version of ^18.2.0".

    Few formats provide attributes. identifiers: package URLs without version, and CPEs, the most certain first.
    """

    line: int
    text: str
    source: str
    note: str = ""
    last_line: int = 0
    attributes: TechAttributes = NO_ATTRIBUTES
    identifiers: tuple[str, ...] = ()
    kind: Kind = Kind.TRACKED

    def __post_init__(self) -> None:
        _set_last_line(self)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line, or a range of lines up to last_line, from which no technology was read, and the reason.

    is_unread: it may contain a technology that could not be read. package: a package of an operating system, to be
    listed only if its own lifecycle has ended.
    """

    line: int
    source: str
    why: str
    last_line: int = 0
    is_unread: bool = False
    package: Entry | None = None

    def __post_init__(self) -> None:
        _set_last_line(self)


Row: TypeAlias = Entry | Skipped


@dataclass(frozen=True, slots=True)
class Manifest:
    """The entries and skipped lines of a file, both in the order of their lines."""

    format: Format
    evidence: Evidence
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]

    @property
    def why_empty(self) -> list[str]:
        return [NOTHING_FOUND, *(f"Line {row.line}: {row.why}" for row in self.skipped[:EXPLAINED])]

    def corrected(self, texts: Mapping[int, str]) -> "Manifest":
        """Return a copy with the texts of some entries replaced, by position from 0. They count as typed by hand."""
        entries = [
            replace(entry, text=texts[place], note=_instead(entry), identifiers=()) if place in texts else entry
            for place, entry in enumerate(self.entries)
        ]
        return replace(self, entries=tuple(entries))

    def without(self, reasons: Mapping[int, str]) -> "Manifest":
        """Return a copy that skips some entries for the given reasons, by position from 0, and any new duplicates."""
        rows = [
            Skipped(entry.line, entry.text, reasons[place], entry.last_line) if place in reasons else entry
            for place, entry in enumerate(self.entries)
        ]
        return collect(self.format, self.evidence, [*rows, *self.skipped])


def collect(format_: Format, evidence: Evidence, rows: Iterable[Row]) -> Manifest:
    """Build a manifest from rows. Invalid and duplicate texts are skipped.

    Raises ManifestError if there are more than MAX_ENTRIES technologies.
    """
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    for row in _without_repeats(map(_checked, sorted(rows, key=lambda row: row.line))):
        if isinstance(row, Skipped):
            skipped.append(row)
            continue
        if len(entries) == MAX_ENTRIES:
            problem = f"More than {MAX_ENTRIES:,} technologies. Split the file."
            raise ManifestError(problem, line=row.line)
        entries.append(row)
    return Manifest(format_, evidence, tuple(entries), tuple(skipped))


def shorten(source: str) -> str:
    """Return a source as a single printable line of limited length."""
    shown = printable(_SPACE.sub(" ", source[: 4 * MAX_SOURCE]).strip())
    return shown if len(shown) <= MAX_SOURCE else f"{shown[: MAX_SOURCE - 1]}…"


def printable(text: str) -> str:
    """Replace characters that pages cannot show or that control terminals."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def why_refused(error: InvalidAttribute) -> str:
    return _WHY_REFUSED.get(error.code, str(error))


def _instead(entry: Entry) -> str:
    return "; ".join(filter(None, (f"instead of {entry.text}", entry.attributes.words)))


def _set_last_line(row: Row) -> None:
    if not row.last_line:
        object.__setattr__(row, "last_line", row.line)


def _checked(row: Row) -> Row:
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
            yield Skipped(row.line, row.source, f"Duplicate of line {line}: {row.text}.", row.last_line)
            continue
        if isinstance(row, Entry):
            first[name_key(row.text)] = row.line
        yield row
