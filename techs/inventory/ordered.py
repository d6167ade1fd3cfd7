"""The rows of the list in an order, as indexes have them, and as the database sorts them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import chain
from typing import Any, Self, TypeAlias

from django.db import connection
from django.db.models import F, Func, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import In

from techs.expressions import without_index
from techs.inventory.filters import Ends
from techs.models import Tech
from techs.rules.kinds import Kind

# The name of the column with a hint.
_HINT = "index_hint"
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
        """Return all rows, in no order, for conditions that find them."""
        return Tech.objects.filter(self.tests, self.beyond).order_by()

    @property
    def tests(self) -> Q:
        """Return the condition that rows have these values.

        The columns are in expressions, or MariaDB may prefer to read half the list in one of their indexes.
        """
        return Q(*(Q(In(without_index(column), list(some))) for column, some in self.values.items() if some))

    @property
    def tests_of_products(self) -> Q:
        """Return the condition that rows of products have these values: libraries have no product."""
        if self.values["kind"] == (Kind.LIBRARY,):
            return Q(pk=0)
        return replace(self, values={**self.values, "kind": ()}).tests

    @property
    def by_index(self) -> list[QuerySet[Tech]]:
        """Return the rows of each group in the order of its index."""
        return [self.along(group) for group in self.groups]

    def along(self, some: Q) -> QuerySet[Tech]:
        """Return rows in the order of an index, which begins with the columns that the condition compares."""
        rows = Tech.objects.filter(some, self.beyond).order_by(*self.columns)
        others = some.referenced_base_fields.difference(self.fields)
        return rows.annotate(**{_HINT: _Hint(_hint(frozenset(others), self.fields[: len(self.columns)]))})

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*(column.removeprefix("-") for column in self.columns), "id")))

    @property
    def is_reversed(self) -> bool:
        return self.columns[0].startswith("-")

    def first(self, some: Sequence[QuerySet[Tech]], number: int | None) -> list[Place]:
        """Return the first rows of several querysets in this order, each of them once; None: all. Takes one query."""
        found = {*_together([self._places(rows)[:number] for rows in some], self.fields)}
        return self.in_order(found)[:number]

    def in_order(self, places: Iterable[Place]) -> list[Place]:
        return sorted(places, reverse=self.is_reversed)

    def sorted(self, rows: QuerySet[Tech]) -> QuerySet[Tech]:
        """Return the rows in this order, which the database may only sort: no index has the order of an expression."""
        column, *others = self.fields
        terms: list[F | Coalesce] = [without_index(column), *map(F, others)]
        return rows.order_by(*(term.desc() if self.is_reversed else term.asc() for term in terms))

    def earliest_end(self, some: Iterable[QuerySet[Tech]], length: int) -> Place | None:
        """Return the first of the places behind which each queryset has more than so many rows, or None."""
        ends = [_together([self._places(rows)[length : length + 1]], self.fields) for rows in some]
        return next(iter(self.in_order(chain(*ends))), None)

    def _places(self, rows: QuerySet[Tech]) -> QuerySet[Tech, Place]:
        """Return the places of rows, after the hint if there is one: it must follow the word SELECT."""
        hint = [_HINT] if _HINT in rows.query.annotations else []
        return rows.values_list(*hint, *self.fields)

    def before(self, place: Place) -> Q:
        """Return the condition for the rows before a place."""
        condition, _ = self._compared("gt" if self.is_reversed else "lt", place)
        return condition

    def up_to(self, place: Place) -> Q:
        """Return the condition for a row and those before it."""
        condition, equal = self._compared("gt" if self.is_reversed else "lt", place)
        return condition | equal

    def after(self, place: Place, *, includes: bool = False) -> Self:
        """Return the rows after a place, of which the values of the columns count, or also the row at the place."""
        condition, equal = self._compared("lt" if self.is_reversed else "gt", place)
        return replace(self, beyond=self.beyond & (condition | equal if includes else condition))

    def _compared(self, operator: str, place: Place) -> tuple[Q, Q]:
        """Return the conditions for the rows on one side of a place, and at it."""
        # (a, b) > (x, y) means a > x, or a = x and b > y. Databases read an index only between places in this form.
        condition, equal = Q(), Q()
        for name, value in zip(self.fields, place[: len(self.columns)], strict=False):
            condition |= equal & Q((f"{name}__{operator}", value))
            equal &= Q((name, value))
        return condition, equal

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


class _Hint(Func):
    """A first column that tells MySQL how to read rows. Other databases see a comment, and need none."""

    template = "/*+ %(hint)s */ %(expressions)s"

    def __init__(self, hint: str) -> None:
        super().__init__(Value(1), hint=hint, output_field=IntegerField())


@cache
def _hint(equal: frozenset[str], order: tuple[str, ...]) -> str:
    """Return the hint to read rows in the order of an index, which begins with columns that have equal values.

    Behind a place, MySQL prefers to read all rows in an index with a further column, such as the level, and to sort
    them.
    """
    model = Tech._meta  # noqa: SLF001
    for index in model.indexes:
        first, rest = index.fields[: len(equal)], index.fields[len(equal) :]
        if equal == {*first} and order == (*rest[: len(order)],):
            return f"INDEX({model.db_table} {index.name})"
    # The name of a unique index depends on how it was made. All that MySQL reads instead is a skip scan.
    return f"NO_SKIP_SCAN({model.db_table})"


def _together(some: Sequence[QuerySet[Tech, Place]], fields: Sequence[str]) -> Iterable[Place]:
    """Read several querysets in one statement, so that no row is missed that another process moves between them."""
    if len(some) == 1:
        return [place[-len(fields) :] for place in some[0]]
    # Not QuerySet.union(), which does not limit the parts on SQLite.
    parts = [rows.query.sql_with_params() for rows in some]
    # Only some of them have a hint.
    columns = ", ".join(map(connection.ops.quote_name, fields))
    selected = [f"SELECT {columns} FROM ({sql}) AS part{number}" for number, (sql, _) in enumerate(parts)]  # noqa: S608
    union = " UNION ALL ".join(selected)
    rows = Tech.objects.raw(union, tuple(param for _, params in parts for param in params))
    return [tuple(getattr(row, field) for field in fields) for row in rows]
