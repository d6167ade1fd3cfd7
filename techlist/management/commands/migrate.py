"""Django's migrate, safe to kill at any moment and to rerun."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from techlist.migrating import Progress, migrating


class Command(migrate.Command):
    """Migrates in one process at a time and without statement timeouts."""

    _note: Progress

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate. With --plan or --check, change nothing and take no lock."""
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        with migrating(connections[options["database"]]) as self._note:
            super().handle(*args, **options)

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:  # noqa: FBT001, FBT002  Django's own
        self._note(action, migration)
        super().migration_progress_callback(action, migration, fake)
