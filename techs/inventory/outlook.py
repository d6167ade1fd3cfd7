"""The work ahead for any query: technologies by level, and by the quarter in which their support ends.

Unless the stored counts have the numbers, they are counted from the matching rows. If these are too many to read, the
numbers are lower bounds.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeAlias

from techs.inventory import counts, paging, selection
from techs.inventory.filters import LAST_DAY, NO, OVERDUE, YES
from techs.inventory.queries import ListQuery, Params
from techs.rules.levels import Level, by_level
from techs.rules.overrides import ACCEPTED, is_accepted

QUARTERS = 8
_MONTHS = 3
_LEVEL_FIELDS = ("level", "level_override", "override_review_on")

_End: TypeAlias = tuple[date | None, str, int]
"""A day on which support ends, or None, with a level and the number of technologies.

Accepted risks are counted as low, and once more with "accepted" instead of a level.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """The numbers of technologies by level whose support ends in a quarter, from today on, or has ended before today.

    start: the first day of the quarter; None for overdue technologies. first and last: the days that count.
    """

    start: date | None
    first: date | None
    last: date
    counts: dict[str, int]
    accepted: int = 0
    """Those of the level low whose risk the team accepts."""

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
    later_accepted: int = 0
    undated_accepted: int = 0
    is_lower_bound: bool

    @property
    def periods(self) -> list[dict[str, Any]]:
        """Return the periods in order, as values that can be serialised to JSON."""
        return [
            *(
                _period(each.name, each.counts, each.accepted, first=each.first, last=each.last)
                for each in self.quarters
            ),
            _period("later", self.later, self.later_accepted, first=self.later_from),
            _period("undated", self.undated, self.undated_accepted),
        ]


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
    ends = _count_ends(rows, today=today)
    return levels, _outlook(ends, today=today, is_complete=is_complete)


def read_outlook(query: ListQuery, *, today: date) -> Outlook:
    ends, is_complete = _ends(query, today=today)
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
    *dated, later, undated = found
    starts = [None, *(_quarter(today, number) for number in range(QUARTERS))]
    firsts = [None, today, *(start for start in starts[2:])]
    return Outlook(
        quarters=tuple(
            Quarter(start=start, first=first, last=last, counts=by_level(numbers), accepted=numbers[ACCEPTED])
            for start, first, last, numbers in zip(starts, firsts, lasts, dated, strict=True)
        ),
        later=by_level(later),
        later_accepted=later[ACCEPTED],
        later_from=lasts[-1] + timedelta(days=1),
        undated=by_level(undated),
        undated_accepted=undated[ACCEPTED],
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


def _ends(query: ListQuery, *, today: date) -> tuple[Iterable[_End], bool]:
    """Return the ends of support of matching technologies. Also return True if these are all."""
    if not query.is_counted:
        rows, is_complete = matching(query, "end_of_life", *_LEVEL_FIELDS)
        return _count_ends(rows, today=today), is_complete
    days = counts.days(query.kinds, query.ends or (None, LAST_DAY))
    found: list[_End] = [
        (day, level, number) for day, level, number in days if level in (query.priority or list(Level))
    ]
    if not query.ends:
        found.extend(_undated(query, found))
    return [*found, *_accepted_ends(query, today=today)], True


def accepted_risks(query: ListQuery, *fields: str, today: date) -> list[tuple[Any, ...]]:
    """Return the values of fields of matching accepted risks of the level low.

    They are part of the rows if there are too many to read, which would be more than a team can review.
    """
    if query.accepted == NO or Level.LOW not in (query.priority or list(Level)):
        return []
    risks = replace(query, accepted=YES, priority=(Level.LOW.value,), today=today.isoformat())
    rows, _ = matching(risks, *fields)
    return rows


def _accepted_ends(query: ListQuery, *, today: date) -> Iterator[_End]:
    ends = Counter(accepted_risks(query, "end_of_life", today=today))
    yield from ((day, ACCEPTED, number) for (day,), number in ends.items())


def _count_ends(rows: Iterable[Sequence[Any]], *, today: date) -> list[_End]:
    """Count ends by day and level. rows: an end, and the values of _LEVEL_FIELDS."""
    ends = Counter[tuple[date | None, str]]()
    for end, level, override, review_on in rows:
        ends[end, level] += 1
        ends[end, ACCEPTED] += level == Level.LOW and is_accepted(override, review_on, today=today)
    return [(day, level, number) for (day, level), number in ends.items() if number]


def _undated(query: ListQuery, dated: Iterable[_End]) -> Iterable[tuple[None, str, int]]:
    numbers = Counter(counts.levels(query.kinds))
    for _, level, number in dated:
        numbers[level] -= number
    chosen = query.priority or list(Level)
    return ((None, level, number) for level, number in numbers.items() if level in chosen and number > 0)


def _period(
    name: str, levels: dict[str, int], accepted: int, *, first: date | None = None, last: date | None = None
) -> dict[str, Any]:
    return {"period": name, "ends_from": first, "ends_to": last, "levels": levels, "accepted": accepted}


def _quarter(day: date, number: int) -> date:
    """Return the first day of the quarter of a day, or of one that many quarters later."""
    months = day.year * 12 + (day.month - 1) // _MONTHS * _MONTHS + number * _MONTHS
    return date(months // 12, months % 12 + 1, 1)
