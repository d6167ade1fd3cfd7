"""Properties of the database that the promises rely on, checked on the real one."""

from typing import Any

import pytest
from django.db import DataError, connection, transaction

from techs.models import PendingInvalidation, Tech

pytestmark = pytest.mark.django_db(transaction=True)


def ask(question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


@pytest.mark.usefixtures("mysql")
def test_isolation_lets_a_reader_see_the_newest_commit() -> None:
    variable = "tx_isolation" if getattr(connection, "mysql_is_mariadb", False) else "transaction_isolation"
    assert ask(f"SELECT @@{variable}") == "READ-COMMITTED"


@pytest.mark.usefixtures("mysql")
def test_strict_mode_refuses_a_name_that_is_too_long() -> None:
    assert "STRICT_TRANS_TABLES" in str(ask("SELECT @@sql_mode"))
    with pytest.raises(DataError):
        Tech.objects.create(name="x" * 201, name_key="x", rank="x", level="low", score=0, reasons=[])


@pytest.mark.usefixtures("mysql")
def test_a_host_that_vanished_keeps_its_locks_for_a_minute_and_a_half(settings: Any) -> None:
    """No packet says that its connection is dead, and the sweep skips rows that are locked."""
    kept = settings.DATABASES["default"]["CONN_MAX_AGE"]
    assert kept < int(str(ask("SELECT @@SESSION.wait_timeout"))) <= 90


@pytest.mark.usefixtures("mysql")
def test_a_long_migration_keeps_its_session() -> None:
    ours: Any = connection
    with ours.migrating():
        assert ask("SELECT @@SESSION.wait_timeout = @@GLOBAL.wait_timeout") == 1


@pytest.mark.usefixtures("mysql")
def test_keys_are_compared_byte_by_byte() -> None:
    columns = """SELECT GROUP_CONCAT(column_name ORDER BY column_name) FROM information_schema.columns
        WHERE table_schema = DATABASE() AND table_name = 'techs_tech' AND collation_name = 'utf8mb4_bin'
        AND column_name IN ('name_key', 'rank', 'name')"""
    assert ask(columns) == "name_key,rank"


def test_sqlite_is_in_wal_mode_and_durable() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("concerns only SQLite")
    assert ask("PRAGMA journal_mode") == "wal"
    assert ask("PRAGMA synchronous") == 2


@pytest.mark.usefixtures("mysql")
def test_transaction_begins_and_ends_with_one_statement_each() -> None:
    """Django would also turn autocommit off and on again, each in a round trip."""

    def statements() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Questions'")
            return int(cursor.fetchone()[1])

    before = statements()
    with transaction.atomic():
        Tech.objects.exists()
    assert statements() - before == 4  # BEGIN, SELECT, COMMIT, and SHOW itself


@pytest.mark.usefixtures("mysql")
def test_transaction_that_is_rolled_back_leaves_nothing() -> None:
    with transaction.atomic():
        PendingInvalidation.objects.create()
        transaction.set_rollback(True)
    PendingInvalidation.objects.create()
    connection.close()
    assert PendingInvalidation.objects.count() == 1
