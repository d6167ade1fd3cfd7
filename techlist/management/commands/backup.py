"""Back up the SQLite database while Techlist is running."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection


class Command(BaseCommand):
    """Copies the database as it is at one moment. Nobody waits for it, since readers of SQLite block no writer."""

    help = "Copy the SQLite database to FILE while Techlist is running. For MySQL and MariaDB, use their own tools."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="a new file")

    def handle(self, *, file: Path, **_options: Any) -> None:
        if connection.vendor != "sqlite":
            raise CommandError("Use mariadb-dump or mysqldump. See docs/backup.md.")
        if file.exists():
            raise CommandError(f"{file} exists. Name a new file.")
        # A killed copy must not look like a whole one.
        part = file.with_name(f"{file.name}.part")
        try:
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            _copy(Path(str(connection.settings_dict["NAME"])), part)
            part.replace(file)
        except (OSError, sqlite3.Error) as error:
            raise CommandError(f"The database could not be copied to {file}: {error}") from error
        self.stdout.write(f"{file}: {file.stat().st_size:,} bytes")


def _copy(database: Path, file: Path) -> None:
    if not database.exists():
        raise FileNotFoundError(f"{database} does not exist")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(file)) as target:
        source.backup(target)
        # One file, without a log beside it.
        target.execute("PRAGMA journal_mode = DELETE")
        [(problem,)] = target.execute("PRAGMA quick_check(1)").fetchall()
    if problem != "ok":
        raise sqlite3.DatabaseError(f"the copy is damaged: {problem}")
    with file.open("rb") as written:
        os.fsync(written.fileno())
