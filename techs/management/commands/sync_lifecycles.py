"""Bring the lifecycle facts up to date, by hand or without a network."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from techs.lifecycles import sync
from techs.submissions import outbox


class Command(BaseCommand):
    """See the module's docstring; the work is in techs.lifecycles.sync."""

    help = "Fetch the lifecycle facts from TECHLIST_SYNC_URL, or read them from a file, and put them into force."

    def add_arguments(self, parser: CommandParser) -> None:
        """A file is for networks that let nothing out."""
        parser.add_argument("--file", type=Path, metavar="PATH", help="a saved copy of /api/v1/products/full/")

    def handle(self, *, file: Path | None, **_options: Any) -> None:
        """Exit status 1, with the reason, if the facts had to stay as they are."""
        try:
            report = sync.run(file)
        except sync.SyncFailed as error:
            raise CommandError(f"The facts stay as they are: {error}") from error
        if report.has_changed:
            outbox.publish_reassessment()
        for line in report.lines():
            self.stdout.write(line)
