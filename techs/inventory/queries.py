"""Query the list: validated parameters in a canonical form, and keyset pagination.

Page 1,000 costs as much as page 1. If a row moves between two requests, no other row appears twice or is missed.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Self, TypeAlias

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db.models import Count, Min, Q, QuerySet
from django.utils.datastructures import MultiValueDict

from techs.inventory import counts, filters, paging, search
from techs.inventory.conditions import Condition
from techs.inventory.filters import NO, YES, Ends
from techs.inventory.paging import Ordered, Place
from techs.models import LevelChange, Service, Tech, TechDateChange, Usage
from techs.models.tech import LIBRARY_RANK
from techs.rules.attributes import NAME_MAX_LENGTH, InvalidAttribute, clean_owner, clean_search, clean_tags
from techs.rules.kinds import Kind
from techs.rules.levels import Level
from techs.rules.services import SLUG
from techs.rules.text import name_key
from techs.transactions import in_chunks
from techs.validation import validation_errors

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 500
MAX_CHOICES = 20  # values of a repeated parameter
TRACKED, ALL = "tracked", "all"
INCLUDES = (TRACKED, ALL)
USUAL_PAGE_SIZES = {1, DEFAULT_PAGE_SIZE}  # 1 serves to count the rows of a level
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

# Each ordering ends in a unique column, so a key identifies one position. The worst technology has the lowest rank.
ORDERINGS: Mapping[str, tuple[str, ...]] = {
    "priority": ("rank",),
    "-priority": ("-rank",),
    "name": ("name_key",),
    "-name": ("-name_key",),
    "submitted_at": ("submitted_at", "id"),
    "-submitted_at": ("-submitted_at", "-id"),
    "end_of_life": ("ends_on", "id"),
    "-end_of_life": ("-ends_on", "-id"),
    "services": ("services", "id"),
    "-services": ("-services", "-id"),
    "owner": ("owner_order", "id"),
    "-owner": ("-owner_order", "-id"),
    "product": ("product_order", "id"),
    "-product": ("-product_order", "-id"),
}

# The filters in the order of addresses.
FILTERS = (
    *("q", "priority", "tag", "owner", "service", "product", "kind"),
    *("ends_within", "ends_from", "ends_to", "accepted"),
)
_COUNTED = {"priority", "kind", "ends_within", "ends_from", "ends_to"}

Params: TypeAlias = Mapping[str, str | Sequence[str]]
"""Query parameters, for urlencode(..., doseq=True)."""

# Cursors are signed, so that invented ones cannot create new cache keys.
# The salt changes with the sort keys in them.
_signer = Signer(salt="techs.listing.cursor.2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A position between two rows: the sort key of the adjacent row, and the reading direction."""

    ordering: str
    backwards: bool
    key: tuple[str, ...]

    def __str__(self) -> str:
        return _signer.sign_object([self.ordering, self.backwards, *self.key])

    @classmethod
    def read(cls, text: str) -> Self:
        try:
            ordering, backwards, *key = _signer.unsign_object(text)
        except (BadSignature, ValueError) as error:
            raise ValidationError({"cursor": ["Invalid cursor. Start again without it."]}) from error
        return cls(ordering=ordering, backwards=backwards, key=tuple(key))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """A query for one page, in canonical form: equivalent queries are equal objects.

    A technology matches if it has any of the given levels, tags and products, any of the given owners, itself or
    through services, and if any of the given services uses it. The other filters are those of techs.inventory.filters.
    include is "tracked", or "all" for libraries too. kind is empty, or "library" for nothing else.
    """

    q: str = ""
    priority: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    ends_within: tuple[str, ...] = ()
    ends_from: str = ""
    ends_to: str = ""
    accepted: str = ""
    include: str = TRACKED
    ordering: str = "priority"
    page_size: int = DEFAULT_PAGE_SIZE
    cursor: Cursor | None = None
    today: str = ""
    """The present day (UTC), of queries that depend on it."""

    def __post_init__(self) -> None:
        if self.kind:
            self._set(include=ALL if len(self.kind) > 1 else TRACKED)
            self._set(kind=self.kind if self.kind == (Kind.LIBRARY,) else ())
        depends_on_day = self.ends_within or self.accepted
        self._set(today=(self.today or datetime.now(UTC).date().isoformat()) if depends_on_day else "")

    def _set(self, **values: Any) -> None:
        """Set fields to their canonical values."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_params(cls, params: MultiValueDict[str, str]) -> Self:
        """Read request parameters. Unknown parameters are ignored, and page_size is clamped to 1 to 500.

        Filters with several values may be repeated, and levels may also be separated by commas. If any other
        parameter is repeated, the last value counts.

        Raises ValidationError with messages by field.
        """
        ordering = params.get("ordering") or "priority"
        if ordering not in ORDERINGS:
            raise ValidationError({"ordering": [f"Choose one of: {', '.join(ORDERINGS)}."]})
        include = params.get("include") or TRACKED
        if include not in INCLUDES:
            raise ValidationError({"include": [f"Choose one of: {', '.join(INCLUDES)}."]})
        given = {name: _choices(params, name) for name in filters.NAMES if name in params}
        place = params.get("cursor")
        cursor = Cursor.read(place) if place else None
        if cursor and cursor.ordering != ordering:
            raise ValidationError({"cursor": ["This cursor belongs to another ordering. Start again without it."]})
        return cls(
            q=_clean_search(params.get("q", "")),
            priority=_clean_levels(_choices(params, "priority")),
            tag=_clean_choices(params, "tag", _clean_tag),
            owner=_clean_choices(params, "owner", _clean_owner),
            service=clean_slugs(params),
            include=include,
            ordering=ordering,
            page_size=clean_page_size(params.get("page_size", "")),
            cursor=cursor,
            **(filters.clean(given) if given else {}),
        )

    @property
    def is_usual(self) -> bool:
        """Return True for the few hundred common queries: first pages without a filter besides the level."""
        is_whole = self.filters.keys() <= {"priority"}
        return is_whole and self.cursor is None and self.page_size in USUAL_PAGE_SIZES

    @property
    def is_backwards(self) -> bool:
        return self.cursor is not None and self.cursor.backwards

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of technologies, or nothing for all."""
        return self.kind or (() if self.include == ALL else (Kind.TRACKED.value,))

    @property
    def ends(self) -> Ends | None:
        """Return the first and the last day on which support ends, or None for any."""
        if not (self.ends_within or self.ends_from or self.ends_to):
            return None
        return filters.period(within=self.ends_within, first=self.ends_from, last=self.ends_to, today=self.today)

    @property
    def filters(self) -> Params:
        values = {name: getattr(self, name) for name in FILTERS} | {"priority": ",".join(self.priority)}
        return {name: value for name, value in values.items() if value}

    @property
    def indexed(self) -> set[str]:
        """Return the filters that the index of the ordering has."""
        return _INDEXED.get(self.ordering.removeprefix("-"), set())

    @property
    def is_counted(self) -> bool:
        """Return True if the stored counts have the numbers of matching rows by level and end of support."""
        return self.filters.keys() <= _COUNTED

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters)

    def canonical(self) -> str:
        """Return a text for the cache key, the same for equal queries."""
        return _canonical(self)

    def params(self, cursor: str = "") -> Params:
        """Return the parameters for the page at a cursor; without one, for the first page."""
        ordering = self.ordering if self.ordering != "priority" else ""
        page_size = str(self.page_size) if self.page_size != DEFAULT_PAGE_SIZE else ""
        include = self.include if self.include != TRACKED else ""
        place = {"include": include, "ordering": ordering, "page_size": page_size, "cursor": cursor}
        return {**self.filters, **{name: value for name, value in place.items() if value}}


