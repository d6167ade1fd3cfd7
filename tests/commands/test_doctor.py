"""`manage.py doctor`: findings of a real installation, and of one in which something is away."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.core.management import call_command
from django.utils import timezone

from techlist.doctor import clock, host
from techlist.doctor.examination import SECTIONS, examine
from techlist.doctor.report import Finding, Report
from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from techs import periodic
from techs.models import LifecycleDataVersion, PeriodicRun, Source, Submission
from techs.submissions import outbox
from tests.support.servers import MariaDB, Servers, Valkey
from tests.support.services import Beat, Worker, place, running

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # The test client's host, which is not in the tests' settings.
    pytest.mark.usefixtures("_own_hosts"),
]


@pytest.fixture
def _own_hosts(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("techlist.doctor.work._TIMEOUT", 0.3)


def problems(begin: str) -> list[str]:
    """Examine, and return the problems that begin like this."""
    return [problem for problem in examine().problems if problem.startswith(begin)]


def values(report: Report, section: str) -> dict[str, Any]:
    return {finding.name: finding.value for finding in report.sections[section]}


def doctor(env: Mapping[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "doctor", *options],
        env=env,
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_an_installation_that_is_well(servers: Servers, process_env: dict[str, str]) -> None:
    with running(Worker(**place(servers), env=process_env)) as worker, running(Beat(**place(servers), env=process_env)):
        assert wait_until(lambda: periodic.last_finished(periodic.SWEEP) is not None, timeout=60)
        ended = doctor(process_env, "--json")
        found = json.loads(ended.stdout)
        assert (found["problems"], found["ok"], ended.returncode) == ([], True, 0), ended.stdout + ended.stderr
        assert found["sections"].keys() == {section.name for section in SECTIONS} | {"system_checks"}
        assert found["sections"]["workers"]["workers"] == [worker.node]
        text = doctor(process_env)
    assert (text.returncode, text.stdout.splitlines()[-1]) == (0, "No problems found.")


def test_what_an_expert_asks_first(servers: Servers) -> None:
    outbox.accept(text="Django 3.2")
    Submission.objects.create(text="PHP 5", state="failed", publish_again_at=timezone.now())
    report = examine()
    assert values(report, "submissions").items() >= {"submissions_failed": 1, "submissions_queued": 1}.items()
    assert (
        values(report, "broker").items()
        >= {
            "queue_celery": 1,
            "maxmemory-policy": "noeviction",
            "appendfsync": "always",
        }.items()
    )
    assert values(report, "cache").items() >= {"maxmemory-policy": "allkeys-lru", "appendonly": "no"}.items()
    assert values(report, "software")["python"] == ".".join(map(str, sys.version_info[:3]))
    assert values(report, "database")["missing_migrations"] == []
    if servers.database != "sqlite":
        database = values(report, "database")
        assert database["isolation"] == "READ-COMMITTED"
        assert (database["charset"], database["charset_of_the_connection"]) == ("utf8mb4", "utf8mb4")
        assert abs(database["clock_difference_seconds"]) < 2
    assert values(report, "lifecycle_data")["starter_days_old"] > 0
    assert [problem.split(".")[0] for problem in report.problems] == [
        "No worker answers",
        "Periodic tasks have not run for 30 seconds or more",
    ]


def test_no_secrets(settings: Any, servers: Servers) -> None:
    report = examine()
    text = "\n".join(report.lines()) + report.to_json()
    secrets = {settings.SECRET_KEY, settings.DATABASES["default"].get("PASSWORD") or settings.SECRET_KEY}
    assert not [secret for secret in secrets if secret in text]
    assert len(secrets) == (1 if servers.database == "sqlite" else 2)


@pytest.mark.parametrize("is_paused", [True, False])
def test_without_the_broker(redis_broker: Valkey, is_paused: bool) -> None:  # noqa: FBT001
    redis_broker.pause() if is_paused else redis_broker.kill()
    report = examine()
    assert "The broker does not answer. Start its server, or correct REDIS_BROKER_URL." in "".join(report.problems)
    assert values(report, "workers") == {"not_examined": "needs the broker"}
    assert values(report, "submissions")["technologies"] == 0
    assert "techlist.W001" not in values(report, "system_checks")


def test_without_the_cache(redis_cache: Valkey) -> None:
    redis_cache.kill()
    report = examine()
    assert "The cache does not answer. Start its server, or correct REDIS_CACHE_URL." in "".join(report.problems)
    assert "queue_celery" in values(report, "broker")


@pytest.mark.parametrize("is_paused", [True, False])
def test_without_the_database(mariadb: MariaDB, is_paused: bool) -> None:  # noqa: FBT001
    mariadb.pause() if is_paused else mariadb.kill()
    report = examine()
    assert "The database does not answer. Start its server, or correct DATABASE_URL." in "".join(report.problems)
    assert {values(report, name)["not_examined"] for name in ("submissions", "periodic_tasks", "lifecycle_data")} == {
        "needs the database"
    }
    assert "queue_celery" in values(report, "broker")
    assert "techlist.W006" not in values(report, "system_checks")


def test_nothing_at_all(tmp_path: Any) -> None:
    """As in a new directory, where nothing runs yet."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ended = doctor(kept | {"TECHLIST_DATA_DIR": str(tmp_path / "data")})
    assert ended.returncode == 1, ended.stderr
    assert "The broker does not answer. Start Techlist with make run." in ended.stdout
    assert "manage.py migrate makes a new SQLite database" in ended.stdout
    assert not (tmp_path / "data" / "techlist.sqlite3").exists()


