"""docker/compose.yaml can set every variable that the settings read."""

import os
import subprocess
import sys

import pytest
import yaml

from techlist.local.embedded import BASE_DIR
from techlist.settings import env

COMPOSE = yaml.safe_load((BASE_DIR / "docker" / "compose.yaml").read_text())
PARTS = ("migrate", "web", "worker", "beat")
READ = set(env.variables)
# Address and data directory of `make run`.
NOT_IN_CONTAINERS = {"HOST", "PORT", "TECHLIST_DATA_DIR"}


def test_reads_more_than_a_few() -> None:
    """Control: variables of the settings are found."""
    assert {"DATABASE_URL", "SECRET_KEY", "TECHLIST_SYNC_URL", "TECHLIST_MAX_ATTEMPTS"} <= READ


@pytest.mark.parametrize("part", PARTS)
def test_every_variable_is_passed(part: str) -> None:
    assert COMPOSE["services"][part]["environment"].keys() >= READ - NOT_IN_CONTAINERS


@pytest.mark.parametrize("part", PARTS)
def test_only_tmp_is_writable(part: str) -> None:
    """Large uploads are buffered in /tmp, and nothing else writes a file."""
    service = COMPOSE["services"][part]
    assert (service["read_only"], service["tmpfs"], "volumes" in service) == (True, "/tmp", False)  # noqa: S108


def test_the_worker_has_the_options_of_the_guide() -> None:
    guide = (BASE_DIR / "docs" / "deployment.md").read_text()
    lines = [line for line in guide.splitlines() if "celery_app worker" in line]
    options = {word for line in lines for word in line.split() if word.startswith("--without")}
    assert len(options) == 3
    assert options <= set(COMPOSE["services"]["worker"]["command"])


def test_nothing_is_passed_that_nobody_reads() -> None:
    assert COMPOSE["services"]["web"]["environment"].keys() <= READ


def test_what_is_not_said_stays_unsaid() -> None:
    """A default in two places would diverge one day."""
    said = {name for name, value in COMPOSE["services"]["web"]["environment"].items() if value is not None}
    assert said == {"SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_BROKER_URL", "REDIS_CACHE_URL"}


def test_empty_variables_count_as_unset() -> None:
    """An env file may name a variable without a value."""
    code = "import techlist.settings as s; print(s.DATABASE_TIMEOUT, s.DEBUG, s.SYNC, s.ALLOWED_HOSTS, s.IS_SERVICE)"
    empty = dict.fromkeys(READ, "")
    run = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | empty, cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    assert run.stdout == "2 False True ['localhost', '127.0.0.1', '[::1]'] False\n", run.stderr
