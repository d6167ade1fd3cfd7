"""Render the list as CSV, JSON, Markdown, iCalendar, SVG badge or Atom feed.

The functions take rows with the API's fields and ISO dates. They are deterministic: equal rows yield equal bytes.
Documents of the whole list take batches of rows, and yield their parts in constant memory.
"""

import csv
import html
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from django.utils.feedgenerator import Atom1Feed, rfc3339_date
from django.utils.xmlutils import SimplerXMLGenerator
from icalendar.parser import Contentline
from icalendar.prop import vText

from techs.exports import markdown
from techs.inventory.reads import join_arrays
from techs.rules.csv_injection import defused
from techs.rules.end_dates import describe
from techs.rules.levels import Level
from techs.rules.overrides import ACCEPTED_ACTION, shown_level

Row: TypeAlias = Mapping[str, Any]
"""A technology or a change, with the API's fields."""
Batches: TypeAlias = Iterable[Iterable[Row]]

COLUMNS = (
    *("name", "priority", "score", "action", "product", "release", "end_of_life", "impact", "extended_support"),
    *("evergreen", "owner", "tags", "reason", "note", "hand_priority", "hand_review_on", "submitted_at", "assessed_at"),
    *("upgrade_to", "services"),
)
_MARKDOWN = ("Technology", "Level", "End of life", "Action", "Upgrade", "Owner", "Reason")
ALARM_DAYS = (90, 30, 7)
LEVELS = {"critical": "#b3261e", "high": "#a14200", "medium": "#765b00", "unknown": "#5f6368", "low": "#1b6e3c"}
"""Levels, worst first, with a background colour for white text."""

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_BYTES = 75
_EPOCH = datetime.fromtimestamp(0, UTC)  # a feed needs a date even without entries
_FEED_TITLE = "Techlist: changes"
_SELF = re.compile(rb'<link href="[^"]*" rel="self"/>')
_BADGE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{title}">\
<title>{title}</title>\
<rect width="{left}" height="20" fill="#3c4043"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/>\
<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">\
<text x="{left_middle}" y="14" textLength="{left_text}">{label}</text>\
<text x="{right_middle}" y="14" textLength="{right_text}">{value}</text></g></svg>
"""
_CHAR_WIDTH, _PADDING = 6.25, 10  # pixels; textLength makes the estimate exact


def to_csv(batches: Batches) -> Iterator[bytes]:
    """Yield a CSV file with a byte order mark, in which no cell can run as a formula."""
    yield _table([COLUMNS]).encode("utf-8-sig")
    for rows in batches:
        yield _table([_cell(row.get(column)) for column in COLUMNS] for row in rows).encode()


def to_json(batches: Batches) -> Iterator[bytes]:
    """Yield a JSON array. No batch may be empty."""
    arrays = (json.dumps(list(rows), ensure_ascii=False, indent=2).encode() for rows in batches)
    return join_arrays(arrays, end=b"\n]\n")


def to_markdown(batches: Batches, *, title: str, as_of: str) -> Iterator[bytes]:
    """Yield a heading with a title, the day of the list, and a table."""
    yield f"# {markdown.cell(title)}\n\nAs of {as_of}\n\n".encode()
    yield f"| {' | '.join(_MARKDOWN)} |\n{'|---' * len(_MARKDOWN)}|\n".encode()
    for rows in batches:
        yield "".join(map(_markdown_line, rows)).encode()


def to_calendar(batches: Batches, *, host: str, page_url: str, name: str = "Techlist") -> Iterator[bytes]:
    """Yield a calendar of ends of life and review dates, with alarms before future ones.

    name is the display name. host makes event ids unique across installations. page_url contains {id}.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Techlist//EN"]
    # Name and refresh interval, each as the standard property and its older equivalent.
    lines += [f"NAME:{_escaped(name)}", f"X-WR-CALNAME:{_escaped(name)}"]
    lines += ["REFRESH-INTERVAL;VALUE=DURATION:PT6H", "X-PUBLISHED-TTL:PT6H"]
    yield b"".join(map(_folded, lines))
    for rows in batches:
        yield b"".join(_folded(line) for row in rows for line in _events(row, host, page_url))
    yield _folded("END:VCALENDAR")


def to_badge(counts: Mapping[str, int], *, label: str = "techlist") -> bytes:
    """Return a badge that counts the two worst levels, in the colour of the worst."""
    found = [level for level in LEVELS if counts.get(level)]
    urgent = [f"{counts[level]} {level}" for level in ("critical", "high") if counts.get(level)]
    value = ", ".join(urgent) or ("all quiet" if found else "empty")
    left_text, right_text = round(len(label) * _CHAR_WIDTH), round(len(value) * _CHAR_WIDTH)
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


