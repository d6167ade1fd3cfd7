"""When lifecycle data is fetched: at once if it is old, then daily at a fixed minute, and less often after failures."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from techs import periodic, tasks
from techs.lifecycles import sync, sync_schedule
from techs.lifecycles.sync_schedule import FetchState
from techs.models import LifecycleDataVersion, PeriodicRun, Source
from tests.support.lifecycle_server import HTML, TEN, Answer, LifecycleServer, document

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def far_from_its_turn(settings: Any) -> None:
    """Set the installation's minute of the day twelve hours away from now."""
    settings.SYNC = True
    settings.SYNC_MINUTE = minute_of_day(timezone.now() - 12 * 60 * MINUTE)


def run_step(migration: str, name: str) -> None:
    """Run a data step of a migration."""
    then = MigrationLoader(connection).project_state(("techs", migration)).apps
    getattr(import_module(f"techs.migrations.{migration}"), name)(then, None)


def minute_of_day(moment: datetime) -> int:
    moment = moment.astimezone(UTC)
    return moment.hour * 60 + moment.minute


def ran(**fields: Any) -> None:
    """Set the last runs by their ages."""
    times = {name: timezone.now() - value if isinstance(value, timedelta) else value for name, value in fields.items()}
    PeriodicRun.objects.update_or_create(name=periodic.SYNC, defaults=times)


def test_a_new_installation_fetches_at_once(publisher: LifecycleServer) -> None:
    tasks.sync_lifecycles()
    assert len(publisher.requests) == 1
    assert LifecycleDataVersion.objects.order_by("-id")[0].source == Source.ENDOFLIFE_DATE


def test_nobody_asks_again_the_same_day(publisher: LifecycleServer) -> None:
    for _ in range(5):
        tasks.sync_lifecycles()
    assert len(publisher.requests) == 1


def test_what_was_read_from_a_file_is_no_reason_to_wait(publisher: LifecycleServer, tmp_path: Path) -> None:
    path = tmp_path / "full.json"
    path.write_bytes(document(*TEN))
    sync.run(path)
    tasks.sync_lifecycles()
    assert len(publisher.requests) == 1


def test_a_person_who_has_fetched_spares_the_task_the_work(publisher: LifecycleServer) -> None:
    sync.run()
    tasks.sync_lifecycles()
    assert len(publisher.requests) == 1


@pytest.mark.parametrize(
    ("finished", "is_due"),
    [
        (None, True),
        (timedelta(), False),
        (DAY / 3, False),
        (DAY - MINUTE, True),  # its turn was twelve hours ago
        (DAY + MINUTE, True),
        (400 * DAY, True),
        (-DAY, True),  # a clock was wrong
    ],
)
def test_when_it_is_due(finished: timedelta | None, *, is_due: bool) -> None:
    ran(finished_at=finished, started_at=finished)
    assert sync_schedule.claim() is is_due


@pytest.mark.parametrize(
    ("turn", "finished", "is_due"),
    [
        (timedelta(), 2 * MINUTE, True),
        (MINUTE, 5 * MINUTE, True),
        (5 * MINUTE, 2 * MINUTE, False),
        (-5 * MINUTE, DAY / 2, False),  # its minute is yet to come
        (-5 * MINUTE, DAY, True),
    ],
)
def test_later_fetches_come_in_a_minute_of_the_installations_own(
    settings: Any, turn: timedelta, finished: timedelta, *, is_due: bool
) -> None:
    settings.SYNC_MINUTE = minute_of_day(timezone.now() - turn)
    ran(finished_at=finished, started_at=finished)
    assert sync_schedule.claim() is is_due


def test_off_claims_nothing(settings: Any) -> None:
    settings.SYNC = False
    assert not sync_schedule.claim()
    assert not PeriodicRun.objects.exists()


@pytest.mark.parametrize("is_fetched", [True, False])
def test_an_upgraded_installation_knows_when_it_has_fetched(
    publisher: LifecycleServer, tmp_path: Path, *, is_fetched: bool
) -> None:
    path = tmp_path / "full.json"
    path.write_bytes(document(*TEN))
    sync.run(None if is_fetched else path)
    PeriodicRun.objects.all().delete()
    run_step("0014_outcome_of_periodic_runs", "remember_last_check")
    assert sync_schedule.claim() is not is_fetched


