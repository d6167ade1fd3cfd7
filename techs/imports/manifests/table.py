"""Read CSV with commas, semicolons, tabs or bars, with or without a header for technology, version and attributes."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped, shorten
from techs.rules.attributes import NO_ATTRIBUTES, InvalidAttribute, TechAttributes, split_tags
from techs.rules.csv_injection import plain

DELIMITERS = "\t;,|"
NAMES = frozenset(
    {
        *("name", "technology", "tech", "product", "component", "software", "package", "application", "app"),
        *("library", "tool", "title", "text"),
    }
)
VERSIONS = frozenset(
    {
        *("version", "ver", "release", "installed", "installedversion", "currentversion", "productversion"),
        *("versionnumber", "softwareversion"),
    }
)
ATTRIBUTES = {
    "owner": frozenset(
        {
            *("owner", "owners", "owningteam", "ownerteam", "ownedby", "team", "squad", "teamowner"),
            *("responsible", "responsibleteam", "responsibleperson", "maintainer", "maintainers", "maintainedby"),
        }
    ),
    "tags": frozenset(("tags", "tag", "labels", "label", "keywords")),
    "impact": frozenset(("impact", "criticality", "businessimpact", "businesscriticality", "importance")),
    "extended_support": frozenset(("extendedsupport", "hasextendedsupport", "paidsupport")),
}
"""Titles of attribute columns by field, in lower case without spaces."""

# Cells for an unknown value, and for an unknown version.
NOTHING_KNOWN = frozenset(("", "-", "?", "n/a", "na", "none", "null", "unknown", "tbd"))
NO_VERSION = NOTHING_KNOWN | {"latest", "various"}

# Columns that identify a Techlist export, whose name column contains the whole text including the version.
EXPORTED = frozenset(("name", "priority", "score", "action"))
COMPUTED = frozenset(
    {
        *("priority", "score", "action", "product", "release", "endoflife", "reason"),
        *("submittedat", "assessedat"),
    }
)
"""Columns of a Techlist export that are computed again, so ignoring them loses nothing."""

_TRUTHS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
_IMPACTS = {"medium": "normal", "moderate": "normal"}
_LISTED = 10  # column titles shown in a reason

_SEPARATOR_LINE = re.compile(r"sep=([^\"\n])\n", re.IGNORECASE)
# A quoted cell after a separator and spaces, as in tables written by hand. The spaces are not part of the cell.
_SPACE_BEFORE_QUOTES = re.compile(r"[\t;,|] +\"(?:[^\"]|\"\")*\"(?=[\t;,|\n]|\Z)")
_NO_WORD = re.compile(r"[\W_]+")
_VERSION = re.compile(r"[vV]?[0-9]\S*(?: \S+){0,3}")


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions of name, version and attributes, counted from 0, and the titles of ignored columns."""

    count: int
    name: int
    version: int | None
    attributes: Mapping[str, int]
    unread: Sequence[str]
    is_export: bool

    @property
    def why_skipped(self) -> str:
        if not self.unread:
            return "Header row."
        titles = ", ".join(shorten(title)[:40] for title in self.unread[:_LISTED])
        more = len(self.unread) - _LISTED
        return f"Header row. Ignored columns: {titles}{f' and {more} more' if more > 0 else ''}."


def read(text: str) -> Iterator[Row]:
    """Read the technology of every row. Raises ManifestError for invalid CSV such as an unclosed quote."""
    start = 0
    lines = text.split("\n")
    if _SEPARATOR_LINE.match(text):
        yield Skipped(1, lines[0], "Sets the separator.")
        start = 1
    rows = list(_rows(text, start))
    columns = _header(rows[0][2]) if rows else None
    for number, (first, last, cells) in enumerate(rows):
        source = "\n".join(lines[first - 1 : last])
        if columns and number == 0:
            yield Skipped(first, source, columns.why_skipped, last)
        else:
            yield _row(cells, columns, line=first, last_line=last, source=source)


def delimiter_of(text: str) -> str:
    """Return the separator given in Excel's "sep=" line or, without one, the most frequent in the first line."""
    if named := _SEPARATOR_LINE.match(text):
        return named[1]
    first = text.lstrip("\n").partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def has_header(text: str) -> bool:
    return _first_line(text) is not None


def is_exported(text: str) -> bool:
    columns = _first_line(text)
    return columns is not None and columns.is_export


def _first_line(text: str) -> Columns | None:
    named = _SEPARATOR_LINE.match(text)
    first = text[named.end() if named else 0 :].lstrip().partition("\n")[0]
    return _header(first.split(named[1] if named else delimiter_of(first)))


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


def _header(cells: list[str]) -> Columns | None:
    titles = [_title(cell) for cell in cells]
    name = _place(titles, NAMES)
    if name is None:
        return None
    is_export = EXPORTED.issubset(titles)
    version = None if is_export else _place(titles, VERSIONS)
    places = {field: _place(titles, words) for field, words in ATTRIBUTES.items()}
    attributes = {field: place for field, place in places.items() if place is not None}
    read = {name, version, *attributes.values()}
    ignored = COMPUTED if is_export else frozenset()
    unread = [
        cells[place] for place, title in enumerate(titles) if title and place not in read and title not in ignored
    ]
    return Columns(len(cells), name, version, attributes, unread, is_export)


def _place(titles: list[str], words: Set[str]) -> int | None:
    return next((place for place, title in enumerate(titles) if {title, title.removesuffix("name")} & words), None)


def _title(cell: str) -> str:
    # Normalise a title: "Owner_Team" and "owner team" become "ownerteam".
    return _NO_WORD.sub("", cell).casefold()


def _row(cells: list[str], columns: Columns | None, *, line: int, last_line: int, source: str) -> Row:
    row = _Row(line, last_line, source)
    return _by_header(cells, columns, row) if columns else _by_place(cells, row)


def _by_header(cells: list[str], columns: Columns, row: "_Row") -> Row:
    if any(cells[columns.count :]):
        return row.skipped("This row has more cells than the header. Quote cells that contain the separator.")
    if columns.is_export:
        cells = [plain(cell) for cell in cells]
    try:
        attributes = _attributes(cells, columns)
    except InvalidAttribute as error:
        return row.skipped(str(error))
    return row.entry(_cell(cells, columns.name), _cell(cells, columns.version), attributes.words, attributes)


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


def _attributes(cells: list[str], columns: Columns) -> TechAttributes:
    written = {field: _cell(cells, place) for field, place in columns.attributes.items()}
    if not columns.is_export:  # in an export these may be real owners
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
