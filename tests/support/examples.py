"""Realistic files of every format, written from the formats' documentation, with the technologies in them."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from techs.assessment.assessor import Assessor
from techs.imports.identification import identify
from techs.imports.manifests import Manifest, read
from techs.rules.kinds import Kind

EXAMPLES = Path(__file__).parent.parent / "imports" / "manifests" / "examples"
EXPECTED: dict[str, Any] = json.loads((EXAMPLES / "expected.json").read_text())
PRODUCTS: dict[str, dict[str, list[str]]] = json.loads((EXAMPLES / "products.json").read_text())


def files() -> list[str]:
    """Paths of the examples, as in a repository."""
    found = (path.relative_to(EXAMPLES) for path in EXAMPLES.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if len(path.parts) > 1)


def identified(path: str, assessor: Assessor) -> Manifest:
    return identify(read(path, (EXAMPLES / path).read_bytes()), assessor)


def products_in(manifest: Manifest, assessor: Assessor) -> dict[str, list[str]]:
    """Map lines to the slugs of the products found on them."""
    products: defaultdict[str, list[str]] = defaultdict(list)
    for entry in manifest.entries:
        product = None if entry.kind is Kind.LIBRARY else assessor.catalogue.find(entry.text).product
        if product:
            products[str(entry.line)].append(product.slug)
    return {line: sorted(slugs) for line, slugs in products.items()}


def compared(found: dict[str, list[str]], expected: dict[str, list[str]]) -> Counter[str]:
    """Count the products that are found, wrong and missed."""
    counts: Counter[str] = Counter()
    for line in found.keys() | expected.keys():
        given, wanted = Counter(found.get(line, ())), Counter(expected.get(line, ()))
        counts += Counter(
            matched=(given & wanted).total(), wrong=(given - wanted).total(), missed=(wanted - given).total()
        )
    return counts
