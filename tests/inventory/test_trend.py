"""The numbers of technologies by level on each day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone as clock

from techs import periodic, tasks
from techs.inventory import counts, editing, trend
from techs.inventory.queries import ListQuery
from techs.inventory.selection import select
from techs.inventory.trend import TrendChange, TrendDay, change_since, read_trend
from techs.models import LevelDay, PeriodicRun, Tech, TechOwner
from techs.rules.levels import Level, by_level
from tests.support import uploads as support
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2026, 11, 29)
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def numbers(**levels: int) -> dict[str, int]:
    return by_level(levels)


def note(now: datetime) -> None:
    trend.note(now)
    trend.note_owners(now)


def test_days_of_the_list() -> None:
    add("Django 3.2")
    assert read_trend(today=TODAY) == ()
    note(NOON)
    add("Postgres 14")
    note(NOON + DAY)
    assert read_trend(today=TODAY + DAY) == (
        TrendDay(TODAY, numbers(critical=1), 0),
        TrendDay(TODAY + DAY, numbers(critical=1, high=1), 0),
    )


def test_accepted_risks_are_counted_apart_until_their_review() -> None:
    """In the list, for its owner, and for the owner of a service that uses it."""
    service = support.service("Shop")
    support.change(service, owner="Ops")
    support.push(service, "django==3.2.25\n")
    tech = Tech.objects.get()
    editing.edit(tech, owner="Web")
    editing.edit(tech, level_override="low", override_review_on=date.max, note="Isolated.")
    review = TODAY + 2 * DAY
    Tech.objects.update(override_review_on=review)
    for number in range(3):
        note(NOON + number * DAY)
    for owner in ("", "web", "ops"):
        found = read_trend(owner=owner, today=review)
        assert [(each.counts["low"], each.accepted) for each in found] == [(1, 1), (1, 1), (1, 0)], owner


def test_a_change_of_accepted_risks_alone_is_stored() -> None:
    tech = add("React 19", owner="Web")
    note(NOON)
    assert read_trend(today=TODAY) == (TrendDay(TODAY, numbers(low=1), 0),)
    Tech.objects.filter(pk=tech.pk).update(level_override="low", override_review_on=date.max)
    note(NOON)
    assert read_trend(today=TODAY) == read_trend(owner="web", today=TODAY) == (TrendDay(TODAY, numbers(low=1), 1),)


def test_days_of_before_have_no_accepted_risks() -> None:
    """The previous version inserts rows without the column."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO techs_levelday (day, owner_key, levels) VALUES (%s, '', %s)", ["2026-11-29", '{"low": 3}']
        )
    add("React 19")
    assert read_trend(today=TODAY) == (TrendDay(TODAY, numbers(low=3), None),)
    note(NOON)
    assert read_trend(today=TODAY) == (TrendDay(TODAY, numbers(low=1), 0),), "this day is counted again"


def test_the_last_numbers_of_a_day_count() -> None:
    note(NOON)
    tech = add("Django 3.2", owner="Web")
    note(NOON)
    note(NOON)
    assert read_trend(today=TODAY) == (TrendDay(TODAY, numbers(critical=1), 0),)
    editing.remove(tech)
    note(NOON)
    assert read_trend(today=TODAY) == read_trend(owner="Web", today=TODAY) == (TrendDay(TODAY, numbers(), 0),)
    assert LevelDay.objects.count() == 2


def test_repeating_it_writes_nothing() -> None:
    add("Django 3.2", owner="Web")
    note(NOON)
    with CaptureQueriesContext(connection) as queries:
        note(NOON)
    assert not [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=13)), timezone(timedelta(hours=-11))])
