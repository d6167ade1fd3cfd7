"""Print a report: the result on standard output, everything that went wrong on standard error."""

import sys
from importlib import import_module

from techlist.cli.outcomes import Status
from techlist.cli.report import Report
from techlist.cli.terminal import say


def finish(report: Report, format_: str) -> Status:
    """Print a report in one of the formats, and return the exit status."""
    for line in import_module(f"techlist.cli.formats.{format_}").render(report):
        sys.stdout.write(f"{line}\n")
    for problem in report.notes:
        say(str(problem))
    if report.status is Status.MISTAKE:
        say(_incomplete(report))
    return report.status


def _incomplete(report: Report) -> str:
    files, lines = len(report.problems), len(report.lines)
    counts = [
        *([f"{files:,} file{'s' * (files > 1)}"] if files else []),
        *([f"{lines:,} line{'s' * (lines > 1)}"] if lines else []),
    ]
    return f"The result is incomplete: {' and '.join(counts)} could not be read (see above). --exclude skips files."
