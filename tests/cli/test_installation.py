"""`pip install .` in a clean environment gives the command line without the server's packages."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# pip, when it finds no index.
AWAY = ("NewConnectionError", "ConnectTimeoutError", "Temporary failure in name resolution")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install a copy of the project, and return the directory of its programs."""
    directory = tmp_path_factory.mktemp("installation")
    project = directory / "project"
    for package in ("techlist", "techs", "frontend"):
        shutil.copytree(ROOT / package, project / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.txt", "README.md", "LICENSE", "celery_app.py"):
        shutil.copy(ROOT / name, project)
    programs = directory / "venv" / "bin"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", directory / "venv"], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "--disable-pip-version-check"]
    command = [*pip, "install", "--quiet", "--no-compile", "--constraint", "requirements.txt", "."]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if any(words in done.stdout + done.stderr for words in AWAY):
        pytest.skip("needs a package index")
    assert done.returncode == 0, done.stderr
    return programs


def run(installed: Path, *arguments: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    return subprocess.run(
        [installed / arguments[0], *arguments[1:]],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_line_works(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("django==3.2\n")
    done = run(installed, "techlist", "scan", "--offline", "--format", "json", "--fail-on", "high", tmp_path=tmp_path)
    assert done.returncode == 1, done.stderr
    assert [row["text"] for row in json.loads(done.stdout)["data"]] == ["Django 3.2"]
    assert "starter table" in done.stderr
    assert run(installed, "techlist", "--version", tmp_path=tmp_path).stdout.startswith("techlist ")


@pytest.mark.parametrize("package", ["django", "celery", "redis", "rest_framework"])
def test_the_server_is_not_installed(installed: Path, tmp_path: Path, package: str) -> None:
    done = run(installed, "python", "-c", f"import {package}", tmp_path=tmp_path)
    assert "ModuleNotFoundError" in done.stderr


def test_the_files_of_the_server_are_there(installed: Path, tmp_path: Path) -> None:
    """The extra "server" adds packages, not files."""
    program = (
        "from importlib import resources\n"
        "for package, path in (('techs', 'data/starter.toml'), ('techs', 'templates'), ('frontend', 'static')):\n"
        "    assert resources.files(package).joinpath(path).exists(), path\n"
    )
    assert run(installed, "python", "-c", program, tmp_path=tmp_path).stderr == ""
