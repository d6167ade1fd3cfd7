"""The dry run: print what the list would say, and store nothing."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from techs.assessment import dry_run
from techs.assessment.assessor import Assessor
from techs.lifecycles import endoflife_date, starter, store
from techs.lifecycles.store import ProductCatalogue
from techs.rules.levels import Impact, Level
from techs.rules.products import Facts

FORMATS = {"table": dry_run.table, "jsonl": dry_run.jsonl, "csv": dry_run.as_csv}
LEVELS = [level.value for level in Level]  # most urgent first
MOST_SKIPS = 20  # parts of --facts that could not be used, and are named
_FIRST_YEAR = 1970

# Exit status: 1 is the answer "yes, something is urgent", so that everything else must have another.
URGENT = 1
MISTAKE = 2
BROKEN_PIPE = 128 + 13  # as a program that the signal ends


class Command(BaseCommand):
    """See the module's docstring; the assessment is the worker's, the output is made in techs.assessment.dry_run."""

    help = (
        "Assess technologies, one a line, without storing anything. "
        "Blank lines and lines that begin with # are skipped. Exit status: 0, 1 for --fail-on, 2 for a mistake."
    )
    requires_system_checks = []  # they would need no database either, but time

    def add_arguments(self, parser: CommandParser) -> None:
        """Everything that the assessment depends on can be given."""
        parser.add_argument("texts", nargs="?", default="-", metavar="FILE", help="- is standard input, the default")
        parser.add_argument("--today", type=_day, metavar="DATE", help="assess for this day, such as 2026-11-22 (UTC)")
        parser.add_argument(
            "--facts",
            type=Path,
            metavar="FILE",
            help="take the facts from a saved /api/v1/products/full/ of endoflife.date, or a table (*.toml)",
        )
        parser.add_argument("--format", choices=FORMATS, default="table")
        parser.add_argument("--impact", choices=[impact.value for impact in Impact], default=Impact.NORMAL.value)
        parser.add_argument("--extended-support", action="store_true", help="assume that the team pays for it")
        parser.add_argument(
            "--fail-on",
            choices=LEVELS,
            help="exit with 1 if anything is as urgent as this or more, in the order " + ", ".join(LEVELS),
        )

    def handle(self, *, texts: str, fail_on: str | None, **options: Any) -> None:
        """Print one assessment a text. Ends the process with the exit status, unless that is 0."""
        assessor = Assessor(
            catalogue=self._catalogue(options["facts"]), today=options["today"] or datetime.now(UTC).date()
        )
        found: set[str] = set()

        def rows(stream: BinaryIO) -> Iterator[dry_run.Row]:
            for text in dry_run.texts(stream):
                row = dry_run.row(
                    text, assessor, impact=options["impact"], extended_support=options["extended_support"]
                )
                found.add(row["priority"])
                yield row

        with _opened(texts) as stream, _quiet_on_broken_pipe():
            for line in FORMATS[options["format"]](rows(stream)):
                self.stdout.write(line)
            self.stdout.flush()
        if fail_on and found & {*LEVELS[: LEVELS.index(fail_on) + 1]}:
            sys.exit(URGENT)

    def _catalogue(self, path: Path | None) -> ProductCatalogue:
        """The catalogue of a file, else the active one."""
        try:
            return ProductCatalogue.of(self._read(path)) if path else store.current()
        except DatabaseError as error:
            raise CommandError(f"The facts in the database cannot be read: {error}", returncode=MISTAKE) from error
        except (OSError, ValueError) as error:
            raise CommandError(f"--facts: {error}", returncode=MISTAKE) from error

    def _read(self, path: Path) -> Facts:
        """The facts of a file. What had to be left out goes to the standard error."""
        if path.suffix == ".toml":
            return starter.read_table(path)
        skips: list[endoflife_date.Skip] = []
        facts = endoflife_date.read(path.read_bytes(), skips=skips)
        for line in endoflife_date.describe(skips, most=MOST_SKIPS):
            self.stderr.write(line, self.style.WARNING)
        return facts


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-11-22") from error
    if day.year < _FIRST_YEAR:
        raise argparse.ArgumentTypeError(f"{text!r} is before {_FIRST_YEAR}")
    return day


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    with ExitStack() as stack:
        try:
            stream = sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror}", returncode=MISTAKE) from error
        yield stream


@contextmanager
def _quiet_on_broken_pipe() -> Iterator[None]:
    """Whoever reads our output may stop when they have seen enough, as `head` does."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character
    try:
        yield
    except BrokenPipeError:
        # Python flushes once more at its end; that must not fail a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(BROKEN_PIPE)
