"""Read the counts of the list, fold them, and compare them with the list.

Reads sum up differences. Housekeeping folds those of one place into one row. It deletes rows by primary key, so if
another process has folded some of them, or if it is killed, nothing is counted twice.
"""

import logging
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Collate
from django.utils import timezone

from techs import periodic, reader
from techs.inventory.filters import Ends
from techs.inventory.invalidation import schedule_invalidation
from techs.models import ListCount, PeriodicRun, Tech, TechTag
from techs.models.counts import END, LEVEL, OWNED, OWNER, TAG, Place, add, places
from techs.rules.kinds import Kind
from techs.transactions import in_chunks, in_transaction, snapshot

logger = logging.getLogger(__name__)

# Processes of an older version, which count nothing, may write during an upgrade.
CHECK_EVERY = timedelta(minutes=10)
# After a check that failed, longer than the time limit of a task.
_CHECK_AGAIN = timedelta(seconds=30)
_TRACKED = (Kind.TRACKED.value,)  # no kinds: all
_FOLD_AT_ONCE = 200  # places
_MOST_ROWS = 10_000  # of one transaction
_DELETED_AT_ONCE = 500
_ROWS_AT_ONCE = 20_000  # rows of the list that one statement counts, well within the time limit of a statement


def levels(kinds: Collection[str] = _TRACKED, *, ends: Ends | None = None) -> dict[str, int]:
    """Return the number of technologies by level, without levels that none has. ends: those that end on these days."""
    if not ends:
        return {level: count for level, count in _of_kinds(kinds).items() if count > 0}
    return {level: count for level, count in _sums(_between(_at(END, kinds), ends), "label") if level}


def of_levels(chosen: Collection[str], kinds: Collection[str], *, ends: Ends | None = None) -> int:
    """Return the number of technologies of some levels, or of all if none is chosen. ends: as of levels()."""
    return sum(count for level, count in levels(kinds, ends=ends).items() if not chosen or level in chosen)


def libraries() -> int:
    # Negative while processes of an older version add rows without counting them, and others remove these rows.
    return max(0, sum(_levels().get(Kind.LIBRARY.value, {}).values()))


def of(dimension: str, keys: Collection[str], kinds: Collection[str], *, levels: Collection[str] = ()) -> int:
    """Return the number of technologies of these owners, tags or products (OWNED, TAG, PRODUCT), of any level or some.

    A technology counts once for each of its tags.
    """
    found = _at(dimension, kinds).filter(key__in=keys)
    return _total(found.filter(label__in=levels) if levels else found)


def by_key(dimension: str, keys: Collection[str]) -> Counter[str]:
    """Return the number of technologies of each owner, tag or product, of any kind and level."""
    return Counter(dict(_sums(_at(dimension, ()).filter(key__in=keys), "key")))


def unowned(kinds: Collection[str], *, levels: Collection[str] = ()) -> int:
    """Return the number of technologies without an owner of their own, of any level or some."""
    found = Counter(_of_kinds(kinds))
    found.subtract(dict(_sums(_at(OWNED, kinds), "label")))
    return sum(count for level, count in found.items() if count > 0 and (not levels or level in levels))


def levels_of(dimension: str, kinds: Collection[str] = _TRACKED) -> dict[str, Counter[str]]:
    """Return the number of technologies of each tag, product or owner (TAG, PRODUCT, OWNED) by level."""
    found: dict[str, Counter[str]] = {}
    for key, level, count in _sums(_at(dimension, kinds), "key", "label"):
        found.setdefault(key, Counter())[level] += count
    return found


def days(kinds: Collection[str], ends: Ends) -> list[tuple[date, str, int]]:
    """Return each of these days on which support ends, with levels and their numbers of technologies."""
    sums = _sums(_between(_at(END, kinds), ends), "key", "label")
    return [(date.fromisoformat(day), level, count) for day, level, count in sums if level]


def names_of_owners(keys: Collection[str]) -> dict[str, str]:
    """Return owners of technologies as spelled on the list, by key. Of several spellings, the first one."""
    names: dict[str, str] = {}
    for key, name, _ in _sums(_at(OWNER, ()).filter(key__in=keys), "key", "label"):
        names[key] = min(name, names.get(key, name))
    return names


def most_owners(number: int) -> list[tuple[str, str, int]]:
    """Return key, name and count of the owners with the most tracked technologies."""
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for key, name, count in _sums(_at(OWNER), "key", "label"):
        counts[key] += count
        names[key] = min(name, names.get(key, name))
    most = sorted(counts, key=lambda key: (-counts[key], key))[:number]
    return [(key, names[key], counts[key]) for key in most]


def most(dimension: str, number: int) -> list[str]:
    """Return the tags or products (TAG, PRODUCT) of the most tracked technologies."""
    return [key for key, _ in _sums(_at(dimension), "key").order_by("-sum", "key")[:number]]


def fold(*, seconds: float) -> None:
    """Leave one row of each place, for about that many seconds."""
    deadline = time.monotonic() + seconds
    several = _grouped(ListCount.objects.all()).annotate(rows=Count("pk")).filter(Q(rows__gt=1) | Q(sum=0))
    for found in in_chunks((Place(*place) for *place, _, _ in several), _FOLD_AT_ONCE):
        if time.monotonic() > deadline or not in_transaction(lambda found=found: _fold(found)):  # type: ignore[misc]
            return