def test_an_upgraded_installation_fetches_the_whole_document_at_once(publisher: LifecycleServer) -> None:
    publisher.answer = Answer(document(*TEN), etag='"one"')
    tasks.sync_lifecycles()
    assert not sync_schedule.claim()
    run_step("0019_product_identifiers", "fetch_again")
    tasks.sync_lifecycles()
    assert len(publisher.requests) == 2
    assert "if-none-match" not in {name.lower() for name in publisher.headers()}


# --- Failures ---


@pytest.mark.parametrize(
    ("attempts", "waited", "is_due"),
    [
        (1, MINUTE, False),
        (1, 2.1 * MINUTE, True),
        (2, 3.9 * MINUTE, False),
        (2, 4.1 * MINUTE, True),
        (5, 31 * MINUTE, False),
        (5, 33 * MINUTE, True),
        (9, 239 * MINUTE, False),
        (9, 241 * MINUTE, True),
        (10**6, 239 * MINUTE, False),
        (10**6, 241 * MINUTE, True),
        (3, -DAY, True),  # a clock was wrong
    ],
)
def test_attempts_that_fail_come_less_and_less_often(attempts: int, waited: timedelta, *, is_due: bool) -> None:
    ran(attempts=attempts, started_at=waited, problem="It is away.")
    assert sync_schedule.claim() is is_due


def test_a_fetch_that_was_killed_counts_as_one_that_failed() -> None:
    assert sync_schedule.claim()
    ran(started_at=3 * MINUTE)
    assert sync_schedule.claim()
    ran(started_at=3 * MINUTE)
    assert not sync_schedule.claim()


def test_success_forgets_the_trouble(publisher: LifecycleServer) -> None:
    publisher.answer, good = Answer(HTML, status=503), publisher.answer
    tasks.sync_lifecycles()
    ran(started_at=DAY)
    publisher.answer = good
    tasks.sync_lifecycles()
    run = PeriodicRun.objects.get(name=periodic.SYNC)
    assert (run.attempts, run.problem, run.not_before) == (0, "", None)


@pytest.mark.parametrize(("asked", "waits"), [(3600, timedelta(hours=1)), (90 * 86400, DAY)])
def test_the_server_says_how_long_to_wait(publisher: LifecycleServer, asked: int, waits: timedelta) -> None:
    publisher.answer = Answer(HTML, status=429, headers={"Retry-After": str(asked)})
    tasks.sync_lifecycles()
    run = PeriodicRun.objects.get(name=periodic.SYNC)
    assert run.not_before
    assert abs(run.not_before - timezone.now() - waits) < MINUTE
    ran(started_at=10 * MINUTE)
    assert not sync_schedule.claim()
    ran(not_before=timedelta())
    assert sync_schedule.claim()


def test_a_wait_that_no_server_may_ask_for_is_a_wrong_clocks() -> None:
    ran(attempts=1, started_at=10 * MINUTE, not_before=-3 * DAY)
    assert sync_schedule.claim()


def test_the_first_attempts_of_two_workers_are_one() -> None:
    assert [sync_schedule.claim() for _ in range(2)] == [True, False]


# --- The state of the fetch ---


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, FetchState.FETCHING),
        ({"started_at": MINUTE, "attempts": 1}, FetchState.FETCHING),
        ({"started_at": 5 * MINUTE, "attempts": 1}, FetchState.FAILED),
        ({"started_at": MINUTE, "attempts": 1, "problem": "It is away."}, FetchState.FAILED),
        ({"started_at": MINUTE, "finished_at": MINUTE}, FetchState.CURRENT),
        ({"started_at": MINUTE, "finished_at": DAY, "attempts": 1, "problem": "It is away."}, FetchState.CURRENT),
        ({"started_at": MINUTE, "finished_at": 2 * DAY, "attempts": 1}, FetchState.FETCHING),
        ({"started_at": MINUTE, "finished_at": 2 * DAY, "attempts": 2, "problem": "It is away."}, FetchState.FAILED),
        ({"started_at": 9 * DAY, "finished_at": 9 * DAY}, FetchState.FETCHING),
    ],
)
def test_how_it_stands(fields: dict[str, Any], state: FetchState) -> None:
    if fields:
        ran(**fields)
    assert sync_schedule.state()[0] is state


def test_off_is_said(settings: Any) -> None:
    settings.SYNC = False
    assert sync_schedule.state()[0] is FetchState.OFF