def test_a_queue_that_nobody_reads(servers: Servers) -> None:
    with redis.Redis(port=servers.broker.port) as client:
        client.rpush("periodic", *range(20))
    assert problems("The queue periodic has 20 messages. Start workers")


def test_beat_that_has_stopped() -> None:
    PeriodicRun.objects.create(name="sweep", finished_at=timezone.now() - timedelta(hours=1))
    assert problems("Periodic tasks have not run")
    PeriodicRun.objects.update(finished_at=timezone.now())
    assert not problems("Periodic tasks have not run")


def test_old_lifecycle_data(settings: Any) -> None:
    settings.SYNC = True
    as_of = datetime.now(UTC).date() - timedelta(days=60)
    LifecycleDataVersion.objects.create(
        version="old", as_of=as_of, source=Source.ENDOFLIFE_DATE, products=1, releases=1
    )
    an_hour_ago = timezone.now() - timedelta(hours=1)
    PeriodicRun.objects.create(name="sync", attempts=3, problem="No answer.", started_at=an_hour_ago)
    found = "".join(examine().problems)
    assert "Lifecycle data is 60 days old. Run manage.py sync_lifecycles, if needed with --file." in found
    assert "The download of lifecycle data fails: No answer. Check" in found


def test_settings_that_a_check_refuses(settings: Any) -> None:
    settings.SECRET_KEY = "too-short"
    assert problems("SECRET_KEY can be guessed")


@pytest.mark.parametrize(("ahead", "is_found"), [(0.5, False), (-0.5, False), (60, True), (-60, True)])
def test_clocks(ahead: float, is_found: bool) -> None:  # noqa: FBT001
    found = clock.difference("x", "the database", lambda: datetime.now(UTC) + timedelta(seconds=ahead))
    assert found.value == pytest.approx(ahead, abs=0.1)
    assert bool(found.problem) is is_found


def test_full_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "_LEAST_FREE", 2**60)
    assert all("Free some space" in finding.problem for finding in host.disks())


def test_a_problem_is_listed_once() -> None:
    report = Report(
        {"one": [Finding("a", 1, "Do it.")], "two": [Finding("b", ["x"] * 30, "Do it."), Finding("c", None)]}
    )
    assert report.problems == ["Do it."]
    lines = list(report.lines())
    assert "  b  " + ", ".join(["x"] * 10) + " and 20 more" in lines
    assert "  c  none" in lines


def test_the_exit_status_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    assert ended.value.code == 1
    assert "Problems\n  1. " in capsys.readouterr().out
