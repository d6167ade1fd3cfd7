"""Select the rows, the count and the neighbours of a list query from the database, with keyset pagination.

Page 1,000 costs as much as page 1. If a row moves between two requests, no other row appears twice or is missed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Q, QuerySet

from techs import bulk
from techs.inventory import counts, filters, paging, search
from techs.inventory.conditions import Condition, have_service_owners
from techs.inventory.filters import NO, NO_OWNER, YES
from techs.inventory.ordered import Ordered, Place
from techs.inventory.paging import Part
from techs.inventory.queries import ORDERINGS, Cursor, ListQuery
from techs.models import LevelChange, Tech, TechDateChange, Usage
from techs.models.counts import OWNED, PRODUCT, TAG
from techs.models.tech import LIBRARY_RANK
from techs.rules.kinds import Kind
from techs.transactions import in_chunks

_ROWS_AT_ONCE = 500
# The filters in the index of each ordering. Levels change daily, so newer indexes leave them out.
_INDEXED: Mapping[str, set[str]] = {
    "priority": {"priority"},
    "name": {"priority"},
    "submitted_at": {"priority"},
    "end_of_life": {"priority", "ends"},
    "product": {"product"},
}
# The dimensions of the stored counts with the rows of filters by level.
_STORED: Mapping[str, str] = {"owner": OWNED, "product": PRODUCT, "tag": TAG}
# Rows that match several filters, or a search, are counted up to this number.
COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The rows of a page, the number of matching rows, and the cursors of the adjacent pages."""

    rows: list[Tech]
    count: int
    is_count_lower_bound: bool
    next: str | None
    previous: str | None


def select(query: ListQuery) -> Page:
    """Read a page from the database: its places in the indexes, and then its rows."""
    (found, end), (number, is_lower_bound) = _find_and_count(query, conditions_of(query))
    more = len(found) > query.page_size or end is not None
    found = found[: query.page_size]
    if query.is_backwards:
        found.reverse()
    rows = rows_at(found)
    if found and not rows:
        return select(query)  # all were deleted meanwhile
    # A list of one page has no neighbours.
    has_neighbours = more or query.cursor is not None
    following, preceding = _neighbours(query, found, rows, end=end, more=more) if has_neighbours else (None, None)
    return Page(
        rows=rows,
        # The count may have stopped earlier than the page.
        count=max(number, min(len(found), COUNT_LIMIT)) if is_lower_bound else number,
        is_count_lower_bound=is_lower_bound,
        next=following,
        previous=preceding,
    )


def _neighbours(
    query: ListQuery, found: Sequence[Place], rows: Sequence[Tech], *, end: Place | None, more: bool
) -> tuple[str | None, str | None]:
    """Return the cursors of the next and the previous page.

    end: the place where the walk ended. more: whether other rows may follow in the direction of reading.
    """
    has_next, has_previous = (True, more) if query.is_backwards else (more, query.cursor is not None)
    first, last = _ends(found, rows)
    last = end or last
    following = _cursor(last, query.ordering, backwards=False) if has_next and last else None
    preceding = _cursor(first, query.ordering, backwards=True) if has_previous and first else None
    if query.cursor and not found:
        # A page without rows leads back to where it began.
        back = str(replace(query.cursor, backwards=not query.is_backwards, includes=True))
        return (back, preceding) if query.is_backwards else (following, back)
    return following, preceding


def _ends(found: Sequence[Place], rows: Sequence[Tech]) -> tuple[Place | None, Place | None]:
    """Return the first and the last place whose row is shown, between which other pages show nothing.

    A row may have been deleted since its place was found. Added again, it belongs on another page.
    """
    shown = {row.pk for row in rows}
    places = [place for place in found if place[-1] in shown]
    return (places[0], places[-1]) if places else (None, None)


def _find_and_count(query: ListQuery, conditions: Sequence[Condition]) -> tuple[Part, tuple[int, bool]]:
    counted = _known_count(query, conditions)
    if counted is None and not query.cursor:
        # Rows that have to be read to be counted need not be read again.
        places = paging.whole(ordered(query), conditions)
        if places is not None:
            return Part(places[: query.page_size + 1]), _limited(query, len(places))
    # Backwards, a page without rows would have no neighbours.
    if query.is_backwards:
        part = Part(find(query, conditions))
    else:
        part = paging.first(ordered(query), conditions, query.page_size + 1, known=counted)
    return part, count(query, conditions) if counted is None else _limited(query, counted)


def count_before(query: ListQuery, cursor: str) -> int | None:
    """Count the matching rows before a position, or return None if there are too many."""
    before = replace(query, cursor=Cursor.read(cursor))
    places, conditions, most = ordered(before), conditions_of(before), COUNT_LIMIT + 1
    if conditions:
        number, is_complete = paging.count(places, conditions, most=most)
    else:
        number, is_complete = sum(rows[:most].count() for rows in places.by_index), True
    return number if is_complete and number < most else None


