"""The drawing of the work ahead: ends of support by quarter, stacked by level, each bar a link to its list.

Places are in percent from left to right, and in pixels from top to bottom, so that texts keep their size.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from frontend.dates import exact
from frontend.presenters.list_filters import url_of
from techs.inventory.filters import OVERDUE
from techs.inventory.queries import ListQuery, Params
from techs.rules.levels import Level

HEIGHT = 112
_TOP, _BOTTOM = 16, 32  # for the numbers above the bars, and for the two lines below
_BASE = HEIGHT - _BOTTOM
_FIRST = 14.0  # percent: the first column has the longest label
_BAR_PART = 0.66  # of a column
_LEAST = 3  # pixels, the minimum height of a level

Counts = Mapping[str, int]
Period = Mapping[str, Any]
"""The first and the last day as ISO dates, either of which may be missing, and the numbers by level."""


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a bar for one level."""

    level: str
    y: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The technologies whose support ends in one period. year is shown for the first quarter of a year."""

    name: str
    label: str
    year: str
    words: str
    url: str
    total: int
    parts: list[Part]
    cells: list[int]
    left: str
    column: str
    x: str
    width: str
    middle: str
    number_y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The drawing, and the table with the same numbers."""

    bars: list[Bar]
    undated: int
    is_lower_bound: bool
    today: str
    height: int = HEIGHT
    base: int = _BASE

    levels = [level.title() for level in Level]

    @classmethod
    def of(cls, periods: Sequence[Period], *, query: ListQuery, is_lower_bound: bool = False) -> "Chart":
        """Draw a bar for overdue technologies, each quarter and later ends, linked to their lists in the query.

        periods: as techs.inventory.outlook returns them, the last one for technologies without a date.
        """
        *dated, undated = periods
        return cls(
            bars=list(_bars(dated, query=query)),
            undated=sum(undated["levels"].values()),
            is_lower_bound=is_lower_bound,
            today=f"{_FIRST:.2f}%",
        )


def _named(period: Period, *, number: int) -> tuple[str, str, str]:
    """Return label, year and words of a period."""
    if number == 0:
        return "Overdue", "", "Support has ended"
    first = date.fromisoformat(period["ends_from"])
    if not period["ends_to"]:
        return "Later", "", f"Support ends from {exact(first)} on"
    name = f"Q{(first.month + 2) // 3}"
    return name, str(first.year), f"Support ends in {name} {first.year}"


def _params(period: Period) -> Params:
    if not period["ends_from"]:
        return {"ends_within": OVERDUE}
    return {name: period[name] for name in ("ends_from", "ends_to") if period[name]}


def _bars(periods: Sequence[Period], *, query: ListQuery) -> Iterator[Bar]:
    base = {name: value for name, value in query.params().items() if not name.startswith("ends_")}
    shown_year, column = "", (100 - _FIRST) / (len(periods) - 1)
    most = max(sum(period["levels"].values()) for period in periods)
    for number, period in enumerate(periods):
        label, year, words = _named(period, number=number)
        counts = period["levels"]
        parts = list(_parts(counts, most=most))
        left = _FIRST + column * (number - 1) if number else 0
        width = column if number else _FIRST
        yield Bar(
            name=f"{label} {year}".strip(),
            label=label,
            year=year if year != shown_year else "",
            words=f"{words}: {_words(counts)}",
            url=url_of(base, **_params(period)),
            total=sum(counts.values()),
            parts=parts,
            cells=[counts.get(level, 0) for level in Level],
            left=f"{left:.2f}%",
            column=f"{width:.2f}%",
            x=f"{left + (width - column * _BAR_PART) / 2:.2f}%",
            width=f"{column * _BAR_PART:.2f}%",
            middle=f"{left + width / 2:.2f}%",
            number_y=(parts[-1].y if parts else _BASE) - 4,
        )
        shown_year = year


def _parts(counts: Counts, *, most: int) -> Iterator[Part]:
    """Stack the levels, the worst at the bottom, where they can be compared best."""
    bottom, before = _BASE, 0
    for level in Level:
        if count := counts.get(level, 0):
            before += count
            # Round the sum, so that the heights add up.
            top = min(_BASE - (_BASE - _TOP) * before // most, bottom - _LEAST)
            yield Part(level, top, bottom - top)
            bottom = top


def _words(counts: Counts) -> str:
    total = sum(counts.values())
    levels = ", ".join(f"{counts[level]:,} {level}" for level in Level if counts.get(level))
    return f"{total:,} ({levels})" if total else "none"
