"""Counts of the list by level, owner, tag, product and end of life, which no reader has to take from the rows.

Every change of a technology adds its differences in the same transaction, and nobody ever changes a row of counts, so
concurrent writers never wait for each other. techs.inventory.counts sums them up, and compares them with the list.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Self, TypeVar

from django.db import models, transaction

from techs import bulk, transactions
from techs.models.fields import OWNER_KEY_MAX_LENGTH, BinaryCharField
from techs.rules.attributes import OWNER_MAX_LENGTH

LEVEL, OWNER, TAG, END, PRODUCT = "level", "owner", "tag", "end", "prod"
OWNED = "owned"  # by owner and level; OWNER has the spellings
# The columns of a technology that counts depend on.
COUNTED = ("kind", "level", "owner_key", "owner", "end_of_life", "product", "tags")
_counted = attrgetter(*COUNTED)
_AT_ONCE = 500  # rows per query

Row = TypeVar("Row", bound="CountedModel")
Result = TypeVar("Result")


class Place(NamedTuple):
    """Where a technology counts. label: the owner as spelled, or the level."""

    dimension: str
    kind: str
    key: str
    label: str = ""


class ListCount(models.Model):
    """A difference of a count. Those of one place add up to its count."""

    dimension = BinaryCharField(max_length=5)
    kind = BinaryCharField(max_length=8)
    key = BinaryCharField(max_length=OWNER_KEY_MAX_LENGTH)
    label = BinaryCharField(max_length=OWNER_MAX_LENGTH, blank=True, default="")
    amount = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["dimension", "kind", "key", "label", "amount"], name="list_count")]

    def __str__(self) -> str:
        return f"{self.dimension} {self.key}: {self.amount:+}"


def places(values: Sequence[Any]) -> list[Place]:
    """Return the places of a technology with these values of COUNTED."""
    kind, level, owner_key, owner, end, product, tags = values
    found = [Place(LEVEL, kind, level), *(Place(TAG, kind, tag, level) for tag in {*(tags or ())})]
    if owner_key:
        found += [Place(OWNER, kind, owner_key, owner), Place(OWNED, kind, owner_key, level)]
    if end:
        found.append(Place(END, kind, str(end), level))
    if product:
        found.append(Place(PRODUCT, kind, product, level))
    return found


def add(amounts: Mapping[Place, int]) -> None:
    """Insert differences."""
    rows = [ListCount(**place._asdict(), amount=amount) for place, amount in sorted(amounts.items()) if amount]
    bulk.insert(rows, batch_size=_AT_ONCE)


def note(*, before: Iterable[Sequence[Any]] = (), after: Iterable[Sequence[Any]] = ()) -> None:
    """Count technologies that had and have these values, at the end of the transaction."""
    amounts: Counter[Place] = Counter()
    for values in after:
        amounts.update(places(values))
    for values in before:
        amounts.subtract(places(values))
    if (totals := transactions.pending.totals) is None:
        add(amounts)
    else:
        totals.setdefault(add, Counter()).update(amounts)


class CountedModel(models.Model):
    """A model whose rows count, and remember the values with which they were read."""

    # Primary key and values of COUNTED as stored, if they are known.
    _stored: tuple[Any, tuple[Any, ...]] | None = None

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        fields = None if update_fields is None else [*update_fields]
        with transaction.atomic(savepoint=False):
            before = {} if kwargs.get("force_insert") else stored_values([self])
            super().save(*args, update_fields=fields, **kwargs)
            note_written([self], before, fields=fields)

    @classmethod
    def from_db(  # type: ignore[override]  # the stubs are for a later Django
        cls, db: str | None, field_names: Collection[str], values: Collection[Any]
    ) -> Self:
        row = super().from_db(db, field_names, values)
        if len(values) == len(cls._meta.concrete_fields):
            row.remember()
        return row

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.forget()

    @property
    def known_values(self) -> tuple[Any, ...] | None:
        """Return the values as stored, or None if they are unknown."""
        return self._stored[1] if self._stored and self.pk and self._stored[0] == self.pk else None

    def remember(self, values: tuple[Any, ...] | None = None) -> None:
        self._stored = self.pk, values or self.counted_values()

    def forget(self) -> None:
        self._stored = None

    def counted_values(self) -> tuple[Any, ...]:
        *values, tags = _counted(self)
        return (*values, tuple(tags or ()))


class CountedQuerySet(models.QuerySet[Row]):
    """Rows of a counted model. All its ways of writing count."""

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        rows, fields = [*objs], kwargs.get("update_fields")
        with transaction.atomic(using=self.db, savepoint=False):
            before = stored_values(rows) if kwargs.get("update_conflicts") else {}
            super().bulk_create(rows, *args, **kwargs)
            note_written(rows, before, fields=fields)
        return rows

    def insert(self, rows: Sequence[Row], *, batch_size: int) -> None:
        """Insert new rows in a fraction of the time of bulk_create()."""
        with transaction.atomic(using=self.db, savepoint=False):
            bulk.insert(rows, batch_size=batch_size)
            note_written(rows, {})

    def bulk_update(self, objs: Iterable[Row], fields: Iterable[str], *args: Any, **kwargs: Any) -> int:
        rows, names = [*objs], [*fields]
        return self._written(rows, names, lambda: self._plain.bulk_update(rows, names, *args, **kwargs))

    def update_each(self, rows: Sequence[Row], fields: Sequence[str], *, batch_size: int) -> None:
        """Write fields of rows in a fraction of the time of bulk_update()."""
        self._written(rows, fields, lambda: bulk.update_each(rows, fields, batch_size=batch_size))

    def update(self, **kwargs: Any) -> int:
        if kwargs.keys().isdisjoint(COUNTED):
            return super().update(**kwargs)
        with transaction.atomic(using=self.db, savepoint=False):
            before = _read(self)
            written = super().update(**kwargs)
            note(before=before.values(), after=_read_all(self.model, before).values())
        return written

    update.alters_data = True  # type: ignore[attr-defined]  # as Django's own

    @property
    def _plain(self) -> models.QuerySet[Row]:
        return models.QuerySet(self.model, using=self.db)

    def _written(self, rows: Sequence[Row], fields: Sequence[str], write: Callable[[], Result]) -> Result:
        if {*fields}.isdisjoint(COUNTED):
            return write()
        with transaction.atomic(using=self.db, savepoint=False):
            before = stored_values(rows)
            written = write()
            note_written(rows, before, fields=fields)
        return written


def stored_values(rows: Sequence[CountedModel]) -> dict[Any, tuple[Any, ...]]:
    """Return the values as stored, by primary key. Locked rows that were read in this transaction know them."""
    known = {row.pk: values for row in rows if (values := row.known_values)}
    unknown = [row.pk for row in rows if row.pk and row.pk not in known]
    return known | _read_all(type(rows[0]), unknown) if unknown else known


def note_written(
    rows: Sequence[CountedModel], before: Mapping[Any, tuple[Any, ...]], *, fields: Collection[str] | None = None
) -> None:
    """Count rows after they were inserted, or some of their fields written."""
    after = []
    for row in rows:
        values, former = row.counted_values(), before.get(row.pk)
        if former and fields is not None:
            values = tuple(
                new if field in fields else old for field, new, old in zip(COUNTED, values, former, strict=True)
            )
        row.remember(values)
        after.append(values)
    note(before=(before[row.pk] for row in rows if row.pk in before), after=after)


def note_deleted(*, instance: CountedModel, **_: Any) -> None:
    """Count a row that is about to be deleted. A receiver of pre_delete."""
    note(before=stored_values([instance]).values())
    instance.forget()


def _read_all(model: type[CountedModel], ids: Iterable[Any]) -> dict[Any, tuple[Any, ...]]:
    found: dict[Any, tuple[Any, ...]] = {}
    for some in transactions.in_chunks(ids, _AT_ONCE):
        found |= _read(models.QuerySet(model).filter(pk__in=some))
    return found


def _read(rows: models.QuerySet[Any]) -> dict[Any, tuple[Any, ...]]:
    locked = rows.select_for_update().order_by("pk")
    return {pk: tuple(values) for pk, *values in locked.values_list("pk", *COUNTED)}
