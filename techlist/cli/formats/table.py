"""A table for people: in colour and wrapped on a terminal, else with one line per technology."""

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from techlist.cli.report import DRY_RUN, UNCHANGED, Report, Row
from techs.imports.manifests.types import printable
from techs.rules.levels import Level

_TITLES = ("LEVEL", "TECHNOLOGY", "END OF LIFE", "WHERE", "WHY")
_CHANGE_TITLES = ("LEVEL", "CHANGE", "TECHNOLOGY", "SOURCE")
_STYLES = {
    Level.CRITICAL: "bold red",
    Level.HIGH: "red",
    Level.MEDIUM: "yellow",
    Level.UNKNOWN: "dim",
    Level.LOW: "green",
}


def render(report: Report) -> Iterator[str]:
    titles, rows = changes(report) if report.service else technologies(report)
    if rows:
        yield from _coloured(titles, rows) if sys.stdout.isatty() else _aligned([titles, *rows])
        yield ""
    yield summary(report)


def technologies(report: Report) -> tuple[Sequence[str], list[list[str]]]:
    """Return the titles and cells of the technologies, without columns that are empty."""
    rows = [
        [group[0]["priority"], group[0]["text"], group[0]["end_of_life"] or "", places(group), why(group[0])]
        for group in grouped(report.tracked)
    ]
    kept = [column for column in range(len(_TITLES)) if any(row[column] for row in rows)]
    return [_TITLES[column] for column in kept], [[row[column] for column in kept] for row in rows]


def changes(report: Report) -> tuple[Sequence[str], list[list[str]]]:
    """Return the titles and cells of everything that a push changes, without libraries that it adds."""
    rows = [
        [each.get("priority") or "", kind, _changed(each), upload.source]
        for upload, added in report.additions
        for kind, items in (("added", added), ("changed", upload.changed), ("removed", upload.removed))
        for each in items
    ]
    return _CHANGE_TITLES, rows


def _changed(each: Mapping[str, Any]) -> str:
    if "from" in each:
        return f"{each['name']} {each['from']} -> {each['to']}"
    name, version = each["name"], each.get("version") or ""
    return f"{name} ({version})" if version and not name.endswith(version) else name


def grouped(rows: Sequence[Row]) -> list[list[Row]]:
    """Group rows that differ only in their places."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["text"].casefold(), row["product"], row["release"], row["priority"]), []).append(row)
    return list(groups.values())


def places(group: Sequence[Row]) -> str:
    """Return the first place of a group, and the number of others."""
    if "file" not in group[0]:
        return ""
    first = f"{group[0]['file'] or 'standard input'}:{group[0]['line']}"
    return printable(f"{first} and {len(group) - 1:,} more" if len(group) > 1 else first)


def why(row: Row) -> str:
    upgrade = row["upgrade_to"]["text"] if row["upgrade_to"] else ""
    return f"{row['reasons'][0]['text']} {upgrade}".strip()


def summary(report: Report) -> str:
    return _summary_of_push(report) if report.service else _summary_of_technologies(report)


def _summary_of_push(report: Report) -> str:
    uploads = report.uploads
    added = sum(len(items) for _, items in report.additions)
    changed, removed = sum(len(each.changed) for each in uploads), sum(len(each.removed) for each in uploads)
    unchanged = sum(upload.state == UNCHANGED for upload in uploads)
    libraries = sum(len(upload.added) for upload in uploads) - added
    sources = f"{_count(len(uploads), 'source', 'sources')} ({unchanged:,} unchanged)"
    sentences = [
        f"{report.service}: {sources}, {added:,} added, {changed:,} changed, {removed:,} removed.",
        *([f"Not shown: {_count(libraries, 'new library', 'new libraries')}."] if libraries else []),
        *(["Nothing was stored."] if any(upload.state == DRY_RUN for upload in uploads) else []),
    ]
    return " ".join(sentences)


def _summary_of_technologies(report: Report) -> str:
    counts = Counter(group[0]["priority"] for group in grouped(report.tracked))
    levels = ", ".join(f"{counts[level]:,} {level}" for level in Level if counts[level])
    found = f"{_count(counts.total(), 'technology', 'technologies')}{f': {levels}' if levels else ''}."
    libraries = _count(report.libraries, "library", "libraries")
    hidden = f" Not shown: {libraries} without lifecycle data." if report.libraries else ""
    where = f"{_count(len(report.files), 'file', 'files')}, " if report.files else ""
    return f"{where}{found}{hidden}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _aligned(written: Sequence[Sequence[str]]) -> Iterator[str]:
    lines = [[*map(printable, line)] for line in written]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _coloured(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    from rich.console import Console  # noqa: PLC0415  slow to import
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold", no_wrap=title in ("LEVEL", "END OF LIFE"))
    for level, *cells in rows:
        table.add_row(Text(level, style=_STYLES[Level(level)] if level else ""), *map(Text, map(printable, cells)))
    console = Console(width=shutil.get_terminal_size().columns)
    with console.capture() as capture:
        console.print(table)
    yield capture.get().rstrip("\n")
