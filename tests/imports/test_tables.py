"""Imported spreadsheets: owner, tags and note reach the list, and ignored columns are named."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from techs.models import Import, Submission, Tech
from techs.rules.attributes import OPTIONS
from techs.submissions import batches
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/imports/"
TABLE = """name,version,owner,tags,seats,Bemerkung
Django,3.2,Team Web,"shop,web",7,"Runs
the till."
Redis,7,,,,
Node.js,20,Team Web,C++,,
"""


def work() -> None:
    assert batches.process_batch(list(Submission.objects.values_list("pk", flat=True)), seconds=60) == []


def listed() -> dict[str, tuple[str, list[str]]]:
    return {tech.name: (tech.owner, tech.tags) for tech in Tech.objects.all()}


def test_owner_and_tags_get_onto_the_list(client: Client) -> None:
    response = client.post(f"{URL}?name=stack.csv", TABLE.encode(), content_type="text/plain")
    assert response.json()["message"] == "Accepted: 2 of 4 lines."
    work()
    assert listed() == {"Django 3.2": ("Team Web", ["shop", "web"]), "Redis 7": ("", [])}
    assert [(tech.name, tech.note) for tech in Tech.objects.order_by("name")] == [
        ("Django 3.2", "Runs\nthe till."),
        ("Redis 7", ""),
    ]
    assert client.get(f"{URL}{Import.objects.get().uuid}/").json()["skipped_lines"] == [
        {
            "line": 1,
            "text": "name,version,owner,tags,seats,Bemerkung",
            "error": "Header row. Columns: Bemerkung (note). Ignored columns: seats.",
        },
        {
            "line": 5,
            "text": "Node.js,20,Team Web,C++,,",
            "error": (
                "Tags: A tag has 1 to 30 letters (a-z), digits, dots, hyphens and underscores, and starts with "
                "a letter or digit."
            ),
        },
    ]


def test_a_row_wins_over_what_is_said_of_all_and_tags_add_up(client: Client) -> None:
    add("Redis 7", tags=["old"])
    file = SimpleUploadedFile("stack.csv", TABLE.encode())
    assert client.post(URL, {"file": file, "owner": "Ops", "tags": "all"}).status_code == 202
    work()
    assert listed() == {"Django 3.2": ("Team Web", ["all", "shop", "web"]), "Redis 7": ("Ops", ["all", "old"])}


def test_an_owner_on_the_list_is_kept_and_named(client: Client) -> None:
    """An import takes no technology from another team, and its result says so."""
    add("Redis 7", owner="Before")
    add("Django 3.2", owner="Team Web")
    file = SimpleUploadedFile("stack.csv", TABLE.encode())
    url = client.post(URL, {"file": file, "owner": "Ops"}).json()["import"]["url"]
    work()
    assert listed() == {"Django 3.2": ("Team Web", ["shop", "web"]), "Redis 7": ("Before", [])}
    assert client.get(url).json()["kept_owners"] == [{"line": 4, "text": "Redis 7", "owner": "Before"}]


@pytest.mark.parametrize("lines", [TABLE.split("\n"), TABLE.replace(",", "\t").split("\n")])
def test_pasted_lines(client: Client, lines: list[str]) -> None:
    lines = [line.replace('"shop\tweb"', "shop web") for line in lines]
    assert client.post(URL, {"lines": lines}, content_type="application/json").status_code == 202
    work()
    assert listed()["Django 3.2"] == ("Team Web", ["shop", "web"])


def test_the_preview_shows_owner_and_tags(client: Client) -> None:
    html = client.post("/import/", {"file": SimpleUploadedFile("stack.csv", TABLE.encode())}).content.decode()
    assert "owner Team Web, tags shop and web, note “Runs the till.”" in html
    assert "Header row. Columns: Bemerkung (note). Ignored columns: seats." in html
    assert "Tags: A tag has 1 to 30 letters" in html


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_comes_back_as_it_was(client: Client, form: str) -> None:
    add("Django 3.2", owner="none", tags=["none"], impact="high", extended_support=True, note="none")
    add("=1+1 Django", owner="=Web", note='=1+1;\n"x",\n\'y')
    before = attributes()
    exported = client.get(f"/api/techs/export.{form}").content
    Tech.objects.all().delete()
    Submission.objects.all().delete()
    assert client.post(f"{URL}?name=techlist.{form}", exported, content_type="text/plain").status_code == 202
    work()
    assert attributes() == before


def attributes() -> dict[str, list[Any]]:
    return {tech.name: [getattr(tech, option) for option in OPTIONS] for tech in Tech.objects.all()}
