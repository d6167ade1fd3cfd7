"""Filters in words, for the titles of exports and the names of their files."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from techs.inventory import groups
from techs.inventory.filters import OVERDUE, YES, Days
from techs.inventory.queries import ListQuery

_MOST_CHARS = 80  # of the name of a file
# Filters whose values have names.
_NAMED = {"service": "service", "owner": "owner", "product": "product", "imported": "import"}


def describe(query: ListQuery) -> Iterator[str]:
    """Yield each filter in words, such as "owner Payments" and "critical or high"."""
    for by, word in _NAMED.items():
        if chosen := getattr(query, by):
            yield f"{word} {_any(groups.names_of(by, chosen).values())}"
    if query.tag:
        yield f"tag {_any(query.tag)}"
    if query.priority:
        yield _any(query.priority)
    yield from _ends(query)
    if query.accepted:
        yield "accepted risks" if query.accepted == YES else "without accepted risks"
    if query.kind:
        yield "libraries"
    if query.q:
        yield f"“{query.q}”"


def filename(name: str, query: ListQuery, *, today: date) -> str:
    """Return a name such as techlist-critical-high-payments-2026-11-29.csv, or techlist.csv without filters."""
    values = (value if isinstance(value, str) else "-".join(value) for value in query.filters.values())
    words = re.sub(r"[^\w.+]+", "-", "-".join(values))[:_MOST_CHARS].strip("-.")
    stem, _, suffix = name.rpartition(".")
    return f"{stem}-{words}-{today}.{suffix}" if words else name


def day(value: date) -> str:
    """Return a date as pages show it, such as 1 Apr 2024."""
    return f"{value.day} {value:%b} {value.year}"


def _ends(query: ListQuery) -> Iterator[str]:
    within = Days.of(query.ends_within)
    if within.number is not None:
        yield f"support {'has ended or ' if within.is_overdue else ''}ends within {within.number} days"
    elif OVERDUE in query.ends_within:
        yield "support has ended"
    bounds = (("from", query.ends_from), ("to", query.ends_to))
    if known := " ".join(f"{word} {day(date.fromisoformat(text))}" for word, text in bounds if text):
        yield f"support ends {known}"


def _any(values: Iterable[str]) -> str:
    return " or ".join(values)
