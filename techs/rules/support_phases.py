"""The release cycles of a product with their phases of support, for a timeline. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from techs.rules.editions import alike
from techs.rules.findings import dated, has_ended, kind_of, out
from techs.rules.products import EndOfSupport, ProductFacts, ReleaseCycle


class Phase(StrEnum):
    """How a release cycle is supported, best first."""

    FULL = "full"
    SECURITY = "security"
    EXTENDED = "extended"


@dataclass(frozen=True, slots=True)
class Span:
    """A phase with its first and last day. start is None if it is unknown, end if none is announced."""

    phase: Phase
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The cycles that a team has and should move to, "" if unknown, and whether it has extended support."""

    own: str = ""
    target: str = ""
    extended: bool = False


def phases_of(cycle: ReleaseCycle) -> tuple[Span, ...]:
    """Return the phases of support in order. A cycle that ended on an unknown day has none."""
    return tuple(span for span in _phases(cycle) if not (span.start and span.end and span.start >= span.end))


def cycles_around(
    product: ProductFacts, place: Place, *, today: date, most: int
) -> tuple[tuple[ReleaseCycle, ...], int]:
    """Return the supported cycles to which a team can move, its own and the target, and how many were left out.

    They are in the product's order. Of more than `most`, the first ones remain, besides own and target.
    """
    named = [cycle.name for cycle in product.cycles if cycle.name in (place.own, place.target)]
    found = dict.fromkeys([*named, *(cycle.name for cycle in _supported(product, place, today=today))])
    names = set(list(found)[:most])
    return tuple(cycle for cycle in product.cycles if cycle.name in names), len(found) - len(names)


def _supported(product: ProductFacts, place: Place, *, today: date) -> Sequence[ReleaseCycle]:
    released = out(product.cycles, today=today)
    found = [cycle for cycle in released if _is_supported(cycle, today=today, extended=place.extended)]
    own = next((cycle for cycle in product.cycles if cycle.name == place.own), None)
    if own is None:
        return found
    return alike([cycle for cycle in found if kind_of(cycle) == kind_of(own)], own, product)


def _is_supported(cycle: ReleaseCycle, *, today: date, extended: bool) -> bool:
    until = dated(cycle.extended_support)
    return not has_ended(cycle, today=today) or (extended and until is not None and until >= today)


def _phases(cycle: ReleaseCycle) -> Iterator[Span]:
    if cycle.eol is True:
        return
    end = dated(cycle.eol)
    yield from _until(end, cycle)
    extended = cycle.extended_support
    if end and (extended is False or _is_later(extended, end)):
        yield Span(Phase.EXTENDED, end, dated(extended))


def _until(end: date | None, cycle: ReleaseCycle) -> Iterator[Span]:
    active = cycle.active_support
    if active is True:
        # The day on which it changed is unknown, so all of it counts as the less.
        yield Span(Phase.SECURITY, cycle.released, end)
    elif isinstance(active, date) and (end is None or active < end):
        yield Span(Phase.FULL, cycle.released, active)
        yield Span(Phase.SECURITY, active, end)
    else:
        yield Span(Phase.FULL, cycle.released, end)


def _is_later(extended: EndOfSupport, end: date) -> bool:
    return isinstance(extended, date) and extended > end
