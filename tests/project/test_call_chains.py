"""scripts/call_chains.py: a request or task leads through fewer file switches than in 0.3.0."""

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


def file_switches(table: str) -> dict[str, tuple[int, int]]:
    rows = [line.rsplit(maxsplit=6) for line in table.splitlines()[2:]]
    return {path: (int(short), int(long)) for path, _, _, short, long, _, _ in rows}


@pytest.mark.slow
def test_every_chain_is_shorter_than_before() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True)
    now = file_switches(done.stdout)
    assert now.keys() == BEFORE.keys()
    for path, (short, long) in now.items():
        assert (short < BEFORE[path][0], long < BEFORE[path][1]) == (True, True), f"{path}: {short} and {long}"
