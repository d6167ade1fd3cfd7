"""Select the rows, the count and the neighbours of a list query from the database, with keyset pagination.

Page 1,000 costs as much as page 1. If a row moves between two requests, no other row appears twice or is missed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from techs.inventory import counts, filters, paging, search
from techs.inventory.conditions import Condition
from techs.inventory.filters import NO, YES
from techs.inventory.paging import Ordered, Place
from techs.inventory.queries import ORDERINGS, Cursor, ListQuery
from techs.models import Import, LevelChange, Service, Tech, TechDateChange, Usage
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
    conditions = conditions_of(query)
    found = find(query, conditions)
    more = len(found) > query.page_size
    found = found[: query.page_size]
    if query.is_backwards:
        found.reverse()
    has_next, has_previous = (True, more) if query.is_backwards else (more, query.cursor is not None)
    number, is_lower_bound = count(query, conditions)
    return Page(
        rows=rows_at(found),
        count=number,
        is_count_lower_bound=is_lower_bound,
        next=_cursor(found[-1], query.ordering, backwards=False) if has_next and found else None,
        previous=_cursor(found[0], query.ordering, backwards=True) if has_previous and found else None,
    )


def count_before(query: ListQuery, cursor: str) -> int | None:
    """Count the matching rows before a position, or return None if there are too many."""
    before = replace(query, cursor=Cursor.read(cursor))
    places, conditions, most = ordered(before), conditions_of(before), COUNT_LIMIT + 1
    if conditions:
        number = paging.count(places, conditions, most=most)
    else:
        number = sum(rows[:most].count() for rows in places.by_index)
    return number if number < most else None


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
    """Return the places of a page and of one more row, in the direction of reading."""
    return paging.first(ordered(query), conditions, query.page_size + 1)


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


def names_of_owners(keys: Sequence[str]) -> dict[str, str]:
    """Return owners as spelled on the list, by key."""
    rows = Tech.objects.filter(owner_key__in=keys).order_by().values_list("owner_key")
    names = dict(rows.annotate(name=Min("owner")))
    if names.keys() != set(keys):
        through = Service.objects.filter(owner_key__in=keys).order_by().values_list("owner_key")
        names = dict(through.annotate(name=Min("owner"))) | names
    return {key: names.get(key, key) for key in keys}


def names_of_imports(uuids: Sequence[str]) -> dict[str, str]:
    """Return the names of imports, or the ids of those that do not exist, by id."""
    names = {str(each.uuid): str(each) for each in Import.objects.filter(uuid__in=uuids)}
    return {uuid: names.get(uuid, uuid) for uuid in uuids}


def names_of_services(slugs: Sequence[str]) -> dict[str, str]:
    """Return the names of services, or the slugs of those that do not exist, by slug."""
    names = dict(Service.objects.filter(slug__in=slugs).values_list("slug", "name"))
    return {slug: names.get(slug, slug) for slug in slugs}


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
    """Count the matching rows. Also return True if there are more."""
    conditions = conditions_of(query) if conditions is None else conditions
    if (known := _known_count(query, conditions)) is not None:
        return known, False
    if not query.q and len(query.filters.keys() - {"kind"}) == 1:
        return _filtered(query, conditions).count(), False
    most = COUNT_LIMIT + 1
    if _has_surely(query, conditions, most):
        return COUNT_LIMIT, True
    counted = paging.count(ordered(replace(query, cursor=None)), conditions, most=most)
    return min(counted, COUNT_LIMIT), counted > COUNT_LIMIT


def _has_surely(query: ListQuery, conditions: Sequence[Condition], number: int) -> bool:
    """Return True if so many rows match that all libraries among them would not matter."""
    if len(conditions) > 1 or query.filters.keys() != {"q"}:
        return False
    outside = counts.libraries() if query.kinds else 0
    return outside <= COUNT_LIMIT and conditions[0].has(number + outside)


def count_hidden_libraries(query: ListQuery) -> int | None:
    """Return the number of libraries that only include=all adds to these rows, or None if it is not stored."""
    if Kind.TRACKED.value not in query.kinds:
        return 0
    if query.q:
        return None  # the words alone take queries
    hidden = replace(query, cursor=None, kind=(Kind.LIBRARY.value,))
    return _known_count(hidden, conditions_of(hidden))


def _known_count(query: ListQuery, conditions: Sequence[Condition]) -> int | None:
    """Return the number of matching rows if it is stored."""
    if query.is_counted:
        levels = counts.levels(query.kinds, ends=query.ends)
        return sum(count for level, count in levels.items() if level in (query.priority or levels))
    match [*query.filters.keys() - {"kind"}]:
        case ["tag"] if len(query.tag) == 1:
            return counts.of_tag(query.tag[0], query.kinds)
        case ["product"]:
            return counts.of_products(query.product, query.kinds)
        # With a second source, for services, an owner has more rows than the counts know.
        case ["owner"] if len(conditions[0].sources) == 1:
            return counts.of_owners(query.owner, query.kinds)
        case ["accepted"] if query.accepted == NO:
            accepted = _filtered(replace(query, accepted=YES)).count()
            return sum(counts.levels(query.kinds).values()) - accepted
    return None


def ordered(query: ListQuery) -> Ordered:
    """Return the order of the list, and the filters that have an index of their own."""
    columns = ORDERINGS[query.ordering]
    within = filters.ends_on(query.ends) if query.ends and "ends" in _indexed(query) else Q()
    return Ordered(
        groups=_groups_by_rank(query) if columns[0] in {"rank", "-rank"} else _groups(query),
        values={"kind": query.kinds, "level": query.priority, "product": query.product},
        columns=tuple(_reverse(column) if query.is_backwards else column for column in columns),
        beyond=(_beyond(query.cursor, columns) if query.cursor else Q()) & within,
        ends=query.ends if "priority" in query.ordering else None,
    )


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
        found |= Tech.objects.in_bulk(some)
    # A row may have been deleted meanwhile.
    return [found[pk] for *_, pk in places if pk in found]


def _beyond(cursor: Cursor, columns: tuple[str, ...]) -> Q:
    # (a, b) > (x, y) means a > x, or a = x and b > y.
    condition, equal = Q(), Q()
    for column, value in zip(columns, cursor.key, strict=True):
        name = column.removeprefix("-")
        descending = column.startswith("-") != cursor.backwards
        condition |= equal & Q((f"{name}__{'lt' if descending else 'gt'}", value))
        equal &= Q((name, value))
    return condition


def _reverse(column: str) -> str:
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"


def cursor_at(row: Tech, ordering: str, *, backwards: bool) -> str:
    """Return a signed cursor to the position after a row, or before it if backwards."""
    place = tuple(getattr(row, column.removeprefix("-")) for column in ORDERINGS[ordering])
    return _cursor(place, ordering, backwards=backwards)


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
