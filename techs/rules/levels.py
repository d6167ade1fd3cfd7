"""Levels, their score bands, and the effect of impact on them. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self


class Level(StrEnum):
    """How soon to act, most urgent first, and the action in words."""

    CRITICAL = "critical", "act now"
    HIGH = "high", "plan this quarter"
    MEDIUM = "medium", "plan this year"
    UNKNOWN = "unknown", "tell us more"
    LOW = "low", "nothing to do"

    _value_: str
    action: str

    def __new__(cls, value: str, action: str = "") -> Self:
        level = str.__new__(cls, value)
        level._value_, level.action = value, action
        return level

    @staticmethod
    def of(score: int) -> "Level":
        """Return the level whose band contains a score from 0 to 100."""
        return next(level for level, floor in BANDS.items() if score >= floor)


def by_level(numbers: Mapping[str, int]) -> dict[str, int]:
    """Return a number for each level, worst first."""
    return {level.value: numbers.get(level.value, 0) for level in Level}


class Impact(StrEnum):
    """How much the team depends on a technology, and the label for people, since levels have the same values."""

    CRITICAL = "critical", "Vital"
    HIGH = "high", "Major"
    NORMAL = "normal", "Normal"
    LOW = "low", "Minor"

    _value_: str
    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        impact = str.__new__(cls, value)
        impact._value_, impact.label = value, label
        return impact


# The lowest score of each band, highest band first.
BANDS: Final[Mapping[Level, int]] = {
    Level.CRITICAL: 90,
    Level.HIGH: 70,
    Level.MEDIUM: 40,
    Level.UNKNOWN: 35,
    Level.LOW: 0,
}
LEVEL_OF_SCORE: Final = tuple(map(Level.of, range(101)))
# Impact never changes "unknown" or "low".
IMPACT_SHIFTS: Final[Mapping[Impact, Mapping[Level, Level]]] = {
    Impact.CRITICAL: {Level.MEDIUM: Level.HIGH, Level.HIGH: Level.CRITICAL},
    Impact.HIGH: {Level.MEDIUM: Level.HIGH},
    Impact.NORMAL: {},
    Impact.LOW: {Level.CRITICAL: Level.HIGH, Level.HIGH: Level.MEDIUM, Level.MEDIUM: Level.LOW},
}
