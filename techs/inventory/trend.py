"""The numbers of technologies by level on each day, for the whole list and for each owner.

Housekeeping counts several times a day, and each time overwrites the numbers of that day (UTC). On days without a
worker, nothing is counted: such a day has no numbers, rather than invented ones. It begins with the first day on which
this version runs.
"""

import json
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from django.db.models import Count, F, QuerySet, TextField
from django.db.models.functions import Cast

from techs import bulk, periodic
from techs.inventory import counts, filters, outlook
from techs.inventory.queries import ListQuery
from techs.models import LevelDay, Tech, TechOwner
from techs.models.counts import OWNED
from techs.rules.kinds import Kind
from techs.rules.levels import by_level
from techs.rules.overrides import ACCEPTED
from techs.rules.text import name_key
from techs.transactions import in_transaction

logger = logging.getLogger(__name__)

COUNT_EVERY = timedelta(minutes=10)
COUNT_OWNERS_EVERY = timedelta(hours=1)
# The days to keep, more than a year. They are counted instead of computed from the date, so that a wrong clock deletes
# no more than it adds.
KEEP_DAYS = 400
# A year, with the same day of the year before.
DAYS = 366
# Owners whose technologies are counted: those with the most.
MOST_OWNERS = 1000
_DELETED_AT_ONCE = 1000
_AT_ONCE = 500

WHOLE_LIST = ""
Numbers = Mapping[str, Mapping[str, int]]
"""Numbers of technologies by owner key, then level. Accepted risks count as low, and also under ACCEPTED."""


@dataclass(frozen=True, slots=True)
class TrendDay:
    """The numbers of technologies by level at the end of a day, or now.

    accepted: those of the level low whose risk the team accepts, or None on days on which they were not counted.
    """

    day: date
    counts: dict[str, int]
    accepted: int | None = None


@dataclass(frozen=True, slots=True)
class TrendChange:
    """How the numbers by level, and that of accepted risks if it is known, differ from those of an earlier day."""

    since: date
    counts: dict[str, int]
    accepted: int | None = None


def read_trend(*, owner: str = "", today: date) -> tuple[TrendDay, ...]:
    """Return the counted days of the last year, oldest first. owner: any spelling; empty for the whole list."""
    first = today - timedelta(days=DAYS - 1)
    days = LevelDay.objects.filter(owner_key=name_key(owner), day__gte=first, day__lte=today).order_by("day")
    # As text: on most days, the numbers are those of another one.
    stored = days.values_list("day", Cast("levels", TextField()), "accepted")
    return tuple(TrendDay(day, _numbers(levels), accepted) for day, levels, accepted in stored)


@lru_cache(maxsize=DAYS)
def _numbers(levels: str) -> dict[str, int]:
    return by_level(json.loads(levels))


def change_since(trend: Sequence[TrendDay], *, days: int = 30) -> TrendChange | None:
    """Compare the last day with the newest one at least that many days before, or else with the oldest.

    Return None if there is only one day.
    """
    if len(trend) <= 1:
        return None
    *earlier, last = trend
    before = [each for each in earlier if each.day <= last.day - timedelta(days=days)]
    basis = before[-1] if before else earlier[0]
    differences = {level: last.counts[level] - basis.counts[level] for level in last.counts}
    if last.accepted is None or basis.accepted is None:
        return TrendChange(basis.day, differences)
    return TrendChange(basis.day, differences, last.accepted - basis.accepted)


def keep(*, seconds: float, now: datetime | None = None) -> None:
    """Count the technologies of this day, and delete the oldest days, if that is due.

    Counting owners takes at most about that many seconds.
    """
    if periodic.claim(periodic.LEVELS, at_most_every=COUNT_EVERY):
        note(now or datetime.now(UTC))
        delete_old()
        periodic.finish(periodic.LEVELS)
    if periodic.claim(periodic.OWNER_LEVELS, at_most_every=COUNT_OWNERS_EVERY):
        note_owners(now or datetime.now(UTC), seconds=seconds)
        periodic.finish(periodic.OWNER_LEVELS)


