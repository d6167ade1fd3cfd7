"""Format dates for people: exact, or relative to today (UTC)."""

from datetime import UTC, date, datetime

# Above these limits, the larger unit is easier to read.
_DAYS_AT_MOST = 60
_MONTHS_AT_MOST = 24


def today() -> date:
    return datetime.now(UTC).date()


def read_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def exact(day: date) -> str:
    """Format a date for people, such as "3 Apr 2026"."""
    return f"{day.day} {day:%b %Y}"


def relative(day: date, *, today: date) -> str:
    """Format a date as "today", "in 12 days" or "3 months ago", rounding months and years down."""
    days = abs((day - today).days)
    if days == 0:
        return "today"
    months = _whole_months(min(day, today), max(day, today))
    if days < _DAYS_AT_MOST:
        amount = plural(days, "day")
    elif months < _MONTHS_AT_MOST:
        amount = plural(months, "month")
    else:
        amount = plural(months // 12, "year")
    return f"{amount} ago" if day < today else f"in {amount}"


def plural(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number:,} {unit}s"


def _whole_months(start: date, end: date) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - 1 if end.day < start.day else months
