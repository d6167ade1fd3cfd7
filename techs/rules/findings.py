"""The terms of the priority rule: a finding, a case, and which cycles have ended or are the newest. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Generic, TypeVar

from techs.rules.products import EndOfSupport, ProductFacts, ReleaseCycle, name_of

_Value = TypeVar("_Value")

MOST_CASES: Final = 256  # remembered, in about 1 MiB
_NAMES: Final = 10_000  # of release cycles whose first word is remembered


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of the rule that applies, with its score from 0 to 100."""

    code: str
    score: int
    text: str


class _Same(Generic[_Value]):
    """A key of a cache that compares by identity: to compare lifecycle data takes longer than the cache saves."""

    __slots__ = ("value",)

    def __init__(self, value: _Value) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One release cycle under assessment, with the terms that the rows use. Compared and hashed by identity."""

    product: ProductFacts
    cycle: ReleaseCycle
    today: date
    ticked: bool
    name: str
    end: date | None
    days_past: int
    extended: date | None
    """The date when extended support ends or ended, for a cycle past its end of life."""
    extended_until: date | None
    deadline: date | None
    """The date that rows 5-8 count down to: end of life, then the extended date if covered (row 4b)."""
    supported: Sequence[ReleaseCycle]
    """The supported cycles of the same kind: python3.9 is not behind nodejs24.x."""
    successors: Sequence[ReleaseCycle]
    """The supported cycles that are released, unless the product has no release yet."""
    ahead: ReleaseCycle | None
    """The newest of the supported cycles."""

    @classmethod
    def of(cls, product: ProductFacts, cycle: ReleaseCycle, *, today: date, ticked: bool) -> "Case":
        """Return the case of a cycle on a day. Texts of one cycle share it."""
        return _case(_Same(product), _Same(cycle), today=today, ticked=ticked)


@lru_cache(MOST_CASES)
def _case(of_product: _Same[ProductFacts], of_cycle: _Same[ReleaseCycle], *, today: date, ticked: bool) -> Case:
    product, cycle = of_product.value, of_cycle.value
    end, extended = dated(cycle.eol), dated(cycle.extended_support)
    days_past = max(0, (today - end).days) if end else 0
    if not (days_past and end and extended and extended > end):
        extended = None
    until = extended if extended and extended >= today else None
    supported = _supported(product.cycles, cycle, today=today)
    names = {each.name for each in supported}
    return Case(
        product=product,
        cycle=cycle,
        today=today,
        ticked=ticked,
        name=name_of(product, cycle),
        end=end,
        days_past=days_past,
        extended=extended,
        extended_until=until,
        deadline=(until if ticked else None) if days_past else end,
        supported=supported,
        successors=[each for each in out(product.cycles, today=today) if each.name in names],
        ahead=newest(supported, today=today),
    )


def dated(end: EndOfSupport) -> date | None:
    return end if isinstance(end, date) else None


def has_ended(cycle: ReleaseCycle, *, today: date) -> bool:
    # The end-of-life date is the last day of support.
    return cycle.eol if isinstance(cycle.eol, bool) else cycle.eol < today


def _supported(cycles: Sequence[ReleaseCycle], own: ReleaseCycle, *, today: date) -> Sequence[ReleaseCycle]:
    kind = kind_of(own)
    return [cycle for cycle in cycles if not has_ended(cycle, today=today) and kind_of(cycle) == kind]


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
