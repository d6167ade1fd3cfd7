"""CSV, with commas, semicolons, tabs or bars: the technology stands in one column, its version may stand in another."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from techs.imports.manifests.types import Entry, ManifestError, Row, Skipped
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
        *("version", "ver", "release", "installed", "installed version", "current version", "product version"),
        *("version number", "software version"),
    }
)
# What people write where they know no version.
NO_VERSION = frozenset(("", "-", "?", "n/a", "na", "none", "null", "unknown", "latest", "tbd", "various"))

# Techlist's own exports have these; there the name is all that was typed, and the release is what it means.
EXPORTED = frozenset(("name", "priority", "score", "action"))
# What the team says of a technology there.
ATTRIBUTES = ("owner", "tags", "impact", "extended support")

_TRUTHS = {"yes": True, "no": False}

_SEPARATOR_LINE = re.compile(r"sep=(.)\n", re.IGNORECASE)
_NO_WORD = re.compile(r"[\W_]+")
_VERSION = re.compile(r"[vV]?[0-9]\S*(?: \S+){0,3}")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where name and version stand, counted from 0; and where Techlist's own export has what the team said."""

    name: int
    version: int | None
    attributes: Mapping[str, int] | None = None


def read(text: str) -> Iterator[Row]:
    """The technology of every row. Raises ManifestError for a quote without an end and the like."""
    start = 0
    lines = text.split("\n")
    if _SEPARATOR_LINE.match(text):
        yield Skipped(1, lines[0], "It names the separator.")
        start = 1
    rows = list(_rows(text, start))
    columns = _header(rows[0][2]) if rows else None
    for number, (first, last, cells) in enumerate(rows):
        source = "\n".join(lines[first - 1 : last])
        if columns and number == 0:
            yield Skipped(first, source, "The header.", last)
        else:
            yield _row(cells, columns, line=first, last_line=last, source=source)


def delimiter_of(text: str) -> str:
    """The separator: what Excel's first line names, else the most frequent one of the first line that is not blank."""
    if named := _SEPARATOR_LINE.match(text):
        return named[1]
    first = text.lstrip("\n").partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def has_header(text: str) -> bool:
    """True if the first line names the columns."""
    return _first_line(text) is not None


def is_exported(text: str) -> bool:
    """True if the first line names those of Techlist's own export."""
    columns = _first_line(text)
    return columns is not None and columns.attributes is not None


def _first_line(text: str) -> Columns | None:
    first = text.lstrip().partition("\n")[0]
    return _header(first.split(delimiter_of(first)))


def _rows(text: str, start: int) -> Iterator[tuple[int, int, list[str]]]:
    """First and last line of every row that is not blank, and its cells."""
    lines = text.split("\n")[start:]
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter_of(text), strict=True)
    first = 1
    try:
        for cells in reader:
            if any(line.strip() for line in lines[first - 1 : reader.line_num]):
                yield first + start, reader.line_num + start, [cell.strip() for cell in cells]
            first = reader.line_num + 1
    except csv.Error as error:
        raise ManifestError(f"This row is broken: {error}.", line=first + start) from error


def _header(cells: list[str]) -> Columns | None:
    titles = [_title(cell) for cell in cells]
    name = next((place for place, title in enumerate(titles) if title.removesuffix(" name") in NAMES), None)
    version = next((place for place, title in enumerate(titles) if title in VERSIONS), None)
    if name is not None and EXPORTED.issubset(titles):
        return Columns(
            name, version=None, attributes={field: titles.index(field) for field in ATTRIBUTES if field in titles}
        )
    return None if name is None else Columns(name, version)


def _title(cell: str) -> str:
    """Of a column, without the ways to write it."""
    return _NO_WORD.sub(" ", cell).strip().casefold()


def _row(cells: list[str], columns: Columns | None, *, line: int, last_line: int, source: str) -> Row:
    name = _cell(cells, columns.name if columns else 0)
    version = _cell(cells, columns.version if columns else 1)
    if columns and columns.attributes is not None:
        name = plain(name)
    if not name:
        return Skipped(line, source, "There is no name in this row.", last_line)
    if not columns and not _VERSION.fullmatch(version):  # without a header the second column may be anything
        version = ""
    if version.casefold() in NO_VERSION or name.endswith(f" {version}"):
        version = ""
    try:
        attributes = _attributes(cells, columns.attributes) if columns and columns.attributes else NO_ATTRIBUTES
    except InvalidAttribute as error:
        return Skipped(line, source, str(error), last_line)
    return Entry(line, f"{name} {version}", source, attributes.words, last_line, attributes)


def _attributes(cells: list[str], places: Mapping[str, int]) -> TechAttributes:
    """Read the attributes in Techlist's own export. Raises InvalidAttribute."""
    owner, tags, impact, supported = (plain(_cell(cells, places.get(field))) for field in ATTRIBUTES)
    return TechAttributes.parse(
        owner=owner,
        tags=split_tags(tags),
        impact=impact.casefold(),
        extended_support=_TRUTHS.get(supported.casefold(), supported),
    )


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""
