#!/usr/bin/env python3
"""Write the table of metrics in docs/operations.md, or in the FILE given, from techlist/metrics/catalogue.py."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "operations.md"
BEGIN, END = "<!-- Written by scripts/metrics_table.py. -->\n", "<!-- The end of that table. -->\n"
sys.path.insert(0, str(ROOT))
from techlist.metrics.catalogue import METRICS, Metric  # noqa: E402


def table() -> str:
    """Return the table."""
    return "| metric | type | labels | meaning |\n|---|---|---|---|\n" + "".join(map(_row, METRICS.values()))


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "none"
    return f"| `{metric.name}` | {metric.kind.shown} | {labels} | {metric.about.removesuffix('.')} |\n"


def with_table(page: str) -> str:
    """Return the page with the present table."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    file = Path(sys.argv[1]) if sys.argv[1:] else PAGE
    file.write_text(with_table(file.read_text()))
