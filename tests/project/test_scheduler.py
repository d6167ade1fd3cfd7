"""Beat uses a monotonic clock: changes of the wall clock do not stop it from publishing."""

import json
import shelve
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery, current_app, schedules
from celery.beat import ScheduleEntry
from django.conf import settings
from django.utils import timezone

import celery_app
from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from techlist.scheduler import PAUSE, QUEUE, MonotonicScheduler
from techs.models import PeriodicRun, Submission
from tests.support.servers import Servers, Valkey
from tests.support.services import Beat, Worker, place, running


class Clock:
    """A clock that advances when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def messages(servers: Servers) -> Generator[redis.Redis, None, None]:
    with redis.Redis(port=servers.broker.port) as client:
        yield client


@pytest.fixture
def scheduler(clock: Clock) -> Generator[MonotonicScheduler, None, None]:
    scheduler = MonotonicScheduler(app=celery_app.app, clock=clock)
    yield scheduler
    scheduler.close()


def run(scheduler: MonotonicScheduler, clock: Clock, *, seconds: float) -> None:
    """Tick like beat, for this many seconds of the clock."""
    end = clock.now + seconds
    while clock.now < end:
        clock.now = min(clock.now + max(scheduler.tick(), 0.001), end)


def published(messages: redis.Redis) -> list[dict[str, Any]]:
    """Return the headers of the waiting messages, oldest first."""
    waiting: Any = messages.lrange(QUEUE, 0, -1)
    return [json.loads(message)["headers"] for message in reversed(waiting)]


def tasks(messages: redis.Redis) -> Counter[str]:
    return Counter(headers["task"] for headers in published(messages))


def entries(app: Celery) -> set[str]:
    return {entry["task"] for entry in app.conf.beat_schedule.values()}


def test_everything_once_at_the_start(scheduler: MonotonicScheduler, clock: Clock, messages: redis.Redis) -> None:
    run(scheduler, clock, seconds=1)
    assert tasks(messages) == Counter(entries(scheduler.app))


def test_each_entry_at_its_interval(scheduler: MonotonicScheduler, clock: Clock, messages: redis.Redis) -> None:
    seen: Counter[str] = Counter()
    for _ in range(61):
        run(scheduler, clock, seconds=1)
        seen += tasks(messages)
        messages.delete(QUEUE)
    assert seen["techs.sweep"] == 60 // settings.SWEEP_INTERVAL + 1
    assert (seen["techs.notify"], seen["techs.reassess"]) == (5, 2)


def test_no_message_expires(scheduler: MonotonicScheduler, clock: Clock, messages: redis.Redis) -> None:
    """An expiry date compares clocks of two hosts: a worker that is ahead would drop every sweep."""
    run(scheduler, clock, seconds=1)
    scheduler.add(name="old", task="techs.sync", schedule=60, options={"expires": 3600})
    run(scheduler, clock, seconds=1)
    assert "techs.sync" in tasks(messages)
    assert {headers["expires"] for headers in published(messages)} == {None}
    assert {headers["eta"] for headers in published(messages)} == {None}


def test_messages_do_not_pile_up(scheduler: MonotonicScheduler, clock: Clock, messages: redis.Redis) -> None:
    """A week without a worker."""
    run(scheduler, clock, seconds=1)
    for _ in range(300):
        run(scheduler, clock, seconds=1)
    assert messages.llen(QUEUE) == len(entries(scheduler.app))
    clock.now += 7 * 24 * 3600
    for _ in range(20):
        run(scheduler, clock, seconds=1)
    assert messages.llen(QUEUE) == len(entries(scheduler.app))
    messages.delete(QUEUE)
    run(scheduler, clock, seconds=2 * PAUSE * len(entries(scheduler.app)))
    assert set(tasks(messages)) == entries(scheduler.app), "all of them, when a worker is back"


def test_time_of_the_day_is_not_waited_for_twice(
    scheduler: MonotonicScheduler, clock: Clock, messages: redis.Redis
) -> None:
    """An entry for a time of day is due within a day of the monotonic clock, regardless of the wall clock."""
    hour = (timezone.now() + timedelta(hours=2)).hour
    entry = ScheduleEntry(
        name="daily",
        task="techs.sync",
        schedule=schedules.crontab(hour=hour, minute=0),
        options={"expires": 3600},
        app=scheduler.app,
        last_run_at=timezone.now() + timedelta(days=365),
    )
    scheduler.schedule = {"daily": entry}
    run(scheduler, clock, seconds=1)
    assert tasks(messages) == {"techs.sync": 1}
    messages.delete(QUEUE)
    run(scheduler, clock, seconds=3500)
    assert not tasks(messages)
    run(scheduler, clock, seconds=2 * 3600)
    assert tasks(messages) == {"techs.sync": 1}


def test_clock_that_goes_back(scheduler: MonotonicScheduler, clock: Clock, messages: redis.Redis) -> None:
    """A monotonic clock never goes back, except in a restored virtual machine."""
    run(scheduler, clock, seconds=1)
    messages.delete(QUEUE)
    clock.now -= 900
    run(scheduler, clock, seconds=1)
    assert set(tasks(messages)) == entries(scheduler.app)


def test_broker_that_is_away(
    scheduler: MonotonicScheduler, clock: Clock, messages: redis.Redis, redis_broker: Valkey
) -> None:
    run(scheduler, clock, seconds=1)
    redis_broker.kill()
    clock.now += 60
    assert scheduler.tick() == PAUSE
    assert scheduler.tick() == PAUSE
    redis_broker.start()
    messages.flushall()
    clock.now += PAUSE
    run(scheduler, clock, seconds=PAUSE)
    assert tasks(messages)["techs.sweep"] == 1


def test_entry_that_cannot_be_published_holds_nothing_up(
    scheduler: MonotonicScheduler, clock: Clock, messages: redis.Redis
) -> None:
    scheduler.add(name="bad", task="techs.sweep", schedule=1, args=(object(),))
    run(scheduler, clock, seconds=5)
    assert set(tasks(messages)) == entries(scheduler.app)


def test_no_entries(scheduler: MonotonicScheduler) -> None:
    scheduler.schedule = {}
    assert scheduler.tick() == scheduler.max_interval


def poison(path: Path) -> None:
    """Return a schedule file of Celery's own scheduler, written by a clock that was a year ahead."""
    ahead = timezone.now() + timedelta(days=365)
    with shelve.open(str(path), writeback=True) as store:  # noqa: S301  our own file
        store["entries"] = {
            name: ScheduleEntry(**entry, name=name, last_run_at=ahead, app=current_app)
            for name, entry in current_app.conf.beat_schedule.items()
        }
        store.update({"__version__": "5.7.0", "tz": "UTC", "utc_enabled": True})


