"""A past for a list that has just been filled, so that the pictures look as after some months of use.

The functions run with the settings of the installation, in `manage.py shell`.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from techs import cache
from techs.inventory import outlook
from techs.inventory.outlook import LevelCounts
from techs.inventory.queries import ListQuery
from techs.lifecycles import starter, store
from techs.models import LevelChange, LevelDay, Tech
from techs.models.lifecycle import Source
from techs.rules.levels import Level

DAYS = 320
_NEWS = timedelta(days=26)
_ACCEPTED_FOR = 75  # days
NEWS = 8  # changes of levels
# The level before.
_WORSE = {"critical": "high", "high": "medium", "medium": "low"}


def renew_data() -> None:
    """Let the lifecycle data be of today, as after the daily download."""
    store.load_starter()
    store.renew(replace(starter.read_starter(), as_of=datetime.now(UTC).date()), source=Source.STARTER)


def invent() -> None:
    """Count the levels of earlier days, and let technologies have been added and changed before today."""
    today = datetime.now(UTC).date()
    LevelDay.objects.filter(day__lt=today).delete()
    LevelDay.objects.bulk_create(_days(outlook.read_level_counts(ListQuery(), today=today), today=today))
    if not LevelChange.objects.exists() and Tech.objects.count() > NEWS:
        _change_levels()
    _move_back()
    cache.invalidate()


def _days(found: LevelCounts, *, today: date) -> Iterator[LevelDay]:
    """Yield the days before, on which the list was shorter and worse."""
    chance = random.Random(DAYS)  # noqa: S311  not for security
    now, drift = found.counts, dict.fromkeys(Level, 0.0)
    for ago in range(1, DAYS):
        # Lists change in steps: somebody upgrades, or an end of support comes near.
        if chance.random() < 0.18:
            drift[chance.choice(list(Level))] += chance.uniform(-0.02, 0.03)
        share = ago / DAYS
        worse = {Level.CRITICAL: 0.55, Level.HIGH: 0.25, Level.LOW: -0.5}
        factors = {level: max(0.2, 1 + worse.get(level, -0.15) * share + drift[level]) for level in Level}
        counted = {level: round(number * factors[Level(level)]) for level, number in now.items()}
        accepted = min(found.accepted, counted[Level.LOW]) if ago < _ACCEPTED_FOR else 0
        yield LevelDay(day=today - timedelta(days=ago), levels=counted, accepted=accepted)


def _change_levels() -> None:
    """Record some changes in a list that is too new to have any."""
    techs = Tech.objects.filter(level__in=_WORSE).order_by("name_key")[:: Tech.objects.count() // NEWS or 1]
    LevelChange.objects.bulk_create(
        LevelChange(tech=tech, name=tech.name, from_level=_WORSE[tech.level], to_level=tech.level, at=tech.assessed_at)
        for tech in techs[:NEWS]
    )


def _move_back() -> None:
    now = datetime.now(UTC)
    changes = list(LevelChange.objects.order_by("pk"))
    for number, change in enumerate(changes, start=1):
        change.at = now - number * _NEWS / (len(changes) + 1)
        Tech.objects.filter(level_changes=change).update(level_since=change.at)
    LevelChange.objects.bulk_update(changes, ["at"], batch_size=500)
    techs = list(Tech.objects.only("pk", "submitted_at"))
    for tech in techs:
        tech.submitted_at = now - timedelta(days=60 + tech.pk * 7919 % (DAYS - 60), minutes=tech.pk % 600)
    Tech.objects.bulk_update(techs, ["submitted_at"], batch_size=500)
