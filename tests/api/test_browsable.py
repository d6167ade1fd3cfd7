"""The API as a person sees it: forms that can be sent as they come, pages that say where they are, named operations."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)


def page(client: Client, url: str) -> str:
    return client.get(url, headers={"accept": "text/html"}).content.decode()


def form(client: Client, url: str) -> dict[str, Any]:
    """What the form for a body begins with."""
    (content,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page(client, url), re.DOTALL)
    begun: dict[str, Any] = json.loads(html.unescape(content))
    return begun


@pytest.mark.parametrize("url", ["/api/techs/", "/create"])
def test_a_technology_begins_with_what_must_be_said(client: Client, url: str) -> None:
    """What is left out keeps what the list has: a form that sent it would undo what the team has said."""
    assert form(client, url) == {"text": ""}


def test_an_import_begins_with_a_line(client: Client) -> None:
    assert form(client, "/api/imports/") == {"lines": [""]}


def test_an_edit_can_be_sent_as_it_comes(client: Client) -> None:
    tech = add("Django 3.2")
    begun = form(client, f"/api/techs/{tech.pk}/")
    assert begun["impact"] == "normal"
    answer = client.patch(f"/api/techs/{tech.pk}/", begun, content_type="application/json")
    assert answer.status_code == 200, answer.content


def test_pages_say_where_they_are(client: Client) -> None:
    tech = add("Django 3.2")
    shown = page(client, f"/api/techs/{tech.pk}/")
    assert re.search(r'<a class="navbar-brand" href="/">Techlist</a>', shown)
    assert "<title>Technology – Techlist</title>" in shown
    trail = re.search(r'<ul class="breadcrumb">(.*?)</ul>', shown, re.DOTALL)
    assert trail
    assert re.findall(r">([^<>\s][^<>]*)</a>", trail[1]) == ["Technologies", "Technology"]


def test_operations_have_names_and_groups(client: Client) -> None:
    described = client.get("/api/schema/").json()
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert [each["operationId"] for each in operations if not each.get("summary")] == []
    groups = {each["name"] for each in described["tags"]}
    assert {name for each in operations for name in each["tags"]} == groups
