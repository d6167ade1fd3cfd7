"""Where a version lies among the numbers of a product's release cycles. Pure.

Cycles are compared only with versions of the same numbering: years with years, and never with build numbers.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, TypeAlias

from techs.rules.name_index import CycleKeys
from techs.rules.products import ProductFacts, ReleaseCycle
from techs.rules.ranges import Parts, VersionRange, is_year, leading, stripped
from techs.rules.text import Words, is_number
from techs.rules.version_words import WEEKLY

_SKIPPED: Final[Mapping[str, frozenset[int]]] = {"dotnet": frozenset({4})}
"""Major numbers that a product never had because another product uses them: 4 is .NET Framework."""

_TABLES: Final = 64  # remembered, mostly one for each product

_Numbered: TypeAlias = list[tuple[Parts, ReleaseCycle]]


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a version that no cycle is named after: in a cycle, above all cycles, or below next_newer."""

    cycle: ReleaseCycle | None = None
    is_newest: bool = False
    next_newer: ReleaseCycle | None = None
    is_oldest: bool = False


NOWHERE: Final = Place()


def allowed(versions: VersionRange, keys: CycleKeys) -> tuple[ReleaseCycle, ...]:
    """Return the cycles that a range allows, newest first."""
    for table in (keys.names, keys.labels):
        numbered = list(_numbered(table, ()))
        cycles = [pair for pair in numbered if versions.allows(pair[0])]
        if cycles and any(is_year(number) is versions.counts_years for number, _ in numbered):
            known = {number for number, _ in numbered}
            cycles.sort(key=lambda pair: _newest_in(pair, versions, known), reverse=True)
            return tuple(dict.fromkeys(cycle for _, cycle in cycles))
    return ()


def _newest_in(pair: tuple[Parts, ReleaseCycle], versions: VersionRange, known: set[Parts]) -> Parts:
    # Log4j 2 has 2.26, but 2.12 is a cycle of its own: the newest version below 2.13 is not of cycle 2.
    number, cycle = pair
    latest = leading(cycle.latest)
    # Solaris 11 is 11.0 if the data has 11.4 as a cycle of its own, and no later release of 11 itself.
    if latest[: len(number)] != number and any(other[: len(number)] == number != other for other in known):
        return number
    newest = versions.newest_in(number, latest)
    holder = next((newest[:size] for size in range(len(newest), 0, -1) if newest[:size] in known), number)
    return newest if holder == number else number


def place(number: Parts, product: ProductFacts, keys: CycleKeys, *, head: Words = ()) -> Place:
    """Place a version that belongs to no cycle. head: the words before the number, such as "python" of AWS Lambda."""
    if not number or number[0] in _SKIPPED.get(product.slug, ()) or number[0] in _internal(keys):
        return NOWHERE
    is_long = len(number) > WEEKLY.get(product.slug, len(number))
    table = _table(keys, head, of_years=is_year(number), is_long=is_long)
    found = _place(number, table) if table else NOWHERE
    return table.renumbered if table and table.renumbered and found.is_newest else found


@dataclass(frozen=True, slots=True)
class _Table:
    """The cycles of one numbering, with which versions are compared."""

    cycles: Sequence[tuple[Parts, Parts, ReleaseCycle]]
    """With the number that they have, and the same without zeros at its end."""
    known: Set[Parts]
    has_oldest: bool
    renumbered: Place | None
    """The place of a version above all of them if another numbering followed."""


@lru_cache(_TABLES)
def _table(keys: CycleKeys, head: Words, *, of_years: bool, is_long: bool) -> _Table | None:
    """Return the names or, if none is of that numbering, the labels of a product's cycles."""
    for names in (keys.names, keys.labels):
        cycles = [pair for pair in _numbered(names, head) if not is_long or len(pair[0]) > 1]
        if alike := [pair for pair in cycles if is_year(pair[0]) is of_years]:
            return _Table(
                cycles=[(number, stripped(number), cycle) for number, cycle in alike],
                known=frozenset(number for number, _ in alike),
                has_oldest=_oldest(cycles) in alike,
                renumbered=_renumbered(cycles, alike),
            )
    return None


def _renumbered(cycles: _Numbered, alike: _Numbered) -> Place | None:
    """Place a version above all of its numbering if another followed: ColdFusion 12 would lie before 2016."""
    last = max((cycle.released for _, cycle in alike if cycle.released), default=date.max)
    later = [pair for pair in cycles if pair[1].released and pair[1].released > last]
    first = min(later, key=lambda pair: (pair[1].released or date.max, pair[0]), default=None)
    return Place(next_newer=first[1]) if first else None


def _place(number: Parts, table: _Table) -> Place:
    if any(number[:size] in table.known for size in range(1, len(number) + 1)):
        return NOWHERE  # a version of a known cycle that was not understood
    typed = stripped(number)
    lower = ((known, cycle) for known, short, cycle in table.cycles if short < typed)
    below = max(lower, key=lambda pair: pair[0], default=None)
    if below and _holds(below, typed):
        return Place(cycle=below[1])
    newer = [(short, cycle) for _, short, cycle in table.cycles if short > typed]
    if not newer:
        return Place(is_newest=True)
    is_oldest = len(newer) == len(table.cycles)
    if is_oldest and not table.has_oldest:
        return NOWHERE
    _, cycle = min(newer, key=lambda pair: (pair[0], pair[1].released or date.min))
    return Place(next_newer=cycle, is_oldest=is_oldest)


def _holds(pair: tuple[Parts, ReleaseCycle], typed: Parts) -> bool:
    """Return True if the newest release of the cycle below is above the version: Protractor 5.0 has 5.4."""
    number, cycle = pair
    latest = leading(cycle.latest)
    return latest[:1] == number[:1] and typed <= latest


def _oldest(cycles: _Numbered) -> tuple[Parts, ReleaseCycle]:
    return min(cycles, key=lambda pair: (pair[1].released or date.max, pair[0]))


def _numbered(table: Mapping[Words, Sequence[ReleaseCycle]], head: Words) -> Iterator[tuple[Parts, ReleaseCycle]]:
    size = len(head)
    for words, cycles in table.items():
        if len(words) > size and words[:size] == head and (number := leading(words[size])) and is_number(words[size]):
            yield from ((number, cycle) for cycle in cycles)


@lru_cache(_TABLES)
def _internal(keys: CycleKeys) -> frozenset[int]:
    """Return the first numbers of builds that are numbered unlike their cycles: 10 of Windows Server, 16 of Office."""
    numbers = ((leading(cycle.name), leading(cycle.latest)) for cycle in keys.cycles)
    return frozenset(latest[0] for own, latest in numbers if own and latest and latest[0] != own[0])
