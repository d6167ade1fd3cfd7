"""Find the primary keys of a page in the indexes, so that only its rows are read, however long the list is.

Without conditions, an index has the rows in order. With conditions, there are two ways, and a count that stops early
tells which one is short: a rare condition finds few rows, which are sorted, and a frequent one holds for many of the
first rows in order, which are tested one after another.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import and_
from typing import Any, Self, TypeAlias

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.models.lookups import In

from techs.inventory.conditions import Condition, without_index
from techs.inventory.filters import Ends
from techs.models import Tech

# The most rows to sort if walking along an index may be shorter, and the rows of the index to walk past at least. Both
# take about 50 ms.
RARE = 12_000
WALK = 12_000
_WALK_PER_ROW = 10
# A rank begins with score and impact, such as "005 1", and goes on with the end of support.
_PREFIX_LENGTH = 5

Place: TypeAlias = tuple[Any, ...]
"""The values of the ordering's columns, and the primary key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """The rows of a page and all after it: their filters that have an index, and their order.

    groups: together the rows of the list that are not filtered out; of each, an index has its rows in order.
    values: the same as values of columns; none if the rows may have any.
    ends: the days on which support ends, if the order is by rank, and one of the conditions is about them.
    """

    groups: Sequence[Q]
    values: Mapping[str, Sequence[str]]
    columns: tuple[str, ...]
    beyond: Q
    ends: Ends | None = None

    @property
    def rows(self) -> QuerySet[Tech]:
        """Return all rows, in no order, for conditions that find them.

        The columns are in expressions, or MariaDB may prefer to read half the list in one of their indexes.
        """
        tests = (Q(In(without_index(column), list(some))) for column, some in self.values.items() if some)
        return Tech.objects.filter(*tests, self.beyond).order_by()

    @property
    def by_index(self) -> list[QuerySet[Tech]]:
        """Return the rows of each group in the order of its index."""
        return [Tech.objects.filter(group, self.beyond).order_by(*self.columns) for group in self.groups]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*(column.removeprefix("-") for column in self.columns), "id")))

    @property
    def is_reversed(self) -> bool:
        return self.columns[0].startswith("-")

    def first(self, some: Sequence[QuerySet[Tech]], number: int) -> list[Place]:
        """Return the first rows of several querysets in this order, each of them once. Takes one query."""
        found = {*_together([rows.values_list(*self.fields)[:number] for rows in some], self.fields)}
        return sorted(found, reverse=self.is_reversed)[:number]

    def sorted(self, rows: QuerySet[Tech]) -> QuerySet[Tech]:
        """Return the rows in this order, which the database may only sort: no index has the order of an expression."""
        column, *others = self.fields
        terms: list[F | Coalesce] = [without_index(column), *map(F, others)]
        return rows.order_by(*(term.desc() if self.is_reversed else term.asc() for term in terms))

    def up_to(self, place: Place) -> Q:
        """Return the condition for a row and those before it."""
        operator = "gte" if self.is_reversed else "lte"
        (name, value), *others = zip(self.fields[: len(self.columns)], place, strict=False)
        condition = Q((f"{name}__{operator}", value))
        for other, bound in others:
            condition &= ~Q((name, value)) | Q((f"{other}__{operator}", bound))
        return condition

    def reaches(self, place: Place, other: Place) -> bool:
        """Return True if a row comes after another one, or is the same."""
        return place <= other if self.is_reversed else place >= other

    def by_prefix(self) -> Iterator[Self]:
        """Yield the rows with each score and impact, in order. Those whose support ends on the days are together."""
        first, last = self.ends or (None, date.max)
        rest = self
        while places := rest.first(rest.by_index, 1):
            prefix = places[0][0][:_PREFIX_LENGTH]
            yield rest.between(f"{prefix} {first or ''}", f"{prefix} {last}!")
            rest = self.between("", f"{prefix} ") if self.is_reversed else self.between(f"{prefix}!", "")

    def between(self, low: str, high: str) -> Self:
        """Return the rows with these ranks."""
        above, below = Q(rank__gte=low) if low else Q(), Q(rank__lt=high) if high else Q()
        return replace(self, beyond=self.beyond & above & below, ends=None)


def first(ordered: Ordered, conditions: Sequence[Condition], number: int) -> list[Place]:
    """Return the places of the first rows for which all conditions hold, in order."""
    if not conditions:
        return ordered.first(ordered.by_index, number)
    chosen, size = _rarest(conditions)
    column = ordered.columns[0]
    if size > RARE:
        in_order = [each for each in conditions if each.is_ordered_by(column)]
        chosen, size = _rarest(in_order, column) if in_order else (chosen, size)
        # Its indexes might have to be read to their ends for a page of rows that pass other tests.
        if size > RARE or len(conditions) > 1 or ordered.values.get("level"):
            walk = _walk_by_prefix if ordered.ends else _walk
            places, is_complete = walk(ordered, conditions, number)
            if is_complete:
                return places
    if chosen.is_common:
        return ordered.first(_tested(ordered, conditions), number)
    return _sort(ordered, chosen, conditions, number)


def count(ordered: Ordered, conditions: Sequence[Condition], *, most: int | None = None) -> int:
    """Return the number of rows for which all conditions hold, or most if there are at least that many."""
    rarest, _ = _rarest(conditions)
    if rarest.is_common:
        counted = sum(rows.order_by()[:most].count() for rows in _tested(ordered, conditions))
        return counted if most is None else min(counted, most)
    rows = [found.values_list("pk", flat=True) for found in _found_by(rarest, ordered, conditions)]
    if len(rows) == 1:
        return rows[0][:most].count()
    ids: set[int] = set()
    for some in rows:
        ids.update(some[:most])
        if most is not None and len(ids) >= most:
            return most
    return len(ids)


def read(ordered: Ordered, conditions: Sequence[Condition], fields: Sequence[str]) -> tuple[list[Place], bool]:
    """Return the values of fields of all rows for which all conditions hold, in no order.

    Also return False if they may be more than can be read: then only the first rows of the index are tested.
    """
    rarest, size = _rarest(conditions) if conditions else (None, RARE + 1)
    if rarest and size <= RARE:
        parts, is_complete = _found_by(rarest, ordered, conditions), True
    else:
        ends = [rows.values_list(*ordered.fields)[WALK : WALK + 1].first() for rows in ordered.by_index]
        walks = zip(_tested(ordered, conditions), ends, strict=True)
        parts = [rows.filter(ordered.up_to(end) if end else Q())[:WALK] for rows, end in walks]
        is_complete = not any(ends)
    found = {pk: values for rows in parts for pk, *values in rows.values_list("id", *fields)}
    return [(*values,) for values in found.values()], is_complete


def _walk_by_prefix(ordered: Ordered, conditions: Sequence[Condition], number: int) -> tuple[list[Place], bool]:
    """Walk from one score and impact to the next, because the first rows of the list end long before others."""
    found: list[Place] = []
    for part in ordered.by_prefix():
        left = number - len(found)
        # Without other conditions, all these rows match.
        alone = len(conditions) == 1
        places, is_complete = (part.first(part.by_index, left), True) if alone else _walk(part, conditions, left)
        found += places
        if len(found) == number or not is_complete:
            return found, is_complete
    return found, True


def _walk(ordered: Ordered, conditions: Sequence[Condition], number: int) -> tuple[list[Place], bool]:
    """Test the first rows of the index one after another. Return False if they were too few to fill a page."""
    length = max(WALK, _WALK_PER_ROW * number)
    walks, ends = [], []
    for rows, tested in zip(ordered.by_index, _tested(ordered, conditions), strict=True):
        end = rows.values_list(*ordered.fields)[length : length + 1].first()
        walks.append(tested.filter(ordered.up_to(end) if end else Q()))
        ends += [end] if end else []
    places = ordered.first(walks, number)
    is_full = len(places) == number and all(ordered.reaches(end, places[-1]) for end in ends)
    return places, is_full or not ends


def _sort(ordered: Ordered, rarest: Condition, conditions: Sequence[Condition], number: int) -> list[Place]:
    """Read the rows of one condition, test them for the others, and sort them."""
    found = []
    for source, rows in zip(rarest.sources, _found_by(rarest, ordered, conditions), strict=True):
        is_ordered = source.is_ordered_by(ordered.columns[0])
        found.append(rows.order_by(*ordered.columns) if is_ordered else ordered.sorted(rows))
    return ordered.first(found, number)


def _found_by(rarest: Condition, ordered: Ordered, conditions: Sequence[Condition]) -> list[QuerySet[Tech]]:
    """Return the rows of each source of one condition for which the others hold as well."""
    tests = reduce(and_, (condition.holds for condition in conditions if condition is not rarest), Q())
    return [ordered.rows.filter(source.matching, tests) for source in rarest.sources]


def _tested(ordered: Ordered, conditions: Sequence[Condition]) -> list[QuerySet[Tech]]:
    """Return the rows of each group, in order, that are tested one after another."""
    tests = reduce(and_, (condition.holds for condition in conditions), Q())
    return [rows.filter(tests) for rows in ordered.by_index]


def _rarest(conditions: Sequence[Condition], column: str = "") -> tuple[Condition, int]:
    """Return the condition with the fewest rows, and their number, at most RARE + 1.

    If a column is given, only rows count that no index has in its order.
    """
    counts = [condition.count(RARE + 1, column=column) for condition in conditions]
    return conditions[counts.index(min(counts))], min(counts)


def _together(some: Sequence[QuerySet[Tech, Place]], fields: Sequence[str]) -> Iterable[Place]:
    """Read several querysets in one statement, so that no row is missed that another process moves between them."""
    if len(some) == 1:
        return some[0]
    # Not QuerySet.union(), which does not limit the parts on SQLite.
    parts = [rows.query.sql_with_params() for rows in some]
    union = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS part{number}" for number, (sql, _) in enumerate(parts))  # noqa: S608
    rows = Tech.objects.raw(union, tuple(param for _, params in parts for param in params))
    return [tuple(getattr(row, field) for field in fields) for row in rows]
