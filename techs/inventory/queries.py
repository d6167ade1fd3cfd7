"""Queries of the list: validated parameters in a canonical form. techs.inventory.selection reads their rows."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Self, TypeAlias

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.utils.datastructures import MultiValueDict

from techs.inventory import filters
from techs.inventory.filters import Ends
from techs.rules.attributes import NAME_MAX_LENGTH, InvalidAttribute, clean_owner, clean_search, clean_tags
from techs.rules.kinds import Kind
from techs.rules.levels import Level
from techs.rules.services import SLUG
from techs.rules.text import name_key
from techs.validation import validation_errors

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 500
MAX_CHOICES = 20  # values of a repeated parameter
TRACKED, ALL = "tracked", "all"
INCLUDES = (TRACKED, ALL)
USUAL_PAGE_SIZES = {1, DEFAULT_PAGE_SIZE}  # 1 serves to count the rows of a level

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
    *("ends_within", "ends_from", "ends_to", "accepted", "imported"),
)

Params: TypeAlias = Mapping[str, str | Sequence[str]]
"""Query parameters, for urlencode(..., doseq=True)."""

# Cursors are signed, so that invented ones cannot create new cache keys.
# The salt changes with the sort keys in them.
_signer = Signer(salt="techs.listing.cursor.2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A position between two rows: the sort key of the adjacent row, and the reading direction.

    includes: whether that row comes first, as on the way back from a page without rows.
    """

    ordering: str
    backwards: bool
    key: tuple[str, ...]
    includes: bool = False

    def __str__(self) -> str:
        # Processes of the previous version ignore what follows the key.
        return _signer.sign_object([self.ordering, self.backwards, *self.key, *([True] if self.includes else [])])

    @classmethod
    def read(cls, text: str) -> Self:
        try:
            ordering, backwards, *key = _signer.unsign_object(text)
        except (BadSignature, ValueError) as error:
            raise ValidationError({"cursor": ["Invalid cursor. Start again without it."]}) from error
        includes = key[-1:] == [True]
        key = key[:-1] if includes else key
        return cls(ordering=ordering, backwards=backwards, key=tuple(key), includes=includes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """A query for one page, in canonical form: equivalent queries are equal objects.

    A technology matches if it has any of the given levels, tags and products, any of the given owners, itself or
    through services, or nobody owns it and "none" is given, if any of the given services uses it, and if any of the
    given imports named it. The other filters are those of techs.inventory.filters. include is "tracked", or "all" for
    libraries too. kind is empty, or "library" for nothing else.
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
    imported: tuple[str, ...] = ()
    include: str = TRACKED
    ordering: str = "priority"
    page_size: int = DEFAULT_PAGE_SIZE
    cursor: Cursor | None = None
    today: str = ""
    """The present day (UTC), of queries that depend on it."""
    kinds: tuple[str, ...] = field(init=False, default=())
    """The kinds of technologies, or nothing for all."""
    ends: Ends | None = field(init=False, default=None)
    """The first and the last day on which support ends, or None for any."""
    is_backwards: bool = field(init=False, default=False)
    is_counted: bool = field(init=False, default=True)
    """Whether the stored counts have the numbers of matching rows by level and end of support."""

    def __post_init__(self) -> None:
        if self.kind:
            self._set(include=ALL if len(self.kind) > 1 else TRACKED)
            self._set(kind=self.kind if self.kind == (Kind.LIBRARY,) else ())
        self._set(kinds=self.kind or (() if self.include == ALL else (Kind.TRACKED.value,)))
        self._set(is_backwards=self.cursor is not None and self.cursor.backwards)
        labels = self.tag or self.owner or self.service or self.product or self.imported
        self._set(is_counted=not (self.q or labels or self.accepted))
        depends_on_day = self.ends_within or self.accepted
        self._set(today=(self.today or datetime.now(UTC).date().isoformat()) if depends_on_day else "")
        if self.ends_within or self.ends_from or self.ends_to:
            within, first, last = self.ends_within, self.ends_from, self.ends_to
            self._set(ends=filters.period(within=within, first=first, last=last, today=self.today))

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
    def filters(self) -> Params:
        values = {name: getattr(self, name) for name in FILTERS} | {"priority": ",".join(self.priority)}
        return {name: value for name, value in values.items() if value}

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
    return json.dumps(asdict(query), sort_keys=True, default=str)


WHOLE_LIST = ListQuery()


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