def conditions_of(query: ListQuery) -> list[Condition]:
    """Return the conditions for which the ordering has no index. A search, and a filter by owner, take a query each."""
    if query.product and query.kinds == (Kind.LIBRARY,):
        return [Condition.never()]
    made = {
        "tag": Condition.tagged,
        "owner": Condition.owned,
        "service": Condition.used_by,
        "product": Condition.of_products,
        "imported": Condition.imported,
        "priority": Condition.of_levels,
    }
    chosen = [name for name in made.keys() - _indexed(query) if getattr(query, name)]
    conditions = [made[name](getattr(query, name)) for name in sorted(chosen)]
    if query.ends and "ends" not in _indexed(query):
        conditions.append(Condition.ending(query.ends, levels=query.priority, kinds=query.kinds))
    if query.q:
        conditions += search.conditions(query.q)
    if query.accepted:
        conditions.append(Condition.accepted(query.today, is_wanted=query.accepted == YES))
    return conditions


def find(query: ListQuery, conditions: Sequence[Condition]) -> list[Place]:
    """Return the places of a page and of one more row, in the direction of reading, however many rows that takes."""
    places, wanted = ordered(query), query.page_size + 1
    found, end = paging.first(places, conditions, wanted)
    while end:
        more, end = paging.first(places.after(end), conditions, wanted - len(found))
        found += more
    return found


def services_of(rows: Sequence[Tech]) -> dict[int, list[tuple[str, str]]]:
    """Return names and slugs of the services that use each row, by its primary key."""
    found: dict[int, list[tuple[str, str]]] = {}
    for some in in_chunks([row.pk for row in rows if row.services], _ROWS_AT_ONCE):
        usages = Usage.objects.filter(tech__in=some).order_by("service__name_key")
        for tech, *service in usages.values_list("tech_id", "service__name", "service__slug").distinct():
            name, slug = service
            found.setdefault(tech or 0, []).append((name, slug))
    return found


def count_levels(query: ListQuery) -> dict[str, int]:
    return dict(_filtered(query).order_by().values_list("level").annotate(count=Count("pk")))


def changes(query: ListQuery) -> QuerySet[LevelChange]:
    """Return the level changes of matching technologies, newest first; all if the query has no filters."""
    news = LevelChange.objects.order_by("-at", "-id")
    return news.filter(tech__in=_filtered(query).order_by()) if query.is_filtered else news


def date_changes(query: ListQuery) -> QuerySet[TechDateChange]:
    """Return the date changes of matching technologies, as changes() does."""
    news = TechDateChange.objects.order_by("-at", "-id")
    return news.filter(tech__in=_filtered(query).order_by()) if query.is_filtered else news


def _filtered(query: ListQuery, conditions: Sequence[Condition] | None = None) -> QuerySet[Tech]:
    techs = Tech.objects.filter(kind__in=query.kinds) if query.kinds else Tech.objects.all()
    # The conditions lack those that the index of the ordering has.
    if query.ends:
        techs = techs.filter(filters.ends_on(query.ends))
    if query.product:
        techs = techs.filter(product__in=query.product)
    if query.priority:
        techs = techs.filter(level__in=query.priority)
    conditions = conditions_of(query) if conditions is None else conditions
    return techs.filter(*(condition.matching for condition in conditions))


def count(query: ListQuery, conditions: Sequence[Condition] | None = None) -> tuple[int, bool]:
    """Count the matching rows. Also return True if there may be more."""
    conditions = conditions_of(query) if conditions is None else conditions
    if (known := _known_count(query, conditions)) is not None:
        return _limited(query, known)
    if is_exact(query):
        return _filtered(query, conditions).count(), False
    if _has_surely(query, conditions):
        return COUNT_LIMIT, True
    # The number that is reached must not depend on the order.
    whole = replace(query, cursor=None, ordering="priority")
    conditions = conditions if _indexed(query) == _indexed(whole) else conditions_of(whole)
    counted, is_complete = paging.count(ordered(whole), conditions, most=COUNT_LIMIT + 1)
    return min(counted, COUNT_LIMIT), counted > COUNT_LIMIT or not is_complete


def is_exact(query: ListQuery) -> bool:
    """Return True if all matching rows are counted, however many."""
    return query.is_counted or (not query.q and len(query.filters.keys() - {"kind"}) == 1)


def _limited(query: ListQuery, number: int) -> tuple[int, bool]:
    is_limited = number > COUNT_LIMIT and not is_exact(query)
    return (COUNT_LIMIT, True) if is_limited else (number, False)


def _has_surely(query: ListQuery, conditions: Sequence[Condition]) -> bool:
    """Return True if more rows match than are counted, even if all libraries among them did not."""
    if len(conditions) > 1 or query.filters.keys() != {"q"}:
        return False
    outside = counts.libraries() if query.kinds else 0
    return outside <= COUNT_LIMIT and conditions[0].has(COUNT_LIMIT + 1 + outside)