@pytest.mark.django_db(transaction=True)
def test_lost_message_of_a_service_whose_clock_moved_back(
    servers: Servers, process_env: dict[str, str], messages: redis.Redis
) -> None:
    """A real beat with a schedule file from a clock a year ahead, and a submission whose message was lost."""
    poison(servers.directory / "beat-schedule")
    submission = Submission.objects.create(text="Django 3.2", publish_again_at=timezone.now())
    with running(Worker(**place(servers), env=process_env)), running(Beat(**place(servers), env=process_env)):
        assert wait_until(lambda: _state(submission) == "done", timeout=60)
        assert wait_until(lambda: PeriodicRun.objects.filter(name="sweep").exists(), timeout=5)


def _state(submission: Submission) -> str:
    submission.refresh_from_db()
    return submission.state


@pytest.mark.django_db(transaction=True)
def test_plain_beat_writes_no_file(
    servers: Servers, process_env: dict[str, str], messages: redis.Redis, tmp_path: Path
) -> None:
    """As in a container with a read-only file system."""
    data = tmp_path / "data"
    data.mkdir()
    command = [sys.executable, "-m", "celery", "--app", "celery_app", "--workdir", str(tmp_path), "beat"]
    env = process_env | {"TECHLIST_DATA_DIR": str(data), "PYTHONPATH": str(BASE_DIR)}
    beat = subprocess.Popen(command, cwd=BASE_DIR, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: messages.llen(QUEUE), timeout=60)
    finally:
        beat.kill()
        beat.wait()
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert not list(data.iterdir())
