"""Fixtures of the fault suite, its seed, and the table of results."""

import os
import secrets
from collections.abc import Generator
from pathlib import Path

import pytest
from django.db import connection

from tests.faults.rig import Outcome, Rig
from tests.faults.table import rows
from tests.support.servers import Servers
from tests.support.silence import silence_allowed

# `make faults` runs everything at full length; `make test` a short run of the deterministic tests.
IS_FULL = bool(os.environ.get("FAULTS_FULL"))
SEED = int(os.environ.get("FAULTS_SEED") or (secrets.randbelow(10**6) if IS_FULL else 1))

OUTCOMES = pytest.StashKey[list[Outcome]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests in this folder, and deselect the long ones in a short run."""
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


@pytest.fixture(autouse=True)
def _silence() -> Generator[None, None, None]:
    with silence_allowed():
        yield


@pytest.fixture(scope="session")
def seed() -> int:
    return SEED


@pytest.fixture(scope="session")
def times() -> int:
    """Return how often to repeat faults that run in both modes."""
    return 6 if IS_FULL else 1


@pytest.fixture(scope="session")
def reads() -> int:
    """Return the number of reads of the coherence checker."""
    return 100_000 if IS_FULL else 600


@pytest.fixture
def outcomes(pytestconfig: pytest.Config) -> list[Outcome]:
    """Return the rows of the final table; each scenario appends its own."""
    return pytestconfig.stash.setdefault(OUTCOMES, [])


@pytest.fixture
def rig(servers: Servers, process_env: dict[str, str], tmp_path: Path) -> Generator[Rig, None, None]:
    """Yield web server, worker and beat on the test's servers, not yet started."""
    if servers.mariadb is None:
        pytest.skip("the run on MariaDB covers it")
    rig = Rig(servers, servers.mariadb, env=process_env, directory=tmp_path)
    yield rig
    # Servers must be up again before processes can stop in order and tables can be emptied.
    for server in servers.all():
        server.ensure_running()
    connection.close()
    rig.close()
