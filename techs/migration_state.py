"""Whether the database's schema is as new as the code."""

import logging
from collections.abc import Container
from functools import cache

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger(__name__)

Key = tuple[str, str]


def missing_migrations() -> list[str]:
    """Name the migrations that the code knows and the database lacks, such as "techs.0013_periodic_run".

    A schema that is newer than the code fits: a rolling update looks like that. Raises DatabaseError if the database
    is away.
    """
    applied = MigrationRecorder(connection).applied_migrations()
    missing = (key for key, migration in _known().items() if not _is_applied(key, migration, applied))
    return sorted(map(".".join, missing))


def stop_if_behind() -> None:
    """Raise SystemExit if migrations are missing. A database that is away may be no older, and will say so itself."""
    try:
        missing = missing_migrations()
    except (DatabaseError, InterfaceError) as error:
        logger.warning("The database does not say yet which migrations it has: %s", error)
        return
    finally:
        # Pool processes that are forked from this one must not share its connection.
        connection.close()
    if missing:
        raise SystemExit(
            f"Techlist does not start: the database schema is older than this version. Missing: {', '.join(missing)}.\n"
            "Run manage.py migrate first."
        )


def _is_applied(key: Key, migration: Migration, applied: Container[Key]) -> bool:
    """Squashed migrations also count as applied where all that they replace are."""
    return key in applied or (bool(migration.replaces) and all(each in applied for each in migration.replaces))


@cache
def _known() -> dict[Key, Migration]:
    """All migrations on disk, but for those that others replace."""
    known: dict[Key, Migration] = MigrationLoader(None).graph.nodes
    return known