def test_across_midnight(zone: timezone) -> None:
    """A day begins at midnight UTC, as everywhere in Techlist, whatever the zone of the worker."""
    midnight = datetime(2026, 11, 30, tzinfo=UTC).astimezone(zone)
    note(midnight - timedelta(microseconds=1))
    add("Django 3.2")
    note(midnight)
    assert read_trend(today=TODAY + DAY) == (
        TrendDay(TODAY, numbers(), 0),
        TrendDay(TODAY + DAY, numbers(critical=1), 0),
    )


def test_days_without_a_worker_stay_empty() -> None:
    note(NOON)
    add("Django 3.2")
    note(NOON + 5 * DAY)
    assert [each.day for each in read_trend(today=TODAY + 9 * DAY)] == [TODAY, TODAY + 5 * DAY]


def test_a_year_without_the_future() -> None:
    for number in range(-370, 3):
        LevelDay.objects.create(day=TODAY + number * DAY, levels={"low": 370 + number})
    found = read_trend(today=TODAY)
    assert (found[0].day, found[-1].day, len(found)) == (date(2025, 11, 29), TODAY, 366)
    assert found[-1].counts == numbers(low=370)


def test_each_owner_has_the_numbers_of_its_filter() -> None:
    """Of technologies of its own, and of its services, without libraries."""
    chance = Random(1)  # noqa: S311  examples, no secret
    for number in range(30):
        name = chance.choice(["Django 3.2", "Postgres 14", "React 19", "Our own"])
        add(f"{name}.{number}", owner=chance.choice(["Web", "WEB", "Pay", "Ünïque", ""]))
    for name, owner in (("Shop", "Web"), ("Till", "Pay"), ("Site", "Ops")):
        service = support.service(name)
        support.change(service, owner=owner)
        support.push(service, "django==3.2.25\nnumpy==1.21.6\nlib1==1\n")
    editing.edit(add("Django 3.2.25"), owner="Pay")
    note(NOON)
    for owner in ("", "web", "WEB", "Pay", "Ops", "ünïque"):
        filters: Any = {"owner": (owner.casefold(),)} if owner else {}
        counted = {level.value: select(ListQuery(priority=(level.value,), **filters)).count for level in Level}
        (day,) = read_trend(owner=owner, today=TODAY)
        assert day.counts == counted, owner
    assert not LevelDay.objects.filter(owner_key="nobody").exists()
    assert read_trend(owner="nobody", today=TODAY) == ()


def test_only_the_owners_with_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trend, "MOST_OWNERS", 1)
    for number in range(3):
        add(f"Django 3.2.{number}", owner="Web" if number else "Pay")
    note(NOON)
    assert {*LevelDay.objects.values_list("owner_key", flat=True)} == {"", "web"}
    for number in range(3, 6):
        add(f"Django 3.2.{number}", owner="Pay")
    note(NOON)
    assert read_trend(owner="Pay", today=TODAY)[0].counts == numbers(critical=4)
    assert read_trend(owner="Web", today=TODAY)[0].counts == numbers(critical=2), "not forgotten during the day"


