"""The kinds of database problems: each has its own message, and only errors of a submission count as its attempts."""

import logging
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, ProgrammingError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from redis.exceptions import AuthenticationError, BusyLoadingError, ReadOnlyError, RedisError

from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from techs import outages
from techs.models import Submission, SubmissionState
from techs.outages import (
    AWAY,
    BUSY,
    CACHE_AWAY,
    CACHE_REFUSES,
    CROWDED,
    DENIED,
    FULL,
    READ_ONLY,
    SCHEMA_BEHIND,
    Outage,
    outage_of,
)
from techs.submissions import batches, processing
from techs.submissions.outbox import accept
from tests.support.factories import add
from tests.support.migrating import ask
from tests.support.servers import MariaDB, Servers, Valkey, free_port
from tests.support.services import Web, Worker, place, running

pytestmark = pytest.mark.django_db(transaction=True)

MIGRATION = ("techs", "0013_periodic_run")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError(2002, "Can't connect"), AWAY),
        (OperationalError(2013, "Lost connection"), AWAY),
        (OperationalError(1053, "Server shutdown in progress"), AWAY),
        (OperationalError("The database does not answer."), AWAY),
        (InterfaceError(0, ""), AWAY),
        (OperationalError(1205, "Lock wait timeout exceeded"), BUSY),
        (OperationalError(1213, "Deadlock found"), BUSY),
        (OperationalError(1040, "Too many connections"), CROWDED),
        (OperationalError(1114, "The table 'techs_tech' is full"), FULL),
        (OperationalError(3, 'Error writing file (Errcode: 28 "No space left on device")'), FULL),
        (OperationalError(1290, "The server is running with the --read-only option"), READ_ONLY),
        (OperationalError(1290, "The server is running with the --super-read-only option"), READ_ONLY),
        (OperationalError(1290, "The server is running with the --secure-file-priv option"), None),
        (OperationalError(1030, "Got error 168 from storage engine"), None),
        (OperationalError(1045, "Access denied"), DENIED),
        (OperationalError(1049, "Unknown database"), DENIED),
        (OperationalError(1054, "Unknown column"), None),
        (ProgrammingError(1146, "Table doesn't exist"), None),
        (IntegrityError(1062, "Duplicate entry"), None),
        (DatabaseError("no idea"), None),
        (RedisError("no answer"), CACHE_AWAY),
        (BusyLoadingError("Redis is loading the dataset in memory"), CACHE_AWAY),
        (AuthenticationError("Authentication required."), CACHE_REFUSES),
        (ReadOnlyError("You can't write against a read only replica."), CACHE_REFUSES),
        (ValueError("not about a server"), None),
    ],
)
def test_kinds(error: Exception, expected: Outage | None) -> None:
    assert outage_of(error) is expected


@contextmanager
def schema_behind() -> Generator[None, None, None]:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied(*MIGRATION)
    try:
        yield
    finally:
        recorder.record_applied(*MIGRATION)


@contextmanager
def column_gone(table: str, column: str) -> Generator[None, None, None]:
    ask(f"ALTER TABLE {table} RENAME COLUMN `{column}` TO gone")
    try:
        yield
    finally:
        ask(f"ALTER TABLE {table} RENAME COLUMN gone TO `{column}`")


@contextmanager
def failing(table: str, *, number: int) -> Generator[None, None, None]:
    """Make the server answer an INSERT with an error of its own."""
    signal = f"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'for a test'"
    ask(f"CREATE TRIGGER failing BEFORE INSERT ON {table} FOR EACH ROW {signal}")
    try:
        yield
    finally:
        ask("DROP TRIGGER failing")


@contextmanager
def full(table: str) -> Generator[None, None, None]:
    if connection.vendor == "mysql":
        with failing(table, number=1114):
            yield
        return
    usual = ask("PRAGMA max_page_count")[0][0]
    ask("VACUUM")  # free pages from earlier tests would have room for more rows
    ask(f"PRAGMA max_page_count = {ask('PRAGMA page_count')[0][0]}")
    try:
        yield
    finally:
        ask(f"PRAGMA max_page_count = {usual}")


