"""What the list would say of texts, without storing anything: the worker's assessment, printed.

Every row is a dictionary with the keys of row(); jsonl(), table() and as_csv() turn rows into lines of output.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from techs.assessment.assessor import Assessor
from techs.models import Tech
from techs.rules import priority
from techs.rules.csv_injection import defused

Row: TypeAlias = Mapping[str, Any]

_CSV = ("text", "product", "release", "priority", "score", "action", "end_of_life", "days_left")
_CSV_REASON = ("code", "text", "source", "facts_as_of")
_CSV_VERSIONS = ("rule_version", "facts_version")
_TABLE = ("PRIORITY", "SCORE", "TECHNOLOGY", "MEANS", "END OF LIFE", "DAYS", "WHY")
_WIDEST = 40  # characters of what was typed


def texts(stream: Iterable[bytes]) -> Iterator[str]:
    """One technology a line. Blank lines and lines that begin with "#" are skipped; what is not UTF-8 is replaced."""
    for line in stream:
        text = line.decode(errors="replace").strip("\ufeff \t\r\n")
        if text and not text.startswith("#"):
            yield text


def row(text: str, assessor: Assessor, *, impact: str, extended_support: bool) -> Row:
    """What the worker would make of a text with these options. None where nothing is known."""
    tech = Tech(name=text, impact=impact, extended_support=extended_support)
    assessor.assess(tech)
    end = tech.end_of_life
    return {
        "text": text,
        "product": tech.product or None,
        "release": tech.release or None,
        "priority": tech.level,
        "score": tech.score,
        "action": tech.action,
        "reasons": tech.reasons,
        "end_of_life": end.isoformat() if end else None,
        "days_left": (end - assessor.today).days if end else None,
        "rule_version": priority.RULE_VERSION,
        "facts_version": assessor.catalogue.facts.version,
    }


def jsonl(rows: Iterable[Row]) -> Iterator[str]:
    """One JSON object a row, in ASCII: no character in it can end the line."""
    return map(json.dumps, rows)


def as_csv(rows: Iterable[Row]) -> Iterator[str]:
    """A heading and one record a row, with the first reason, which decides."""
    yield _record([*_CSV, "code", "reason", "source", "facts_as_of", *_CSV_VERSIONS])
    for each in rows:
        reason = [each["reasons"][0][key] for key in _CSV_REASON]
        yield _record([*(each[key] for key in _CSV), *reason, *(each[key] for key in _CSV_VERSIONS)])


def table(rows: Iterable[Row]) -> Iterator[str]:
    """A heading and one aligned line a row."""
    lines = [_TABLE, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        *cells, why = (
            cell.rjust(width) if title in ("SCORE", "DAYS") else cell.ljust(width)
            for title, cell, width in zip(_TABLE, line, widths, strict=True)
        )
        yield "  ".join([*cells, why.rstrip()])


def _cells(each: Row) -> tuple[str, ...]:
    days = each["days_left"]
    return (
        each["priority"],
        str(each["score"]),
        _shown(each["text"]),
        f"{each['product'] or '?'} {each['release'] or ''}".rstrip(),
        each["end_of_life"] or "",
        "" if days is None else str(days),
        each["reasons"][0]["text"],
    )


def _shown(text: str) -> str:
    """What was typed, short, and without anything that a terminal would obey."""
    plain = "".join(char if char.isprintable() else "\ufffd" for char in text[: _WIDEST + 1])
    return plain if len(plain) <= _WIDEST else f"{plain[: _WIDEST - 3]}..."


def _record(cells: Sequence[Any]) -> str:
    record = io.StringIO()
    csv.writer(record, lineterminator="").writerow(map(defused, cells))
    return record.getvalue()
