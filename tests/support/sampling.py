"""Run a part of the tests, chosen by a seed: TECHLIST_TEST_SAMPLE=3 runs a third, and TECHLIST_TEST_SEED says which.

The parts do not overlap, and together they are all tests.
"""

import os
from zlib import crc32

import pytest


class Sample:
    """One of several parts of the tests. The seed is a hexadecimal number, such as a commit."""

    def __init__(self, *, parts: int, seed: str) -> None:
        if parts < 1:
            message = f"TECHLIST_TEST_SAMPLE must be 1 or more, not {parts}."
            raise ValueError(message)
        self.parts = parts
        self.part = int(seed, 16) % parts

    @classmethod
    def from_environment(cls) -> "Sample":
        return cls(
            parts=int(os.environ.get("TECHLIST_TEST_SAMPLE", "1")), seed=os.environ.get("TECHLIST_TEST_SEED", "0")
        )

    def __contains__(self, test: str) -> bool:
        """Return whether the sample holds the test with this node id."""
        return crc32(test.encode()) % self.parts == self.part

    def __str__(self) -> str:
        return f"sample: part {self.part + 1} of {self.parts}"


def pytest_report_header() -> str | None:
    sample = Sample.from_environment()
    return str(sample) if sample.parts > 1 else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    sample = Sample.from_environment()
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in sample])
    items[:] = [item for item in items if item.nodeid in sample]
