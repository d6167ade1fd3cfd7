"""The filters of the list: those that are chosen, and the values to choose from."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from urllib.parse import urlencode

from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString

from frontend.dates import exact, plain_days
from frontend.markup import options
from frontend.presenters.overview import Overview
from techs.inventory import reads
from techs.inventory.filters import NO, NO_OWNER, OVERDUE
from techs.inventory.overview import MOST_LABELS
from techs.inventory.queries import ALL, ListQuery, Params
from techs.rules.kinds import Kind
from techs.rules.levels import Level

# Filters of which several values can be chosen one after another.
_REPEATED = ("priority", "owner", "service", "tag", "product", "imported")
_DAYS = (30, 90, 180, 365)

Option = tuple[str, str]
"""A value and its label."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A chosen filter, and the address of the list without it."""

    label: str
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter and its options.

    none: the label of no value. chosen: the value that the next choice replaces. has_others: there may be more values
    than options, and a value is its own label.
    """

    name: str
    label: str
    none: str
    options: list[Option]
    chosen: str = ""
    has_others: bool = False

    @property
    def markup(self) -> SafeString:
        """Return the options, of which there may be hundreds."""
        return options(self.options, chosen=self.chosen)


@dataclass(frozen=True)
class ListFilters:
    """The filters of a query."""

    query: ListQuery
    overview: Overview | None
    by: str = ""
    """How the list is grouped, which changes of filters keep."""

    @property
    def chips(self) -> list[Chip]:
        """Return the chosen filters, except those that are the current tab."""
        levels = self.query.priority if len(self.query.priority) > 1 else ()
        return [
            *self._repeated("priority", "Level", zip(levels, map(str.title, levels), strict=True)),
            *self._repeated("owner", "Owner", zip(self.query.owner, self._names("owner"), strict=True)),
            *self._repeated("service", "Service", zip(self.query.service, self._names("service"), strict=True)),
            *self._repeated("tag", "Tag", zip(self.query.tag, self.query.tag, strict=True)),
            *self._repeated("product", "Product", zip(self.query.product, self._names("product"), strict=True)),
            *self._repeated("imported", "Import", zip(self.query.imported, self._imports, strict=True)),
            *self._repeated("ends_within", "Support", ((value, within(value)) for value in self.query.ends_within)),
            *self._single(),
        ]

    @property
    def hidden(self) -> Iterator[Option]:
        """Yield the values that a search keeps, besides those of the fields."""
        for name in _REPEATED:
            yield from ((name, value) for value in getattr(self.query, name))
        for value in self.query.ends_within[:-1]:
            yield "ends_within", value
        for name in ("ends_from", "ends_to", "accepted"):
            if value := getattr(self.query, name):
                yield name, value
        if self.query.include == ALL:
            yield "include", ALL

    @property
    def choices(self) -> list[Choice]:
        known = self.overview
        owners = known.owners if known else []
        offered = _named([name for name in owners if name.casefold() != NO_OWNER], self.query.owner)
        unowned = _others([(NO_OWNER, "No owner")], self.query.owner) if owners else []
        return [
            Choice("owner", "Owner", "Any owner", [*unowned, *offered], has_others=_are_part(owners)),
            Choice("service", "Service", "Any service", _others(known.services if known else [], self.query.service)),
            Choice("tag", "Tag", "Any tag", _others(self._tags, self.query.tag), has_others=_are_part(self._tags)),
            Choice("product", "Product", "Any product", _others(known.products if known else [], self.query.product)),
            Choice("priority", "Level", "Any level", _others(_LEVELS, self.query.priority)),
            self._ends,
            Choice("kind", "Kind", "Tracked technologies", _KINDS, "".join(self.query.kind)),
        ]

    @property
    def _imports(self) -> list[str]:
        return [plain_days(name) for name in self._names("imported")]

    @property
    def _tags(self) -> list[Option]:
        return [(tag, f"#{tag}") for tag in (self.overview.tags if self.overview else [])]

    @property
    def _ends(self) -> Choice:
        chosen = self.query.ends_within[-1] if self.query.ends_within else ""
        values = dict.fromkeys([OVERDUE, *map(str, _DAYS), *([chosen] if chosen else [])])
        options = [(value, within(value).capitalize()) for value in values]
        return Choice("ends_within", "Support ends", "At any time", options, chosen)

    def _repeated(self, name: str, label: str, values: Iterable[Option]) -> Iterator[Chip]:
        for value, words in values:
            others = [each for each in getattr(self.query, name) if each != value]
            yield Chip(label, words, self._without(**{name: others}))

    def _single(self) -> Iterator[Chip]:
        if words := _period(self.query.ends_from, self.query.ends_to):
            yield Chip("Support ends", words, self._without(ends_from="", ends_to=""))
        if self.query.kind:
            yield Chip("Kind", "Libraries", self._without(kind=""))
        # With the level low, it is a tab.
        if self.query.accepted == NO and self.query.priority != (Level.LOW.value,):
            yield Chip("Risk", "not accepted", self._without(accepted=""))

    def _without(self, **changes: str | Sequence[str]) -> str:
        return url_of({**self.query.params(), "by": self.by}, **changes)

    def _names(self, name: str) -> list[str]:
        return self._read_names[name] if getattr(self.query, name) else []

    @cached_property
    def _read_names(self) -> dict[str, list[str]]:
        if self.overview is None:  # The database is away, but the list may be cached.
            return {name: [*getattr(self.query, name)] for name in ("owner", "service", "product", "imported")}
        names: dict[str, list[str]] = json.loads(reads.read_names(self.query).data)
        return names


def url_of(params: Params, **changes: str | Sequence[str]) -> str:
    """Return the address of a list with these parameters. Empty ones are left out."""
    given = {name: value for name, value in {**params, **changes}.items() if value}
    return _list_at(get_script_prefix()) + (f"?{urlencode(given, doseq=True)}" if given else "")


@lru_cache
def _list_at(_prefix: str) -> str:
    return reverse("frontend:list")


def within(value: str) -> str:
    return "overdue" if value == OVERDUE else f"ends within {value} days"


def _period(first: str, last: str) -> str:
    start, end = (exact(date.fromisoformat(day)) if day else "" for day in (first, last))
    if start and end:
        return f"{start} to {end}"
    return f"from {start}" if start else end and f"until {end}"


def _are_part(values: Sequence[object]) -> bool:
    return len(values) >= MOST_LABELS


def _named(names: Iterable[str], chosen: Collection[str]) -> list[Option]:
    return _others(((name, name) for name in names), chosen)


def _others(options: Iterable[Option], chosen: Collection[str]) -> list[Option]:
    """Return the values that are not chosen yet."""
    return [(value, words) for value, words in options if value.casefold() not in chosen]


_LEVELS = [(level.value, level.title()) for level in Level]
_KINDS = [(Kind.LIBRARY.value, "Libraries")]
