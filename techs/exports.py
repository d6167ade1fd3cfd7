"""The list in forms that other programs take: CSV, JSON, Markdown, iCalendar, an SVG badge, an Atom feed.

Pure: rows with the API's fields, dates as ISO texts, in; bytes out. The same rows give the same bytes.
"""

import csv
import html
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias
from xml.etree import ElementTree

import icalendar

Row: TypeAlias = Mapping[str, Any]
"""A technology, or a change of level, with the API's fields."""

COLUMNS = (
    *("name", "priority", "score", "action", "product", "release", "end_of_life", "impact", "extended_support"),
    *("note", "hand_priority", "hand_review_on", "submitted_at", "assessed_at"),
)
ALARM_DAYS = (90, 30, 7)
LEVELS = {"critical": "#b3261e", "high": "#a14200", "medium": "#765b00", "unknown": "#5f6368", "low": "#1b6e3c"}
"""Levels, worst first, with the colour that white text can be read on."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones count for some programs
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~!&])")
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATOM = "http://www.w3.org/2005/Atom"
_BADGE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{title}">\
<title>{title}</title>\
<rect width="{left}" height="20" fill="#3c4043"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/>\
<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">\
<text x="{left_middle}" y="14" textLength="{left_text}">{label}</text>\
<text x="{right_middle}" y="14" textLength="{right_text}">{value}</text></g></svg>
"""
_SIGN_WIDTH, _PADDING = 7, 10  # pixels; textLength makes the estimate exact


def to_csv(rows: Iterable[Row]) -> bytes:
    """A table for spreadsheets: with a byte order mark, and no cell is taken for a formula."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row.get(column)) for column in COLUMNS] for row in rows)
    return table.getvalue().encode("utf-8-sig")


def to_json(rows: Iterable[Row]) -> bytes:
    """An array of the rows, with all their fields."""
    return json.dumps(list(rows), ensure_ascii=False, indent=2).encode() + b"\n"


def to_markdown(rows: Iterable[Row]) -> bytes:
    """A table for a wiki or a pull request."""
    lines = ["| Technology | Level | End of life | Action |", "|---|---|---|---|"]
    for row in rows:
        cells = (row["name"], row["priority"], row.get("end_of_life"), row.get("action"))
        lines.append(f"| {' | '.join(map(_markdown, cells))} |")
    return ("\n".join(lines) + "\n").encode()


def to_calendar(rows: Iterable[Row], *, name: str = "Techlist") -> bytes:
    """A calendar of every end of life, and of the days on which to look again, with alarms before each."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Techlist//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for row in rows:
        for kind, day, summary in _dates(row):
            calendar.add_component(_event(row, kind, day, summary))
    return bytes(calendar.to_ical())


def to_badge(counts: Mapping[str, int], *, label: str = "techlist") -> bytes:
    """A badge with what needs attention: the two worst levels, in the colour of the worst that occurs."""
    found = [level for level in LEVELS if counts.get(level)]
    urgent = [f"{counts[level]} {level}" for level in ("critical", "high") if counts.get(level)]
    value = ", ".join(urgent) or ("all quiet" if found else "empty")
    left_text, right_text = len(label) * _SIGN_WIDTH, len(value) * _SIGN_WIDTH
    left, right = left_text + _PADDING, right_text + _PADDING
    badge = _BADGE.format(
        title=html.escape(f"{label}: {value}"),
        label=html.escape(label),
        value=value,
        colour=LEVELS[found[0]] if urgent else LEVELS["low"] if found else LEVELS["unknown"],
        width=left + right,
        left=left,
        right=right,
        left_text=left_text,
        right_text=right_text,
        left_middle=left / 2,
        right_middle=left + right / 2,
    )
    return badge.encode()


def to_atom(changes: Iterable[Row], *, feed_url: str, page_url: str, updated: str) -> bytes:
    """A feed of changes of level, each with id, name, at, from_level, to_level and why.

    `updated` is the time of a feed without changes; else it is that of the latest one.
    """
    changes = list(changes)
    feed = ElementTree.Element("feed", xmlns=_ATOM)
    _add(feed, "id", feed_url)
    _add(feed, "title", "Techlist: changes of level")
    _add(feed, "updated", max((change["at"] for change in changes), default=updated, key=datetime.fromisoformat))
    ElementTree.SubElement(feed, "link", rel="self", href=feed_url)
    ElementTree.SubElement(feed, "link", rel="alternate", href=page_url)
    _add(ElementTree.SubElement(feed, "author"), "name", "Techlist")
    for change in changes:
        entry = ElementTree.SubElement(feed, "entry")
        _add(entry, "id", f"{feed_url}#change-{change['id']}")
        _add(entry, "title", f"{change['name']}: {change['from_level']} to {change['to_level']}")
        _add(entry, "updated", change["at"])
        _add(entry, "content", change["why"])
    return bytes(ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True))


def _cell(value: Any) -> str:
    """A cell as a text. One that a spreadsheet would compute gets an apostrophe, which spreadsheets do not show."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"'{text}" if not isinstance(value, int | float) and text.lstrip(" ").startswith(_FORMULA) else text


def _markdown(value: Any) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(str(value or "").split()))


def _dates(row: Row) -> Iterator[tuple[str, date, str]]:
    if end := row.get("end_of_life"):
        yield "end", date.fromisoformat(end), f"{row['name']}: end of life"
    if review := row.get("hand_review_on"):
        yield "review", date.fromisoformat(review), f"{row['name']}: look again at the level set by hand"


def _event(row: Row, kind: str, day: date, summary: str) -> icalendar.Event:
    """One day. Its id stays the same when its date moves, so that calendars move it."""
    event = icalendar.Event()
    event.add("uid", f"{kind}-{row['id']}@techlist")
    event.add("dtstamp", datetime.fromisoformat(row["assessed_at"]))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", summary)
    event.add("description", f"{row['priority']}: {row.get('action') or ''}")
    event.add("transp", "TRANSPARENT")
    for days in ALARM_DAYS:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", timedelta(days=-days))
        alarm.add("description", f"{summary} in {days} days")
        event.add_component(alarm)
    return event


def _add(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
