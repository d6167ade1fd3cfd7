"""Where to go from a release cycle: the newest supported long-term one, else the one supported the longest. Pure."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, reduce
from typing import Final, Self

from techs.rules.editions import alike
from techs.rules.findings import MOST_CASES, Case
from techs.rules.products import ProductFacts, ReleaseCycle, name_of
from techs.rules.ranges import is_year, leading

_NEVER: Final = date.max
_DUE: Final = 365  # days before the end: plan the move this year


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A release cycle to move to and the end of its support. Without a release, there is none to move to."""

    text: str
    release: str | None = None
    name: str | None = None
    end_of_life: date | None = None


REPLACE: Final = Upgrade("No release is supported any more. Replace it.")


@lru_cache(MOST_CASES)
def upgrade_from(case: Case, *, is_in_cycle: bool = True) -> Upgrade | None:
    """Return where to go from a cycle, or None if nothing is better.

    is_in_cycle: False for a version below the cycle, for which the cycle itself may be the answer.
    """
    is_supported = bool(case.deadline) or any(cycle.name == case.cycle.name for cycle in case.supported)
    open_ = alike(case.successors, case.cycle, case.product)
    age = _Age.of(case.product.cycles)
    better = [cycle for cycle in open_ if _is_better(cycle, case, age)]
    own = [cycle for cycle in open_ if cycle == case.cycle]
    # The newest long-term release is where to stay, until its own end is due.
    target = _best(better if better and _is_due(case) else better + own, age)
    if not target and not is_supported:
        # A short-lived release may end before its successor is out. An older long-term one is better than none.
        target = _best(open_, age)
    if not target:
        return None if is_supported else REPLACE
    return None if target == case.cycle and is_in_cycle else _to(target, case.product)


@dataclass(frozen=True, slots=True)
class _Age:
    """The order of a product's release cycles."""

    numbers: Mapping[str, tuple[int, ...]]
    years: Set[str]
    """Names that begin with a year, which do not compare with other numbers."""

    @classmethod
    def of(cls, cycles: Sequence[ReleaseCycle]) -> Self:
        names = [cycle.name for cycle in cycles]
        numbers = dict(zip(names, map(leading, names), strict=True))
        return cls(numbers, {name for name, number in numbers.items() if number and is_year(number)})

    def is_newer(self, cycle: ReleaseCycle, other: ReleaseCycle) -> bool:
        own, others = self.numbers[cycle.name], self.numbers[other.name]
        released = cycle.released or date.min, other.released or date.min
        if not own or not others or (cycle.name in self.years) is not (other.name in self.years):
            return released[0] > released[1]
        is_part = own[: len(others)] == others != own  # Jenkins 2 is ahead of 2.568
        return (own, released[0]) > (others, released[1]) and not is_part


def _is_due(case: Case) -> bool:
    return case.deadline is not None and (case.deadline - case.today).days <= _DUE


def _is_better(cycle: ReleaseCycle, case: Case, age: _Age) -> bool:
    until = case.deadline or case.cycle.eol
    own = until if isinstance(until, date) else date.min if until else _NEVER
    return age.is_newer(cycle, case.cycle) and _end(cycle) >= own


def _best(known: Sequence[ReleaseCycle], age: _Age) -> ReleaseCycle | None:
    longest = max(map(_end, known), default=_NEVER)
    choice = [cycle for cycle in known if cycle.is_lts] or [cycle for cycle in known if _end(cycle) == longest]
    return reduce(lambda one, other: other if age.is_newer(other, one) else one, choice) if choice else None


def _end(cycle: ReleaseCycle) -> date:
    return cycle.eol if isinstance(cycle.eol, date) else _NEVER


def _to(target: ReleaseCycle, product: ProductFacts) -> Upgrade:
    name, end = name_of(product, target), target.eol if isinstance(target.eol, date) else None
    until = f"supported until {end}" if end else "which has no announced end of support"
    return Upgrade(f"Upgrade to {name}, {until}.", target.name, name, end)
