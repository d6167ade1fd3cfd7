"""`techlist check`: assess technologies by name."""

import sys
from argparse import Namespace
from collections.abc import Iterator

from techlist.cli import lifecycle_data, output
from techlist.cli.arguments import STANDARD_INPUT
from techlist.cli.outcomes import Mistake, Status
from techlist.cli.report import Report, worst_first
from techs.imports import dry_run
from techs.imports.manifests.types import Entry, Skipped, why_refused
from techs.rules.attributes import NO_ATTRIBUTES, InvalidAttribute, clean_name


def run(options: Namespace) -> Status:
    entries = [entry for text in options.texts for entry in _entries(text)]
    assessor = lifecycle_data.assessor(options)
    report = Report(
        rows=worst_first(dry_run.row(entry, assessor, NO_ATTRIBUTES) for entry in entries),
        today=assessor.today,
        as_of=assessor.catalogue.facts.as_of,
        fail_on=options.fail_on,
    )
    return output.finish(report, options.format)


def _entries(text: str) -> Iterator[Entry]:
    """Yield the technology of an argument, or those on standard input. Raises Mistake for one that is invalid."""
    if text != STANDARD_INPUT:
        yield _entry(text)
        return
    for row in dry_run.plain_lines(dry_run.decoded(sys.stdin.buffer)):
        if isinstance(row, Skipped):
            raise Mistake(f"Line {row.line}: {row.why}")
        yield row


def _entry(text: str) -> Entry:
    try:
        return Entry(1, clean_name(" ".join(text.split())), text)
    except InvalidAttribute as error:
        raise Mistake(f"{text!r}: {why_refused(error)}") from error
