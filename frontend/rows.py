"""One row of the page: a technology of the cached list, with the words that depend on today."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

_NEW_FOR = timedelta(minutes=2)
# From here on the larger unit says more.
_DAYS_AT_MOST = 60
_MONTHS_AT_MOST = 24


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from, and the day on which they were known to be true."""

    url: str
    as_of: date | None

    @property
    def name(self) -> str:
        """The address as people read it."""
        return self.url.removeprefix("https://").removesuffix("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the page shows of one technology."""

    id: int
    name: str
    level: str
    action: str
    score: int
    reason: str
    more_reasons: list[str]
    sources: list[Source]
    product: str
    release: str
    impact: str
    extended_support: bool
    note: str
    end_of_life: date | None
    has_ended: bool
    relative_end: str
    added_on: date
    is_new: bool

    @classmethod
    def read(cls, tech: dict[str, Any], *, now: datetime) -> Self:
        """The row of one technology as the API shows it."""
        texts = [reason["text"] for reason in tech["reasons"]]
        end = _day(tech["end_of_life"])
        added_at = datetime.fromisoformat(tech["submitted_at"])
        today = now.date()
        return cls(
            id=tech["id"],
            name=tech["name"],
            level=tech["priority"],
            action=tech["action"],
            score=tech["score"],
            reason=texts[0] if texts else "",
            more_reasons=texts[1:],
            sources=list(dict.fromkeys(_sources(tech["reasons"]))),
            product=tech["product"] or "",
            release=tech["release"] or "",
            impact=tech["impact"],
            extended_support=tech["extended_support"],
            note=tech["note"],
            end_of_life=end,
            has_ended=end is not None and end < today,
            relative_end=relative(end, today=today) if end else "",
            added_on=added_at.date(),
            is_new=now - added_at < _NEW_FOR,
        )


def relative(day: date, *, today: date) -> str:
    """A day in words: "today", "in 12 days", "3 months ago". Months and years are whole ones, rounded down."""
    days = abs((day - today).days)
    if days == 0:
        return "today"
    months = _whole_months(min(day, today), max(day, today))
    if days < _DAYS_AT_MOST:
        amount = _plural(days, "day")
    elif months < _MONTHS_AT_MOST:
        amount = _plural(months, "month")
    else:
        amount = _plural(months // 12, "year")
    return f"{amount} ago" if day < today else f"in {amount}"


def _whole_months(start: date, end: date) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - 1 if end.day < start.day else months


def _plural(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _sources(reasons: list[dict[str, Any]]) -> Iterator[Source]:
    for reason in reasons:
        # Anything else could be a script.
        if (reason["source"] or "").startswith("https://"):
            yield Source(reason["source"], _day(reason["facts_as_of"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
