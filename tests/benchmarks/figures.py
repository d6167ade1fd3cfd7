"""The figures to reach, and the table that compares them with the measured ones."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A figure with the most, or the least, that is acceptable. Without a unit, it is a ratio.

    The median of several values counts, or the worst of them if they belong to different questions.
    """

    text: str
    at_most: float | None = None
    at_least: float | None = None
    unit: str = ""
    is_worst: bool = False

    def __str__(self) -> str:
        if self.at_most is None and self.at_least is None:
            return ""
        sign, limit = ("≤", self.at_most) if self.at_most is not None else ("≥", self.at_least)
        return f"{sign} {limit:g}{self.unit}"

    def figure(self, values: Sequence[float]) -> float:
        return max(values) if self.is_worst else statistics.median(values)

    def is_met(self, figure: float) -> bool:
        if self.at_most is not None:
            return figure <= self.at_most
        return self.at_least is None or figure >= self.at_least


TARGETS = {
    "get": Target(text="cached `/get`, CPU against Express", at_most=0.3),
    "list": Target(text="cached `/api/techs/`, CPU against Express", at_most=0.3),
    "floor": Target(text="cached `/get`, CPU against a constant Django view", at_most=0.8),
    "304": Target(text="`/get` answered with 304, CPU against open", at_most=1.0),
    "login": Target(text="`/get` with login by token, CPU against open", at_most=1.3),
    "p50": Target(text="cached `/get`, p50 at 16 connections against Express"),
    "p99": Target(text="cached `/get`, p99 at 16 connections against Express", at_most=0.5),
    "fastapi": Target(text="FastAPI and redis.asyncio, CPU against Express"),
    "naive": Target(text="naive Django build, CPU against Express"),
    "constant": Target(text="constant Django view, CPU against Express"),
    "machine": Target(text="constant Django view, CPU per request: the speed of the machine", unit=" µs"),
    "django": Target(text="`/get` through Django and DRF, in process, CPU", at_most=300, unit=" µs"),
    "rendered": Target(text="first page of 100 rows rendered anew, in process, CPU", unit=" ms"),
    "page": Target(text="page `/` with 100 rows, cached, CPU", at_most=5, unit=" ms"),
    "state": Target(text="`/api/state/` with a session, 304 by Django, CPU", at_most=1.5, unit=" ms"),
    "million": Target(
        text="1,000,000 rows: first page, any ordering, any one filter", at_most=20, unit=" ms", is_worst=True
    ),
    "million_searched": Target(
        text="1,000,000 rows: search, found or not, any two filters", at_most=50, unit=" ms", is_worst=True
    ),
    "million_page": Target(text="1,000,000 rows: `/` not cached", at_most=200, unit=" ms"),
    "post": Target(text="`POST` accepted, CPU against the naive build", at_most=1.3),
    "worker": Target(text="worker, CPU per submission against the naive build"),
    "drain": Target(text="drain of single submissions, 2 processes, against the naive build", at_least=1.5),
    "imports": Target(text="ten imports of 10,000 lines", at_most=20, unit=" s"),
    "written": Target(text="reads while 50 rows a second are written, p50", at_most=25, unit=" ms"),
    "overload": Target(text="400 `POST`/s: answers other than 202 or 429 with Retry-After", at_most=0, unit=" %"),
    "queue": Target(text="400 `POST`/s: longest queue against max(5,000, a minute's drain)", at_most=1.1),
    "housekeeping": Target(text="400 `POST`/s: longest time between two sweeps", at_most=15, unit=" s"),
    "away": Target(text="6,000 queued without a worker: `POST` refused with 429", at_most=0),
    "sqlite": Target(text="SQLite, 100 `POST`/s with a poller: answers that are errors", at_most=0, unit=" %"),
    "sqlite_p99": Target(text="SQLite, 100 `POST`/s with a poller, p99", at_most=250, unit=" ms"),
    "memory": Target(text="embedded service at rest, PSS", at_most=250, unit=" MiB"),
    "start": Target(text="embedded service, start to ready", at_most=3, unit=" s"),
    "far_read_0": Target(text="cached `/get` through the proxies that add distance, p50", unit=" ms"),
    "far_read_1": Target(text="cached `/get` with 1 ms added to each round trip, p50", unit=" ms"),
    "far_read_2": Target(text="cached `/get` with 2 ms added to each round trip, p50", at_most=5, unit=" ms"),
    "far_drain_1": Target(text="drain with 1 ms added to each round trip, against without"),
    "far_drain_2": Target(text="drain with 2 ms added to each round trip, against without", at_least=0.5),
}


class Figures:
    """Measured figures, several for each target, or the reason why there are none."""

    def __init__(self) -> None:
        self._measured: dict[str, list[float]] = {}
        self._missing: dict[str, str] = {}

    def add(self, name: str, values: Sequence[float]) -> None:
        assert name in TARGETS
        self._measured[name] = list(values)

    def lacks(self, name: str, why: str) -> None:
        assert name in TARGETS
        self._missing[name] = why

    @property
    def is_used(self) -> bool:
        return bool(self._measured or self._missing)

    def lines(self) -> list[str]:
        """Return a table in Markdown, with one row for each target."""
        return markdown([(*_HEAD, ""), *map(self._row, TARGETS)])

    def dated(self, earlier: Sequence[str], day: str) -> list[str]:
        """Return the table with the day of each figure. Those not measured come from an earlier table, if they can."""
        head = (*_HEAD, "", "measured on")
        known = {cells[0]: cells for cells in map(_cells, earlier) if len(cells) == len(head)}
        rows = {name: (*self._row(name), day if name in self._measured else "-") for name in TARGETS}
        for name in TARGETS.keys() - self._measured.keys():
            rows[name] = known.get(TARGETS[name].text, rows[name])
        return markdown([head, *rows.values()])

    def _row(self, name: str) -> tuple[str, ...]:
        target = TARGETS[name]
        values = self._measured.get(name)
        if not values:
            return target.text, "-", "-", str(target), self._missing.get(name, "not measured in this run")
        figure = target.figure(values)
        spread = f"{number(min(values))} to {number(max(values))}" if len(values) > 1 else ""
        met = ("met" if target.is_met(figure) else "missed") if str(target) else ""
        return target.text, f"{number(figure)}{target.unit}", spread, str(target), met


_HEAD = ("figure", "median", "lowest to highest", "target")


def markdown(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table with a head and aligned columns."""
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in cells]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def number(value: float) -> str:
    """Return three digits at most before the point, or two after it."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"
