"""Realistic files of every format, written from the formats' documentation, with the technologies in them."""

import json
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parent.parent / "imports" / "manifests" / "examples"
EXPECTED: dict[str, Any] = json.loads((EXAMPLES / "expected.json").read_text())


def files() -> list[str]:
    """Paths of the examples, as in a repository."""
    found = (path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*") if path.is_file())
    return sorted(path for path in found if path != "expected.json")
