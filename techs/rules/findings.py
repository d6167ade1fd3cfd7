"""The terms of the priority rule: a finding, a case, and which cycles have ended or are the newest. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from techs.rules.products import EndOfSupport, ProductFacts, ReleaseCycle, name_of

_NAMES: Final = 10_000  # of release cycles whose first word is remembered


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of the rule that applies, with its score from 0 to 100."""

    code: str
    score: int
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """One release cycle under assessment, with the terms that the rows use."""

    product: ProductFacts
    cycle: ReleaseCycle
    version: str
    today: date
    ticked: bool

    def found(self, code: str, score: int, text: str) -> Finding:
        return Finding(code, score, f"{name_of(self.product, self.cycle)}: {text}")

    @property
    def end(self) -> date | None:
        return dated(self.cycle.eol)

    @property
    def days_past(self) -> int:
        return max(0, (self.today - self.end).days) if self.end else 0

    @property
    def extended(self) -> date | None:
        """Return the date when extended support ends or ended, for a cycle past its end of life."""
        extended = dated(self.cycle.extended_support)
        return extended if self.days_past and extended and self.end and extended > self.end else None

    @property
    def extended_until(self) -> date | None:
        return self.extended if self.extended and self.extended >= self.today else None

    @property
    def deadline(self) -> date | None:
        """Return the date that rows 5-8 count down to: end of life, then the extended date if covered (row 4b)."""
        if not self.days_past:
            return self.end
        return self.extended_until if self.ticked else None


def dated(end: EndOfSupport) -> date | None:
    return end if isinstance(end, date) else None


def has_ended(cycle: ReleaseCycle, *, today: date) -> bool:
    # The end-of-life date is the last day of support.
    return cycle.eol if isinstance(cycle.eol, bool) else cycle.eol < today


def successors(case: Case) -> Sequence[ReleaseCycle]:
    """Return the supported cycles of the same kind: python3.9 is not behind nodejs24.x."""
    alive = (cycle for cycle in case.product.cycles if not has_ended(cycle, today=case.today))
    return [cycle for cycle in alive if kind_of(cycle) == kind_of(case.cycle)]


def kind_of(cycle: ReleaseCycle) -> str:
    """Return the word that a name with a number begins with, such as "python" of AWS Lambda."""
    return _first_word(cycle.name)


@lru_cache(_NAMES)
def _first_word(name: str) -> str:
    has_number = any(map(str.isdecimal, name))
    return re.split(r"[^a-z]", name.lower(), maxsplit=1)[0] if has_number else ""


def newest(cycles: Sequence[ReleaseCycle], *, today: date) -> ReleaseCycle | None:
    # Of cycles released on the same day, max() returns the one that the source lists first.
    return max(out(cycles, today=today), key=lambda cycle: cycle.released or date.min, default=None)


def out(cycles: Sequence[ReleaseCycle], *, today: date) -> Sequence[ReleaseCycle]:
    """Return the cycles that are already released, or all cycles if none is."""
    return [cycle for cycle in cycles if not cycle.released or cycle.released <= today] or cycles
