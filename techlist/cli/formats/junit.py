"""JUnit: a test suite per file, with a test case per technology. Those that fail the policy are failures."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from techlist.cli.formats.table import why
from techlist.cli.report import Problem, Report, Row

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_FILE = "techlist"


def render(report: Report) -> Iterator[str]:
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for row in report.tracked:
        rows[row.get("file") or _NO_FILE].append(row)
    problems: defaultdict[str, list[Problem]] = defaultdict(list)
    for problem in (*report.problems, *report.lines):
        problems[problem.file or _NO_FILE].append(problem)
    root = Element("testsuites")
    for number, file in enumerate(sorted(rows.keys() | problems.keys())):
        suite = _add_suite(root, file, number, tests=len(rows[file]) + len(problems[file]))
        _fill(suite, file, rows[file], report)
        for problem in problems[file]:
            _add_details(_add_case(suite, file, "unreadable", problem.line), "error", "unreadable", problem.text)
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("errors", str(len(suite.findall("testcase/error"))))
        SubElement(suite, "system-out")
        SubElement(suite, "system-err")
    indent(root)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield tostring(root, encoding="unicode")


def _add_suite(root: Element, file: str, number: int, *, tests: int) -> Element:
    attributes = {
        "name": file,
        "package": file,
        "id": number,
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "hostname": "localhost",
        "tests": tests,
        "time": 0,
    }
    suite = SubElement(root, "testsuite", {key: _xml(value) for key, value in attributes.items()})
    SubElement(suite, "properties")  # the schema of Ant requires it, and the empty elements at the end
    return suite


def _fill(suite: Element, file: str, rows: Sequence[Row], report: Report) -> None:
    for row in rows:
        case = _add_case(suite, file, row["text"], row.get("line"))
        if report.is_failure(row):
            _add_details(case, "failure", row["priority"], why(row))


def _add_case(suite: Element, file: str, name: str, line: int | None) -> Element:
    shown = f"{name} (line {line})" if line else name
    return SubElement(suite, "testcase", {"name": _xml(shown), "classname": _xml(file), "time": "0"})


def _add_details(case: Element, tag: str, kind: str, text: str) -> None:
    details = SubElement(case, tag, {"type": kind, "message": _xml(text)})
    details.text = _xml(text)


def _xml(value: object) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", str(value))