def note(now: datetime) -> None:
    """Store the present numbers of the whole list as those of a day (UTC). The last ones of a day count."""
    found = outlook.read_level_counts(ListQuery(), today=_day(now))
    numbers = {WHOLE_LIST: found.counts | {ACCEPTED: found.accepted}}
    _store(now, numbers, [WHOLE_LIST], LevelDay.objects.filter(owner_key=WHOLE_LIST))


def note_owners(now: datetime, *, seconds: float = 60) -> None:
    """Store the present numbers of the owners with the most technologies as those of a day (UTC).

    If counting takes longer than that, store none rather than wrong ones.
    """
    numbers = _count_owners(_day(now), until=time.monotonic() + seconds)
    if numbers is None:
        logger.warning("Services have too many technologies to count them by owner in %.0f seconds", seconds)
        return
    most = sorted(numbers, key=lambda owner: (-sum(by_level(numbers[owner]).values()), owner))[:MOST_OWNERS]
    _store(now, numbers, most, LevelDay.objects.exclude(owner_key=WHOLE_LIST))


def delete_old() -> None:
    """Delete the days before the newest KEEP_DAYS, a limited number of rows at once."""
    newest = LevelDay.objects.filter(owner_key=WHOLE_LIST).order_by("-day").values_list("day", flat=True)
    if last := newest[KEEP_DAYS : KEEP_DAYS + 1].first():
        old = LevelDay.objects.filter(day__lte=last).order_by("day").values_list("pk", flat=True)
        LevelDay.objects.filter(pk__in=list(old[:_DELETED_AT_ONCE])).delete()


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _count_owners(day: date, *, until: float) -> dict[str, Counter[str]] | None:
    """Count technologies by owner and level. They also have the owners of their services, as in filters."""
    numbers = defaultdict(Counter, counts.levels_of(OWNED))
    risks = Tech.objects.filter(filters.accepted(day.isoformat()), kind=Kind.TRACKED).exclude(owner_key="").order_by()
    for owner, number in risks.values_list("owner_key").annotate(Count("pk")):
        numbers[owner][ACCEPTED] += number
    is_accepted = filters.accepted(day.isoformat(), of="tech__")
    # Only the condition on the primary key limits a chunk, or MariaDB would read the whole list for each.
    for some in counts.chunks(TechOwner.objects.all()):
        if time.monotonic() > until:
            return None
        others = some.filter(tech__kind=Kind.TRACKED).exclude(owner_key=F("tech__owner_key")).order_by()
        grouped = others.values_list("owner_key", "tech__level")
        counted = grouped.annotate(number=Count("pk"), accepted=Count("pk", filter=is_accepted))
        for owner, level, number, accepted in counted:
            numbers[owner].update({level: number, ACCEPTED: accepted})
    return numbers


def _store(now: datetime, numbers: Numbers, owners: Sequence[str], days: QuerySet[LevelDay]) -> None:
    """Store the numbers of these owners, and of all others that are among the rows of this day already."""
    day = _day(now)
    in_transaction(lambda: _write(day, numbers, owners, days.filter(day=day)))


def _write(day: date, numbers: Numbers, owners: Sequence[str], rows: QuerySet[LevelDay]) -> None:
    stored = {row.owner_key: row for row in rows.select_for_update()}
    # An owner whose last technology is gone has no numbers.
    found = {owner: numbers.get(owner, {}) for owner in {*owners, *stored}}
    wanted = {owner: (by_level(each), each.get(ACCEPTED, 0)) for owner, each in found.items()}
    new = sorted(wanted.keys() - stored)
    LevelDay.objects.bulk_create((_new(day, owner, *wanted[owner]) for owner in new), batch_size=_AT_ONCE)
    changed = [row for owner, row in stored.items() if (row.levels, row.accepted) != wanted[owner]]
    for row in changed:
        row.levels, row.accepted = wanted[row.owner_key]
    bulk.update_each(changed, ["levels", "accepted"], batch_size=_AT_ONCE)


def _new(day: date, owner: str, levels: dict[str, int], accepted: int) -> LevelDay:
    return LevelDay(day=day, owner_key=owner, levels=levels, accepted=accepted)
