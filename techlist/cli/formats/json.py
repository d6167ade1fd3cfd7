"""JSON: every technology, libraries included, with the keys of `manage.py assess --format jsonl`."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from techlist import __version__
from techlist.cli.report import Report
from techs.rules.priority import RULE_VERSION


def render(report: Report) -> Iterator[str]:
    document: dict[str, Any] = {
        "techlist": __version__,
        "rule_version": RULE_VERSION,
        "assessed_on": report.today.isoformat(),
        "facts_as_of": report.as_of.isoformat() if report.as_of else None,
        "count": len(report.rows),
        "data": [dict(row) for row in report.rows],
        "problems": [asdict(problem) for problem in report.notes],
    }
    if report.service:
        document |= {"service": report.service, "uploads": [asdict(upload) for upload in report.uploads]}
    # json.dumps() escapes all characters that some encoding of a terminal lacks.
    yield json.dumps(document, indent=2)
