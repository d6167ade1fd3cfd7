"""Group the list by product, owner, service or tag: each group with its levels and its worst technologies.

Groups with the most critical technologies come first. A technology may be in several groups. A group has the same
technologies as the list with its parameters, so if the query names products, owners, services or tags, there are no
other groups. Of a query with too many rows to read, the groups and their numbers are lower bounds, unless the stored
counts have them.
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self, TypeAlias

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.datastructures import MultiValueDict

from techs.inventory import counts, labels, outlook, paging, selection
from techs.inventory.conditions import have_service_owners
from techs.inventory.filters import NO_OWNER
from techs.inventory.queries import ListQuery, Params
from techs.inventory.service_reads import PageQuery
from techs.lifecycles import store
from techs.models import Service, Tech, TechOwner, TechTag, Usage
from techs.models.counts import OWNED, PRODUCT, TAG
from techs.rules.kinds import Kind
from techs.rules.levels import Level, by_level
from techs.transactions import in_chunks

BY = ("product", "owner", "service", "tag")
PAGE_SIZE, MAX_PAGE_SIZE = 20, 50
WORST = 5  # rows of a group
_ROWS_AT_ONCE = 1_000
_WORST_OF_LIST = 2_000

Levels: TypeAlias = dict[str, Counter[str]]
"""Numbers of technologies by level, by group."""
Ranks: TypeAlias = Mapping[str, Sequence[tuple[str, int]]]
"""Ranks and primary keys of technologies, by group."""
# Other tables with the values of a technology.
_RELATED: Mapping[str, tuple[type[Model], str]] = {
    "owner": (TechOwner, "owner_key"),
    "service": (Usage, "service__slug"),
    "tag": (TechTag, "tag"),
}
_COLUMNS = {"product": "product", "owner": "owner_key"}  # of the technology itself
_SUMMARY = "summary__levels"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage(PageQuery):
    """A page of groups, and the attribute that they share."""

    page_size: int = PAGE_SIZE
    by: str = BY[0]

    @classmethod
    def from_params(cls, params: MultiValueDict[str, str]) -> Self:
        """Read request parameters. Raises ValidationError with messages by field."""
        by = params.get("by", "").strip().lower() or BY[0]
        if by not in BY:
            raise ValidationError({"by": [f"Choose one of: {', '.join(BY)}."]})
        place = PageQuery.from_params(params)
        size = min(place.page_size, MAX_PAGE_SIZE) if params.get("page_size") else PAGE_SIZE
        return cls(by=by, page=place.page, page_size=size)

    def params(self, page: str) -> dict[str, Any]:
        # super() has no class in a dataclass with slots.
        return {"by": self.by, **PageQuery.params(self, page)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Technologies with the same product, owner, service or tag.

    value: the slug or key in addresses. params: the filters of the list that has these technologies.
    """

    name: str
    value: str
    params: Params
    counts: dict[str, int]
    accepted: int
    """Those of the level low whose risk the team accepts."""
    rows: list[Tech]

    @property
    def count(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """A page of groups. rest: the technologies in no group by level, or None if their number is unknown."""

    groups: tuple[Group, ...]
    count: int
    rest: dict[str, int] | None
    is_lower_bound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """All groups of a query with their levels.

    ranks: ranks and primary keys of their rows, as far as they were read. estimated: groups that were only estimated.
    """

    levels: Levels
    ranks: Ranks
    estimated: frozenset[str] = frozenset()
    rest: Mapping[str, int] | None = None
    is_complete: bool = True


def read_groups(query: ListQuery, by: str, *, today: date, page: GroupPage | None = None) -> Groups:
    """Return a page of the groups of a query, by default the first one."""
    place = page or GroupPage(by=by)
    query = replace(query, cursor=None, ordering="priority")
    found = _stored(query, by) or _read(query, by)
    chosen = getattr(query, by)
    keys = _sorted({key: levels for key, levels in found.levels.items() if not chosen or key in chosen})
    shown = {key: _narrowed(query, by, key) for key in keys[place.first : place.first + place.page_size]}
    counted = {key: _counts(found, each, key) for key, each in shown.items()}
    worst = {key: _worst(found, each, key) for key, each in shown.items()}
    accepted = _accepted(query, by, today=today)
    names, rows = names_of(by, [*shown]), Tech.objects.in_bulk([pk for pks in worst.values() for pk in pks])
    return Groups(
        groups=tuple(
            Group(
                name=names[key],
                value=key,
                params=each.filters,
                counts=counted[key][0],
                accepted=accepted.get(key, 0),
                rows=[rows[pk] for pk in worst[key] if pk in rows],
            )
            for key, each in shown.items()
        ),
        count=len(keys),
        rest=by_level(found.rest) if found.rest is not None and (not chosen or NO_OWNER in query.owner) else None,
        is_lower_bound=not found.is_complete or not all(is_exact for _, is_exact in counted.values()),
    )


def _narrowed(query: ListQuery, by: str, key: str) -> ListQuery:
    values: dict[str, Any] = {by: (key,)}
    return replace(query, **values)


def _sorted(levels: Levels) -> list[str]:
    """Return the groups with the most critical technologies first; of equal ones, by the next level, and by name."""
    return sorted(levels, key=lambda key: ([-number for number in by_level(levels[key]).values()], key))


def _counts(found: _Found, query: ListQuery, key: str) -> tuple[dict[str, int], bool]:
    """Return the numbers of a group by level. Also return False if they may be more."""
    if key not in found.estimated:
        return by_level(found.levels[key]), True
    rows, is_complete = outlook.matching(query, "level")
    return by_level(Counter(level for (level,) in rows)), is_complete


def _accepted(query: ListQuery, by: str, *, today: date) -> dict[str, int]:
    rows = outlook.accepted_risks(query, "id", "rank", *_COLUMNS.values(), today=today)
    return {key: len(members) for key, members in _by_group(by, rows).items()}


def _worst(found: _Found, query: ListQuery, key: str) -> list[int]:
    """Return the primary keys of the worst technologies of a group."""
    ranks = found.ranks.get(key, ())
    is_whole = key not in found.estimated and len(ranks) == found.levels[key].total()
    if is_whole or len(ranks) >= WORST:
        return [pk for _, pk in heapq.nsmallest(WORST, ranks)]
    query = replace(query, page_size=WORST)
    return [pk for *_, pk in selection.find(query, selection.conditions_of(query))[:WORST]]


def names_of(by: str, keys: Sequence[str]) -> dict[str, str]:
    """Return the names of values of a filter as people know them, by value."""
    match by:
        case "product":
            products = store.current().facts.products
            return {key: products[key].title if key in products else key for key in keys}
        case "owner":
            return labels.names_of_owners(keys)
        case "service":
            return labels.names_of_services(keys)
        case "imported":
            return labels.names_of_imports(keys)
    return {key: key for key in keys}


def _read(query: ListQuery, by: str) -> _Found:
    """Read the matching rows, and count their groups."""
    rows, is_complete = outlook.matching(query, "id", "rank", "level", *_COLUMNS.values())
    levels_of = {pk: level for pk, _, level, *_ in rows}
    ranks = _by_group(by, [(pk, rank, *own) for pk, rank, _, *own in rows])
    levels = {key: Counter(levels_of[pk] for _, pk in members) for key, members in ranks.items()}
    grouped = {pk for members in ranks.values() for _, pk in members}
    rest = Counter(level for pk, level in levels_of.items() if pk not in grouped)
    return _Found(levels=levels, ranks=ranks, rest=rest, is_complete=is_complete)


def _worst_by_group(query: ListQuery, by: str) -> Ranks:
    """Return the worst rows of the list, which often have the worst ones of the first groups."""
    query = replace(query, page_size=_WORST_OF_LIST)
    ids = [pk for *_, pk in selection.find(query, selection.conditions_of(query))]
    rows = (Tech.objects.filter(pk__in=some).order_by() for some in in_chunks(ids, _ROWS_AT_ONCE))
    return _by_group(by, [row for some in rows for row in some.values_list("id", "rank", *_COLUMNS.values())])


def _by_group(by: str, rows: Sequence[tuple[Any, ...]]) -> Ranks:
    """Return ranks and primary keys by group. rows: primary key, rank, and the values of _COLUMNS."""
    ranks = {pk: rank for pk, rank, *_ in rows}
    own = [*_COLUMNS].index(by) if by in _COLUMNS else None
    members = {(values[own], pk) for pk, _, *values in rows if values[own]} if own is not None else set()
    members.update(_related(by, [*ranks]))
    found: dict[str, list[tuple[str, int]]] = {}
    for key, pk in members:
        found.setdefault(key, []).append((ranks[pk], pk))
    return found


def _related(by: str, rows: Sequence[int]) -> Iterator[tuple[str, int]]:
    """Yield the values of rows that another table has."""
    if by not in _RELATED:
        return
    model, column = _RELATED[by]
    for some in in_chunks(rows, _ROWS_AT_ONCE):
        yield from model._default_manager.filter(tech__in=some).order_by().values_list(column, "tech")  # noqa: SLF001


def _stored(query: ListQuery, by: str) -> _Found | None:
    """Return the groups of a long list from the stored counts, or None if they lack them."""
    if query.filters.keys() - {"priority", "kind"}:
        return None
    totals = counts.levels(query.kinds)
    if sum(totals.values()) <= paging.RARE:
        return None
    match by:
        case "service":
            return _of_services(query) if query.kinds == (Kind.TRACKED,) else None
        case "owner":
            # The summaries of services lack libraries.
            is_known = query.kinds == (Kind.TRACKED.value,) or not have_service_owners()
            return _of_owners(query) if is_known else None
    levels = _chosen(query, counts.levels_of(PRODUCT if by == "product" else TAG, query.kinds))
    rest = Counter(_chosen(query, {"": Counter(totals)})[""]) if by == "product" else None
    if rest is not None:
        for each in levels.values():
            rest.subtract(each)
    return _Found(levels=levels, rest=rest, ranks=_worst_by_group(query, by))


def _of_services(query: ListQuery) -> _Found:
    used = Service.objects.filter(summary__worst_rank__isnull=False, archived_at=None).order_by()
    levels = {slug: Counter(levels) for slug, levels in used.values_list("slug", _SUMMARY)}
    return _Found(levels=_chosen(query, levels), ranks=_worst_by_group(query, "service"))


def _of_owners(query: ListQuery) -> _Found:
    """Return all owners. Services may use technologies of their own owner, so theirs are estimated."""
    levels = counts.levels_of(OWNED, query.kinds)
    owners = set()
    for key, numbers in Service.objects.exclude(owner_key="").order_by().values_list("owner_key", _SUMMARY):
        levels.setdefault(key, Counter()).update(numbers or {})
        owners.add(key)
    ranks = _worst_by_group(query, "owner")
    return _Found(levels=_chosen(query, levels), ranks=ranks, estimated=frozenset(owners))


def _chosen(query: ListQuery, levels: Levels) -> Levels:
    """Leave out other levels, and groups without technologies."""
    wanted = set(query.priority or Level)
    found = {key: Counter({level: n for level, n in each.items() if level in wanted}) for key, each in levels.items()}
    return {key: each for key, each in found.items() if each}
