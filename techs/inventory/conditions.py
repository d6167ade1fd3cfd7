"""Conditions on rows of the list, in the forms that different ways of reading need. See techs.inventory.paging."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Self, TypeAlias

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, In, LessThanOrEqual

from techs import reader
from techs.expressions import without_index
from techs.inventory import counts, filters
from techs.inventory.filters import NO_OWNER, Ends
from techs.models import Import, Submission, Tech, TechOwner, TechTag, TechWord, Usage
from techs.models.counts import OWNED, PRODUCT, TAG
from techs.rules.kinds import Kind
from techs.rules.search_words import range_of

Test: TypeAlias = Callable[[str], Q]
"""Returns the condition for the rows with a key, given the name of its column."""

# More products with a word in common are read like other rows, and sorted.
_MOST_PRODUCTS = 20
# Names begin with products, and their releases end on the same days, so walks along those indexes may be long.
_PRODUCT_ORDER = "product_order"
_PRODUCT_ORDERS = ("rank", "name_key", "ends_on", _PRODUCT_ORDER)
# Up to this many keys are counted right away, which takes one query.
_FEW = 1_001


@dataclass(slots=True)
class _Size:
    """The number of rows of a source, as far as it was asked for."""

    least: int = 0
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that an index finds: by a column of their own, or by rows of another table with a foreign key `tech`."""

    own: Q | None = None
    related: QuerySet[Any] | None = None
    is_scanned: bool = False
    """Whether counting the rows would take as long as reading them."""
    ordered_by: tuple[str, ...] = ()
    """The columns by which indexes have the rows in order."""
    test: Q | None = None
    """The condition in a form that makes no database read the rows by its index, to test one after another."""
    by_product: Q | None = None
    """The condition for reading the rows in the order of products."""
    is_common: bool = False
    """Whether it holds for most rows, so that it is only tested."""
    stored: Callable[[], int] | None = None
    """Return the number of rows, or more, from the counts of the list, which takes less time than to count them."""
    _size: _Size = field(default_factory=_Size, init=False, repr=False, compare=False)

    @property
    def matching(self) -> Q:
        """Return the condition for reading the matching rows, and then only those."""
        if self.related is None:
            return self.own or Q()
        return Q(pk__in=self._ids)

    def matching_if(self, tests: Iterable[Test]) -> Q:
        """Return the condition for reading the matching rows that pass tests, which need no row."""
        passed = [test(self._key) for test in tests]
        return Q(pk__in=self._ids.filter(*passed)) if passed else self.matching

    @property
    def holds(self) -> Q:
        """Return the condition for testing one row after another."""
        return self.looked_up() if self.related is not None else self.test or self.own or Q()

    def looked_up(self, key: str = "pk") -> Q:
        """Return the condition that the row with a key matches, to look up one key after another.

        MariaDB would read all matching rows for EXISTS, and sort them; it never does for a subquery with a value.
        """
        rows = Tech.objects.filter(self.holds) if self.related is None else self.related
        one = rows.filter(**{self._key: OuterRef(key)}).order_by().values(one=Value(1))[:1]
        return Q(Exact(Subquery(one), Value(1)))

    def hashed(self, key: str = "pk") -> Q:
        """Return the condition that the row with a key matches, for which databases collect all matching keys first.

        Without the comparison, MariaDB and MySQL may read all matching rows instead, and sort them.
        """
        return Q(Exact(In(F(key), self._ids), Value(1)))

    def is_ordered_by(self, column: str) -> bool:
        return column.removeprefix("-") in self.ordered_by

    def has(self, number: int) -> bool:
        """Return True if an index alone shows that there are at least this many rows."""
        if self.is_scanned or (self._size.is_exact and self._size.least < number):
            return False
        return bool(self._ids.distinct()[:number].count() >= number)

    def count(self, most: int, *, column: str = "") -> int:
        """Return the number of rows, but at most that many. If a column is given, count only rows without its order."""
        if self.is_common:
            return most
        if self.is_scanned or self.is_ordered_by(column):
            return 0
        for wanted in (min(most, _FEW), most):
            if not self._size.is_exact and self._size.least < wanted:
                self._measure(wanted)
        return min(most, self._size.least)

    def _measure(self, wanted: int) -> None:
        size = self._size
        if self.stored:
            size.least, size.is_exact = self.stored(), True
        elif wanted <= _FEW:
            size.least = self._ids[:wanted].count()
            size.is_exact = size.least < wanted
        # An offset takes less time than counting, for which MariaDB and MySQL would copy the keys.
        elif self._ids[wanted - 1 : wanted].exists():
            size.least = wanted
        else:
            size.least, size.is_exact = self._ids.count(), True

    def in_order(self, column: str) -> Q | None:
        """Return the condition for reading the rows in the order of a column, if an index has them."""
        if not self.is_ordered_by(column):
            return None
        return self.by_product if column.removeprefix("-") == _PRODUCT_ORDER else self.own

    @property
    def _rows(self) -> QuerySet[Any]:
        return Tech.objects.filter(self.own or Q()) if self.related is None else self.related

    @property
    def _key(self) -> str:
        return "pk" if self.related is None else "tech"

    @property
    def _ids(self) -> QuerySet[Any]:
        return self._rows.order_by().values(self._key)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that holds for the rows of any of its sources."""

    sources: tuple[Source, ...]
    products: tuple[str, ...] | None = None
    """The products whose rows all match, if this is the condition of a word."""

    @classmethod
    def tagged(cls, tags: Sequence[str]) -> Self:
        # MariaDB turns the subquery for a single tag into a join and sorts whole rows (7 s for 50,000 of 100,000), so
        # add a second tag, which no technology has.
        tagged = TechTag.objects.filter(tag__in=[*tags, ""])
        return cls((Source(related=tagged, stored=partial(counts.of, TAG, tags, ())),))

    @classmethod
    def owned(cls, owners: Sequence[str]) -> Self:
        stored = partial(counts.of, OWNED, owners, ())
        own = _with_unowned(owners) if NO_OWNER in owners else Source(own=Q(owner_key__in=owners), stored=stored)
        through_services = TechOwner.objects.filter(owner_key__in=[*owners, ""])
        # Without such services, the index of owners is enough.
        return cls((own, Source(related=through_services)) if through_services.exists() else (own,))

    @classmethod
    def used_by(cls, services: Sequence[str]) -> Self:
        used = Usage.objects.filter(service__slug__in=[*services, ""], tech__isnull=False)
        return cls((Source(related=used),))

    @classmethod
    def imported(cls, uuids: Sequence[str]) -> Self:
        """Return the condition for technologies that lines of any of these imports named."""
        ids = list(Import.objects.filter(uuid__in=uuids).values_list("pk", flat=True))
        return cls((Source(related=Submission.objects.filter(of_import__in=[*ids, 0], tech__isnull=False)),))

    @classmethod
    def of_products(cls, slugs: Sequence[str]) -> Self:
        return cls(_of_each_product(slugs))

    @classmethod
    def of_levels(cls, levels: Sequence[str]) -> Self:
        test = Q(In(without_index("level"), list(levels)))
        return cls((Source(own=Q(level__in=levels), test=test, stored=partial(counts.of_levels, levels, ())),))

    @classmethod
    def ending(cls, ends: Ends, *, levels: Sequence[str], kinds: Sequence[str]) -> Self:
        """Return the condition for these ends. The others are tested anyway, and an index has all three."""
        first, last = ends
        test = Q(LessThanOrEqual(without_index("ends_on"), last))
        if first:
            test &= Q(GreaterThanOrEqual(without_index("ends_on"), first))
        narrowed = Q(kind__in=kinds) if kinds else Q()
        if levels:
            narrowed = Q(kind__in=kinds or list(Kind)) & Q(level__in=levels)
        stored = partial(counts.of_levels, levels, kinds, ends=ends)
        return cls((Source(own=narrowed & filters.ends_on(ends), test=test, stored=stored),))

    @classmethod
    def accepted(cls, today: str, *, is_wanted: bool) -> Self:
        if is_wanted:
            return cls((Source(own=filters.accepted(today)),))
        return cls((Source(own=~filters.accepted(today), is_common=True),))

    @classmethod
    def containing(cls, text: str) -> Self:
        """Return the condition for a text anywhere in a name or a product, for which all names are read."""
        exact = Q(name_key__contains=text) | Q(product__contains=text)
        # The index of ranks has both, since a rank ends in the name, and takes a tenth of the time of the rows.
        scanned = Tech.objects.filter(Q(rank__contains=text) | Q(product__contains=text))
        return cls((Source(own=exact & Q(pk__in=scanned.order_by().values("pk")), is_scanned=True),))

    @classmethod
    def naming(cls, term: str, *, products: Sequence[str]) -> Self:
        """Return the condition for rows of some products, and those with a word that begins with a term."""
        first, last = range_of(term)
        words = Source(related=TechWord.objects.filter(word__gte=first, word__lt=last))
        if len(products) > _MOST_PRODUCTS:
            test = Q(In(without_index("product"), list(products)))
            named = Source(own=Q(product__in=products), test=test, stored=partial(counts.of, PRODUCT, products, ()))
            return cls((named, words), tuple(products))
        return cls((*_of_each_product(products), words), tuple(products))

    def or_unindexed(self, text: str) -> Self:
        """Return a condition that also holds for rows without words and with a text anywhere in name or product."""
        named = Q(name_key__contains=text) | Q(product__contains=text)
        return type(self)((*self.sources, Source(own=Q(words_key="") & named, is_scanned=True)))

    def without_products(self) -> Self:
        """Return the condition for the rows with a word of their own."""
        return type(self)(tuple(source for source in self.sources if source.related is not None))

    @classmethod
    def never(cls) -> Self:
        return cls((Source(own=Q(pk=0)),))

    @property
    def matching(self) -> Q:
        return _any(source.matching for source in self.sources)

    @property
    def holds(self) -> Q:
        return _any(source.holds for source in self.sources)

    def looked_up(self, key: str = "pk") -> Q:
        return _any(source.looked_up(key) for source in self.sources)

    def hashed(self, key: str = "pk") -> Q:
        return _any(source.hashed(key) for source in self.sources)

    def tested(self, most: int, *, by_key: bool) -> Q:
        """Return the condition for testing rows, of which only the key may be known.

        Keys in other tables are collected if they are at most this many.
        """
        return _any(
            source.hashed()
            if source.related is not None and source.count(most + 1) <= most
            else (source.looked_up() if by_key else source.holds)
            for source in self.sources
        )

    @property
    def is_common(self) -> bool:
        return any(source.is_common for source in self.sources)

    @property
    def is_scanned(self) -> bool:
        return any(source.is_scanned for source in self.sources)

    @property
    def is_related(self) -> bool:
        """Return True if looking up a key takes no row of the list."""
        return all(source.related is not None for source in self.sources)

    def is_ordered_by(self, column: str) -> bool:
        """Return True if indexes have some of the rows in the order of a column."""
        return any(source.is_ordered_by(column) for source in self.sources)

    def has(self, number: int) -> bool:
        """Return True if indexes alone show that it holds for at least this many rows. Reads about as many entries."""
        return any(source.has(number) for source in self.sources)

    def count(self, most: int, *, column: str = "") -> int:
        """Return the number of rows that the sources count, or most if there are at least that many."""
        number = 0
        for source in self.sources:
            number += source.count(most - number, column=column) if number < most else 0
        return number


def _of_each_product(slugs: Sequence[str]) -> tuple[Source, ...]:
    numbers = cache(partial(counts.by_key, PRODUCT, slugs))
    return tuple(_of_product(slug, lambda slug=slug: numbers()[slug]) for slug in slugs)  # type: ignore[misc]


def _of_product(slug: str, stored: Callable[[], int]) -> Source:
    # Libraries have no product. With an equation, MariaDB would sort all rows of a product in the order of products.
    by_product = Q(kind=Kind.TRACKED, product_order__gte=slug, product_order__lte=slug)
    test = Q(Exact(without_index("product"), slug))
    return Source(own=Q(product=slug), test=test, ordered_by=_PRODUCT_ORDERS, by_product=by_product, stored=stored)


def have_service_owners() -> bool:
    """Return True if a technology has an owner through a service. Several parts of a page ask this."""
    return reader.once("service_owners", TechOwner.objects.exists)


def _with_unowned(owners: Sequence[str]) -> Source:
    """Return the rows of these owners, and those without one, of which no service has an owner either."""
    keys = [*owners, ""]
    own, test = Q(owner_key__in=keys), Q(In(without_index("owner_key"), keys))
    if have_service_owners():
        # Not EXISTS, as in Source.looked_up().
        one = TechOwner.objects.filter(tech=OuterRef("pk")).order_by().values(one=Value(1))[:1]
        is_unowned = Q(GreaterThan(F("owner_key"), "")) | Q(Exact(Coalesce(Subquery(one), Value(0)), Value(0)))
        own, test = own & is_unowned, test & is_unowned
    return Source(own=own, test=test)


def _any(conditions: Any) -> Q:
    found = Q()
    for condition in conditions:
        found |= condition
    return found
