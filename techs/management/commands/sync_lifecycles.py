"""Bring the lifecycle facts up to date, by hand or without a network."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from techs.inventory import invalidation
from techs.lifecycles import endoflife_date, sync
from techs.submissions import outbox


class Command(BaseCommand):
    """See the module's docstring; the work is in techs.lifecycles.sync."""

    help = "Fetch the lifecycle facts from TECHLIST_SYNC_URL, or read them from a file, and put them into force."

    def add_arguments(self, parser: CommandParser) -> None:
        """A file is for networks that let nothing out."""
        parser.add_argument("--file", type=Path, metavar="PATH", help="a saved copy of /api/v1/products/full/")
        parser.add_argument(
            "--force",
            action="store_true",
            help="accept another schema version, a document that lacks many known products, and one that is older",
        )

    def handle(self, *, file: Path | None, force: bool, **_options: Any) -> None:
        """Exit status 1, with the reason, if the facts had to stay as they are."""
        try:
            report = sync.run(file, force=force)
        except sync.SyncFailed as error:
            hint = " Add --force to load it anyway." if isinstance(error, sync.SyncRefused) else ""
            raise CommandError(f"The facts stay as they are: {error}{hint}") from error
        if report.concerns_list:
            outbox.publish_reassessment()
        invalidation.show_new_lifecycle_data()
        for line in (*report.lines(), *endoflife_date.describe(report.skips, most=sync.MOST_SKIPS)):
            self.stdout.write(line)
