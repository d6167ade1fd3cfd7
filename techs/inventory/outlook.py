"""The work ahead for any query: technologies by level, and by the quarter in which their support ends.

Unless the stored counts have the numbers, they are counted from the matching rows. If these are too many to read, the
numbers are lower bounds.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeAlias

from techs.inventory import counts, paging, selection
from techs.inventory.filters import LAST_DAY, OVERDUE, YES
from techs.inventory.queries import ListQuery, Params
from techs.rules.levels import Level, by_level
from techs.rules.overrides import is_accepted

QUARTERS = 8
_MONTHS = 3
_LEVEL_FIELDS = ("level", "level_override", "override_review_on")

_End: TypeAlias = tuple[date | None, str, int]
"""A day on which support ends, or None, with a level and the number of technologies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """The numbers of technologies by level whose support ends in a quarter, from today on, or has ended before today.

    start: the first day of the quarter; None for overdue technologies. first and last: the days that count.
    """

    start: date | None
    first: date | None
    last: date
    counts: dict[str, int]

    @property
    def name(self) -> str:
        """Return a name such as 2026-Q4."""
        return f"{self.start.year}-Q{(self.start.month - 1) // _MONTHS + 1}" if self.start else OVERDUE

    @property
    def params(self) -> Params:
        """Return the parameters of the list that has these technologies."""
        if self.first is None:
            return {"ends_within": OVERDUE}
        return {"ends_from": self.first.isoformat(), "ends_to": self.last.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Overdue technologies, those of this quarter and the next seven, and the others, each by level."""

    quarters: tuple[Quarter, ...]
    later: dict[str, int]
    later_from: date
    undated: dict[str, int]
    is_lower_bound: bool

    @property
    def periods(self) -> list[dict[str, Any]]:
        """Return the periods in order, as values that can be serialised to JSON."""
        periods = [_period(each.name, each.counts, first=each.first, last=each.last) for each in self.quarters]
        return [*periods, _period("later", self.later, first=self.later_from), _period("undated", self.undated)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCounts:
    """The numbers of technologies by level, and of those whose risk the team accepts, which have a level, too."""

    counts: dict[str, int]
    accepted: int
    is_lower_bound: bool


def read_both(query: ListQuery, *, today: date) -> tuple[LevelCounts, Outlook]:
    """Return the level counts and the outlook. Rows that match for both are read once."""
    if query.is_counted or query.priority:
        return read_level_counts(query, today=today), read_outlook(query, today=today)
    rows, is_complete = matching(query, "end_of_life", *_LEVEL_FIELDS)
    levels = _count_levels([values for _, *values in rows], today=today, is_complete=is_complete)
    ends = _count_ends((end, level) for end, level, *_ in rows)
    return levels, _outlook(ends, today=today, is_complete=is_complete)


def read_outlook(query: ListQuery, *, today: date) -> Outlook:
    ends, is_complete = _ends(query)
    return _outlook(ends, today=today, is_complete=is_complete)


def _outlook(ends: Iterable[_End], *, today: date, is_complete: bool) -> Outlook:
    lasts = [
        today - timedelta(days=1),
        *(_quarter(today, number + 1) - timedelta(days=1) for number in range(QUARTERS)),
    ]
    found = [Counter[str]() for _ in range(len(lasts) + 2)]
    for day, level, count in ends:
        is_dated = day is not None and day <= LAST_DAY
        found[bisect_left(lasts, day) if day and is_dated else -1][level] += count
    *dated, later, undated = map(by_level, found)
    starts = [None, *(_quarter(today, number) for number in range(QUARTERS))]
    firsts = [None, today, *(start for start in starts[2:])]
    return Outlook(
        quarters=tuple(
            Quarter(start=start, first=first, last=last, counts=numbers)
            for start, first, last, numbers in zip(starts, firsts, lasts, dated, strict=True)
        ),
        later=later,
        later_from=lasts[-1] + timedelta(days=1),
        undated=undated,
        is_lower_bound=not is_complete,
    )


def read_level_counts(query: ListQuery, *, today: date) -> LevelCounts:
    """Count the technologies that match a query, whatever levels it has."""
    query = replace(query, priority=(), cursor=None)
    if query.is_counted:
        accepted, is_lower_bound = selection.count(replace(query, accepted=YES, today=today.isoformat()))
        levels = counts.levels(query.kinds, ends=query.ends)
        return LevelCounts(counts=by_level(levels), accepted=accepted, is_lower_bound=is_lower_bound)
    rows, is_complete = matching(query, *_LEVEL_FIELDS)
    return _count_levels(rows, today=today, is_complete=is_complete)


def _count_levels(rows: Sequence[Sequence[Any]], *, today: date, is_complete: bool) -> LevelCounts:
    return LevelCounts(
        counts=by_level(Counter(level for level, *_ in rows)),
        accepted=sum(is_accepted(override, review_on, today=today) for _, override, review_on in rows),
        is_lower_bound=not is_complete,
    )


def matching(query: ListQuery, *fields: str) -> tuple[list[tuple[Any, ...]], bool]:
    """Return the values of fields of all matching rows, in no order, or of a part of them and False."""
    query = replace(query, cursor=None, ordering="end_of_life" if query.ends else "priority")
    return paging.read(selection.ordered(query), selection.conditions_of(query), fields)


def _ends(query: ListQuery) -> tuple[Iterable[_End], bool]:
    """Return the ends of support of matching technologies. Also return True if these are all."""
    if not query.is_counted:
        rows, is_complete = matching(query, "end_of_life", "level")
        return _count_ends(rows), is_complete
    days = counts.days(query.kinds, query.ends or (None, LAST_DAY))
    found = [(day, level, number) for day, level, number in days if level in (query.priority or list(Level))]
    if query.ends:
        return found, True
    return [*found, *_undated(query, found)], True


def _count_ends(rows: Iterable[tuple[Any, ...]]) -> list[_End]:
    return [(day, level, number) for (day, level), number in Counter(rows).items()]


def _undated(query: ListQuery, dated: Iterable[tuple[date, str, int]]) -> Iterable[tuple[None, str, int]]:
    numbers = Counter(counts.levels(query.kinds))
    for _, level, number in dated:
        numbers[level] -= number
    chosen = query.priority or list(Level)
    return ((None, level, number) for level, number in numbers.items() if level in chosen and number > 0)


def _period(
    name: str, levels: dict[str, int], *, first: date | None = None, last: date | None = None
) -> dict[str, Any]:
    return {"period": name, "ends_from": first, "ends_to": last, "levels": levels}


def _quarter(day: date, number: int) -> date:
    """Return the first day of the quarter that is so many quarters after the one of a day."""
    months = day.year * 12 + (day.month - 1) // _MONTHS * _MONTHS + number * _MONTHS
    return date(months // 12, months % 12 + 1, 1)
