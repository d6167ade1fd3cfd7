"""The drawing of the levels over the last year, stacked like the outlook, and the change since last month in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from frontend.dates import exact
from techs.inventory.trend import TrendChange, TrendDay, change_since
from techs.rules.levels import Level

# The drawing is stretched to the width of its place.
WIDTH, HEIGHT = 360, 80
# The most points of a line. More would be indistinguishable.
_POINTS = 90
_LEAST_DAYS = 28
_MONTH = timedelta(days=30)
# "A month ago" may be wrong by this many days.
_ABOUT = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Area:
    """The technologies of a level and all worse ones, as the path of an area."""

    level: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendChart:
    """The drawing, and the table with the numbers of each month."""

    words: str
    start: date
    areas: list[Area]
    months: list[tuple[date, list[int]]]
    width: int = WIDTH
    height: int = HEIGHT

    levels = [level.title() for level in Level]

    @classmethod
    def of(cls, days: Sequence[TrendDay], *, today: date) -> Self | None:
        """Draw the counted days, or return None if there are too few to compare."""
        change = change_since(days)
        if change is None:
            return None
        start = min(days[0].day, today - timedelta(days=_LEAST_DAYS))
        return cls(
            words=in_words(change, today=today),
            start=start,
            areas=list(_areas(_sampled(days), start=start, today=today)),
            months=list(_months(days)),
        )


def in_words(change: TrendChange, *, today: date) -> str:
    """Describe a change, such as "3 fewer critical, 1 more high than a month ago"."""
    about = abs(today - change.since - _MONTH) <= _ABOUT
    then = "a month ago" if about else f"on {exact(change.since)}"
    parts = [_difference(change.counts[level], level) for level in (Level.CRITICAL, Level.HIGH) if change.counts[level]]
    return f"{', '.join(parts)} than {then}" if parts else f"As many critical and high as {then}"


def _difference(number: int, level: str) -> str:
    return f"{abs(number):,} {'more' if number > 0 else 'fewer'} {level}"


def _sampled(days: Sequence[TrendDay]) -> list[TrendDay]:
    """Return some of the days, the last one among them."""
    step = len(days) // _POINTS + 1
    return list(reversed(days[::-1][::step]))


def _areas(days: Sequence[TrendDay], *, start: date, today: date) -> Iterator[Area]:
    """Yield the areas in the order of drawing: all levels first, and the worst one last, over the others."""
    most = max(1, *(sum(each.counts.values()) for each in days))
    length = max((today - start).days, 1)
    places = [round(WIDTH * (each.day - start).days / length) for each in days]
    levels = list(Level)
    for number in range(len(levels), 0, -1):
        worse = levels[:number]
        sums = [sum(each.counts.get(level, 0) for level in worse) for each in days]
        if any(each.counts.get(worse[-1], 0) for each in days):
            heights = [HEIGHT - round(HEIGHT * each / most, 1) for each in sums]
            yield Area(worse[-1], _path(places, heights))


def _path(places: Sequence[int], heights: Sequence[float]) -> str:
    """Draw steps: a number holds until the next one is known."""
    steps = "".join(f"H{x}V{y:g}" for x, y in zip(places, heights, strict=True))
    return f"M{places[0]} {HEIGHT}{steps}H{WIDTH}V{HEIGHT}Z"


def _months(days: Sequence[TrendDay]) -> Iterator[tuple[date, list[int]]]:
    """Yield the first counted day of each month and the last day, with the number of each level."""
    first = {(each.day.year, each.day.month): each for each in reversed(days)}
    for each in [*reversed(first.values()), days[-1]]:
        yield each.day, [each.counts.get(level, 0) for level in Level]
