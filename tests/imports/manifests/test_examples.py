"""Realistic files of every format: which technologies are read, from which line, and which rows are skipped."""

import json
from pathlib import Path

import pytest

from techs.imports.manifests import read
from tests.support.examples import EXAMPLES, EXPECTED, files


@pytest.mark.parametrize("path", files())
def test_a_realistic_file_is_read(path: str) -> None:
    manifest = read(path, (EXAMPLES / path).read_bytes())
    assert {
        "format": manifest.format.value,
        "entries": [f"{entry.line}: {entry.text}" for entry in manifest.entries],
        "skipped": [f"{row.line}: {row.why}" for row in manifest.skipped],
    } == EXPECTED[path]


def test_every_expectation_has_a_file() -> None:
    assert sorted(EXPECTED) == files()


def test_the_expectations_are_in_order() -> None:
    """So that a change of one file changes one place."""
    text = Path(EXAMPLES / "expected.json").read_text()
    assert text == json.dumps(EXPECTED, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
