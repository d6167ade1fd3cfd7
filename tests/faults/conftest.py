"""The rig, the seed, and the table at the end."""

import os
import secrets
from collections.abc import Generator
from pathlib import Path

import pytest
from django.db import connection

from tests.faults.rig import Outcome, Rig
from tests.faults.table import rows
from tests.support.servers import Servers

# `make faults` runs everything, at full length; `make test` a short run of what is deterministic.
IS_FULL = bool(os.environ.get("FAULTS_FULL"))
SEED = int(os.environ.get("FAULTS_SEED") or (secrets.randbelow(10**6) if IS_FULL else 1))

OUTCOMES = pytest.StashKey[list[Outcome]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what lies in this folder, and leave out what only a full run has time for."""
    here = Path(__file__).parent
    left_out = []
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.faults)
        if item.get_closest_marker("nightly") and not IS_FULL:
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table of docs/reliability.md."""
    outcomes = config.stash.get(OUTCOMES, [])
    if not outcomes:
        return
    terminalreporter.section(f"faults, seed {SEED} (FAULTS_SEED={SEED} repeats it)")
    for row in rows(outcomes):
        terminalreporter.write_line(row)


@pytest.fixture(scope="session")
def seed() -> int:
    """What the choices of this run follow from."""
    return SEED


@pytest.fixture(scope="session")
def times() -> int:
    """How often a fault is repeated that both kinds of run play."""
    return 6 if IS_FULL else 1


@pytest.fixture(scope="session")
def reads() -> int:
    """How many reads the coherence checker makes."""
    return 100_000 if IS_FULL else 1_000


@pytest.fixture
def outcomes(pytestconfig: pytest.Config) -> list[Outcome]:
    """Where a scenario puts its row of the table."""
    return pytestconfig.stash.setdefault(OUTCOMES, [])


@pytest.fixture
def rig(servers: Servers, process_env: dict[str, str], tmp_path: Path) -> Generator[Rig, None, None]:
    """Web, worker and clock, not yet started, on the test's servers."""
    if servers.mariadb is None:
        pytest.skip("the run on MariaDB covers it")
    rig = Rig(servers, servers.mariadb, env=process_env, directory=tmp_path)
    yield rig
    # What was taken down must be back before processes can end in order, and before the tables are emptied.
    for server in servers.all():
        server.ensure_running()
    connection.close()
    rig.close()