def count_hidden_libraries(query: ListQuery) -> int | None:
    """Return the number of libraries that only include=all adds to these rows, or None if it is not stored."""
    if Kind.TRACKED.value not in query.kinds:
        return 0
    if query.q:
        return None  # the words alone take queries
    hidden = replace(query, cursor=None, kind=(Kind.LIBRARY.value,))
    return _known_count(hidden, conditions_of(hidden))


def _known_count(query: ListQuery, conditions: Sequence[Condition]) -> int | None:
    """Return the number of matching rows if it is stored, or nearly."""
    if query.is_counted:
        return _count_levels(query)
    match [*query.filters.keys() - {"kind", "priority"}]:
        case ["q"]:
            return search.count(conditions, ordered(replace(query, cursor=None)), most=COUNT_LIMIT)
        case ["accepted"] if query.accepted == NO:
            return _count_levels(query) - _filtered(replace(query, accepted=YES)).count()
        # Technologies have several tags. With a second source, for services, owners have more than the counts know.
        case [name] if name in _STORED and (name != "tag" or len(query.tag) == 1):
            if NO_OWNER in query.owner:
                return _count_with_unowned(query)
            is_stored = name != "owner" or len(conditions[0].sources) == 1
            values = getattr(query, name)
            return counts.of(_STORED[name], values, query.kinds, levels=query.priority) if is_stored else None
    return None


def _count_with_unowned(query: ListQuery) -> int | None:
    """Return the number of rows of owners and of nobody, or None if services have owners, which the counts lack."""
    if have_service_owners():
        return None
    owned = counts.of(OWNED, query.owner, query.kinds, levels=query.priority)
    return owned + counts.unowned(query.kinds, levels=query.priority)


def _count_levels(query: ListQuery) -> int:
    return counts.of_levels(query.priority, query.kinds, ends=query.ends)


def ordered(query: ListQuery) -> Ordered:
    """Return the order of the list, and the filters that have an index of their own."""
    columns = ORDERINGS[query.ordering]
    places = Ordered(
        groups=_groups_by_rank(query) if columns[0] in {"rank", "-rank"} else _groups(query),
        values={"kind": query.kinds, "level": query.priority, "product": query.product},
        columns=tuple(_reverse(column) if query.is_backwards else column for column in columns),
        beyond=filters.ends_on(query.ends) if query.ends and "ends" in _indexed(query) else Q(),
        ends=query.ends if "priority" in query.ordering else None,
    )
    return places.after(query.cursor.key, includes=query.cursor.includes) if query.cursor else places


def _indexed(query: ListQuery) -> set[str]:
    """Return the filters that the index of the ordering has."""
    return _INDEXED.get(query.ordering.removeprefix("-"), set())


def _groups_by_rank(query: ListQuery) -> list[Q]:
    # Libraries come last, so the index of ranks leaves them out.
    ranks = {(): Q(), (Kind.TRACKED.value,): Q(rank__lt=str(LIBRARY_RANK))}
    kind = ranks.get(query.kinds, Q(rank__gte=str(LIBRARY_RANK)))
    return [kind & Q(level=level) for level in query.priority] or [kind]


def _groups(query: ListQuery) -> list[Q]:
    levels = query.priority if "priority" in _indexed(query) else ()
    products = query.product if "product" in _indexed(query) else ()
    if "priority" in _indexed(query) and not (query.kinds or levels):
        return [Q()]
    kinds = [Q(kind=kind) for kind in query.kinds or (kind.value for kind in Kind)]
    # With an equation, MariaDB would sort all rows of a product in the order that its index has.
    by_product = [Q(product_order__gte=slug, product_order__lte=slug) for slug in products]
    choices = [Q(level=level) for level in levels] or by_product
    return [kind & choice for kind in kinds for choice in choices] or kinds


def rows_at(places: Sequence[Place]) -> list[Tech]:
    """Read the rows of some places, in order."""
    found: dict[int, Tech] = {}
    for some in in_chunks([pk for *_, pk in places], _ROWS_AT_ONCE):
        found |= {row.pk: row for row in bulk.read(Tech.objects.filter(pk__in=some).order_by())}
    # A row may have been deleted meanwhile.
    return [found[pk] for *_, pk in places if pk in found]


def _reverse(column: str) -> str:
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"


def after(query: ListQuery, place: Place) -> ListQuery:
    """Return the query for the rows after a place."""
    return replace(query, cursor=_place(place, query.ordering, backwards=False))


def _cursor(place: Place, ordering: str, *, backwards: bool) -> str:
    return str(_place(place, ordering, backwards=backwards))


def _place(place: Place, ordering: str, *, backwards: bool) -> Cursor:
    key = tuple(_as_text(value) for value in place[: len(ORDERINGS[ordering])])
    return Cursor(ordering=ordering, backwards=backwards, key=key)


def _as_text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
