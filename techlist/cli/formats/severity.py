"""How loudly annotations report a technology."""

from enum import StrEnum

from techlist.cli.report import Report, Row
from techs.rules.kinds import Kind
from techs.rules.levels import Level


class Severity(StrEnum):
    """Severities by the names that SARIF uses."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


def severity(row: Row, report: Report) -> Severity | None:
    """Return the severity of a technology, or None if there is nothing to report."""
    if report.is_failure(row):
        return Severity.ERROR
    if row["kind"] != Kind.TRACKED or row["priority"] == Level.LOW:
        return None
    return Severity.NOTE if row["priority"] == Level.UNKNOWN else Severity.WARNING
