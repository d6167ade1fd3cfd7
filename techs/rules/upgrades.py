"""Where to go from a release cycle: the newest supported long-term one, else the one supported the longest. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Final

from techs.rules.editions import are_alike
from techs.rules.findings import Case, dated, has_ended, kind_of, out
from techs.rules.products import ProductFacts, ReleaseCycle, name_of
from techs.rules.ranges import is_year, leading

_NEVER: Final = date.max


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A release cycle to move to and the end of its support. Without a release, there is none to move to."""

    text: str
    release: str | None = None
    name: str | None = None
    end_of_life: date | None = None


REPLACE: Final = Upgrade("No release is supported any more. Replace it.")


def upgrade_from(case: Case, *, is_in_cycle: bool = True) -> Upgrade | None:
    """Return where to go from a cycle, or None if nothing is better.

    is_in_cycle: False for a version below the cycle, for which the cycle itself may be the answer.
    """
    is_supported = bool(case.deadline) or not has_ended(case.cycle, today=case.today)
    open_ = [cycle for cycle in out(case.product.cycles, today=case.today) if _is_open(cycle, case)]
    target = _best(cycle for cycle in open_ if cycle == case.cycle or _is_better(cycle, case))
    if not target and not is_supported:
        # A short-lived release may end before its successor is out. An older long-term one is better than none.
        target = _best(open_)
    if not target:
        return None if is_supported else REPLACE
    return None if target == case.cycle and is_in_cycle else _to(target, case.product)


def _is_open(cycle: ReleaseCycle, case: Case) -> bool:
    if has_ended(cycle, today=case.today):
        return False
    return kind_of(cycle) == kind_of(case.cycle) and are_alike(cycle, case.cycle, case.product)


def _is_better(cycle: ReleaseCycle, case: Case) -> bool:
    until = case.deadline or case.cycle.eol
    own = until if isinstance(until, date) else date.min if until else _NEVER
    return _is_newer(cycle, case.cycle) and _end(cycle) >= own


def _is_newer(cycle: ReleaseCycle, other: ReleaseCycle) -> bool:
    numbers = leading(cycle.name), leading(other.name)
    released = cycle.released or date.min, other.released or date.min
    if not all(numbers) or is_year(numbers[0]) is not is_year(numbers[1]):
        return released[0] > released[1]
    is_part = numbers[0][: len(numbers[1])] == numbers[1] != numbers[0]  # Jenkins 2 is ahead of 2.568
    return (numbers[0], released[0]) > (numbers[1], released[1]) and not is_part


def _best(cycles: Iterable[ReleaseCycle]) -> ReleaseCycle | None:
    known = list(cycles)
    longest = max(map(_end, known), default=_NEVER)
    choice = [cycle for cycle in known if cycle.is_lts] or [cycle for cycle in known if _end(cycle) == longest]
    return reduce(lambda one, other: other if _is_newer(other, one) else one, choice) if choice else None


def _end(cycle: ReleaseCycle) -> date:
    return dated(cycle.eol) or _NEVER


def _to(target: ReleaseCycle, product: ProductFacts) -> Upgrade:
    name, end = name_of(product, target), dated(target.eol)
    until = f"supported until {end}" if end else "which has no announced end of support"
    return Upgrade(f"Upgrade to {name}, {until}.", target.name, name, end)