@lru_cache(maxsize=1024)
def _canonical(query: ListQuery) -> str:
    return json.dumps(asdict(query), sort_keys=True)


WHOLE_LIST = ListQuery()


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
        "priority": Condition.of_levels,
    }
    chosen = [name for name in made.keys() - query.indexed if getattr(query, name)]
    conditions = [made[name](getattr(query, name)) for name in sorted(chosen)]
    if query.ends and "ends" not in query.indexed:
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


def owners(query: ListQuery) -> list[str]:
    """Return the owners in the query, as spelled on the list."""
    rows = Tech.objects.filter(owner_key__in=query.owner).order_by().values_list("owner_key")
    names = dict(rows.annotate(name=Min("owner")))
    if names.keys() != set(query.owner):
        through = Service.objects.filter(owner_key__in=query.owner).order_by().values_list("owner_key")
        names = dict(through.annotate(name=Min("owner"))) | names
    return [names.get(key, key) for key in query.owner]


def services(query: ListQuery) -> list[str]:
    """Return the names of the services in the query, or the slugs of those that do not exist."""
    names = dict(Service.objects.filter(slug__in=query.service).values_list("slug", "name"))
    return [names.get(slug, slug) for slug in query.service]


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
    within = filters.ends_on(query.ends) if query.ends and "ends" in query.indexed else Q()
    return Ordered(
        groups=_groups_by_rank(query) if columns[0] in {"rank", "-rank"} else _groups(query),
        values={"kind": query.kinds, "level": query.priority},
        columns=tuple(_reverse(column) if query.is_backwards else column for column in columns),
        beyond=(_beyond(query.cursor, columns) if query.cursor else Q()) & within,
        ends=query.ends if "priority" in query.ordering else None,
    )


