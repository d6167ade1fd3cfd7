"""Find the primary keys of a page in the indexes, so that only its rows are read, however long the list is.

Without conditions, an index has the rows in order. With conditions, there are two ways:

* Walk along an index that has the rows in order, and test one after another until the page is full. This is short if
  many rows match. The keys of a rare condition are collected first, so that testing takes no other index.
* Sort the rows of the rarest condition. Those that do not match, as far as other indexes know, are not read.

Counts that stop early tell which way is shorter. If neither is short, the page ends where the walk did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q, QuerySet

from techs.inventory import counts
from techs.inventory.conditions import Condition, Test
from techs.inventory.ordered import Ordered, Place
from techs.models import Tech

# A condition is rare if no more rows match: their keys can be collected, and the rows sorted.
RARE = 12_000
# The rows to sort at most if a walk found too few, because those that match are not spread evenly.
SORTED = 20_000
# So few rows are sorted without a walk.
FEW = 1_000
# The rows to test in a walk if sorting may be shorter, and if it is not.
WALK = 12_000
LONGEST_WALK = 100_000
# A walk begins with so many rows for each one of the page. Each step is longer than the one before.
_PER_ROW = 10
_GROWTH = 4
# So many entries of an index are tested while one row is read and sorted.
_TESTED_PER_SORTED = 10


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


def first(ordered: Ordered, conditions: Sequence[Condition], number: int) -> Part:
    """Return the places of the first rows for which all conditions hold, in order."""
    if not conditions:
        return Part(ordered.first(ordered.by_index, number))
    rarest, size = _rarest(conditions)
    if size > RARE:
        return _first_of_many(ordered, rarest, conditions, number)
    at_once, most = _lengths(ordered, rarest, conditions, number)
    if most:
        part = _walk(ordered, conditions, number, at_once=at_once, most=most)
        if not part.end:
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
        way = _way(ordered, conditions)
        found, is_complete = _within_reach(ordered, way, max(1, WALK // len(way.streams)))
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
        parts, is_complete = _within_reach(ordered, _Way(ordered.by_index, _tests(conditions)), WALK)
    found = {pk: values for rows in parts for pk, *values in rows.values_list("id", *fields)}
    return [(*values,) for values in found.values()], is_complete


def _first_of_many(ordered: Ordered, rarest: Condition, conditions: Sequence[Condition], number: int) -> Part:
    """Walk, because no condition is rare. If that is long, sort if possible, or else walk on."""
    found, end = _walk(ordered, conditions, number, at_once=_PER_ROW * number, most=WALK)
    if not end:
        return Part(found)
    if not rarest.is_common and rarest.count(SORTED + 1) <= SORTED:
        return Part(_sort(ordered, rarest, conditions, number))
    rest, left = ordered.after(end), number - len(found)
    more = _walk(rest, conditions, left, at_once=WALK, most=LONGEST_WALK)
    return Part([*found, *more.places], more.end)


def _lengths(ordered: Ordered, rarest: Condition, conditions: Sequence[Condition], number: int) -> tuple[int, int]:
    """Return how many rows to test at once, and before those of a rare condition are sorted: 0 if that is shorter."""
    size, several = rarest.count(RARE + 1), sum(map(_is_rare, conditions)) > 1
    if size <= FEW or several or ordered.ends:
        return 0, 0
    worth = rarest.count(RARE + 1, column=ordered.columns[0]) * _TESTED_PER_SORTED
    # If the rows that match are spread evenly. Nobody knows how many of them pass the tests of other conditions.
    expected = number * sum(counts.levels(()).values()) // size
    if len(conditions) > 1:
        return expected, worth if _GROWTH * expected <= worth else 0
    return expected * 5 // 4, min(worth, _GROWTH * expected) if expected <= worth else 0


def _walk(ordered: Ordered, conditions: Sequence[Condition], number: int, *, at_once: int, most: int) -> Part:
    """Test the first rows in order, up to so many, at first some at once and then more."""
    if ordered.ends:
        return _walk_by_prefix(ordered, conditions, number, at_once=at_once, most=most)
    length = at_once = max(1, min(at_once, most))
    found, end = _step(ordered, conditions, number, length)
    while end and length < most:
        at_once = min(at_once * _GROWTH, most - length)
        places, end = _step(ordered.after(end), conditions, number - len(found), at_once)
        found, length = found + places, length + at_once
    return Part(found, end)


def _walk_by_prefix(ordered: Ordered, conditions: Sequence[Condition], number: int, *, at_once: int, most: int) -> Part:
    """Walk from one score and impact to the next, because the first rows of the list end long before others."""
    found: list[Place] = []
    for each in ordered.by_prefix():
        left = number - len(found)
        # Without other conditions, all these rows match.
        alone = len(conditions) == 1
        part = first(each, (), left) if alone else _walk(each, conditions, left, at_once=at_once, most=most)
        found += part.places
        if part.end or len(found) == number:
            return Part(found, part.end)
    return Part(found)


def _step(ordered: Ordered, conditions: Sequence[Condition], number: int, length: int) -> Part:
    """Test so many of the first rows of each stream, at most."""
    way = _way(ordered, conditions)
    end = ordered.earliest_end(way.streams, length)
    tests = way.tests & ordered.up_to(end) if end else way.tests
    places = ordered.first([rows.filter(tests) for rows in (*way.streams, *way.others)], number)
    return Part(places, end if len(places) < number else None)


def _way(ordered: Ordered, conditions: Sequence[Condition]) -> _Way:
    """Return the way along the indexes of products, if they have nearly all rows that match, or along whole groups."""
    column = ordered.columns[0]
    for each in conditions:
        if each.is_ordered_by(column) and each.count(RARE + 1, column=column) <= RARE < each.count(RARE + 1):
            return _way_along(each, ordered, conditions)
    return _Way(ordered.by_index, _tests(conditions))


def _way_along(chosen: Condition, ordered: Ordered, conditions: Sequence[Condition]) -> _Way:
    streams, others = [], []
    for source in chosen.sources:
        if source.is_ordered_by(ordered.columns[0]):
            rows = Tech.objects.filter(source.own or Q(), ordered.beyond)
            streams.append(rows.order_by(*ordered.columns))
        else:
            others.append(ordered.sorted(ordered.rows.filter(source.matching)))
    return _Way(streams, ordered.tests & _tests([each for each in conditions if each is not chosen]), others)


def _tests(conditions: Sequence[Condition]) -> Q:
    """Return the tests of rows that an index has. They begin with those for which it is enough."""
    rare = [each.hashed() for each in conditions if _is_rare(each)]
    others = [each.looked_up() if rare else each.holds for each in conditions if not _is_rare(each)]
    return Q(*rare, *others)


def _within_reach(ordered: Ordered, way: _Way, length: int) -> tuple[list[QuerySet[Tech]], bool]:
    """Return the rows that match, but only of so many first ones of each stream. Also return True if these are all."""
    ends = [ordered.earliest_end([rows], length) for rows in way.streams]
    parts = [rows.filter(ordered.up_to(end)) if end else rows for rows, end in zip(way.streams, ends, strict=True)]
    return [rows.filter(way.tests) for rows in (*parts, *way.others)], not any(ends)


def _sort(ordered: Ordered, rarest: Condition, conditions: Sequence[Condition], number: int) -> list[Place]:
    """Read the rows of one condition, test them for the others, and sort them."""
    found = []
    for source, rows in zip(rarest.sources, _found_by(rarest, ordered, conditions), strict=True):
        is_ordered = source.is_ordered_by(ordered.columns[0])
        found.append(rows.order_by(*ordered.columns) if is_ordered else ordered.sorted(rows))
    return ordered.first(found, number)


def _found_by(rarest: Condition, ordered: Ordered, conditions: Sequence[Condition]) -> list[QuerySet[Tech]]:
    """Return the rows of each source of one condition for which the others hold as well."""
    in_index: list[Test] = []
    on_row = Q()
    is_short = rarest.count(RARE + 1) <= FEW
    for each in conditions:
        if each is rarest:
            continue
        test = None if is_short else _test_in_index(each)
        if test:
            in_index.append(test)
        else:
            on_row &= each.holds
    return [ordered.rows.filter(source.matching_if(in_index), on_row) for source in rarest.sources]


def _test_in_index(condition: Condition) -> Test | None:
    """Return a test that reads no row of the list, or None if it needs one."""
    if _is_rare(condition) and not condition.is_scanned:
        return condition.hashed
    return condition.looked_up if condition.is_related else None


def _is_rare(condition: Condition) -> bool:
    return condition.count(RARE + 1) <= RARE


def _rarest(conditions: Sequence[Condition]) -> tuple[Condition, int]:
    """Return the condition with the fewest rows, and their number, at most RARE + 1."""
    sizes = [condition.count(RARE + 1) for condition in conditions]
    return conditions[sizes.index(min(sizes))], min(sizes)
