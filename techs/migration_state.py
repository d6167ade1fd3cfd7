"""Compare the database schema with the code."""

import logging
import pkgutil
from collections.abc import Container, Iterator
from functools import cache
from importlib.util import find_spec

from django.apps import apps
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger(__name__)

Key = tuple[str, str]


def missing_migrations() -> list[str]:
    """List the migrations that are not applied to the database, such as "techs.0013_periodic_run".

    A schema newer than the code is fine, as in a rolling update. Raises DatabaseError if the database is unreachable.
    """
    applied = MigrationRecorder(connection).applied_migrations()
    if applied.keys() >= _files():
        return []
    missing = (key for key, migration in _known().items() if not _is_applied(key, migration, applied))
    return sorted(map(".".join, missing))


def stop_if_behind() -> None:
    """Raise SystemExit if migrations are missing. If the database is unreachable, only log a warning."""
    try:
        missing = missing_migrations()
    except (DatabaseError, InterfaceError) as error:
        logger.warning("Cannot check the migrations of the database yet: %s", error)
        return
    finally:
        # Forked pool processes must not share this connection.
        connection.close()
    if missing:
        raise SystemExit(
            f"Cannot start: the database schema is older than this version. Missing migrations: {', '.join(missing)}.\n"
            "Run manage.py migrate first."
        )


def _is_applied(key: Key, migration: Migration, applied: Container[Key]) -> bool:
    # A squashed migration counts as applied if all the migrations that it replaces are applied.
    return key in applied or (bool(migration.replaces) and all(each in applied for each in migration.replaces))


@cache
def _files() -> frozenset[Key]:
    """Return the names of all migrations. Importing them would take as long as the rest of a process's start."""
    return frozenset((app.label, name) for app in apps.get_app_configs() for name in _names(app.label))


def _names(label: str) -> Iterator[str]:
    module, _ = MigrationLoader.migrations_module(label)
    spec = find_spec(module) if module else None
    paths = spec.submodule_search_locations if spec else None
    return (name for _, name, is_package in pkgutil.iter_modules(paths or []) if not is_package and name[0] not in "_~")


@cache
def _known() -> dict[Key, Migration]:
    known: dict[Key, Migration] = MigrationLoader(None).graph.nodes
    return known
