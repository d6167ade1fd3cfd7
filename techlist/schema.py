"""Whether the database's schema is as new as the code."""

from collections.abc import Container
from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder

Key = tuple[str, str]


def missing_migrations() -> list[str]:
    """Name the migrations that the code knows and the database lacks, such as "techs.0013_periodic_run".

    A schema that is newer than the code fits: a rolling update looks like that. Raises DatabaseError if the database
    is away.
    """
    applied = MigrationRecorder(connection).applied_migrations()
    missing = (key for key, migration in _known().items() if not _is_applied(key, migration, applied))
    return sorted(map(".".join, missing))


def _is_applied(key: Key, migration: Migration, applied: Container[Key]) -> bool:
    """Squashed migrations also count as applied where all that they replace are."""
    return key in applied or (bool(migration.replaces) and all(each in applied for each in migration.replaces))


@cache
def _known() -> dict[Key, Migration]:
    """All migrations on disk, but for those that others replace."""
    known: dict[Key, Migration] = MigrationLoader(None).graph.nodes
    return known
