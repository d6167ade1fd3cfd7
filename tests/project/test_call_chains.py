"""scripts/call_chains.py: a request or task leads through no more file switches than in 0.3.0, and what was added."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "call_chains.py"
# File switches counted by the same script in 0.3.0, with lists of 1 and of 40 technologies.
BEFORE = {
    "POST": (16, 16),
    "POST /create": (15, 15),
    "task": (40, 40),
    "GET miss": (25, 142),
    "GET hit": (17, 17),
    "page GET": (120, 1341),
    "page GET, cached": (116, 1337),
    "import": (43, 355),
}
# What each request or task does since then: two more layers answer quickly to programs, the neighbours of a submission
# are looked for, and its technology is indexed for searches, counted, and recorded for the activity, all by statements
# for many rows. A page that is not cached is found in indexes before its rows are read. The list page also shows an
# outlook with accepted risks, a trend, saved views and the numbers of its filters. The parts of a page share the token
# and the numbers by level, and new rows are made without the constructor of their model. Pages in the cache are counted
# for the metrics.
ADDED = {"POST": 3, "POST /create": 3, "task": 13, "GET miss": 13, "page GET": 200}


def file_switches(table: str) -> dict[str, tuple[int, int]]:
    rows = [line.rsplit(maxsplit=6) for line in table.splitlines()[2:]]
    return {path: (int(short), int(long)) for path, _, _, short, long, _, _ in rows}


@pytest.mark.slow
def test_every_chain_is_shorter_than_before() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True)
    now = file_switches(done.stdout)
    assert now.keys() == BEFORE.keys()
    for path, (short, long) in now.items():
        most, most_of_long = (before + ADDED.get(path, 0) for before in BEFORE[path])
        assert (short < most, long < most_of_long) == (True, True), f"{path}: {short} and {long}"
