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

from techs import dry_run, endoflife, lifecycles, starter
from techs.judgement import Judge
from techs.lifecycles import Knowledge
from techs.outages import outage_of
from techs.priority import Impact, Level

FORMATS = {"table": dry_run.table, "jsonl": dry_run.jsonl, "csv": dry_run.as_csv}
LEVELS = [level.value for level in Level]  # most urgent first
_FIRST_YEAR = 1970

# Exit status: 1 is the answer "yes, something is urgent", so that everything else must have another.
URGENT = 1
MISTAKE = 2
BROKEN_PIPE = 128 + 13  # as a program that the signal ends


class Command(BaseCommand):
    """See the module's docstring; the judgement is the worker's, the output is made in techs.dry_run."""

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
        judge = Judge(knowledge=_knowledge(options["facts"]), today=options["today"] or datetime.now(UTC).date())
        found: set[str] = set()

        def rows(stream: BinaryIO) -> Iterator[dry_run.Row]:
            for text in dry_run.texts(stream):
                row = dry_run.row(text, judge, impact=options["impact"], extended_support=options["extended_support"])
                found.add(row["priority"])
                yield row

        with _opened(texts) as stream, _quiet_on_broken_pipe():
            for line in FORMATS[options["format"]](rows(stream)):
                self.stdout.write(line)
            self.stdout.flush()
        if fail_on and found & {*LEVELS[: LEVELS.index(fail_on) + 1]}:
            sys.exit(URGENT)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-11-22") from error
    if day.year < _FIRST_YEAR:
        raise argparse.ArgumentTypeError(f"{text!r} is before {_FIRST_YEAR}")
    return day


def _knowledge(path: Path | None) -> Knowledge:
    """The facts of a file, else those in force."""
    try:
        if path is None:
            return lifecycles.current()
        facts = starter.read_table(path) if path.suffix == ".toml" else endoflife.read(path.read_bytes())
    except DatabaseError as error:
        outage = outage_of(error)
        reason = f"{outage.detail} ({error})" if outage else str(error)
        raise CommandError(f"The facts in the database cannot be read: {reason}", returncode=MISTAKE) from error
    except (OSError, ValueError) as error:
        raise CommandError(f"--facts: {error}", returncode=MISTAKE) from error
    return Knowledge.of(facts)


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
