"""The figures to reach, and the table that compares them with the measured ones."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A figure with the most, or the least, that is acceptable. Without a unit, it is a ratio."""

    text: str
    at_most: float | None = None
    at_least: float | None = None
    unit: str = ""

    def __str__(self) -> str:
        if self.at_most is None and self.at_least is None:
            return ""
        sign, limit = ("≤", self.at_most) if self.at_most is not None else ("≥", self.at_least)
        return f"{sign} {limit:g}{self.unit}"

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
    "page": Target(text="page `/` with 100 rows, cached, CPU", at_most=5, unit=" ms"),
    "post": Target(text="`POST` accepted, CPU against the naive build", at_most=1.3),
    "worker": Target(text="worker, CPU per submission against the naive build"),
    "drain": Target(text="drain of single submissions, 2 processes, against the naive build", at_least=1.5),
    "imports": Target(text="ten imports of 10,000 lines", at_most=20, unit=" s"),
    "written": Target(text="reads while 50 rows a second are written, p50", at_most=25, unit=" ms"),
    "memory": Target(text="embedded service at rest, PSS", at_most=250, unit=" MiB"),
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

    def table(self) -> list[str]:
        """Return a table in Markdown, with one row for each target."""
        rows = [("figure", "median", "lowest to highest", "target", ""), *map(self._row, TARGETS)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
        return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]

    def _row(self, name: str) -> tuple[str, str, str, str, str]:
        target = TARGETS[name]
        values = self._measured.get(name)
        if not values:
            return target.text, "-", "-", str(target), self._missing.get(name, "not measured in this run")
        median = statistics.median(values)
        shown = f"{number(median)}{target.unit}"
        spread = f"{number(min(values))} to {number(max(values))}" if len(values) > 1 else ""
        met = ("met" if target.is_met(median) else "missed") if str(target) else ""
        return target.text, shown, spread, str(target), met


def number(value: float) -> str:
    """Return three digits at most before the point, or two after it."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
