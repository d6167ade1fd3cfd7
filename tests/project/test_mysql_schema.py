"""Statements of migrations that the server finished after their client was killed."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.backends.mysql import schema as django_schema

from techlist.mysql import effects
from techlist.mysql.schema import DatabaseSchemaEditor

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
