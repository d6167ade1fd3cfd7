"""The drawing of the levels over the last year, stacked like the outlook, and the change since last month in words.

Areas have coordinates, since the drawing is stretched to the width of its place. Texts must not be stretched, so their
places, and those of days, are in percent from left to right, and in pixels from top to bottom.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from frontend.dates import exact
from frontend.presenters.overview import count_of_techs, with_accepted
from techs.inventory.trend import TrendChange, TrendDay, change_since
from techs.rules.levels import Level
from techs.rules.overrides import ACCEPTED

WIDTH, HEIGHT = 360, 80
# The most days of a drawing. More would be a pixel wide.
_MOST_DAYS = 90
_LEAST_DAYS = 28
_MONTH = timedelta(days=30)
# "A month ago" may be wrong by this many days.
_ABOUT = timedelta(days=3)
# Numbers that are easy to read, as are their halves.
_TOPS = (2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 30, 40, 50, 60, 80, 100)
# Longer drawings have ticks for months, others for weeks. This many have a label.
_LONG = 75
_MOST_LABELS = 6
# Percent: labels beyond would be cut off, or be where the last one is.
_FIRST_LABEL, _LAST_LABEL = 6, 82

Counts = Mapping[str, int]
"""Numbers by level, worst first, with accepted risks before the level low."""


@dataclass(frozen=True, slots=True)
class Area:
    """The technologies of a level and all worse ones, as the path of an area."""

    level: str
    path: str


@dataclass(frozen=True, slots=True)
class Column:
    """A day, or a few of which the last one counts, in percent, and its numbers in words."""

    x: str
    width: str
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A day on the axis. Most have no label."""

    x: str
    label: str


@dataclass(frozen=True, slots=True)
class Bin:
    """Numbers that are drawn from one day to the next drawn one."""

    start: date
    day: date
    counts: Counts
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendChart:
    """The drawing, and the table with the numbers of each month.

    top: the number at the top of the drawing. unsplit_until: the last day on which accepted risks were counted as low,
    or None.
    """

    words: str
    start: date
    top: int
    areas: list[Area]
    columns: list[Column]
    ticks: list[Tick]
    months: list[tuple[date, list[int | None]]]
    unsplit_until: date | None
    width: int = WIDTH
    height: int = HEIGHT

    levels = [level.title() for level in with_accepted({}, 0)]

    @classmethod
    def of(cls, days: Sequence[TrendDay], *, today: date) -> Self | None:
        """Draw the counted days, or return None if there are too few to compare."""
        change = change_since(days)
        if change is None:
            return None
        bins = list(_bins(days))
        scale = _Scale(start=min(days[0].day, today - timedelta(days=_LEAST_DAYS)), today=today)
        top = _top(max(sum(each.counts.values()) for each in bins))
        return cls(
            words=in_words(change, today=today),
            start=scale.start,
            top=top,
            areas=list(_areas(bins, scale=scale, top=top)),
            columns=list(_columns(bins, scale=scale)),
            ticks=list(_ticks(scale)),
            months=list(_months(days)),
            unsplit_until=max((each.day for each in days if each.accepted is None), default=None),
        )

    @property
    def half(self) -> int:
        return self.top // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """The days from left to right. Today has a width, like the others."""

    start: date
    today: date

    @property
    def days(self) -> int:
        return (self.today - self.start).days + 1

    def part(self, day: date) -> float:
        """Return the place where a day begins, from 0 to 1."""
        return (day - self.start).days / self.days

    def percent(self, day: date) -> float:
        return 100 * self.part(day)


def in_words(change: TrendChange, *, today: date) -> str:
    """Describe a change, such as "3 fewer critical, 1 more accepted than a month ago"."""
    about = abs(today - change.since - _MONTH) <= _ABOUT
    then = "a month ago" if about else f"on {exact(change.since)}"
    differences = {level.value: change.counts[level] for level in (Level.CRITICAL, Level.HIGH)}
    # Otherwise, accepting the risks of critical technologies would look like an end of the work.
    differences[ACCEPTED] = change.accepted or 0
    parts = [_difference(number, level) for level, number in differences.items() if number]
    return f"{', '.join(parts)} than {then}" if parts else f"As many critical and high as {then}"


