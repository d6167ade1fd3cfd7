"""`techlist push` as a program of its own, against the real server with its worker."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.support.command_line import write
from tests.support.servers import Server
from tests.support.services import Web

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.one_database]


class Shop:
    """A repository that is pushed to a server."""

    def __init__(self, directory: Path, url: str) -> None:
        self.directory, self.url = directory, url
        self.git("init", "-q")

    def git(self, *arguments: str) -> None:
        author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        subprocess.run(["git", "-C", self.directory, *author, *arguments], check=True, capture_output=True)

    def commit(self, **files: str) -> None:
        write(self.directory, {name.replace("__", "."): content for name, content in files.items()})
        self.git("add", ".")
        self.git("commit", "-qm", "Change")

    def push(self, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "techlist.cli", "push", "--service", "shop", "--server", self.url, *options]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(self.directory.parent / "cache")}
        return subprocess.run(command, cwd=self.directory, env=environment, capture_output=True, text=True, check=False)

    def get(self, path: str) -> dict[str, Any]:
        with urlopen(f"{self.url}{path}", timeout=10) as response:  # noqa: S310  our own address
            answer: dict[str, Any] = json.load(response)
        return answer


@pytest.fixture
def shop(tmp_path: Path, web_process: Web, celery_worker_process: Server) -> Shop:
    (tmp_path / "shop").mkdir()
    return Shop(tmp_path / "shop", web_process.url)


def test_an_upgrade_is_resolved(shop: Shop) -> None:
    """Push, upgrade in a commit, delete a file, and push again."""
    shop.commit(requirements__txt="django==3.2.18\nrequests==2.31\n", Dockerfile="FROM python:3.9\n")
    first = shop.push("--create", "--fail-on-new", "high")
    assert (first.returncode, first.stderr) == (1, "")
    assert "critical  added   Django 3.2 (3.2.18)" in first.stdout
    assert {row["name"] for row in shop.get("/api/techs/?service=shop")["data"]} == {"Django 3.2", "Python 3.9"}

    same = shop.push("--fail-on-new", "low")
    assert (same.returncode, same.stderr) == (0, "")
    assert "2 sources (2 unchanged), 0 added, 0 changed, 0 removed." in same.stdout

    shop.commit(requirements__txt="django==5.2.17\nrequests==2.31\n")
    (shop.directory / "Dockerfile").unlink()
    dry = shop.push("--dry-run")
    assert "Django 3.2.18 -> 5.2.17" in dry.stdout
    assert "Python 3.9" in dry.stdout
    assert len(shop.get("/api/techs/?service=shop")["data"]) == 2

    second = shop.push("--fail-on-new", "high")
    assert (second.returncode, second.stderr) == (0, "")
    assert "Django 3.2.18 -> 5.2.17" in second.stdout
    assert [row["name"] for row in shop.get("/api/techs/?service=shop")["data"]] == ["Django 5.2"]
    resolved = {row["name"] for row in shop.get("/api/resolved/")["data"]}
    assert resolved == {"Django 3.2", "Python 3.9"}


def test_a_second_version_is_no_move(shop: Shop) -> None:
    shop.commit(requirements__txt="django==3.2.18\n")
    shop.push("--create")
    shop.commit(requirements__txt='django==3.2.18; python_version < "3.9"\ndjango==3.2.25; python_version >= "3.9"\n')
    done = shop.push()
    assert (done.returncode, done.stderr) == (0, "")
