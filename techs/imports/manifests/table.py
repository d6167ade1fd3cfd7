"""Read CSV with commas, semicolons, tabs or bars, with or without a header for technology, version and attributes."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from techs.imports.manifests import columns
from techs.imports.manifests.columns import Columns
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped, shorten
from techs.rules.attributes import NO_ATTRIBUTES, InvalidAttribute, TechAttributes, split_tags
from techs.rules.csv_injection import plain

DELIMITERS = "\t;,|"
# Cells for an unknown value, and for an unknown version.
NOTHING_KNOWN = frozenset(
    ("", "-", "–", "?", "n/a", "na", "none", "null", "unknown", "tbd", "k. a.", "k.a.", "keine", "unbekannt")
)
NO_VERSION = NOTHING_KNOWN | {"latest", "various"}

_TRUTHS = {
    **dict.fromkeys(("yes", "y", "true", "1", "ja", "j", "wahr", "x"), True),
    **dict.fromkeys(("no", "n", "false", "0", "nein", "falsch"), False),
}
_IMPACTS = {
    **dict.fromkeys(("medium", "moderate", "mittel"), "normal"),
    **dict.fromkeys(("gering", "niedrig"), "low"),
    "hoch": "high",
    "kritisch": "critical",
}
_HEADER_WITHIN = 10  # rows: spreadsheets have titles above their tables

_SEPARATOR_LINE = re.compile(r"sep=([^\"\n])\n", re.IGNORECASE)
# A quoted cell after a separator and spaces, as in tables written by hand. The spaces are not part of the cell.
_SPACE_BEFORE_QUOTES = re.compile(r"[\t;,|] +\"(?:[^\"]|\"\")*\"(?=[\t;,|\n]|\Z)")
_VERSION = re.compile(r"[vV]?[0-9]\S*(?: \S+){0,3}")


def read(text: str) -> Iterator[Row]:
    """Read the technology of every row. Raises ManifestError for invalid CSV such as an unclosed quote."""
    start = 0
    lines = text.split("\n")
    if _SEPARATOR_LINE.match(text):
        yield Skipped(1, lines[0], "Sets the separator.")
        start = 1
    rows = list(_rows(text, start))
    header, found = _header(rows)
    for number, (first, last, cells) in enumerate(rows):
        source = "\n".join(lines[first - 1 : last])
        if found and number <= header:
            why = found.explained if number == header else "Above the header."
            yield Skipped(first, source, why, last)
        else:
            yield _row(cells, found, line=first, last_line=last, source=source)


def _header(rows: Sequence[tuple[int, int, list[str]]]) -> tuple[int, Columns | None]:
    """Return the position of the header and its columns. Below the first row it needs at least two of them."""
    for number, (_, _, cells) in enumerate(rows[:_HEADER_WITHIN]):
        found = columns.of(cells)
        if found and (number == 0 or len(found.places) > 1):
            return number, found
    return 0, None


def delimiter_of(text: str) -> str:
    """Return the separator given in Excel's "sep=" line or, without one, the most frequent in the first line."""
    if named := _SEPARATOR_LINE.match(text):
        return named[1]
    first = text.lstrip("\n").partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def has_header(text: str) -> bool:
    return _first_line(text) is not None


def is_exported(text: str) -> bool:
    found = _first_line(text)
    return found is not None and found.is_export


def _first_line(text: str) -> Columns | None:
    named = _SEPARATOR_LINE.match(text)
    first = text[named.end() if named else 0 :].lstrip().partition("\n")[0]
    return columns.of(first.split(named[1] if named else delimiter_of(first)))


def _rows(text: str, start: int) -> Iterator[tuple[int, int, list[str]]]:
    lines = text.split("\n")[start:]
    reader = csv.reader(
        (f"{line}\n" for line in lines),
        delimiter=delimiter_of(text),
        skipinitialspace=bool(_SPACE_BEFORE_QUOTES.search(text)),
        strict=True,
    )
    first = 1
    try:
        for cells in reader:
            if any(line.strip() for line in lines[first - 1 : reader.line_num]):
                yield first + start, reader.line_num + start, [cell.strip() for cell in cells]
            first = reader.line_num + 1
    except csv.Error as error:
        raise ManifestError(f"Invalid row: {error}.", line=first + start) from error


def _row(cells: list[str], found: Columns | None, *, line: int, last_line: int, source: str) -> Row:
    row = _Row(line, last_line, source)
    return _by_header(cells, found, row) if found else _by_place(cells, row)


def _by_header(cells: list[str], found: Columns, row: "_Row") -> Row:
    if any(cells[found.count :]):
        return row.skipped("This row has more cells than the header. Quote cells that contain the separator.")
    if found.is_export:
        cells = [plain(cell) for cell in cells]
    try:
        attributes = _attributes(cells, found)
    except InvalidAttribute as error:
        return row.skipped(str(error))
    name, version = (_cell(cells, found.places.get(field)) for field in ("name", "version"))
    return row.entry(name, version, attributes.words, attributes)


def _by_place(cells: list[str], row: "_Row") -> Row:
    # Without a header, the first column is the name, and the second the version if it looks like one.
    has_version = bool(_VERSION.fullmatch(_cell(cells, 1)))
    unread = ", ".join(filter(None, cells[2 if has_version else 1 :]))
    return row.entry(cells[0], cells[1] if has_version else "", f"ignored: {shorten(unread)}" if unread else "")


@dataclass(frozen=True, slots=True)
class _Row:
    """The lines and source of a row."""

    line: int
    last_line: int
    source: str

    def entry(self, name: str, version: str, note: str, attributes: TechAttributes = NO_ATTRIBUTES) -> Row:
        if not name:
            return self.skipped("This row has no name.")
        if version.casefold() in NO_VERSION or name.endswith(f" {version}"):
            version = ""
        return Entry(self.line, f"{name} {version}", self.source, note, self.last_line, attributes)

    def skipped(self, why: str) -> Skipped:
        return Skipped(self.line, self.source, why, self.last_line, is_unread=True)


def _attributes(cells: list[str], found: Columns) -> TechAttributes:
    written = {field: _cell(cells, place) for field, place in found.places.items()}
    if not found.is_export:  # in an export these may be real owners
        written = {field: "" if cell.casefold() in NOTHING_KNOWN else cell for field, cell in written.items()}
    impact, supported = (written.get(field, "").casefold() for field in ("impact", "extended_support"))
    return TechAttributes.parse(
        owner=written.get("owner"),
        tags=split_tags(written.get("tags", "")),
        impact=_IMPACTS.get(impact, impact),
        extended_support=_TRUTHS.get(supported, supported),
    )


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""
