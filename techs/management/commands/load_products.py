"""Put the team's own products into force from a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from techs.lifecycles import starter, store
from techs.submissions import outbox


class Command(BaseCommand):
    """`manage.py load_products FILE`: the local products become those of the file, and the list is assessed again."""

    help = (
        "Replace the local products by those of a TOML or JSON file (the form of techs/data/starter.toml). "
        "A local product wins over a public one with the same slug."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Load it whole or not at all."""
        try:
            facts = starter.read_table(file)
        except (OSError, ValueError) as error:
            raise CommandError(f"Nothing was loaded. {error}") from error
        load = store.replace_local(facts)
        outbox.publish_reassessment()
        self.stdout.write(f"{load.products} local products with {load.releases} release lines are in force.")