def check() -> Counter[Place] | None:
    """Compare the counts with the list, and correct them. Return the corrections, or None if another check was faster.

    A snapshot shows rows and differences of the same transactions, so writers need not wait, and their differences and
    the corrections add up.
    """
    PeriodicRun.objects.get_or_create(name=periodic.COUNTS)
    with snapshot():
        before = periodic.last_finished(periodic.COUNTS)
        wrong = recount()
        wrong.subtract(stored())
    wrong = Counter({place: amount for place, amount in wrong.items() if amount})
    is_first = in_transaction(lambda: _correct(wrong, before))
    if wrong and is_first:
        logger.warning("Corrected %d counts of the list, such as %s", len(wrong), _described(wrong))
    return wrong if is_first else None


def keep(*, seconds: float) -> None:
    """Fold the counts, and check them if that is due."""
    fold(seconds=seconds)
    if periodic.claim(periodic.COUNTS, at_most_every=CHECK_EVERY, failed_after=_CHECK_AGAIN):
        check()


def recount() -> Counter[Place]:
    """Count the rows of the list."""
    counts: Counter[Place] = Counter()
    columns = ("kind", "level", "owner_key", "spelled", "end_of_life", "product")
    for rows in chunks(Tech.objects.annotate(spelled=_binary("owner"))):
        for *values, count in rows.order_by().values_list(*columns).annotate(Count("pk")):
            counts.update(dict.fromkeys(places((*values, ())), count))
    for tags in chunks(TechTag.objects.all()):
        grouped = tags.order_by().values_list("tech__kind", "tag", "tech__level").annotate(Count("pk"))
        for *place, count in grouped:
            counts[Place(TAG, *place)] += count
    return counts


def stored() -> Counter[Place]:
    """Return the counts that readers see."""
    return Counter({Place(*place): total for *place, total in _grouped(ListCount.objects.all())})


def _correct(wrong: Counter[Place], before: datetime | None) -> bool:
    unchecked = PeriodicRun.objects.filter(name=periodic.COUNTS, finished_at=before)
    if not unchecked.update(finished_at=timezone.now(), attempts=0):
        return False
    if wrong:
        add(wrong)
        schedule_invalidation()
    return True


def _described(wrong: Counter[Place]) -> str:
    return ", ".join(f"{place.dimension} {place.key} {amount:+}" for place, amount in sorted(wrong.items())[:3])


def _fold(found: Sequence[Place]) -> bool:
    """Replace the rows of these places by one each. Return False if another process folds them."""
    wanted = Q()
    for place in found:
        wanted |= Q(**place._asdict())
    rows = list(ListCount.objects.filter(wanted).order_by("pk")[:_MOST_ROWS])
    sums: Counter[Place] = Counter()
    for row in rows:
        sums[Place(row.dimension, row.kind, row.key, row.label)] += row.amount
    deleted = 0
    for some in in_chunks([row.pk for row in rows], _DELETED_AT_ONCE):
        deleted += ListCount.objects.filter(pk__in=some).delete()[0]
    if deleted < len(rows):
        transaction.set_rollback(True)
        return False
    add(sums)
    return True


def chunks(rows: QuerySet[Any]) -> Iterator[QuerySet[Any]]:
    """Yield all rows in parts of limited size."""
    last = 0
    while True:
        following = rows.filter(pk__gt=last).order_by("pk")
        end = following.values_list("pk", flat=True)[_ROWS_AT_ONCE - 1 : _ROWS_AT_ONCE].first()
        yield following.filter(pk__lte=end) if end else following
        if not end:
            return
        last = end


def _of_kinds(kinds: Collection[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for kind, numbers in _levels().items():
        found.update(numbers if not kinds or kind in kinds else {})
    return found


def _levels() -> Mapping[str, Mapping[str, int]]:
    """Return the number of technologies of each kind by level. Several parts of a page show them."""
    return reader.once("levels", _read_levels)


def _read_levels() -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = {}
    sums = _at(LEVEL, ()).order_by().values_list("kind", "key").annotate(sum=Sum("amount"))
    for kind, level, count in sums:
        found.setdefault(kind, {})[level] = count
    return found


def _binary(column: str) -> F | Collate:
    """Return a column to group by exactly, as Python compares texts."""
    return Collate(column, "utf8mb4_bin") if connection.vendor == "mysql" else F(column)


def _at(dimension: str, kinds: Collection[str] = _TRACKED) -> QuerySet[ListCount]:
    counts = ListCount.objects.filter(dimension=dimension)
    return counts.filter(kind__in=kinds) if kinds else counts


def _between(counts: QuerySet[ListCount], ends: Ends) -> QuerySet[ListCount]:
    first, last = ends
    return counts.filter(key__gte=first.isoformat() if first else "", key__lte=last.isoformat())


def _sums(counts: QuerySet[ListCount], *columns: str) -> QuerySet[Any, tuple[Any, ...]]:
    return counts.order_by().values_list(*columns).annotate(sum=Sum("amount")).filter(sum__gt=0)


def _grouped(counts: QuerySet[ListCount]) -> QuerySet[Any, tuple[Any, ...]]:
    return counts.order_by().values_list(*Place._fields).annotate(sum=Sum("amount"))


def _total(counts: QuerySet[ListCount]) -> int:
    # Negative while processes of an older version add rows without counting them, and others remove these rows.
    return max(0, counts.aggregate(total=Sum("amount"))["total"] or 0)
