"""An independent parser reads back each export format."""

import csv
import io
import json
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techs.exports import formats

ROW: dict[str, Any] = {
    "id": 7,
    "name": "Django 3.2",
    "priority": "critical",
    "score": 95,
    "action": "Upgrade to 5.2.",
    "product": "django",
    "release": "3.2",
    "end_of_life": "2024-04-01",
    "impact": "high",
    "extended_support": False,
    "evergreen": False,
    "owner": "Team Web",
    "tags": ["shop", "team-web"],
    "reason": "Support ended.",
    "note": "",
    "hand_priority": None,
    "hand_review_on": None,
    "submitted_at": "2026-11-20T08:00:00Z",
    "assessed_at": "2026-11-24T00:00:01Z",
}
SOON = {**ROW, "end_of_life": "2027-04-01"}
CHANGE = {
    "id": 3,
    "tech": 7,
    "name": "Django <3.2> & co",
    "at": "2026-11-24T00:00:01Z",
    "from_level": "high",
    "to_level": "critical",
    "why": "Its end of life has come.",
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def parsed(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314  written by ourselves


def calendar(rows: list[dict[str, Any]]) -> bytes:
    parts = formats.to_calendar([rows], host="list.example.org", page_url="https://list.example.org/techs/{id}/")
    return b"".join(parts)


def events(content: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(content).walk("VEVENT"))


def test_csv() -> None:
    content = b"".join(formats.to_csv([[ROW]]))
    assert content.startswith(b"\xef\xbb\xbfname,priority,")
    (row,) = table(content)
    assert (row["name"], row["score"], row["extended_support"], row["hand_priority"]) == ("Django 3.2", "95", "no", "")
    assert (row["owner"], row["tags"], row["reason"]) == ("Team Web", "shop, team-web", "Support ended.")
    assert content.count(b"\r\n") == content.count(b"\n") == 2, "RFC 4180: every line ends in CRLF"


@pytest.mark.parametrize("char", ["=", "+", "-", "@", "\t=", " =", "\n=", "＝"])
def test_no_cell_is_a_formula(char: str) -> None:
    (row,) = table(b"".join(formats.to_csv([[{**ROW, "name": f"{char}1+1", "note": f"{char}cmd|'/c calc'!A0"}]])))
    assert row["name"] == f"'{char}1+1"
    assert row["note"].startswith("'")


@given(TEXTS)
def test_csv_of_any_name_is_one_row(name: str) -> None:
    (row,) = table(b"".join(formats.to_csv([[{**ROW, "name": name}]])))
    assert row["name"] in (name, f"'{name}")
    assert not row["name"].lstrip(" ").startswith(("=", "+", "-", "@"))


def test_json() -> None:
    assert json.loads(b"".join(formats.to_json([[ROW]]))) == [ROW]


def markdown(*rows: dict[str, Any], title: str = "Technologies") -> list[str]:
    return b"".join(formats.to_markdown([rows], title=title, as_of="29 Nov 2026")).decode().splitlines()


def test_markdown() -> None:
    lines = markdown(ROW, {**ROW, "name": "a|b <img> [x](y)\n`c`", "end_of_life": None})
    assert lines[:4] == ["# Technologies", "", "As of 29 Nov 2026", ""]
    assert lines[4] == "| Technology | Level | End of life | Action | Upgrade | Owner | Reason |"
    assert lines[6] == "| Django 3.2 | critical | 2024-04-01 | Upgrade to 5.2. |  | Team Web | Support ended. |"
    assert lines[7].startswith(r"| a\|b \<img\> \[x\](y) \`c\` | critical |  | Upgrade to 5.2. |  |")
    assert markdown(title="Technologies: <b>, owner #1")[0] == r"# Technologies: \<b\>, owner \#1"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("https://evil.example", r"https\://evil.example"),
        ("See HTTP://x and www.evil.example", r"See HTTP\://x and www\.evil.example"),
        ("mailto:a@b.example", r"mailto\:a\@b.example"),
        ("@acme/all", r"\@acme/all"),
        ("costs $x$", r"costs \$x\$"),
        ("@angular/core 12: ours", r"\@angular/core 12: ours"),
    ],
)
def test_nothing_in_markdown_becomes_a_link(name: str, shown: str) -> None:
    assert markdown({**ROW, "name": name})[6].startswith(f"| {shown} |")


def test_calendar() -> None:
    content = calendar([SOON, {**ROW, "id": 8, "end_of_life": None}])
    (event,) = events(content)
    assert event["SUMMARY"] == "Django 3.2: end of life"
    assert event.decoded("DTSTART") == date(2027, 4, 1)
    assert event.decoded("DTSTAMP") == datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC)
    assert event["URL"] == "https://list.example.org/techs/7/"
    assert [alarm.decoded("TRIGGER") for alarm in event.walk("VALARM")] == [
        timedelta(days=-days) for days in formats.ALARM_DAYS
    ]
    assert calendar([SOON]) == content


def test_what_is_past_rings_no_more() -> None:
    (past,) = events(calendar([ROW]))
    (near,) = events(calendar([{**ROW, "end_of_life": "2026-12-24"}]))
    assert [len(event.walk("VALARM")) for event in (past, near)] == [0, 2]


@pytest.mark.parametrize("day", [date.min, date.max])
def test_no_date_is_too_far_for_a_calendar(day: date) -> None:
    """Sources and people write 9999-12-31 for "never"."""
    for field, event in zip(
        ("end_of_life", "hand_review_on"),
        events(calendar([{**ROW, "end_of_life": day.isoformat(), "hand_review_on": day.isoformat()}])),
        strict=True,
    ):
        assert event.decoded("DTSTART") == day, field


