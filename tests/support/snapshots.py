"""Saved copies of endoflife.date's whole document, which are not part of the project.

TECHLIST_FACTS_FILE names one; others may lie beside it.
"""

import os
from functools import cache
from pathlib import Path

import pytest

from techs.lifecycles import endoflife_date
from techs.rules.products import Facts

SNAPSHOTS = ("products-full-2025-08-22.json", "products-full.json")

_FOLDER = Path(os.environ.get("TECHLIST_FACTS_FILE", "/nowhere")).parent


def snapshot(name: str) -> Facts:
    """The facts of a saved copy. Skips the test where there is none."""
    if not (_FOLDER / name).exists():
        pytest.skip(f"TECHLIST_FACTS_FILE names no file beside which there is {name}")
    return _read(name)


@cache
def _read(name: str) -> Facts:
    return endoflife_date.read((_FOLDER / name).read_bytes())
