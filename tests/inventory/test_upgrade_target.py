"""Where to go from a technology, in every place that shows it."""

import csv
import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from techs.models import Tech
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

DJANGO = "Upgrade to Django 5.2, supported until 2028-04-30."
REPLACE = "No release is supported any more. Replace it."


@pytest.fixture
def rows() -> dict[str, Tech]:
    return {name: add(name) for name in ("Django 3.2", "AngularJS 1.8", "Python 3.14")}


@pytest.mark.usefixtures("rows")
def test_the_api(client: Client) -> None:
    targets = {row["name"]: row["upgrade_to"] for row in client.get("/api/techs/").json()["data"]}
    assert targets == {
        "Django 3.2": {"text": DJANGO, "release": "5.2", "name": "Django 5.2", "end_of_life": "2028-04-30"},
        "AngularJS 1.8": {"text": REPLACE, "release": None, "name": None, "end_of_life": None},
        "Python 3.14": None,
    }
    pk = Tech.objects.get(name="Django 3.2").pk
    assert client.get(f"/api/techs/{pk}/").json()["upgrade_to"] == targets["Django 3.2"]


@pytest.mark.usefixtures("rows")
def test_exports(client: Client) -> None:
    table = csv.DictReader(io.StringIO(client.get("/api/techs/export.csv").content.decode("utf-8-sig")))
    assert {row["name"]: row["upgrade_to"] for row in table} == {
        "Django 3.2": DJANGO,
        "AngularJS 1.8": REPLACE,
        "Python 3.14": "",
    }
    assert DJANGO in client.get("/api/techs/export.md").content.decode()
    calendar = client.get("/api/techs/calendar.ics").content.decode().replace("\r\n ", "")
    assert "DESCRIPTION:critical: act now. Upgrade to Django 5.2\\, supported until 2028-04-30." in calendar


def test_pages_and_admin(client: Client, admin_client: Client, rows: dict[str, Tech]) -> None:
    assert "Django 5.2<small>supported to Apr 2028</small>" in client.get("/").content.decode()
    detail = client.get(reverse("frontend:detail", args=[rows["Django 3.2"].pk])).content.decode()
    assert "<dt>Upgrade to</dt><dd>Django 5.2 <small>supported until" in detail
    assert REPLACE in client.get(reverse("frontend:detail", args=[rows["AngularJS 1.8"].pk])).content.decode()
    assert "Upgrade" not in client.get(reverse("frontend:detail", args=[rows["Python 3.14"].pk])).content.decode()
    assert DJANGO in admin_client.get(reverse("admin:techs_tech_change", args=[rows["Django 3.2"].pk])).content.decode()


def assess(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *options: str) -> str:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Django 3.2\nPython 3.14\n")))
    call_command("assess", "--today", "2026-11-22", *options)
    return capsys.readouterr().out


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[dict[str, Any]] = [
        json.loads(line) for line in assess(capsys, monkeypatch, "--format", "jsonl").splitlines()
    ]
    assert [row["upgrade_to"] and row["upgrade_to"]["text"] for row in found] == [DJANGO, None]
    table = csv.DictReader(io.StringIO(assess(capsys, monkeypatch, "--format", "csv")))
    assert [row["upgrade_to"] for row in table] == [DJANGO, ""]
    assert f"support ended on 2024-04-01. {DJANGO}\n" in assess(capsys, monkeypatch)


def test_a_row_marked_as_versionless_has_nowhere_to_go() -> None:
    tech = add("AngularJS")
    tech.unversioned = True
    tech.save(update_fields=["unversioned"])
    assert add("AngularJS").upgrade_to is None