def to_atom(changes: Iterable[Row], *, feed_url: str, page_url: str, title: str = _FEED_TITLE) -> bytes:
    """Return a feed of changes, each with id, tech (id or None), name and at.

    A level change has from_level, to_level and why; a date change has text, title (the release cycle), field, before
    and after. An entry has the same id in feeds with different filters. page_url ends in a slash. feed_url is the id of
    the feed and, until set_self_link() replaces it, its link.
    """
    feed = _ChangesFeed(title, page_url, "", feed_url=feed_url, author_name="Techlist", feed_guid=feed_url)
    for change in changes:
        kind, title, content = _feed_words(change)
        feed.add_item(
            _xml(f"{change['name']}: {title}"),
            f"{page_url}techs/{change['tech']}/" if change["tech"] else "",
            _xml(content),
            unique_id=f"{page_url}#{kind}-{change['id']}",
            updateddate=datetime.fromisoformat(change["at"]),
        )
    return feed.writeString("utf-8").encode()


def _feed_words(change: Row) -> tuple[str, str, str]:
    """Return the kind of a change, for its id, with title and content."""
    if "to_level" in change:
        to_level = shown_level(change["to_level"], change["why"])
        return "change", f"{change['from_level']} to {to_level}", change["why"]
    words = describe(change["field"], before=change["before"], after=change["after"])
    return "date-change", change["text"], f"{change['title']}: {words}."


class _ChangesFeed(Atom1Feed):
    """A feed with plain text entries, which have no link if the technology was removed."""

    def latest_post_date(self) -> datetime:
        # Without entries, Django would use the current time, and equal rows would yield different bytes.
        return max((item["updateddate"] for item in self.items), default=_EPOCH)

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        handler.addQuickElement("id", item["unique_id"])
        handler.addQuickElement("title", item["title"])
        handler.addQuickElement("updated", rfc3339_date(item["updateddate"]))
        if item["link"]:
            handler.addQuickElement("link", "", {"rel": "alternate", "href": item["link"]})
        handler.addQuickElement("content", item["description"])


def set_self_link(url: str, feed: bytes) -> bytes:
    """Link a feed to the requested URL, to which readers will return. It may contain a token."""
    link = f'<link href="{html.escape(_xml(url))}" rel="self"/>'.encode()
    # Text content cannot match, because its angle brackets are escaped.
    return _SELF.sub(lambda _: link, feed, count=1)


def _table(lines: Iterable[Iterable[Any]]) -> str:
    table = io.StringIO()
    csv.writer(table).writerows(lines)
    return table.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return defused(value["text"])
    return defused(", ".join(value) if isinstance(value, list) else value)


def _markdown_line(row: Row) -> str:
    cells = [row["name"], _level(row), row.get("end_of_life"), row.get("action"), _upgrade(row)]
    return f"| {' | '.join(map(markdown.cell, [*cells, row.get('owner'), row.get('reason')]))} |\n"


def _level(row: Row) -> str:
    """Return the level for people, who must not take an accepted risk for nothing to do."""
    is_accepted = row.get("action") == ACCEPTED_ACTION
    return f"accepted until {row['hand_review_on']}" if is_accepted else str(row["priority"])


def _upgrade(row: Row) -> str:
    return str((row.get("upgrade_to") or {}).get("text", ""))


def _dates(row: Row) -> Iterator[tuple[str, date, str]]:
    if end := row.get("end_of_life"):
        yield "end", date.fromisoformat(end), f"{row['name']}: end of life"
    if review := row.get("hand_review_on"):
        subject = "accepted risk" if row["hand_priority"] == Level.LOW else "level override"
        yield "review", date.fromisoformat(review), f"{row['name']}: review the {subject}"


def _events(row: Row, host: str, page_url: str) -> Iterator[str]:
    for kind, day, summary in _dates(row):
        yield from ("BEGIN:VEVENT", f"UID:{kind}-{row['id']}@{host}", f"URL:{page_url.format(id=row['id'])}")
        yield from _event(row, day, _escaped(summary))


def _event(row: Row, day: date, summary: str) -> Iterator[str]:
    # The caller writes the UID, which stays the same if the date changes, so that calendars move the event.
    revised = datetime.fromisoformat(row["assessed_at"]).astimezone(UTC)
    yield f"DTSTAMP:{revised:%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{_basic(day)}"
    if day < date.max:  # used by some for "never", and without a next day; DTEND defaults to one day
        yield f"DTEND;VALUE=DATE:{_basic(day + timedelta(days=1))}"
    yield f"SUMMARY:{summary}"
    upgrade = f". {_upgrade(row)}" if _upgrade(row) else ""
    yield f"DESCRIPTION:{_level(row)}: {_escaped(row['action'] + upgrade)}"
    yield "TRANSP:TRANSPARENT"
    for days in ALARM_DAYS:
        if day - revised.date() >= timedelta(days=days):
            yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:-P{days}D")
            yield from (f"DESCRIPTION:{summary} in {days} days", "END:VALARM")
    yield "END:VEVENT"


def _basic(day: date) -> str:
    """Format a day as 20270401. Not every strftime() pads years before 1000 to four digits."""
    return day.isoformat().replace("-", "")


def _folded(line: str) -> bytes:
    content = line.encode()
    if len(content) > _LINE_BYTES:
        content = Contentline(line).to_ical()  # type: ignore[no-untyped-call]  # the library has half its types
    return content + b"\r\n"


def _escaped(text: str) -> str:
    return str(vText(text).to_ical().decode())


def _xml(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
