"""The servers of all benchmarks, and the tables of those that ran, printed last."""

from collections.abc import Generator
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from tests.benchmarks import QUICK, documents
from tests.benchmarks.environment import WRITES_DOCS, Run, fill_list, read_list
from tests.benchmarks.figures import Figures
from tests.benchmarks.profiles import Profiles
from tests.benchmarks.steps import Steps
from tests.support.servers import Servers
from tests.support.services import environment_for_processes
from tests.support.silence import silence_allowed

FIGURES, STEPS, PROFILES = Figures(), Steps(), Profiles()


@pytest.fixture(autouse=True)
def _silence() -> Generator[None, None, None]:
    with silence_allowed():
        yield


@pytest.fixture(scope="session")
def figures() -> Figures:
    return FIGURES


@pytest.fixture(scope="session")
def steps() -> Steps:
    return STEPS


@pytest.fixture(scope="session")
def profiles() -> Profiles:
    return PROFILES


@pytest.fixture(scope="session")
def seconds() -> int:
    """The length of one load. wrk takes whole seconds."""
    return 1 if QUICK else 3


@pytest.fixture
def run(servers: Servers, transactional_db: None) -> Generator[Run, None, None]:
    if servers.database == "sqlite":
        pytest.skip("needs MariaDB or MySQL, like production")
    naive = f"{connection.settings_dict['NAME']}_naive"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {naive} CHARACTER SET utf8mb4")
    yield Run(servers=servers, env=environment_for_processes(servers), naive=naive)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {naive}")


@pytest.fixture
def body(run: Run, tmp_path: Path) -> Path:
    """The body of /get, which all peers answer."""
    fill_list()
    path = tmp_path / "body.json"
    path.write_bytes(read_list(run))
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for title, table in (("figures and targets", FIGURES), ("the next step", STEPS), ("profiles", PROFILES)):
        if table.is_used:
            terminalreporter.write_sep("=", title)
            for line in table.lines():
                terminalreporter.write_line(line)


def pytest_sessionfinish(exitstatus: int) -> None:
    if WRITES_DOCS and exitstatus == pytest.ExitCode.OK:
        documents.write(FIGURES, STEPS, PROFILES, today=timezone.localdate())
