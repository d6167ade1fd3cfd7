"""The release cycles of a product as a drawing: one bar for each, with phases of support and today's mark.

Places are in percent from left to right, so that the drawing has any width.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, takewhile
from typing import Self

from frontend.dates import exact, relative
from techs.rules.findings import dated, has_ended
from techs.rules.products import ProductFacts, ReleaseCycle, label_of
from techs.rules.support_phases import Phase, Place, Span, cycles_around, phases_of

_MOST = 10  # rows
_YEAR = timedelta(days=365)
# The drawing shows at most these years before and after today, unless the team's own release ended earlier.
_PAST, _FUTURE = 5 * _YEAR, 10 * _YEAR
_TICKS = 9
_STEPS = (6, 12, 24, 60)  # months
_LEAST = 0.4  # percent, the minimum width of a phase
_WORDS = {
    Phase.FULL: "supported",
    Phase.SECURITY: "security fixes only",
    Phase.EXTENDED: "extended support",
}


@dataclass(frozen=True, slots=True)
class Scale:
    """The days at the left and the right edge, and today."""

    first: date
    last: date
    today: date

    @classmethod
    def of(cls, bars: Sequence[Sequence[Span]], own: Sequence[Span], *, today: date) -> Self:
        """Return a scale with the phases of all rows, those of the own release, and today."""
        spans = [span for bar in bars for span in bar]
        starts = [span.start for span in spans if span.start]
        ends = [span.end for span in spans if span.end]
        first = max(min([*starts, today - _YEAR / 2]), today - _PAST)
        if own_ends := [span.end for span in own if span.end]:
            # The release still has a bar if it ended long ago.
            first = min(first, min(own_ends) - _YEAR)
        return cls(first, min(max([*ends, today + _YEAR]), today + _FUTURE) + _YEAR / 4, today)

    def at(self, day: date) -> float:
        part = 100 * (day - self.first).days / (self.last - self.first).days
        return min(max(part, 0.0), 100.0)

    def ticks(self) -> list[date]:
        """Return the first days of years or, if there are few, of half years."""
        for months in _STEPS:
            days = [day for day in self._days(months) if day > self.first]
            if len(days) <= _TICKS:
                break
        return days

    def _days(self, months: int) -> Iterator[date]:
        start = self.first.year - self.first.year % max(months // 12, 1)
        every = (date(start + step // 12, step % 12 + 1, 1) for step in count(0, months))
        return takewhile(lambda day: day < self.last, every)


@dataclass(frozen=True, slots=True)
class Tick:
    """A vertical line with its label."""

    x: str
    label: str


@dataclass(frozen=True, slots=True)
class Part:
    """A phase in a bar. An open one has no announced end, so it fades out at the edge."""

    phase: str
    x: str
    width: str
    words: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """The end of a phase, in words if there is no day."""

    day: date | None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A release cycle with its bar, and the same in words."""

    name: str
    mark: str
    """"own", "assumed", "target" or ""."""
    parts: list[Part]
    gap: Part | None
    """The time since support ended, of the own release."""
    words: str
    ends: date | bool
    distance: str
    released: date | None
    cells: list[Cell]
    """The ends of the phases, in the order of the legend."""
    latest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The rows in the product's order, and all vertical lines."""

    product: str
    url: str
    rows: list[Row]
    more: int
    ticks: list[Tick]
    today: str
    is_today_late: bool
    """Today's label has more room to the left of its line."""
    legend: list[tuple[str, str]]

    @classmethod
    def of(cls, product: ProductFacts, place: Place, *, is_assumed: bool, today: date) -> Self | None:
        """Draw the supported cycles of a product, the own one and the target. Return None if there are none."""
        cycles, more = cycles_around(product, place, today=today, most=_MOST)
        if not cycles:
            return None
        spans = {cycle.name: phases_of(cycle) for cycle in cycles}
        found = {span.phase for each in spans.values() for span in each}
        phases = [phase for phase in Phase if phase in found]
        scale = Scale.of(list(spans.values()), spans.get(place.own, ()), today=today)
        drawing = _Drawing(scale, phases, place, is_assumed)
        return cls(
            product=product.title,
            url=product.url if product.url.startswith("https://") else "",
            rows=[drawing.row(cycle, spans[cycle.name]) for cycle in cycles],
            more=more,
            ticks=[Tick(_percent(scale.at(day)), _label(day)) for day in scale.ticks() if _has_room(scale.at(day))],
            today=_percent(scale.at(today)),
            is_today_late=scale.at(today) > 85,  # noqa: PLR2004  percent
            legend=[(phase.value, _capitalised(_WORDS[phase])) for phase in phases],
        )