def _difference(number: int, level: str) -> str:
    return f"{abs(number):,} {'more' if number > 0 else 'fewer'} {level}"


def _shown(day: TrendDay) -> dict[str, int]:
    """Count accepted risks apart if their number is known. Otherwise, they are low."""
    # Both numbers were read one after the other.
    return with_accepted(day.counts, min(day.accepted or 0, day.counts.get(Level.LOW, 0)))


def _words(day: TrendDay, counts: Counts) -> str:
    names = {} if day.accepted is not None else {Level.LOW.value: "low or accepted"}
    levels = (f"{count:,} {names.get(level, level)}" for level, count in counts.items() if count)
    return "\n".join([exact(day.day), count_of_techs(sum(counts.values())), *levels])


def _bins(days: Sequence[TrendDay]) -> Iterator[Bin]:
    """Yield the days, or of many days the last one of a few, with today's numbers as the last ones."""
    step = (len(days) - 1) // _MOST_DAYS + 1
    for end in range((len(days) - 1) % step, len(days), step):
        counts = _shown(days[end])
        yield Bin(days[max(0, end - step + 1)].day, days[end].day, counts, _words(days[end], counts))


def _top(most: int) -> int:
    """Return the next number that is easy to read."""
    unit = int(10 ** max(0, len(str(most)) - 2))
    return next(number * unit for number in _TOPS if number * unit >= most)


def _areas(bins: Sequence[Bin], *, scale: _Scale, top: int) -> Iterator[Area]:
    """Yield the areas in the order of drawing: all levels first, and the worst one last, over the others."""
    places = [round(WIDTH * scale.part(each.start)) for each in bins]
    levels = list(bins[0].counts)
    for number in range(len(levels), 0, -1):
        worse = levels[:number]
        sums = [sum(each.counts[level] for level in worse) for each in bins]
        if any(each.counts[worse[-1]] for each in bins):
            heights = [HEIGHT - round(HEIGHT * each / top, 1) for each in sums]
            yield Area(worse[-1], _path(places, heights))


def _path(places: Sequence[int], heights: Sequence[float]) -> str:
    """Draw steps: a number holds until the next one is known."""
    steps = "".join(f"H{x}V{y:g}" for x, y in zip(places, heights, strict=True))
    return f"M{places[0]} {HEIGHT}{steps}H{WIDTH}V{HEIGHT}Z"


def _columns(bins: Sequence[Bin], *, scale: _Scale) -> Iterator[Column]:
    places = [*(scale.percent(each.start) for each in bins), 100.0]
    for each, left, right in zip(bins, places, places[1:], strict=False):
        yield Column(f"{left:.2f}%", f"{right - left:.2f}%", each.words)


def _ticks(scale: _Scale) -> Iterator[Tick]:
    """Yield the first days of months or weeks, of which some have a label."""
    all_days = [scale.start + timedelta(days=number) for number in range(scale.days)]
    is_long = scale.days > _LONG
    days = [day for day in all_days if (day.day == 1 if is_long else day.weekday() == 0)]
    every = (len(days) - 1) // _MOST_LABELS + 1
    labelled = {*[day for day in days if _FIRST_LABEL <= scale.percent(day) <= _LAST_LABEL][::every]}
    for day in days:
        words = f"{day:%b}" if is_long else f"{day.day} {day:%b}"
        yield Tick(f"{scale.percent(day):.2f}%", words if day in labelled else "")


def _months(days: Sequence[TrendDay]) -> Iterator[tuple[date, list[int | None]]]:
    """Yield the first counted day of each month and the last day, with its numbers. Unknown ones are None."""
    first = {(each.day.year, each.day.month): each for each in reversed(days)}
    for each in [*reversed(first.values()), days[-1]]:
        counts = _shown(each)
        yield each.day, [None if level == ACCEPTED and each.accepted is None else counts[level] for level in counts]
