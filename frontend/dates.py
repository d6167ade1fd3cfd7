"""Dates on pages: exact or relative to today (UTC), with the other form on hover."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from frontend.markup import fill

# Above these limits, the larger unit is easier to read.
_DAYS_AT_MOST = 60
_MONTHS_AT_MOST = 24

_DAY = re.compile(r"(?<![\w-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-])", re.ASCII)


def today() -> date:
    return datetime.now(UTC).date()


def exact(day: date) -> str:
    """Format a date for people, such as "3 Apr 2026"."""
    return f"{day.day} {day:%b %Y}"


def relative(moment: date, *, today: date | None = None) -> str:
    """Format a date as "today", "in 12 days" or "3 months ago", rounding months and years down."""
    day, now = _day(moment), today or datetime.now(UTC).date()
    days = abs((day - now).days)
    if days == 0:
        return "today"
    months = _whole_months(min(day, now), max(day, now))
    if days < _DAYS_AT_MOST:
        amount = plural(days, "day")
    elif months < _MONTHS_AT_MOST:
        amount = plural(months, "month")
    else:
        amount = plural(months // 12, "year")
    return f"{amount} ago" if day < now else f"in {amount}"


def plural(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number:,} {unit}s"


def exact_day(moment: date) -> SafeString:
    """Show "3 Apr 2026", with the distance on hover."""
    return _exact_day(_day(moment), today())


def relative_day(moment: date) -> SafeString:
    """Show "in 12 days", with the date on hover."""
    day = _day(moment)
    return _time(day, words=relative(day), title=exact(day))


def readable_days(text: str) -> SafeString:
    """Show ISO dates inside a text, such as 2026-04-03, in the date format of the pages."""
    return mark_safe(_DAY.sub(_readable, escape(text)))  # noqa: S308  the whole text was escaped first


def plain_days(text: str) -> str:
    """Replace ISO dates inside a text, such as 2026-04-03, by the date format of the pages."""
    return _DAY.sub(_plain, text)


def unbroken_days(text: str) -> str:
    """Replace dates like plain_days(), and keep each on one line."""
    return _DAY.sub(lambda found: _plain(found).replace(" ", "\u00a0"), text)


def _plain(found: re.Match[str]) -> str:
    day = _parsed(found[0])
    return exact(day) if day else found[0]


def _day(moment: date) -> date:
    """Return the day (UTC) of a date or of a moment."""
    return moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment


@lru_cache(maxsize=1024)
def _exact_day(day: date, now: date) -> SafeString:
    # Rows of a list share most of their dates.
    return _time(day, words=exact(day), title=relative(day, today=now))


def _readable(found: re.Match[str]) -> str:
    day = _parsed(found[0])
    return exact_day(day) if day else found[0]


def _parsed(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _time(day: date, *, words: str, title: str) -> SafeString:
    return fill('<time datetime="{}" title="{}">{}</time>', day, title, words)


def _whole_months(start: date, end: date) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - 1 if end.day < start.day else months