@contextmanager
def as_ordinary_user() -> Generator[None, None, None]:
    """Connect as a user without the privileges of the tests' user, to whom limits do not apply."""
    usual = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    ask("CREATE OR REPLACE USER plain@'127.0.0.1' IDENTIFIED BY 'plain'")
    ask(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {connection.settings_dict['NAME']}.* TO plain@'127.0.0.1'")
    connection.close()
    connection.settings_dict.update(USER="plain", PASSWORD="plain")
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(usual)


@pytest.fixture
def patient() -> Client:
    """Return a client that gets responses instead of exceptions."""
    return Client(raise_request_exception=False)


def answer(client: Client, url: str = "/api/techs/") -> tuple[int, str, str]:
    """Add a technology, and return status, message and Retry-After."""
    response = client.post(url, {"text": "Django 3.2 " + "x" * 150}, content_type="application/json")
    return response.status_code, response.json().get("detail", ""), response.get("Retry-After", "")


@pytest.mark.parametrize("url", ["/api/techs/", "/create"])
def test_unknown_column_is_a_mistake_of_ours(patient: Client, url: str, caplog: pytest.LogCaptureFixture) -> None:
    with column_gone("techs_submission", "created_at"):
        status, detail, wait = answer(patient, url)
    assert (status, wait) == (500, "")
    assert "The server's log has the details under error" in detail
    assert sum(bool(record.exc_info) for record in caplog.records) == 1


@pytest.mark.parametrize("url", ["/", "/api/techs/", "/get"])
def test_old_schema_is_said_on_pages_and_to_programs(patient: Client, url: str, redis_cache: Any) -> None:
    with schema_behind(), column_gone("techs_tech", "rank"):
        response = patient.get(url)
    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert SCHEMA_BEHIND.detail in response.content.decode()


def test_old_schema_is_no_trouble_where_it_does_not_matter(patient: Client) -> None:
    """A rolling update goes on as long as it can."""
    with schema_behind():
        assert answer(patient)[0] == 202


def test_full_database(patient: Client) -> None:
    with full("techs_submission"):
        answers = (answer(patient) for _ in range(300))
        assert next(each for each in answers if each[0] != 202) == (503, FULL.detail, "60")


@pytest.mark.parametrize("url", ["/api/techs/", "/create"])
def test_read_only_server(patient: Client, mariadb: MariaDB, url: str) -> None:
    ask("SET GLOBAL read_only = ON")
    try:
        with as_ordinary_user():
            assert answer(patient, url) == (503, READ_ONLY.detail, "60")
            assert patient.get("/api/techs/").status_code == 200
    finally:
        ask("SET GLOBAL read_only = OFF")


def test_read_only_file(patient: Client) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("concerns only SQLite")
    ask("PRAGMA query_only = ON")
    try:
        assert answer(patient) == (503, READ_ONLY.detail, "60")
    finally:
        ask("PRAGMA query_only = OFF")


def test_too_many_connections(patient: Client, mariadb: MariaDB) -> None:
    usual = ask("SELECT @@max_connections")[0][0]
    ask("SET GLOBAL max_connections = 10")
    try:
        with as_ordinary_user():
            others = [connection.copy() for _ in range(10)]
            # Other threads may already hold some of the ten.
            for other in others:
                with suppress(OperationalError):
                    other.ensure_connection()
            try:
                assert answer(patient) == (503, CROWDED.detail, "5")
            finally:
                for other in others:
                    other.close()
    finally:
        ask(f"SET GLOBAL max_connections = {usual}")


def test_wrong_password(patient: Client, mariadb: MariaDB) -> None:
    usual = connection.settings_dict["PASSWORD"]
    connection.close()
    connection.settings_dict["PASSWORD"] = "wrong"
    try:
        assert answer(patient) == (503, DENIED.detail, "60")
    finally:
        connection.settings_dict["PASSWORD"] = usual


def test_cache_with_another_password(patient: Client, redis_cache: Valkey) -> None:
    tech = add("Debian 12")
    with redis.Redis(port=redis_cache.port) as client:
        client.config_set("requirepass", "another")
        # Open connections stay authenticated, so close them.
        client.client_kill_filter(_type="normal", skipme=True)
    response = patient.patch(f"/api/techs/{tech.pk}/", {"impact": "low"}, content_type="application/json")
    redis_cache.kill()
    assert (response.status_code, response.json()["detail"]) == (503, CACHE_REFUSES.detail)


def recorded(submission: Submission, *, times: int = 1) -> Submission:
    """Process a submission this many times."""
    for _ in range(times):
        processing.process(submission.uuid)
    submission.refresh_from_db()
    return submission


def test_unknown_column_uses_attempts_up(redis_broker: Any) -> None:
    submission = accept(text="Django 3.2")
    with column_gone("techs_tech", "basis"):
        recorded(submission)
        assert (submission.state, submission.attempts) == (SubmissionState.QUEUED, 1)
        assert "basis" in submission.error
        recorded(submission, times=settings.MAX_ATTEMPTS - 1)
    assert submission.state == SubmissionState.FAILED
    assert "basis" in submission.error


def test_old_schema_loses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    submission = accept(text="Django 3.2")
    with schema_behind(), column_gone("techs_tech", "basis"):
        recorded(submission, times=settings.MAX_ATTEMPTS + 2)
        assert submission.state == SubmissionState.QUEUED
        assert submission.error == SCHEMA_BEHIND.detail
        # The longest wait of the sweep.
        wait = submission.publish_again_at - timezone.now()
        assert wait.total_seconds() > settings.SWEEP_AFTER_MAX - 5
    said = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(said) == 1, "a cause is logged once, however often it occurs"
    assert "basis" in said[0].getMessage()
    assert recorded(submission).state == SubmissionState.DONE
    assert submission.error == ""


def test_full_database_loses_nothing() -> None:
    if connection.vendor != "mysql":
        pytest.skip("SQLite has room left for a single row")
    submission = accept(text="Django 3.2")
    with full("techs_tech"):
        recorded(submission, times=settings.MAX_ATTEMPTS + 2)
        assert (submission.state, submission.error) == (SubmissionState.QUEUED, FULL.detail)
    assert recorded(submission).state == SubmissionState.DONE


def test_read_only_server_loses_nothing(mariadb: MariaDB) -> None:
    submission = accept(text="Django 3.2")
    ask("SET GLOBAL read_only = ON")
    try:
        with as_ordinary_user():
            recorded(submission, times=settings.MAX_ATTEMPTS + 2)
            assert (submission.state, submission.attempts) == (SubmissionState.QUEUED, 0)
    finally:
        ask("SET GLOBAL read_only = OFF")
    assert recorded(submission).state == SubmissionState.DONE


@pytest.mark.parametrize("number", [1213, 1053])
def test_what_passes_does_not_count(mariadb: MariaDB, number: int) -> None:
    submission = accept(text="Django 3.2")
    with failing("techs_tech", number=number):
        recorded(submission, times=settings.MAX_ATTEMPTS + 2)
        assert (submission.state, submission.attempts) == (SubmissionState.QUEUED, 0)
    assert recorded(submission).state == SubmissionState.DONE


def test_lines_of_an_import_wait_together(caplog: pytest.LogCaptureFixture) -> None:
    lines = [accept(text=f"Django 3.{minor}") for minor in range(3)]
    ids = [line.pk for line in lines]
    with schema_behind(), column_gone("techs_tech", "basis"):
        for _ in range(3):
            assert batches.process_batch(ids, seconds=5) == []
        waiting = Submission.objects.filter(pk__in=ids, state=SubmissionState.QUEUED, error=SCHEMA_BEHIND.detail)
        assert waiting.count() == 3
        assert set(waiting.values_list("chunk_attempts", flat=True)) == {0}
    assert sum(record.levelno == logging.ERROR for record in caplog.records) == 1
    batches.process_batch(ids, seconds=5)
    assert Submission.objects.filter(pk__in=ids, state=SubmissionState.DONE).count() == 3


@pytest.fixture(autouse=True)
def _nothing_reported() -> None:
    """Each test starts like a new process, which has logged nothing."""
    outages.note_success()


@pytest.mark.slow
def test_periodic_tasks_say_it_in_a_line(celery_worker_process: Worker) -> None:
    log = celery_worker_process.log
    with schema_behind(), column_gone("techs_submission", "publish_again_at"):
        current_app.send_task("techs.sweep")
        assert wait_until(lambda: "techs.sweep waits." in log.read_text(), timeout=60)
    with column_gone("techs_submission", "publish_again_at"):
        current_app.send_task("techs.sweep")
        # Control: a bug is logged with its traceback, once.
        assert wait_until(lambda: "Traceback" in log.read_text(), timeout=60)
    assert log.read_text().split("Traceback")[0].count("publish_again_at") == 2
    assert log.read_text().count("Task techs.sweep") == 1


PARTS: dict[str, Sequence[str]] = {
    "web": ["techlist.server", "--workers", "1", "--port", str(free_port())],
    "worker": ["celery", "-A", "celery_app", "worker", "--concurrency", "1"],
    "beat": ["celery", "-A", "celery_app", "beat", "--schedule", "{}/beat-schedule", "--pidfile="],
}


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_does_not_start_on_an_old_schema(process_env: dict[str, str], tmp_path: Path, part: str) -> None:
    command = [word.format(tmp_path) for word in PARTS[part]]
    with schema_behind():
        end = subprocess.run(
            [sys.executable, "-m", *command],
            env=process_env,
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    said = end.stdout + end.stderr
    assert end.returncode != 0, said
    assert "Missing migrations: techs.0013_periodic_run." in said
    assert "Run manage.py migrate first." in said


@pytest.mark.slow
def test_starts_while_the_database_is_away(servers: Servers, mariadb: MariaDB, process_env: dict[str, str]) -> None:
    """Its schema is checked when it returns; until then, every answer says that it is unavailable."""
    nobody = {"DATABASE_URL": f"mysql://techlist:x@127.0.0.1:{free_port()}/techlist"}
    with running(Web(**place(servers), env=process_env | nobody, name="web-alone")) as web:
        assert "Cannot check the migrations of the database" in web.log.read_text()
        with pytest.raises(HTTPError) as error:
            urlopen(f"{web.url}/api/techs/")  # noqa: S310  our own address
    assert error.value.code == 503
    assert AWAY.detail in error.value.read().decode()
