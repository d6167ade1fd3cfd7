"""Levels, their bands of scores, and how impact moves between them. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """How soon to act, most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    UNKNOWN = "unknown"
    LOW = "low"

    @property
    def action(self) -> str:
        """What it asks of the team, such as "plan this quarter"."""
        return ACTIONS[self]

    @staticmethod
    def of(score: int) -> "Level":
        """The level whose band holds a score of 0-100."""
        return next(level for level, floor in BANDS.items() if score >= floor)


class Impact(StrEnum):
    """How much the team depends on a technology."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


# The lowest score of each band, highest band first.
BANDS: Final[Mapping[Level, int]] = {
    Level.CRITICAL: 90,
    Level.HIGH: 70,
    Level.MEDIUM: 40,
    Level.UNKNOWN: 35,
    Level.LOW: 0,
}
ACTIONS: Final[Mapping[Level, str]] = {
    Level.CRITICAL: "act now",
    Level.HIGH: "plan this quarter",
    Level.MEDIUM: "plan this year",
    Level.UNKNOWN: "tell us more",
    Level.LOW: "nothing to do",
}
# Unknown and low never move.
IMPACT_SHIFTS: Final[Mapping[Impact, Mapping[Level, Level]]] = {
    Impact.CRITICAL: {Level.MEDIUM: Level.HIGH, Level.HIGH: Level.CRITICAL},
    Impact.HIGH: {Level.MEDIUM: Level.HIGH},
    Impact.NORMAL: {},
    Impact.LOW: {Level.CRITICAL: Level.HIGH, Level.HIGH: Level.MEDIUM, Level.MEDIUM: Level.LOW},
}
