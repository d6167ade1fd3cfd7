"""The dry run: print assessments without storing anything."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from techs.assessment.assessor import Assessor
from techs.imports import dry_run
from techs.imports.identification import identify
from techs.imports.manifests import MAX_BYTES, Entry, Format, ManifestError, Skipped, read
from techs.imports.manifests.content import decode
from techs.imports.manifests.types import printable
from techs.lifecycles import endoflife_date, starter, store
from techs.outages import outage_of
from techs.rules import arguments
from techs.rules.attributes import TechAttributes
from techs.rules.catalogue import ProductCatalogue
from techs.rules.kinds import Kind
from techs.rules.levels import Impact, Level
from techs.rules.products import Facts

TABLE = "table"
FORMATS = {TABLE: dry_run.table, "jsonl": dry_run.jsonl, "csv": dry_run.as_csv}
LEVELS = [level.value for level in Level]  # most urgent first
MOST_SKIPS = 20  # unusable parts of a --facts file that are reported

# Exit status 1 means that something is urgent, so errors need another status.
URGENT = 1
MISTAKE = 2
BROKEN_PIPE = 128 + 13  # as for a program that SIGPIPE ends

STANDARD_INPUT = "-"


class Command(BaseCommand):
    """Assess as a worker would, and print the result with techs.imports.dry_run."""

    help = (
        "Assess technologies without storing anything. The format of a FILE is detected as in imports, by name or "
        "content. Standard input is always read as plain lines. Each plain line becomes one row, in order and "
        "including repeats; blank lines and comments (#) are skipped. Lines of a file in which no technology is found "
        "are reported on standard error. A table leaves libraries without lifecycle data out, and counts them there. "
        "Exit status: 0 on success; 1 if --fail-on found something; 2 if a file or option is invalid, or if --fail-on "
        "found nothing but some lines could not be read."
    )
    requires_system_checks = []  # skipped because they take time

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "files", nargs="*", metavar="FILE", help="files to assess; - is standard input, the default"
        )
        parser.add_argument(
            "--today", type=arguments.day, metavar="DATE", help="assess for this day, such as 2026-11-22 (UTC)"
        )
        parser.add_argument(
            "--facts",
            type=Path,
            metavar="FILE",
            help="use lifecycle data from a saved copy of endoflife.date/api/v1/products/full/ or a table (*.toml)",
        )
        parser.add_argument("--format", choices=FORMATS, default=TABLE)
        parser.add_argument("--impact", choices=[impact.value for impact in Impact], default=Impact.NORMAL.value)
        parser.add_argument("--extended-support", action="store_true", help="assume paid extended support")
        parser.add_argument(
            "--fail-on",
            choices=LEVELS,
            help="exit with status 1 if anything has this level or a more urgent one, in this order: "
            + ", ".join(LEVELS),
        )

    def handle(self, *, files: list[str], fail_on: str | None, **options: Any) -> None:
        """Print one assessment per technology. Exits the process if the exit status is not 0."""
        assessor = Assessor(
            catalogue=self._catalogue(options["facts"]), today=options["today"] or datetime.now(UTC).date()
        )
        general = TechAttributes(impact=options["impact"], extended_support=options["extended_support"])
        given = [(name, _found(name, assessor)) for name in files or [STANDARD_INPUT]]
        with_places = any(name != STANDARD_INPUT for name, _ in given)
        levels: set[str] = set()
        unread: list[Skipped] = []
        hidden: list[dry_run.Row] = []

        def rows() -> Iterator[dry_run.Row]:
            for name, found in given:
                for entry in self._report(name, found, unread):
                    row = dry_run.row(entry, assessor, general)
                    if row["kind"] == Kind.TRACKED:
                        levels.add(row["priority"])
                    yield {**row, **dry_run.place(entry, name)} if with_places else row

        shown = _without_libraries(rows(), hidden) if options["format"] == TABLE else rows()
        with _quiet_on_broken_pipe():
            for line in FORMATS[options["format"]](shown, with_places=with_places):
                self.stdout.write(line)
            self.stdout.flush()
        for line in _left_out(len(hidden)):
            self.stderr.write(line, style_func=str)
        if fail_on:
            _end(is_urgent=bool(levels & {*LEVELS[: LEVELS.index(fail_on) + 1]}), unread=len(unread))

    def _report(self, name: str, found: Iterable[Entry | Skipped], unread: list[Skipped]) -> Iterator[Entry]:
        """Report skipped lines on standard error, and collect the unreadable ones in unread."""
        for row in found:
            if isinstance(row, Entry):
                yield row
                continue
            self.stderr.write(f"{printable(name)}, line {row.line}: {row.why} {row.source}", style_func=str)
            if row.is_unread:
                unread.append(row)

    def _catalogue(self, path: Path | None) -> ProductCatalogue:
        try:
            return ProductCatalogue.of(self._facts(path)) if path else store.current()
        except DatabaseError as error:
            outage = outage_of(error)
            reason = f"{outage.detail} ({error})" if outage else str(error)
            raise CommandError(f"Cannot read lifecycle data from the database: {reason}", returncode=MISTAKE) from error
        except (OSError, ValueError) as error:
            raise CommandError(f"--facts: {error}", returncode=MISTAKE) from error

    def _facts(self, path: Path) -> Facts:
        if path.suffix == ".toml":
            return starter.read_table(path)
        skips: list[endoflife_date.Skip] = []
        facts = endoflife_date.read(path.read_bytes(), skips=skips)
        for line in endoflife_date.describe(skips, most=MOST_SKIPS):
            self.stderr.write(line, self.style.WARNING)
        return facts


def _found(name: str, assessor: Assessor) -> Iterable[Entry | Skipped]:
    if name == STANDARD_INPUT:
        return dry_run.plain_lines(dry_run.decoded(sys.stdin.buffer))
    try:
        return _read(name, assessor)
    except OSError as error:
        raise CommandError(f"Cannot read {printable(name)}: {error.strerror}", returncode=MISTAKE) from error
    except ManifestError as error:
        raise CommandError(f"{printable(name)}: {error}", returncode=MISTAKE) from error


def _read(name: str, assessor: Assessor) -> Iterable[Entry | Skipped]:
    """Read a file as an import would. Raises OSError or ManifestError."""
    with Path(name).open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ManifestError(f"The file is larger than {MAX_BYTES:,} bytes. Split it.")
    manifest = identify(read(name, content), assessor)
    if not manifest.entries:
        raise ManifestError(" ".join(manifest.why_empty))
    if manifest.format is Format.LINES:  # imports drop repeated lines, but the dry run assesses them
        return dry_run.plain_lines(decode(content).split("\n"))
    return (*manifest.entries, *manifest.skipped)


def _end(*, is_urgent: bool, unread: int) -> None:
    # A CI check must not pass if some lines could not be read.
    if is_urgent:
        sys.exit(URGENT)
    if unread:
        count = "1 line" if unread == 1 else f"{unread:,} lines"
        raise CommandError(f"Found nothing urgent, but {count} could not be read (see above).", returncode=MISTAKE)


def _without_libraries(rows: Iterable[dry_run.Row], hidden: list[dry_run.Row]) -> Iterator[dry_run.Row]:
    """Yield the tracked technologies, and collect the libraries in hidden."""
    for row in rows:
        if row["kind"] == Kind.TRACKED:
            yield row
        else:
            hidden.append(row)


def _left_out(libraries: int) -> Iterator[str]:
    if libraries:
        count = "1 library" if libraries == 1 else f"{libraries:,} libraries"
        yield f"Left out: {count} without lifecycle data. --format jsonl or csv prints them."


@contextmanager
def _quiet_on_broken_pipe() -> Iterator[None]:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # for terminals that cannot show every character
    try:
        yield
    except BrokenPipeError:
        # The reader stopped early, as `head` does. Python's flush at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(BROKEN_PIPE)