@dataclass(frozen=True, slots=True)
class _Drawing:
    """The values that all rows share."""

    scale: Scale
    phases: Sequence[Phase]
    place: Place
    is_assumed: bool

    def row(self, cycle: ReleaseCycle, spans: Sequence[Span]) -> Row:
        today, mark = self.scale.today, self._mark(cycle)
        until = self._covered_until(cycle)
        ends = until or cycle.eol
        return Row(
            name=label_of(cycle),
            mark=mark,
            parts=[_part(span, self.scale) for span in spans if not span.end or span.end > self.scale.first],
            gap=_gap(cycle, self.scale) if mark == "own" and not until else None,
            words=_in_words(cycle, spans, today=today),
            ends=ends,
            distance=relative(ends, today=today) if isinstance(ends, date) else "",
            released=cycle.released,
            cells=[_cell(spans, phase) for phase in self.phases],
            latest=cycle.latest,
        )

    def _mark(self, cycle: ReleaseCycle) -> str:
        if cycle.name == self.place.own:
            return "assumed" if self.is_assumed else "own"
        return "target" if cycle.name == self.place.target else ""

    def _covered_until(self, cycle: ReleaseCycle) -> date | None:
        """Return the end of extended support if the team has it and it counts now."""
        until, today = dated(cycle.extended_support), self.scale.today
        is_covered = self.place.extended and has_ended(cycle, today=today) and until is not None and until >= today
        return until if is_covered else None


def _part(span: Span, scale: Scale) -> Part:
    left = scale.at(span.start) if span.start else 0.0
    right = scale.at(span.end) if span.end else 100.0
    width = _percent(max(right - left, _LEAST))
    return Part(span.phase.value, _percent(left), width, _capitalised(_span_words(span)), is_open=not span.end)


def _cell(spans: Sequence[Span], phase: Phase) -> Cell:
    span = next((span for span in spans if span.phase is phase), None)
    return Cell(span.end if span else None, "" if span is None or span.end else "no announced end")


def _gap(cycle: ReleaseCycle, scale: Scale) -> Part | None:
    """Return the time since support ended, unless somebody may still pay for extended support."""
    ends = [span.end for span in phases_of(cycle)]
    if not isinstance(cycle.eol, date) or any(end is None or end >= scale.today for end in ends):
        return None
    left, right = scale.at(max(filter(None, ends), default=cycle.eol)), scale.at(scale.today)
    words = f"Out of support since {exact(cycle.eol)}"
    return Part("gap", _percent(left), _percent(max(right - left, _LEAST)), words)


def _in_words(cycle: ReleaseCycle, spans: Sequence[Span], *, today: date) -> str:
    if cycle.eol is True:
        return "Support ended on an unknown day."
    words = _capitalised(", then ".join(map(_span_words, spans)))
    return f"{words}." if words or not has_ended(cycle, today=today) else "Support has ended."


def _span_words(span: Span) -> str:
    until = f"until {exact(span.end)}" if span.end else "without an announced end"
    return f"{_WORDS[span.phase]} {until}"


def _capitalised(words: str) -> str:
    # str.capitalize() would write the names of months in lower case.
    return words[:1].upper() + words[1:]


def _label(day: date) -> str:
    return str(day.year) if day.month == 1 else f"{day:%b}"


def _has_room(place: float) -> bool:
    """Return True if a label fits around a place."""
    return 2 <= place <= 96  # noqa: PLR2004  percent


def _percent(number: float) -> str:
    return f"{number:.2f}%"
