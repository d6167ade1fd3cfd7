"""Levels follow the calendar and the lifecycle data without any submission."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from techs import cache, tasks
from techs.assessment.assessor import Assessor
from techs.inventory import reassessment
from techs.lifecycles import store
from techs.models import LevelChange, Source, Tech
from techs.rules.products import Facts
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the date of the assessor."""

    def set_day(day: date) -> None:
        def of_day() -> Assessor:
            return Assessor(catalogue=store.current(), today=day)

        monkeypatch.setattr(Assessor, "current", of_day)

    return set_day


def test_level_moves_at_midnight(client: Client, on_day: Any) -> None:
    on_day(date(2026, 11, 12))
    tech = add("Postgres 14")
    assert (tech.level, tech.score) == ("high", 79)
    client.get("/api/techs/")
    on_day(date(2027, 2, 11))
    tasks.reassess()
    (row,) = client.get("/api/techs/").json()["data"]
    assert (row["priority"], row["score"], row["previous_priority"]) == ("critical", 90, "high")
    change = LevelChange.objects.get()
    assert (change.name, change.from_level, change.to_level) == ("Postgres 14", "high", "critical")
    assert "2026-11-12" in change.why


def test_a_host_whose_clock_is_behind_takes_nothing_back(on_day: Any) -> None:
    """Around midnight, two hosts may be a day apart for seconds. A level must not change back and forth."""
    on_day(date(2027, 2, 10))
    add("Postgres 14")
    on_day(date(2027, 2, 11))
    tasks.reassess()
    on_day(date(2027, 2, 10))
    tasks.reassess()
    assert (Tech.objects.get().level, LevelChange.objects.count()) == ("critical", 1)
    on_day(date(2027, 2, 9))  # A clock that is wrong by days is not respected for long.
    tasks.reassess()
    assert Tech.objects.get().level == "high"


def test_score_moves_without_a_change_of_level(on_day: Any) -> None:
    on_day(date(2026, 11, 12))
    add("Postgres 14")
    on_day(date(2026, 11, 13))
    tasks.reassess()
    assert Tech.objects.get().score == 80
    assert not LevelChange.objects.exists()


def test_new_facts_move_levels(client: Client) -> None:
    add("Django 3.2")
    client.get("/api/techs/")
    store.replace(Facts(version="other", as_of=date(2026, 1, 1), products={}), source=Source.STARTER)
    tasks.reassess()
    (row,) = client.get("/api/techs/").json()["data"]
    assert (row["priority"], row["product"]) == ("unknown", None)
    assert LevelChange.objects.get().to_level == "unknown"


def test_a_new_release_assesses_everything_again(settings: Any) -> None:
    tech = add("Django 3.2")
    Tech.objects.filter(pk=tech.pk).update(level="unknown", product="")
    tasks.reassess()
    assert Tech.objects.get().level == "unknown", "nothing is due"
    settings.VERSION = "99.0"
    tasks.reassess()
    assert (Tech.objects.get().level, Tech.objects.get().product) == ("critical", "django")


def test_nothing_moved_costs_next_to_nothing(django_assert_num_queries: Any) -> None:
    add("Django 3.2")
    token = cache._token()
    with django_assert_num_queries(7):  # lifecycle data, BEGIN, rows, COMMIT; lifecycle data, usages
        tasks.reassess()
    assert cache._token() == token


def test_goes_on_where_it_stopped(on_day: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reassessment, "REASSESS_CHUNK", 2)
    on_day(date(2026, 11, 12))
    for number in range(5):
        add(f"thing {number}")
    on_day(date(2026, 11, 13))
    assert reassessment.reassess(seconds=0) is True
    assert reassessment.reassess(seconds=60) is False
    assert set(Tech.objects.values_list("basis", flat=True)) == {Assessor.current().basis}
