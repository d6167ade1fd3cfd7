"""Sample lists for tests of pages: one with every level, one with every kind of row."""

from datetime import UTC, datetime, timedelta

from techs import cache
from techs.inventory import editing, reassessment
from techs.models import DateChange, LifecycleDataVersion, Tech, TechDateChange
from tests.support.factories import add

SAMPLE = ["Django 3.2", "djano 4", "Postgres 14", "Node.js 20", "React", "Ubuntu 26.04", "our own thing", "Python 3.13"]


def a_little_of_everything() -> dict[str, Tech]:
    """Add a technology of each kind that looks different, by kind; list and overview show them all."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    techs = {
        "ended": add("Django 3.2", owner="Team Web", tags=["shop", "web"], impact="critical"),
        "misspelt": add("djano 4"),
        "supported": add("Ubuntu 26.04", extended_support=True),
        "without a version": add("React"),
        "not known": add("our own thing"),
        "without versions": editing.edit(add("our wiki"), unversioned=True),
        "ends": add("Python 3.13", owner="a" * 100, tags=["a" * 30, "b" * 30]),
        "long": add("a" * 200),
        "by hand": editing.edit(
            add("Vue 2.7"), level_override="low", override_review_on=tomorrow, note="Isolated.\n" * 3
        ),
        "by hand no more": editing.edit(
            add("PHP 8.1"), level_override="low", override_review_on=tomorrow, note="Soon."
        ),
    }
    # Its review date has come; people can only enter dates in the future.
    Tech.objects.filter(pk=techs["by hand no more"].pk).update(
        override_review_on=tomorrow - timedelta(days=3), basis=""
    )
    reassessment.reassess(seconds=5)
    move_end_of(techs["ends"])
    return techs


def move_end_of(tech: Tech) -> None:
    """Let the end of support of a technology have moved."""
    facts = {"product": "python", "cycle": "3.13", "title": "Python 3.13 (with a label)", "field": "active_support"}
    version = LifecycleDataVersion.objects.get()
    change = DateChange.objects.create(
        **facts, before="2026-10-01", after="2026-10-15", seen_on=version.as_of, version=version
    )
    TechDateChange.objects.create(tech=tech, name=tech.name, change=change)
    cache.invalidate()
