"""Update the lifecycle data on demand, or from a file without network access."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from techs.inventory import invalidation
from techs.lifecycles import endoflife_date, sync
from techs.management.writing import WritingCommand
from techs.submissions import outbox


class Command(WritingCommand):
    """Run techs.lifecycles.sync and print its report."""

    help = "Update the lifecycle data from TECHLIST_SYNC_URL, or from a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, metavar="PATH", help="a saved copy of /api/v1/products/full/")
        parser.add_argument(
            "--force",
            action="store_true",
            help="accept a document that has another schema version, lacks many known products, or is older",
        )

    def handle(self, *, file: Path | None, force: bool, **_options: Any) -> None:
        try:
            report = sync.run(file, force=force)
        except sync.SyncFailed as error:
            hint = " Add --force to load it anyway." if isinstance(error, sync.SyncRefused) else ""
            raise CommandError(f"The lifecycle data was not updated: {error}{hint}") from error
        if report.concerns_list:
            outbox.publish_reassessment()
        invalidation.show_new_lifecycle_data()
        for line in (*report.lines(), *endoflife_date.describe(report.skips, most=sync.MOST_SKIPS)):
            self.stdout.write(line)
