"""Statements of migrations: those that the server finished after their client was killed, and those on long tables."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.db.backends.mysql import schema as django_schema

from techlist.mysql import effects
from techlist.mysql.schema import DatabaseSchemaEditor
from tests.support.migrating import ask, empty_database, migrate

# Tables that are long in an old installation, and in use while it is migrated.
_LONG = "techs_(tech|submission|levelchange|techtag|import)"
_CHANGE = re.compile(rf"ALTER TABLE `{_LONG}` .+|CREATE INDEX `\w+` ON `{_LONG}` .+", re.DOTALL)

STATEMENTS = {
    1061: "ALTER TABLE `techs_tech` ADD INDEX `sample` (`name`)",
    1091: "ALTER TABLE `techs_tech` DROP INDEX `sample`",
    3821: "ALTER TABLE `techs_tech` DROP CHECK `sample`",  # MySQL's own; MariaDB answers 1091
    3822: "ALTER TABLE `techs_tech` ADD CONSTRAINT `sample` CHECK (1)",
}


@pytest.fixture
def editor(monkeypatch: pytest.MonkeyPatch) -> DatabaseSchemaEditor:
    """An editor that finds each statement applied, but only after it failed."""
    answers = iter([False, True])
    monkeypatch.setattr(effects, "is_applied", lambda *_: next(answers))
    connection: Any = SimpleNamespace(journal=None, features=SimpleNamespace(can_rollback_ddl=False))
    return DatabaseSchemaEditor(connection)


def fail(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def execute(*_: Any) -> None:
        raise DatabaseError(number, "the server's message")

    monkeypatch.setattr(django_schema.DatabaseSchemaEditor, "execute", execute, raising=False)


@pytest.mark.parametrize("number", STATEMENTS)
def test_applied_meanwhile(monkeypatch: pytest.MonkeyPatch, editor: DatabaseSchemaEditor, number: int) -> None:
    fail(monkeypatch, number)
    editor.execute(STATEMENTS[number])


def test_another_error(monkeypatch: pytest.MonkeyPatch, editor: DatabaseSchemaEditor) -> None:
    fail(monkeypatch, 1064)
    with pytest.raises(DatabaseError):
        editor.execute(STATEMENTS[1061])


class Online:
    """Lets the server refuse statements that keep others from writing to a long table."""

    def __init__(self) -> None:
        self.passed = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if not _CHANGE.fullmatch(sql):
            return execute(sql, params, many, context)
        self.passed += 1
        return execute(f"{sql}{', ' if sql.startswith('ALTER') else ' '}LOCK=NONE", params, many, context)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("mysql")
def test_everybody_can_write_to_a_long_table_while_it_changes(tmp_path: Path) -> None:
    with empty_database(tmp_path):
        migrate("techs", "0012")  # the last one of 0.3.0
        online = Online()
        with connection.execute_wrapper(online):
            migrate()
            assert online.passed > 40
            with pytest.raises(OperationalError, match="LOCK=NONE is not supported"):
                ask("ALTER TABLE `techs_tech` MODIFY `score` varchar(9)")
