#!/usr/bin/env python3
"""Measure how many technologies of the examples are recognised in each format, for the table in docs/importing.md.

Usage: measure_formats.py FACTS [--docs | --expect]
FACTS is a saved copy of endoflife.date's /api/v1/products/full/. The examples and the products in them are part of the
tests: tests/imports/manifests/examples. --docs replaces the table in the documentation. --expect makes the products
found those expected; check the difference by hand.
"""

import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techlist.settings")

import django  # noqa: E402

django.setup()

from techs.assessment.assessor import Assessor  # noqa: E402
from techs.lifecycles import endoflife_date  # noqa: E402
from techs.rules.catalogue import ProductCatalogue  # noqa: E402
from tests.support.examples import EXAMPLES, PRODUCTS, compared, files, identified, products_in  # noqa: E402

PAGE = ROOT / "docs" / "importing.md"
TABLE = re.compile(r"(<!-- measured -->\n).*?(<!-- end -->)", re.DOTALL)
COLUMNS = ("files", "entries", "matched", "wrong", "missed")


def main(facts: Path, option: str) -> None:
    catalogue = ProductCatalogue.of(endoflife_date.read(facts.read_bytes()))
    assessor = Assessor(catalogue=catalogue, today=datetime.now(UTC).date())
    found: dict[str, dict[str, list[str]]] = {}
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path in files():
        manifest = identified(path, assessor)
        found[path] = products_in(manifest, assessor)
        counts[manifest.format.value] += compared(found[path], PRODUCTS.get(path, {}))
        counts[manifest.format.value] += Counter(files=1, entries=len(manifest.entries))
    table = "\n".join(_table(counts))
    if option == "--expect":
        (EXAMPLES / "products.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    elif option == "--docs":
        PAGE.write_text(TABLE.sub(lambda marks: f"{marks[1]}{table}\n{marks[2]}", PAGE.read_text()))
    else:
        sys.stdout.write(f"{table}\n")


def _table(counts: Mapping[str, Counter[str]]) -> Iterator[str]:
    yield f"| format | {' | '.join(COLUMNS)} |"
    yield f"|---|{'---:|' * len(COLUMNS)}"
    total = sum(counts.values(), Counter())
    for name, row in [*sorted(counts.items(), key=lambda item: item[0].casefold()), ("all", total)]:
        yield f"| {name} | {' | '.join(f'{row[column]:,}' for column in COLUMNS)} |"


if __name__ == "__main__":
    paths = [each for each in sys.argv[1:] if not each.startswith("--")]
    options = [each for each in sys.argv[1:] if each.startswith("--")]
    if len(paths) != 1 or not {*options} <= {"--docs", "--expect"}:
        sys.exit(__doc__)
    main(Path(paths[0]), next(iter(options), ""))
