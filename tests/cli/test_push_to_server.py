"""`techlist push` as a program of its own, against the real server with its worker."""

from pathlib import Path

import pytest

from tests.support.pushed_repository import Shop
from tests.support.servers import Server
from tests.support.services import Web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.one_database]


@pytest.fixture
def shop(tmp_path: Path, web_process: Web, celery_worker_process: Server) -> Shop:
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
