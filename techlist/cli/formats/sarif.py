"""SARIF 2.1.0, for code scanning. A technology with nothing to do is no result."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from techlist import __version__
from techlist.cli.formats.severity import severity
from techlist.cli.formats.table import why
from techlist.cli.report import Problem, Report, Row

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_DESCRIPTIONS = {
    "ADDED": "The technology was added.",
    "ALL_EOL": "Support of every possible release has ended.",
    "AMBIGUOUS_NAME": "The name can mean several products.",
    "BEHIND": "There are newer releases.",
    "BETWEEN_RELEASES": "The version is between two known releases.",
    "EOAS_LONG": "Active support ended long ago.",
    "EOAS_PAST": "Active support has ended.",
    "EOL_EXTENDED": "Support has ended, except extended support.",
    "EOL_FAR": "Support ends in the next years.",
    "EOL_JUST_PAST": "Support has just ended.",
    "EOL_MID": "Support ends within a year.",
    "EOL_NEAR": "Support ends soon.",
    "EOL_NO_DATE": "Support has ended.",
    "EOL_PAST": "Support has ended.",
    "NO_END_DATE": "No end of support is known.",
    "NO_MATCH": "The product is unknown.",
    "NO_RELEASE": "The product has no known releases.",
    "OLDER_THAN_DATA": "The version is older than all known releases.",
    "PATCH_BEHIND": "A patch release is missing.",
    "RANGE": "A range of versions is allowed.",
    "RANGE_FLOOR": "A range of versions allows a release whose support has ended.",
    "RELEASE_UNKNOWN": "The version is unknown.",
    "SEVERAL_MEANINGS": "The name has several meanings, of which the worst counts.",
    "STALE_FACTS": "The lifecycle data is old.",
    "VENDOR": "The name is that of a vendor.",
    "VERSION_ASSUMED": "The version is missing; the newest one is assumed.",
    "VERSION_MISSING": "The version is missing.",
}

# The root of the repository, for those who read the report.
_ROOT = "%SRCROOT%"


def render(report: Report) -> Iterator[str]:
    found = [(row, level) for row in report.rows if (level := severity(row, report))]
    rules = sorted({_code(row) for row, _ in found})
    run = {
        "tool": {"driver": {"name": "Techlist", "version": __version__, "rules": [_rule(code) for code in rules]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [_result(row, level, rules) for row, level in found],
    }
    yield json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str) -> dict[str, Any]:
    name = code.title().replace("_", "")
    return {"id": code, "name": name, "shortDescription": {"text": _DESCRIPTIONS.get(code, f"{name}.")}}


def _result(row: Row, level: str, rules: Sequence[str]) -> dict[str, Any]:
    code = _code(row)
    result: dict[str, Any] = {
        "ruleId": code,
        "ruleIndex": rules.index(code),
        "level": level,
        "message": {"text": f"{row['text']} is {row['priority']}. {why(row)}"},
        "partialFingerprints": {"technology/v1": _fingerprint(row)},
        "properties": {
            key: row[key] for key in ("text", "product", "release", "priority", "score", "action", "end_of_life")
        },
    }
    return result | ({"locations": [_location(row["file"], row["line"])]} if row.get("file") else {})


def _location(file: str, line: int | None) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(file, errors="replace"), "uriBaseId": _ROOT}}
    return {"physicalLocation": place | ({"region": {"startLine": line}} if line else {})}


def _invocation(report: Report) -> dict[str, Any]:
    problems = [_notification(problem) for problem in report.notes]
    return {"executionSuccessful": not report.problems} | ({"toolExecutionNotifications": problems} if problems else {})


def _notification(problem: Problem) -> dict[str, Any]:
    notification: dict[str, Any] = {"level": "warning", "message": {"text": problem.text}}
    return notification | ({"locations": [_location(problem.file, problem.line)]} if problem.file else {})


def _code(row: Row) -> str:
    return str(row["reasons"][0]["code"])


def _fingerprint(row: Row) -> str:
    """Identify a finding while its line moves and the day passes."""
    parts = (row.get("file", ""), row["text"].casefold(), _code(row))
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:32]
