"""Whether the database schema is as new as the code."""

import pytest
from django.db import DatabaseError, connection
from django.db.migrations import Migration
from django.db.migrations.recorder import MigrationRecorder

from techs import migration_state
from tests.support.servers import MariaDB

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def recorder() -> MigrationRecorder:
    return MigrationRecorder(connection)


def test_the_database_of_the_tests_fits() -> None:
    assert migration_state.missing_migrations() == []


def test_what_was_not_applied_is_missing(recorder: MigrationRecorder) -> None:
    recorder.record_unapplied("techs", "0013_periodic_run")
    recorder.record_unapplied("sessions", "0001_initial")
    try:
        assert migration_state.missing_migrations() == ["sessions.0001_initial", "techs.0013_periodic_run"]
    finally:
        recorder.record_applied("techs", "0013_periodic_run")
        recorder.record_applied("sessions", "0001_initial")


def test_a_newer_schema_fits(recorder: MigrationRecorder) -> None:
    recorder.record_applied("techs", "9999_from_the_future")
    try:
        assert migration_state.missing_migrations() == []
    finally:
        recorder.record_unapplied("techs", "9999_from_the_future")


def test_raises_while_the_database_is_away(mariadb: MariaDB) -> None:
    connection.close()
    mariadb.kill()
    with pytest.raises(DatabaseError):
        migration_state.missing_migrations()


def test_knows_every_migration_without_importing_it() -> None:
    assert migration_state._files() == set(migration_state._known())


class Squashed(Migration):
    replaces = (("techs", "0001_initial"), ("techs", "0002_list_change"))


def test_a_squashed_migration_replaces_others(recorder: MigrationRecorder, monkeypatch: pytest.MonkeyPatch) -> None:
    key = ("techs", "0001_squashed")
    known = migration_state._known() | {key: Squashed(key[1], key[0])}
    monkeypatch.setattr(migration_state, "_files", lambda: frozenset(known))
    monkeypatch.setattr(migration_state, "_known", lambda: known)
    assert migration_state.missing_migrations() == []
    recorder.record_unapplied("techs", "0002_list_change")
    try:
        assert migration_state.missing_migrations() == ["techs.0001_squashed", "techs.0002_list_change"]
    finally:
        recorder.record_applied("techs", "0002_list_change")
