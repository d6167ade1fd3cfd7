"""Assess technologies without storing anything, for the command line. Pure.

Rows are dictionaries with the keys of row() and, if with_places, those of place(). jsonl(), table() and as_csv() turn
them into lines of output.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, TypeAlias

from techs.imports.manifests import Entry, Skipped
from techs.imports.manifests.lines import is_content, without_bullet
from techs.imports.manifests.types import printable, shorten, why_refused
from techs.rules import priority
from techs.rules.assessing import TextAssessor
from techs.rules.attributes import InvalidAttribute, TechAttributes, clean_name
from techs.rules.csv_injection import defused
from techs.rules.kinds import Kind
from techs.rules.levels import Impact, Level
from techs.rules.priority import Reason
from techs.rules.upgrades import Upgrade

Row: TypeAlias = Mapping[str, Any]

_CSV = ("text", "product", "release", "priority", "score", "action", "end_of_life", "days_left")
_CSV_REASON = ("code", "text", "source", "facts_as_of")
_CSV_VERSIONS = ("rule_version", "facts_version")
_PLACE = ("file", "line", "note")
_TABLE = ("PRIORITY", "SCORE", "TECHNOLOGY", "MEANS", "END OF LIFE", "DAYS")
_WIDEST = 40  # characters of a technology


def plain_lines(lines: Iterable[str]) -> Iterator[Entry | Skipped]:
    """Yield an entry for every line that is neither blank nor a comment (#), including duplicates.

    An entry with an invalid text is followed by a Skipped row with the reason.
    """
    for number, line in enumerate(lines, start=1):
        if not is_content(line):
            continue
        text = without_bullet(line).strip()
        yield Entry(number, text, line)
        if why := _why_unread(text):
            yield Skipped(number, shorten(line), why, is_unread=True)


def decoded(stream: Iterable[bytes]) -> Iterator[str]:
    for line in stream:
        yield line.decode(errors="replace").strip("\ufeff \t\r\n")


def row(entry: Entry, assessor: TextAssessor, general: TechAttributes) -> Row:
    """Assess an entry as the worker would. Unknown values are None. general: attributes for all entries."""
    given = entry.attributes.over(general)
    found = assessor.assess_text(
        entry.text,
        kind=entry.kind,
        impact=Impact(given.impact or Impact.NORMAL),
        extended_support=bool(given.extended_support),
    )
    end = found.end_of_life
    return {
        "text": entry.text,
        "product": found.product,
        "release": found.release,
        "priority": found.level.value,
        "score": found.score,
        # Libraries are unknown by nature, so nobody is asked to identify one.
        "action": (Level.LOW if entry.kind is Kind.LIBRARY else found.level).action,
        "reasons": [_to_json(reason) for reason in found.reasons],
        "end_of_life": end.isoformat() if end else None,
        "days_left": (end - assessor.today).days if end else None,
        "upgrade_to": _to_json(found.upgrade_to) if found.upgrade_to else None,
        "kind": entry.kind,
        "rule_version": priority.RULE_VERSION,
        "facts_version": assessor.catalogue.facts.version,
    }


def _to_json(value: Reason | Upgrade) -> dict[str, Any]:
    return {key: each.isoformat() if isinstance(each, date) else each for key, each in asdict(value).items()}


def place(entry: Entry, file: str) -> Row:
    """Return the position of an entry, and its note, such as "only if python_version < '3.8'"."""
    return {"file": file, "line": entry.line, "note": entry.note}


def jsonl(rows: Iterable[Row], *, with_places: bool = False) -> Iterator[str]:
    # json.dumps() escapes all characters that would break a line.
    return map(json.dumps, rows)


def as_csv(rows: Iterable[Row], *, with_places: bool = False) -> Iterator[str]:
    last = [*_CSV_VERSIONS, *(_PLACE if with_places else ())]
    yield _record([*_CSV, "code", "reason", "source", "facts_as_of", "upgrade_to", *last])
    for each in rows:
        reason = [each["reasons"][0][key] for key in _CSV_REASON]
        yield _record([*(each[key] for key in _CSV), *reason, _upgrade(each), *(each[key] for key in last)])


def table(rows: Iterable[Row], *, with_places: bool = False) -> Iterator[str]:
    titles = [*_TABLE, *(["WHERE"] if with_places else []), "WHY"]
    lines = [titles, *(_cells(each, with_place=with_places) for each in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        *cells, why = (
            cell.rjust(width) if title in ("SCORE", "DAYS") else cell.ljust(width)
            for title, cell, width in zip(titles, line, widths, strict=True)
        )
        yield "  ".join([*cells, why.rstrip()])


def _why_unread(text: str) -> str:
    """Return why a line is invalid; "" if it is valid or only decoration, such as "---"."""
    if "\N{REPLACEMENT CHARACTER}" in text:
        return "This is not valid UTF-8."
    try:
        clean_name(" ".join(text.split()))
    except InvalidAttribute as error:
        return why_refused(error) if any(map(str.isalnum, text)) else ""
    return ""


def _cells(each: Row, *, with_place: bool) -> list[str]:
    days = each["days_left"]
    return [
        each["priority"],
        str(each["score"]),
        _shown(each["text"]),
        f"{each['product'] or '?'} {each['release'] or ''}".rstrip(),
        each["end_of_life"] or "",
        "" if days is None else str(days),
        *([f"{printable(each['file'])}:{each['line']}"] if with_place else []),
        f"{each['reasons'][0]['text']} {_upgrade(each)}".rstrip(),
    ]


def _upgrade(each: Row) -> str:
    return str(each["upgrade_to"]["text"]) if each["upgrade_to"] else ""


def _shown(text: str) -> str:
    plain = printable(text[: _WIDEST + 1])
    return plain if len(plain) <= _WIDEST else f"{plain[: _WIDEST - 3]}..."


def _record(cells: Sequence[Any]) -> str:
    record = io.StringIO()
    csv.writer(record, lineterminator="").writerow(map(defused, cells))
    return record.getvalue()
