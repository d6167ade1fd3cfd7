"""manage.py migrate: Django's, except that it may be killed at any moment, and run again."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from techlist.migrating import Progress, migrating


class Command(migrate.Command):
    """Migrates while no other process does, without a limit for the time of a statement."""

    _note: Progress

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate. Questions about the plan change nothing, and wait for nobody."""
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        with migrating(connections[options["database"]]) as self._note:
            super().handle(*args, **options)

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:  # noqa: FBT001, FBT002  Django's own
        """Show progress, and have it noted."""
        self._note(action, migration)
        super().migration_progress_callback(action, migration, fake)
