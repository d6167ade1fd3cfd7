"""Read CSV with commas, semicolons, tabs or bars, with or without a header for technology, version and attributes."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from techs.imports.manifests import cell_damage, columns
from techs.imports.manifests.columns import Columns
from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped, shorten
from techs.rules.attributes import NO_ATTRIBUTES, InvalidAttribute, TechAttributes, split_tags
from techs.rules.csv_injection import plain
from techs.rules.levels import Impact
from techs.rules.services import clean_service_names, split_services

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
    **dict.fromkeys(("very low", "sehr gering", "sehr niedrig"), "low"),
    "hoch": "high",
    **dict.fromkeys(("kritisch", "very high", "sehr hoch"), "critical"),
    # As pages call them.
    **{impact.label.lower(): impact.value for impact in Impact},
}
_HEADER_WITHIN = 10  # rows: spreadsheets have titles above their tables
_LONGEST_HEADER = 10_000  # characters
NO_NAME = "No column has the names of technologies. Call it Technology, Product or Name."

_SEPARATOR_LINE = re.compile(r"sep=([^\"\n])\n", re.IGNORECASE)
# A quoted cell after a separator and spaces, as in tables written by hand. The spaces are not part of the cell.
_SPACE_BEFORE_QUOTES = re.compile(r"[\t;,|] +\"(?:[^\"]|\"\")*\"(?=[\t;,|\n]|\Z)")
_VERSION = re.compile(r"[vV]?[0-9]\S*(?: \S+){0,3}")
# ="3.10" and '3.10 keep a spreadsheet from changing a version.
_PROTECTED = re.compile(r"=\"([^\"]*)\"|'([0-9].*)")


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
        elif any(cells):
            yield _row(cells, found, line=first, last_line=last, source=source)
        else:
            yield Skipped(first, source, "This row is empty.", last)


def _header(rows: Sequence[tuple[int, int, list[str]]]) -> tuple[int, Columns | None]:
    """Return the position of the header and its columns. A single column makes a header only in the first row.

    Raises ManifestError if the first row is a header without a column for the name.
    """
    for number, (_, _, cells) in enumerate(rows[:_HEADER_WITHIN]):
        if (found := columns.of(cells)) and len(found.places) > 1:
            return number, found
    first, _, cells = rows[0]
    if columns.lack_name(cells):
        raise ManifestError(NO_NAME, line=first)
    return 0, columns.of(cells)


def delimiter_of(text: str) -> str:
    """Return the separator given in Excel's "sep=" line or, without one, the most frequent in the header."""
    if named := _SEPARATOR_LINE.match(text):
        return named[1]
    first, *rest = _first_lines(text)
    header = next((line for line in (first, *rest) if _has_several(_columns_of(line))), first)
    return _most_frequent_in(header)


def has_header(text: str) -> bool:
    """Return True if the first line is a header, or one with several columns is followed by a table."""
    first, *rest = _first_lines(text)
    return _columns_of(first) is not None or any(
        _has_several(_columns_of(line)) and _are_rows(rest[number:], _most_frequent_in(line))
        for number, line in enumerate(rest, start=1)
    )


def is_exported(text: str) -> bool:
    found = _columns_of(_first_lines(text)[0])
    return found is not None and found.is_export


def _first_lines(text: str) -> list[str]:
    named = _SEPARATOR_LINE.match(text)
    lines = text[named.end() if named else 0 :].lstrip().split("\n", _HEADER_WITHIN)
    return [line for line in lines[:_HEADER_WITHIN] if line.strip()] or [""]


def _columns_of(line: str) -> Columns | None:
    return columns.of(line.split(_most_frequent_in(line))) if len(line) <= _LONGEST_HEADER else None


def _has_several(found: Columns | None) -> bool:
    return found is not None and len(found.places) > 1


def _are_rows(lines: Sequence[str], separator: str) -> bool:
    return bool(lines) and all(separator in line for line in lines)


def _most_frequent_in(line: str) -> str:
    return max(DELIMITERS, key=line.count)


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
    cells = [plain(cell) if found.is_export else _PROTECTED.sub(r"\1\2", cell) for cell in cells]
    try:
        attributes, services = _attributes(cells, found), _services(cells, found)
    except InvalidAttribute as error:
        return row.skipped(str(error))
    name, version = (_cell(cells, found.places.get(field)) for field in ("name", "version"))
    read = row.entry(name, version, "", attributes)
    if isinstance(read, Skipped):
        return read
    read = replace(read, services=services, is_exported=found.is_export)
    return replace(read, note=read.words)


def _by_place(cells: list[str], row: "_Row") -> Row:
    # Without a header, the first column is the name, and the second the version if it looks like one.
    version = _cell(cells, 1)
    has_version = bool(_VERSION.fullmatch(version)) and not cell_damage.is_made_of_version(version)
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
        if cell_damage.is_made_of_version(version):
            return self.skipped(f"{shorten(version)} {cell_damage.ADVICE}")
        version = cell_damage.repaired(version)
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
        note=written.get("note"),
    )


def _services(cells: list[str], found: Columns) -> tuple[str, ...]:
    written = _cell(cells, found.places.get("service"))
    if not found.is_export and written.casefold() in NOTHING_KNOWN:
        return ()
    return clean_service_names(split_services(written))


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""
