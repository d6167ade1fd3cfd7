"""Days in words: exact, and how far they are from today (UTC)."""

from datetime import UTC, date, datetime

# From here on the larger unit says more.
_DAYS_AT_MOST = 60
_MONTHS_AT_MOST = 24


def today() -> date:
    """The day on which levels and words are worked out everywhere, whatever the clock on the wall says."""
    return datetime.now(UTC).date()


def read_day(text: str | None) -> date | None:
    """A day as JSON has it."""
    return date.fromisoformat(text) if text else None


def exact(day: date) -> str:
    """A day as people write it, such as "3 Apr 2026"."""
    return f"{day.day} {day:%b %Y}"


def relative(day: date, *, today: date) -> str:
    """A day in words: "today", "in 12 days", "3 months ago". Months and years are whole ones, rounded down."""
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
    """1 day, 2 days."""
    return f"{number} {unit}" if number == 1 else f"{number:,} {unit}s"


def _whole_months(start: date, end: date) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - 1 if end.day < start.day else months
