"""Workflow commands, which GitHub Actions shows as annotations of the lines concerned."""

from collections.abc import Iterator

from techlist.cli.formats.severity import Severity, severity
from techlist.cli.formats.table import summary, why
from techlist.cli.report import Report, Row

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_IN_MESSAGES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = _IN_MESSAGES | str.maketrans({":": "%3A", ",": "%2C"})


def render(report: Report) -> Iterator[str]:
    for row in report.rows:
        # Of a push, those that it adds or that fail the policy: a review is about the difference.
        if row.get("is_new") is False and not (report.has_policy and report.is_failure(row)):
            continue
        if found := severity(row, report):
            yield _command(_COMMANDS[found], why(row), **_place(row), title=f"{row['text']}: {row['priority']}")
    for problem in report.notes:
        place = {"file": problem.file} | ({"line": str(problem.line)} if problem.line else {})
        yield _command("warning", problem.text, **place, title="Cannot read this")
    # A line that begins with two colons would be a command.
    yield summary(report)


def _place(row: Row) -> dict[str, str]:
    if not row.get("file"):
        return {}
    return {"file": row["file"], "line": str(row["line"])} if row["line"] else {"file": row["file"]}


def _command(name: str, message: str, **properties: str) -> str:
    written = ",".join(f"{key}={value.translate(_IN_PROPERTIES)}" for key, value in properties.items())
    return f"::{name} {written}::{message.translate(_IN_MESSAGES)}"
