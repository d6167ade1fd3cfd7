"""A migrate that is killed at any point can be rerun, and ends like an undisturbed one."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.db.backends.mysql.schema import DatabaseSchemaEditor as DjangoEditor
from django.db.migrations.loader import MigrationLoader

from techlist import migrating
from techlist.local.embedded import BASE_DIR
from techlist.local.processes import wait_until
from techlist.mysql.journal import TABLE
from tests.faults.conftest import IS_FULL
from tests.support.migrating import ask, copied_database, empty_database, killed_at, migrate, schema, table_names
from tests.support.servers import Servers
from tests.support.services import environment_for_processes

pytestmark = pytest.mark.django_db(transaction=True)

_BEFORE = ("techs", "0009")
# From 0010, the migration that once could not be rerun.
_INDEX = "CREATE INDEX tech_product_rank ON techs_tech ({})"


@pytest.fixture(scope="module")
def expected(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> dict[str, Any]:
    """Return the schema after an undisturbed migrate."""
    with django_db_blocker.unblock(), empty_database(tmp_path_factory.mktemp("expected")):
        migrate()
        return schema()


@pytest.fixture
def scratch(tmp_path: Path) -> Generator[None, None, None]:
    """Replace the tests' database with an empty one."""
    with empty_database(tmp_path):
        yield


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_a_statement(expected: dict[str, Any], tmp_path: Path, seed: int, when: str) -> None:
    """It is killed at each statement of each migration, or of one of ours in a short run."""
    graph = MigrationLoader(None).graph
    steps = list(dict.fromkeys(step for leaf in graph.leaf_nodes() for step in graph.forwards_plan(leaf)))
    ours = [step for step in steps if step[0] == "techs"]
    chosen = steps if IS_FULL else [random.Random(seed).choice(ours)]  # noqa: S311  a repeatable choice, no secret
    with empty_database(tmp_path):
        for step in chosen:
            number = steps.index(step)
            if number:
                migrate(*steps[number - 1])
            following = (later for later in steps[number + 1 :] if step in graph.forwards_plan(later))
            statements = _kill(step, next(following, ()), when=when, directory=tmp_path)
            assert statements, f"{' '.join(step)} records itself at least"
        migrate()
        assert schema() == expected


def _kill(step: tuple[str, ...], following: tuple[str, ...], *, when: str, directory: Path) -> int:
    """Kill a migration at each of its statements, and migrate to the following one. Return the number of statements."""
    with copied_database(directory):
        migrate(*following)
        expected = schema()
    statements = 0
    while True:
        with copied_database(directory):
            if not killed_at(statements + 1, partial(migrate, *step), when=when):
                return statements
            statements += 1
            migrate(*following)
            assert schema() == expected, f"killed {when} statement {statements} of {' '.join(step)}"


@pytest.mark.usefixtures("mysql", "scratch")
def test_djangos_own_editor_cannot_do_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Control: killed between the index of 0010 and its record."""
    monkeypatch.setattr(type(connections["default"]), "SchemaEditorClass", DjangoEditor)
    migrate(*_BEFORE)
    with pytest.raises(OperationalError, match="Duplicate key name 'tech_product_rank'"):
        _kill(("techs", "0010"), ("techs", "0011"), when="after", directory=tmp_path)


@pytest.mark.usefixtures("scratch")
def test_djangos_own_transactions_cannot_do_it_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control for SQLite: killed between the commit of 0006, which defers an index, and its record."""
    if connection.vendor != "sqlite":
        pytest.skip("concerns only SQLite")
    migrate()
    migrate("techs", "0005")
    monkeypatch.setattr(migrating, "_in_one_transaction", nullcontext)
    assert killed_at(3, migrate, when="before")
    with pytest.raises(OperationalError, match='table "techs_removal" already exists'):
        migrate()


@pytest.mark.usefixtures("mysql", "scratch")
def test_installation_that_is_stuck(expected: dict[str, Any]) -> None:
    """It was killed in an older version, which kept no journal."""
    migrate(*_BEFORE)
    ask(_INDEX.format("product, `rank`"))
    migrate()
    assert schema() == expected


@pytest.mark.usefixtures("scratch")
def test_in_steps(expected: dict[str, Any]) -> None:
    """Several partial migrates end with the same schema as a single one."""
    for step in (["contenttypes"], ["auth"], ["techs", "0001"], _BEFORE, []):
        migrate(*step)
    assert schema() == expected


