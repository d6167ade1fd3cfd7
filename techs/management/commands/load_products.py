"""Load the team's own products from a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from techs.lifecycles import starter, store
from techs.management.writing import WritingCommand
from techs.submissions import outbox


class Command(WritingCommand):
    """Replace the local products and reassess the list."""

    help = (
        "Replace the local products with those in a TOML or JSON file in the format of techs/data/starter.toml. "
        "A local product takes precedence over a public one with the same slug."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            facts = starter.read_table(file)
        except (OSError, ValueError) as error:
            raise CommandError(f"Nothing was loaded. {error}") from error
        load = store.replace_local(facts)
        outbox.publish_reassessment()
        self.stdout.write(f"Local products loaded: {load.products}, with {load.releases} releases.")