def test_lines_are_folded() -> None:
    """RFC 5545: at most 75 bytes per line, without splitting characters."""
    name = "é" * 200
    content = calendar([{**SOON, "name": name}])
    assert max(map(len, content.split(b"\r\n"))) <= 75
    assert all(line.decode() for line in content.split(b"\r\n")[:-1])
    assert events(content)[0]["SUMMARY"] == f"{name}: end of life"


ACCEPTED = {**ROW, "priority": "low", "action": "review later", "hand_priority": "low", "hand_review_on": "2027-02-01"}


def test_an_accepted_risk_looks_accepted() -> None:
    table = b"".join(formats.to_markdown([[ACCEPTED]], title="Techlist", as_of="2026-11-29")).decode()
    assert "| accepted until 2027-02-01 |" in table
    end, review = events(calendar([ACCEPTED]))
    assert str(end["DESCRIPTION"]).startswith("accepted until 2027-02-01: review later")
    assert review["SUMMARY"] == "Django 3.2: review the accepted risk"
    change = {**CHANGE, "to_level": "low", "why": "Risk accepted until 2027-02-01. Isolated."}
    assert "to accepted" in (feed(change).findtext(".//{*}entry/{*}title") or "")


def test_ten_thousand_rows_are_quick() -> None:
    rows = [{**SOON, "id": number} for number in range(10_000)]
    started = time.process_time()
    assert calendar(rows).count(b"BEGIN:VEVENT") == 10_000
    assert time.process_time() - started < 5


def test_a_review_is_an_event_of_its_own() -> None:
    found = events(calendar([{**ROW, "hand_review_on": "2027-01-15"}]))
    assert [event["UID"] for event in found] == ["end-7@list.example.org", "review-7@list.example.org"]


def test_a_date_that_moves_keeps_its_event() -> None:
    (before,) = events(calendar([ROW]))
    (after,) = events(calendar([{**ROW, "end_of_life": "2025-01-01"}]))
    assert before["UID"] == after["UID"]


@given(TEXTS)
def test_a_calendar_of_any_name_has_one_event(name: str) -> None:
    assert len(events(calendar([{**ROW, "name": name}]))) == 1


@pytest.mark.parametrize(
    ("counts", "value", "level"),
    [
        ({"critical": 2, "high": 1, "low": 9}, "2 critical, 1 high", "critical"),
        ({"high": 1}, "1 high", "high"),
        ({"medium": 3, "low": 1}, "all quiet", "low"),
        ({}, "empty", "unknown"),
    ],
)
def test_badge(counts: dict[str, int], value: str, level: str) -> None:
    content = formats.to_badge(counts)
    root = parsed(content)
    assert root.attrib["aria-label"] == f"techlist: {value}"
    assert formats.LEVELS[level] in content.decode()


def test_the_label_of_a_badge_is_escaped() -> None:
    assert parsed(formats.to_badge({}, label='<a "b">')).attrib["aria-label"] == '<a "b">: empty'


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", formats.LEVELS.values())
def test_white_can_be_read_on_every_colour(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def feed(*changes: dict[str, Any]) -> ElementTree.Element:
    urls = {"feed_url": "https://example.org/changes.atom", "page_url": "https://example.org/"}
    return parsed(formats.to_atom(changes, **urls))


def updated(element: ElementTree.Element) -> datetime:
    return datetime.fromisoformat(element.findtext("{http://www.w3.org/2005/Atom}updated") or "")


def test_atom() -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    root = feed(CHANGE, {**CHANGE, "id": 2, "at": "2026-11-01T00:00:00Z"})
    assert updated(root) == datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC)
    first, second = root.findall(f"{atom}entry")
    assert first.findtext(f"{atom}title") == "Django <3.2> & co: high to critical"
    assert first.findtext(f"{atom}id") != second.findtext(f"{atom}id")
    assert updated(feed()) == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_feed_is_read_at_an_address() -> None:
    url = "https://example.org/changes.atom?q=\"&token=<x>&a='\x01"
    content = formats.set_self_link(
        url, formats.to_atom([CHANGE], feed_url="https://example.org/x", page_url="https://x/")
    )
    (link,) = (link for link in parsed(content) if link.get("rel") == "self")
    assert link.get("href") == url.replace("\x01", "\ufffd")
    assert parsed(content).findtext("{http://www.w3.org/2005/Atom}id") == "https://example.org/x"


def test_atom_is_what_the_rfc_asks_for() -> None:
    """RFC 4287: one id, title and updated element each, an author, an absolute self link, and alternate links."""
    atom = "{http://www.w3.org/2005/Atom}"
    root = feed(CHANGE, {**CHANGE, "id": 2, "tech": None})
    for element in (root, *root.findall(f"{atom}entry")):
        assert [len(element.findall(f"{atom}{tag}")) for tag in ("id", "title", "updated")] == [1, 1, 1]
        assert datetime.fromisoformat(element.findtext(f"{atom}updated") or "").tzinfo
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{atom}link")}
    assert links == {"self": "https://example.org/changes.atom", "alternate": "https://example.org/"}
    assert root.findtext(f"{atom}author/{atom}name")
    listed, left = root.findall(f"{atom}entry")
    assert [link.get("href") for link in listed.findall(f"{atom}link")] == ["https://example.org/techs/7/"]
    assert left.find(f"{atom}link") is None


@given(TEXTS)
def test_a_feed_of_any_text_is_xml(text: str) -> None:
    assert len(feed({**CHANGE, "name": text, "why": text})) == 7
