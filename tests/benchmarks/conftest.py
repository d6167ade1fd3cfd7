"""The table of all benchmarks that ran, printed last."""

import os

import pytest

from tests.benchmarks.figures import Figures

FIGURES = Figures()
QUICK = bool(os.environ.get("QUICK"))


@pytest.fixture(scope="session")
def figures() -> Figures:
    return FIGURES


@pytest.fixture(scope="session")
def seconds() -> int:
    """The length of one load. wrk takes whole seconds."""
    return 1 if QUICK else 3


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FIGURES.is_used:
        terminalreporter.write_sep("=", "figures and targets")
        for line in FIGURES.table():
            terminalreporter.write_line(line)