def _groups_by_rank(query: ListQuery) -> list[Q]:
    # Libraries come last, so the index of ranks leaves them out.
    ranks = {(): Q(), (Kind.TRACKED.value,): Q(rank__lt=str(LIBRARY_RANK))}
    kind = ranks.get(query.kinds, Q(rank__gte=str(LIBRARY_RANK)))
    return [kind & Q(level=level) for level in query.priority] or [kind]


def _groups(query: ListQuery) -> list[Q]:
    levels = query.priority if "priority" in query.indexed else ()
    products = query.product if "product" in query.indexed else ()
    if "priority" in query.indexed and not (query.kinds or levels):
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


def clean_slugs(params: MultiValueDict[str, str]) -> tuple[str, ...]:
    """Return the slugs of services in request parameters, sorted. Raises ValidationError."""
    return _clean_choices(params, "service", clean_slug)


def _clean_search(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return name_key(clean_search(text))
    except InvalidAttribute as error:
        message = f"Search for 1 to {NAME_MAX_LENGTH} printable characters."
        raise ValidationError({"q": [message]}) from error


def _choices(params: MultiValueDict[str, str], name: str) -> list[str]:
    texts = params.getlist(name)
    if len(texts) > MAX_CHOICES:
        raise ValidationError({name: [f"Choose at most {MAX_CHOICES}, not {len(texts)}."]})
    return [text for text in texts if text.strip()]


def _clean_choices(params: MultiValueDict[str, str], name: str, clean: Callable[[str], str]) -> tuple[str, ...]:
    texts = _choices(params, name)
    if not texts:
        return ()
    with validation_errors(name):
        return tuple(sorted({clean(text) for text in texts} - {""}))


def _clean_levels(texts: Sequence[str]) -> tuple[str, ...]:
    levels = {level.strip().lower() for text in texts for level in text.split(",") if level.strip()}
    known = [level.value for level in Level]
    if not levels <= set(known):
        raise ValidationError({"priority": [f"Choose from: {', '.join(known)}."]})
    # Choosing all levels means the whole list.
    return tuple(level for level in known if level in levels) if len(levels) < len(known) else ()


def _clean_tag(text: str) -> str:
    if "," in text:
        raise InvalidAttribute("Repeat the parameter for each tag: tag=shop&tag=web.", code="comma")
    return clean_tags([text])[0]


def _clean_owner(text: str) -> str:
    return name_key(clean_owner(text))


def clean_slug(text: str) -> str:
    """Return the slug of a service. Raises InvalidAttribute."""
    slug = text.strip().lower()
    if not re.fullmatch(SLUG, slug):
        raise InvalidAttribute("Enter the slug of a service, such as shop.", code="slug")
    return slug


def clean_page_size(text: str) -> int:
    """Return a number from 1 to MAX_PAGE_SIZE, by default DEFAULT_PAGE_SIZE. Raises ValidationError."""
    if not text:
        return DEFAULT_PAGE_SIZE
    if not text.isascii() or not text.isdigit():
        raise ValidationError({"page_size": [f"Enter a whole number from 1 to {MAX_PAGE_SIZE}."]})
    digits = text.lstrip("0")[: len(str(MAX_PAGE_SIZE)) + 1]  # enough to tell that it is too large
    return min(max(int(digits or "0"), 1), MAX_PAGE_SIZE)
