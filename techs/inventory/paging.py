"""Find the primary keys of a page in the indexes, so that only its rows are read, however long the list is.

Without conditions, an index has the rows in order. With conditions, there are two ways:

* Walk along an index that has the rows in order, and test one after another until the page is full. This is short if
  many rows match. The keys of a rare condition are collected first, so that testing takes no other index.
* Sort the rows of the rarest condition. Those that do not match, as far as other indexes know, are not read.

Counts that stop early tell which way is shorter. If neither is short, the page ends where the walk did.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Q, QuerySet

from techs.inventory import counts
from techs.inventory.conditions import Condition, Test
from techs.inventory.ordered import Ordered, Place
from techs.models import Tech

# A condition that matches at most this many rows is rare: they can all be read.
RARE = 12_000
# Keys to collect for a test, at most.
COLLECTED = 50_000
# Rows to sort if a walk would be longer, at most. Above that, a walk with collected keys has a limit.
SORTED = 20_000
LONGEST_WALK = 100_000
# Up to this many rows are sorted without considering a walk.
FEW = 1_000
# Rows to test in order to fill a page, to count and to sum up, if too many match to read all of them.
WALK = 12_000
# How many times as long a walk may be until it finds the first row.
_UNTIL_FOUND = 2
# Rows to test first for each row of the page, unless their number can be estimated.
_PER_ROW = 10
# How many times as long each step of a walk is as the one before.
_GROWTH = 8
# Entries of an index that can be tested in the time in which one row is read and sorted.
_TESTED_PER_SORTED = 10
# How many times cheaper than sorting a walk must be expected to be.
_GAINED = 4
# Keys that can be collected in the time in which one row is read, or one key is looked up.
_COLLECTED_PER_ROW = 8


class Part(NamedTuple):
    """Places in order. end: the place up to which no other row matches, if too few were found; others may follow."""

    places: list[Place]
    end: Place | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """Rows that indexes have in order, to walk along; a few others to sort; and the tests of all of them."""

    streams: Sequence[QuerySet[Tech]]
    tests: Q
    others: Sequence[QuerySet[Tech]] = ()
    of_streams: Q = field(default_factory=Q)
    """Further tests of the rows to walk along."""

    def rows(self, streams: Sequence[QuerySet[Tech]], *, up_to: Q) -> list[QuerySet[Tech]]:
        """Return the rows that match."""
        walked = [rows.filter(up_to, self.tests, self.of_streams) for rows in streams]
        return [*walked, *(rows.filter(up_to, self.tests) for rows in self.others)]


@dataclass(frozen=True, slots=True)
class _Length:
    """How many rows to test at once, at first, and altogether. is_choice: sorting takes no longer than to test all."""

    at_once: int
    most: int
    is_choice: bool = False

    def is_worth_more(self, tested: int, *, found: int, wanted: int) -> bool:
        """Return True if more rows should be tested after some of those that are wanted were found."""
        if self.is_choice:
            return tested < self.most and tested * wanted <= self.most * found
        return tested < (self.most if found else self.most * _UNTIL_FOUND)


def first(ordered: Ordered, conditions: Sequence[Condition], number: int, *, known: int | None = None) -> Part:
    """Return the places of the first rows for which all conditions hold, in order.

    known: how many rows match, according to the stored counts. While older processes write, they may be wrong, so they
    only choose the way.
    """
    if not conditions:
        return Part(ordered.first(ordered.by_index, number))
    rarest, size = _rarest(conditions)
    if size > (RARE if ordered.ends else COLLECTED):
        return _walk(ordered, conditions, number, _Length(_PER_ROW * number, _affordable(conditions)))
    if length := _length(ordered, rarest, conditions, number, known=known):
        part = _walk(ordered, conditions, number, length)
        if not part.end or size > SORTED:
            return part
    return Part(_sort(ordered, rarest, conditions, number))


def whole(ordered: Ordered, conditions: Sequence[Condition]) -> list[Place] | None:
    """Return the places of all rows for which all conditions hold, in order, or None if they may be many."""
    rarest, size = _rarest(conditions)
    if size > RARE or len(rarest.sources) > 1:
        return None
    return ordered.first(_found_by(rarest, ordered, conditions), None)


def count(ordered: Ordered, conditions: Sequence[Condition], *, most: int) -> tuple[int, bool]:
    """Count the rows for which all conditions hold, up to most. Also return False if not all rows were tested."""
    rarest, size = _rarest(conditions)
    if size <= RARE:
        found, is_complete = _found_by(rarest, ordered, conditions), True
    else:
        length = _affordable(conditions)
        way = _way(ordered, conditions, length, is_sum=True)
        found, is_complete = _within_reach(ordered, way, max(1, length // len(way.streams)))
    if len(found) == 1:
        return found[0].values("pk")[:most].count(), is_complete
    ids: set[int] = set()
    for rows in found:
        ids.update(rows.values_list("pk", flat=True)[:most])
        if len(ids) >= most:
            return most, is_complete
    return len(ids), is_complete


def read(ordered: Ordered, conditions: Sequence[Condition], fields: Sequence[str]) -> tuple[list[Place], bool]:
    """Return the values of fields of all rows for which all conditions hold, in no order.

    Also return False if they may be more than can be read: then only the first rows of the index are tested.
    """
    rarest, size = _rarest(conditions) if conditions else (None, RARE + 1)
    if rarest and size <= RARE:
        parts, is_complete = _found_by(rarest, ordered, conditions), True
    else:
        length = _affordable(conditions)
        parts, is_complete = _within_reach(ordered, _Way(ordered.by_index, _tests(conditions, length)), length)
    found = {pk: values for rows in parts for pk, *values in rows.values_list("id", *fields)}
    return [(*values,) for values in found.values()], is_complete


def _length(
    ordered: Ordered, rarest: Condition, conditions: Sequence[Condition], number: int, *, known: int | None
) -> _Length | None:
    """Return the length of a walk that is shorter than sorting the rows of the rarest condition, if there is one."""
    size, is_only_test = rarest.count(COLLECTED + 1), len(conditions) == 1 and not ordered.values["level"]
    # Some rows may be in order in other indexes, and need not be sorted.
    to_sort = rarest.count(COLLECTED + 1, column=ordered.columns[0]) if is_only_test else size
    if to_sort <= FEW or ordered.ends or sum(map(_is_collected, conditions)) > 1:
        return None
    if _is_along_products(rarest, ordered):
        return _Length(_PER_ROW * number, min(size, LONGEST_WALK))
    matching = size if known is None else max(1, min(size, known))
    expected, most = number * counts.of_levels((), ()) // matching, to_sort * _TESTED_PER_SORTED
    if to_sort > SORTED:
        return _Length(expected, LONGEST_WALK)
    # Rows with the same owner are often neighbours in other orders as well, so a walk may be in vain.
    if expected * _GAINED > most:
        return None
    # A few more are enough if those that match are spread evenly, and if there are no other tests.
    return _Length(expected * 5 // 4 if is_only_test else most // 4, most, is_choice=True)


def _walk(ordered: Ordered, conditions: Sequence[Condition], number: int, length: _Length) -> Part:
    """Test the first rows in order, at first some at once and then more. Give up a choice that will not fill a page."""
    if ordered.ends:
        return _walk_by_prefix(ordered, conditions, number, length)
    tested = at_once = max(1, min(length.at_once, length.most))
    found, end = _step(ordered, conditions, number, at_once)
    while end and length.is_worth_more(tested, found=len(found), wanted=number):
        at_once = min(at_once * _GROWTH, length.most)
        places, end = _step(ordered.after(end), conditions, number - len(found), at_once)
        found, tested = found + places, tested + at_once
    return Part(found, end)


def _walk_by_prefix(ordered: Ordered, conditions: Sequence[Condition], number: int, length: _Length) -> Part:
    """Walk from one score and impact to the next, because the first rows of the list end long before others."""
    found: list[Place] = []
    for each in ordered.by_prefix():
        left = number - len(found)
        # Without other conditions, all these rows match.
        part = first(each, (), left) if len(conditions) == 1 else _walk(each, conditions, left, length)
        found += part.places
        if part.end or len(found) == number:
            return Part(found, part.end)
    return Part(found)


def _step(ordered: Ordered, conditions: Sequence[Condition], number: int, length: int) -> Part:
    """Test the first rows, about this many."""
    way = _way(ordered, conditions, length)
    end = ordered.earliest_end(way.streams, max(1, length // len(way.streams)))
    places = ordered.first(way.rows(way.streams, up_to=ordered.up_to(end) if end else Q()), number)
    return Part(places, end if len(places) < number else None)


def _way(ordered: Ordered, conditions: Sequence[Condition], length: int, *, is_sum: bool = False) -> _Way:
    """Return the way along the indexes of products, if they have nearly all rows that match, or along whole groups.

    length: the number of rows to test.
    is_sum: the order does not matter, but the number of rows that match.
    """
    for each in conditions:
        if _is_along_products(each, ordered, is_sum=is_sum):
            return _way_along(each, ordered, conditions, length)
    return _Way(ordered.by_index, _tests(conditions, length))


def _is_along_products(condition: Condition, ordered: Ordered, *, is_sum: bool = False) -> bool:
    column = ordered.columns[0]
    # The groups of a level are shorter.
    if ordered.values["level"] and _is_collected(condition) and not is_sum:
        return False
    return condition.is_ordered_by(column) and condition.count(RARE + 1, column=column) <= RARE


def _way_along(chosen: Condition, ordered: Ordered, conditions: Sequence[Condition], length: int) -> _Way:
    streams, others = [], []
    for source in chosen.sources:
        if in_order := source.in_order(ordered.columns[0]):
            streams.append(ordered.along(in_order))
        else:
            others.append(ordered.sorted(ordered.rows.filter(source.matching)))
    tests = _tests([each for each in conditions if each is not chosen], length)
    return _Way(streams, tests, others, of_streams=ordered.tests_of_products)


def _affordable(conditions: Sequence[Condition]) -> int:
    """Return the number of rows to test for conditions that hold for too many to read them, or to collect their keys.

    Each condition takes a lookup for each row.
    """
    looked_up = sum(not _is_collected(each) for each in conditions)
    return max(1, WALK // max(1, looked_up))


def _tests(conditions: Sequence[Condition], number: int) -> Q:
    """Return the tests of so many rows that an index has. They begin with those for which it is enough."""
    hashed: list[Condition] = []
    others: list[Condition] = []
    for each in conditions:
        (hashed if _is_worth_collecting(each, number) else others).append(each)
    return Q(*(each.hashed() for each in hashed), *(each.tested(FEW, by_key=bool(hashed)) for each in others))


def _within_reach(ordered: Ordered, way: _Way, length: int) -> tuple[list[QuerySet[Tech]], bool]:
    """Return the rows that match among the first ones of each stream. Also return True if these are all."""
    ends = [ordered.earliest_end([rows], length) for rows in way.streams]
    streams = [rows.filter(ordered.before(end)) if end else rows for rows, end in zip(way.streams, ends, strict=True)]
    return way.rows(streams, up_to=Q()), not any(ends)


def _sort(ordered: Ordered, rarest: Condition, conditions: Sequence[Condition], number: int) -> list[Place]:
    """Read the rows of one condition, test them for the others, and sort them unless an index has them in order."""
    others = [each for each in conditions if each is not rarest]
    found, tests = [], _tests(others, rarest.count(COLLECTED + 1))
    for source, rows in zip(rarest.sources, _found_by(rarest, ordered, conditions), strict=True):
        in_order = source.in_order(ordered.columns[0])
        has_index = ordered.rows.filter(in_order, tests).order_by(*ordered.columns) if in_order else None
        found.append(ordered.sorted(rows) if has_index is None else has_index)
    return ordered.first(found, number)


def _found_by(rarest: Condition, ordered: Ordered, conditions: Sequence[Condition]) -> list[QuerySet[Tech]]:
    """Return the rows of each source of one condition for which the others hold as well."""
    in_index: list[Test] = []
    on_row = Q()
    for each in conditions:
        if each is rarest:
            continue
        if test := _test_in_index(each, rarest.count(COLLECTED + 1)):
            in_index.append(test)
        else:
            on_row &= each.holds
    return [ordered.rows.filter(source.matching_if(in_index), on_row) for source in rarest.sources]


def _test_in_index(condition: Condition, number: int) -> Test | None:
    """Return a test for this many keys that reads no row of the list, or None if testing the rows takes less time."""
    if _is_worth_collecting(condition, number):
        return condition.hashed
    return condition.looked_up if condition.is_related else None


def _is_worth_collecting(condition: Condition, number: int) -> bool:
    """Return True if collecting the keys takes no longer than to look up, or to read, so many rows."""
    return _is_collected(condition) and condition.count(COLLECTED + 1) <= number * _COLLECTED_PER_ROW


def _is_collected(condition: Condition) -> bool:
    """Return True if the keys can be collected for a test."""
    return not condition.is_scanned and condition.count(COLLECTED + 1) <= COLLECTED


def _rarest(conditions: Sequence[Condition]) -> tuple[Condition, int]:
    """Return the condition with the fewest rows, and their number, at most COLLECTED + 1."""
    sizes = [condition.count(COLLECTED + 1) for condition in conditions]
    return conditions[sizes.index(min(sizes))], min(sizes)
