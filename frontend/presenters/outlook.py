"""The drawing of the work ahead: ends of support by quarter, stacked by level, each bar a link to its list.

The quarters share one scale. Overdue and later technologies have gathered over years, or will, so their bars would make
those of the quarters tiny: they stand apart as numbers, each with a strip that only shows its shares of the levels.

Places are in percent from left to right, and in pixels from top to bottom, so that texts keep their size.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from frontend.dates import exact
from frontend.presenters.list_filters import url_of
from frontend.presenters.overview import with_accepted
from techs.inventory.filters import OVERDUE
from techs.inventory.queries import ListQuery, Params

HEIGHT = 112
_TOP, _BOTTOM = 16, 32  # for the numbers above the bars, and for the two lines below
_BASE = HEIGHT - _BOTTOM
_FIRST = _LAST = 15.0  # percent: the columns that stand apart have longer labels
_BAR_PART = 0.66  # of a column
_LEAST = 3  # pixels, the minimum height of a level
# Otherwise the only technology of a short list would be as tall as thousands of a long one.
_LEAST_SCALE = 4
_STRIP = 8  # pixels, the height of a strip
_STRIP_PART = 0.72  # of a column
_LEAST_SHARE = 0.06  # of a strip, so that few critical ones among thousands are visible

Counts = Mapping[str, int]
"""Numbers by level, worst first, with accepted risks before the level low."""
Period = Mapping[str, Any]
"""The first and the last day as ISO dates, either of which may be missing, and the numbers by level."""


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a bar or strip for one level."""

    level: str
    x: str
    y: int
    width: str
    height: int


@dataclass(frozen=True, slots=True)
class Column:
    """The place of a bar or strip, in percent."""

    left: float
    width: float
    is_apart: bool = False

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


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
    middle: str
    number_y: int
    is_apart: bool
    """Drawn as a number and a strip, which do not have the scale of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The drawing, and the table with the same numbers."""

    bars: list[Bar]
    undated: int
    is_lower_bound: bool
    start: str = f"{_FIRST}%"
    """Where the quarters begin: today."""
    end: str = f"{100 - _LAST}%"
    height: int = HEIGHT
    base: int = _BASE

    levels = [level.title() for level in with_accepted({}, 0)]

    @classmethod
    def of(cls, periods: Sequence[Period], *, query: ListQuery, is_lower_bound: bool = False) -> "Chart":
        """Draw overdue technologies, each quarter and later ends, linked to their lists in the query.

        periods: as techs.inventory.outlook returns them, the last one for technologies without a date.
        """
        *dated, undated = periods
        return cls(
            bars=list(_bars(dated, query=query)),
            undated=sum(undated["levels"].values()),
            is_lower_bound=is_lower_bound,
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


def _shown(period: Period) -> dict[str, int]:
    # Pages that the previous version cached have no accepted risks.
    return with_accepted(period["levels"], period.get("accepted", 0))


def _params(period: Period) -> Params:
    if not period["ends_from"]:
        return {"ends_within": OVERDUE}
    return {name: period[name] for name in ("ends_from", "ends_to") if period[name]}


def _columns(number: int) -> Iterator[Column]:
    """Yield the columns of this many periods. The first and the last stand apart."""
    width = (100 - _FIRST - _LAST) / (number - 2)
    yield Column(0, _FIRST, is_apart=True)
    yield from (Column(_FIRST + width * quarter, width) for quarter in range(number - 2))
    yield Column(100 - _LAST, _LAST, is_apart=True)


def _bars(periods: Sequence[Period], *, query: ListQuery) -> Iterator[Bar]:
    base = {name: value for name, value in query.params().items() if not name.startswith("ends_")}
    shown_year, most = "", max(_LEAST_SCALE, *(sum(period["levels"].values()) for period in periods[1:-1]))
    for number, (period, column) in enumerate(zip(periods, _columns(len(periods)), strict=True)):
        label, year, words = _named(period, number=number)
        counts = _shown(period)
        parts = list(_strip(counts, column) if column.is_apart else _stack(counts, column, most=most))
        yield Bar(
            name=f"{label} {year}".strip(),
            label=label,
            year=year if year != shown_year else "",
            words=f"{words}: {_words(counts)}",
            url=url_of(base, **_params(period)),
            total=sum(counts.values()),
            parts=parts,
            cells=[*counts.values()],
            left=_percent(column.left),
            column=_percent(column.width),
            middle=_percent(column.middle),
            number_y=_BASE - _STRIP - 10 if column.is_apart else (parts[-1].y if parts else _BASE) - 4,
            is_apart=column.is_apart,
        )
        shown_year = year


def _stack(counts: Counts, column: Column, *, most: int) -> Iterator[Part]:
    """Stack the levels, the worst at the bottom, where they can be compared best."""
    width = column.width * _BAR_PART
    x, wide = _percent(column.middle - width / 2), _percent(width)
    bottom, before = _BASE, 0
    for level, count in counts.items():
        if count:
            before += count
            # Round the sum, so that the heights add up.
            top = min(_BASE - (_BASE - _TOP) * before // most, bottom - _LEAST)
            yield Part(level, x, top, wide, bottom - top)
            bottom = top


def _strip(counts: Counts, column: Column) -> Iterator[Part]:
    """Divide a strip by level, the worst on the left."""
    least = sum(counts.values()) * _LEAST_SHARE
    shares = {level: max(count, least) for level, count in counts.items() if count}
    width = column.width * _STRIP_PART
    left = column.middle - width / 2
    for level, share in shares.items():
        wide = width * share / sum(shares.values())
        yield Part(level, _percent(left), _BASE - _STRIP, _percent(wide), _STRIP)
        left += wide


def _percent(place: float) -> str:
    return f"{place:.2f}%"


def _words(counts: Counts) -> str:
    total = sum(counts.values())
    levels = ", ".join(f"{count:,} {level}" for level, count in counts.items() if count)
    return f"{total:,} ({levels})" if total else "none"