def test_work_does_not_grow_with_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers come from the stored counts. Owners of services are counted in parts of limited size."""
    monkeypatch.setattr(counts, "_ROWS_AT_ONCE", 4)
    techs = [add(f"Django 3.2.{number}", owner="Web") for number in range(9)]
    with CaptureQueriesContext(connection) as queries:
        note(NOON)
    read = [query["sql"] for query in queries if 'FROM "techs_tech"' in query["sql"].replace("`", '"')]
    assert [sql for sql in read if "hand_level" not in sql] == [], "accepted risks have an index"
    TechOwner.objects.bulk_create(TechOwner(tech=tech, owner_key=owner) for tech in techs for owner in ("pay", "web"))
    note(NOON)
    for owner in ("Pay", "Web"):
        assert read_trend(owner=owner, today=TODAY)[0].counts == numbers(critical=9)


def test_no_numbers_rather_than_wrong_ones(caplog: pytest.LogCaptureFixture) -> None:
    TechOwner.objects.create(tech=add("Django 3.2", owner="Web"), owner_key="pay")
    trend.note_owners(NOON, seconds=-1)
    assert "Services have too many technologies" in caplog.text
    assert not LevelDay.objects.exists()


def test_old_days_are_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trend, "KEEP_DAYS", 3)
    add("Django 3.2", owner="Web")
    for number in (0, 1, 5, 6, 7):
        note(NOON + number * DAY)
    trend.delete_old()
    assert [each.day for each in read_trend(today=TODAY + 9 * DAY)] == [TODAY + number * DAY for number in (5, 6, 7)]
    assert LevelDay.objects.count() == 6
    trend.delete_old()
    assert LevelDay.objects.count() == 6


def test_a_wrong_clock_deletes_no_more_than_it_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trend, "KEEP_DAYS", 5)
    for number in (0, 1, 2, 4000):
        note(NOON + number * DAY)
        trend.delete_old()
    assert [each.day for each in read_trend(today=TODAY + 2 * DAY)] == [TODAY, TODAY + DAY, TODAY + 2 * DAY]


def test_housekeeping_begins_at_once_and_goes_on() -> None:
    add("Django 3.2", owner="Web")
    tasks.note_levels()
    today = datetime.now(UTC).date()
    assert read_trend(today=today)[-1].counts == read_trend(owner="web", today=today)[-1].counts == numbers(critical=1)
    add("Django 4.2", owner="Web")
    tasks.note_levels()
    assert read_trend(today=today)[-1].counts == numbers(critical=1), "not yet due"
    PeriodicRun.objects.filter(name=periodic.LEVELS).update(started_at=clock.now() - trend.COUNT_EVERY)
    tasks.note_levels()
    assert read_trend(today=today)[-1].counts == numbers(critical=2)
    assert read_trend(owner="web", today=today)[-1].counts == numbers(critical=1), "not yet due"
    PeriodicRun.objects.filter(name=periodic.OWNER_LEVELS).update(started_at=clock.now() - trend.COUNT_OWNERS_EVERY)
    tasks.note_levels()
    assert read_trend(owner="web", today=today)[-1].counts == numbers(critical=2)


def test_two_workers_at_once() -> None:
    add("Django 3.2", owner="Web")

    def run(_: Any) -> None:
        try:
            note(NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(run, range(4))) == [None] * 4
    assert LevelDay.objects.count() == 2


def days(*found: tuple[int, int]) -> tuple[TrendDay, ...]:
    return tuple(TrendDay(TODAY + number * DAY, numbers(critical=critical)) for number, critical in found)


@pytest.mark.parametrize(
    ("found", "since", "difference"),
    [
        ([(-40, 9), (-31, 5), (-29, 7), (0, 3)], -31, -2),
        ([(-30, 1), (0, 3)], -30, 2),
        ([(-200, 1), (-3, 2), (0, 3)], -200, 2),
        ([(-3, 2), (-1, 3), (0, 3)], -3, 1),
    ],
)
def test_change(found: list[tuple[int, int]], since: int, difference: int) -> None:
    expected = dict.fromkeys(numbers(), 0) | {"critical": difference}
    assert change_since(days(*found)) == TrendChange(TODAY + since * DAY, expected)


@pytest.mark.parametrize(("before", "now", "difference"), [(1, 3, 2), (3, 0, -3), (None, 3, None), (3, None, None)])
def test_change_of_accepted_risks(before: int | None, now: int | None, difference: int | None) -> None:
    found = [TrendDay(TODAY - 31 * DAY, numbers(low=5), before), TrendDay(TODAY, numbers(low=5), now)]
    assert change_since(found) == TrendChange(TODAY - 31 * DAY, dict.fromkeys(numbers(), 0), difference)


@pytest.mark.parametrize("found", [[], [(0, 3)]])
def test_no_change_without_a_past(found: list[tuple[int, int]]) -> None:
    assert change_since(days(*found)) is None
