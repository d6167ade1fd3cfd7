"""Compare the ends of support in two versions of the lifecycle data, and describe the differences. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from techs.rules.products import EndOfSupport, ProductFacts, ReleaseCycle, name_of

ENDED, NONE = "ended", "none"
"""How an end without a date is written: it has passed on an unknown day, or none is announced."""

_DATE = "date"
_WORDS = {
    (_DATE, _DATE): "moved from {before} to {after}",
    (NONE, _DATE): "set to {after}; none was announced before",
    (ENDED, _DATE): "set to {after}; the day was unknown before",
    (_DATE, NONE): "on {before} was withdrawn",
    (ENDED, NONE): "was withdrawn; it had passed before",
    (_DATE, ENDED): "has passed on an unknown day; it was {before} before",
    (NONE, ENDED): "has passed on an unknown day",
}


class EndField(StrEnum):
    """The kinds of support that end."""

    END_OF_LIFE = "end_of_life"
    ACTIVE_SUPPORT = "active_support"
    EXTENDED_SUPPORT = "extended_support"


_NAMES = {
    EndField.END_OF_LIFE: "end of support",
    EndField.ACTIVE_SUPPORT: "end of active support",
    EndField.EXTENDED_SUPPORT: "end of extended support",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndChange:
    """An end of support that differs. before and after are ISO dates, ENDED or NONE."""

    product: str
    cycle: str
    title: str
    field: EndField
    before: str
    after: str


def compare(before: Mapping[str, ProductFacts], after: Mapping[str, ProductFacts]) -> Iterator[EndChange]:
    """Yield the differences in cycles that both versions have. Products are keyed by slug."""
    for slug, product in after.items():
        known = {cycle.name: cycle for cycle in before[slug].cycles} if slug in before else {}
        for cycle in product.cycles:
            if cycle.name in known and cycle != known[cycle.name]:
                yield from _differences(product, known[cycle.name], cycle)


def describe(field: str, *, before: str, after: str, cycle: str = "") -> str:
    """Describe a change, such as "end of support moved from 2028-04-01 to 2028-04-30". cycle is named if given."""
    end = f"{_NAMES[EndField(field)]} of {cycle}" if cycle else _NAMES[EndField(field)]
    return f"{end} {_WORDS[_kind(before), _kind(after)].format(before=before, after=after)}"


def _differences(product: ProductFacts, before: ReleaseCycle, after: ReleaseCycle) -> Iterator[EndChange]:
    old, new = _ends(before), _ends(after)
    for field in EndField:
        if old[field] != new[field]:
            yield EndChange(
                product=product.slug,
                cycle=after.name,
                title=name_of(product, after),
                field=field,
                before=old[field],
                after=new[field],
            )


def _ends(cycle: ReleaseCycle) -> dict[EndField, str]:
    return {
        EndField.END_OF_LIFE: _written(cycle.eol),
        EndField.ACTIVE_SUPPORT: _written(cycle.active_support),
        EndField.EXTENDED_SUPPORT: _written(cycle.extended_support),
    }


def _written(end: EndOfSupport) -> str:
    if isinstance(end, date):
        return end.isoformat()
    # A source that begins or ceases to record a kind of support announces nothing by that.
    return ENDED if end else NONE


def _kind(end: str) -> str:
    return end if end in (ENDED, NONE) else _DATE