@pytest.mark.usefixtures("mysql", "scratch")
@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (_INDEX.format("product"), "tech_product_rank.* an index of product instead of an index of product, rank"),
        pytest.param(
            "ALTER TABLE techs_import ADD COLUMN digest TEXT NULL",
            r"techs_import\.digest.*text.* instead of .*varchar",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            "CREATE TABLE techs_periodicrun (name INT)",
            r"techs_periodicrun\.id.* None instead of .*bigint",
            marks=pytest.mark.nightly,
        ),
    ],
)
def test_same_name_for_something_else(statement: str, message: str) -> None:
    migrate(*_BEFORE)
    ask(statement)
    with pytest.raises(Exception, match=message):
        migrate()


@contextmanager
def table_in_use(table: str) -> Generator[None, None, None]:
    """Hold a lock that keeps migrations of this table waiting."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(f"LOCK TABLES {table} READ")
        yield
    finally:
        other.close()


def start_migrate(servers: Servers, **changes: str) -> subprocess.Popen[str]:
    """Start migrate in its own process."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "migrate", "--no-input"],
        env=environment_for_processes(servers) | changes,
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def has_waited_for(milliseconds: int) -> bool:
    """Return whether a statement is still waiting for a table. MySQL counts whole seconds, and has no time_ms."""
    waiting = "SELECT 1 FROM information_schema.processlist WHERE state LIKE '%%metadata lock%%' AND time_ms > {}"
    return bool(ask(waiting.format(milliseconds)))


@pytest.mark.slow
@pytest.mark.usefixtures("mariadb", "scratch")
def test_process_killed_in_a_statement(expected: dict[str, Any], servers: Servers) -> None:
    migrate(*_BEFORE)
    with table_in_use("techs_tech"):
        process = start_migrate(servers)
        assert wait_until(lambda: has_waited_for(100), timeout=30)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    # The server may or may not finish the index for the dead process.
    migrate()
    assert schema() == expected


class Attempts:
    """Counts the times for which a statement has waited for a table."""

    def __init__(self) -> None:
        self._began, self._is_waiting = 0, False

    def count(self) -> int:
        was_waiting, self._is_waiting = self._is_waiting, has_waited_for(1)
        self._began += self._is_waiting and not was_waiting
        return self._began


@pytest.mark.slow
@pytest.mark.usefixtures("mariadb", "scratch")
def test_statement_takes_longer_than_a_request_may(expected: dict[str, Any], servers: Servers) -> None:
    migrate(*_BEFORE)
    with table_in_use("techs_tech"):
        process = start_migrate(servers, DATABASE_TIMEOUT="1")
        # It tries again and again, so that those who read the table go on in between.
        attempts = Attempts()
        assert wait_until(lambda: attempts.count() > 3 or process.poll() is not None, timeout=60)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert schema() == expected


def slowest_read(table: str, *, seconds: float) -> float:
    """Read a table for some time. Return the seconds that the slowest read took."""
    slowest, end = 0.0, time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        ask(f"SELECT COUNT(*) FROM {table}")  # noqa: S608  our own table
        slowest = max(slowest, time.monotonic() - began)
    return slowest


@pytest.mark.slow
@pytest.mark.usefixtures("mariadb", "scratch")
def test_readers_do_not_wait_for_a_lock_of_another_table(expected: dict[str, Any], servers: Servers) -> None:
    """MariaDB locks submissions to change technologies. A worker locks a submission, and then its technology."""
    migrate(*_BEFORE)
    worker = connection.copy()
    with worker.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT * FROM techs_submission FOR UPDATE")
        process = start_migrate(servers)
        # Then the first statement follows, which creates an index of technologies.
        assert wait_until(lambda: TABLE in table_names(), timeout=60)
        slowest = slowest_read("techs_tech", seconds=3)
        assert process.poll() is None
    worker.close()
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert slowest < 1
    assert schema() == expected


@pytest.mark.slow
@pytest.mark.usefixtures("scratch")
def test_two_at_once(expected: dict[str, Any], servers: Servers) -> None:
    processes = [start_migrate(servers) for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "\n".join(outputs)
    # Only one of them found migrations to apply.
    assert sum("Applying" in output for output in outputs) == 1
    assert schema() == expected


@pytest.mark.usefixtures("mysql")
def test_afterwards_a_statement_has_its_time_limit_again() -> None:
    connection.ensure_connection()
    migrate()
    assert ask("SELECT @@innodb_lock_wait_timeout") == [(int(os.environ.get("DATABASE_TIMEOUT", "2")),)]
    assert "read_timeout" in connection.get_connection_params()
