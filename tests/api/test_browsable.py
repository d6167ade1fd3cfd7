"""The API as a person sees it: forms that can be sent as they come, pages that say where they are, named operations."""

import json
from typing import Any

import pytest
from bs4 import Tag
from django.test import Client

from tests.support.factories import add
from tests.support.pages import one, page_of, text_of, texts

pytestmark = pytest.mark.django_db(transaction=True)


def page(client: Client, url: str) -> Tag:
    return page_of(client.get(url, headers={"accept": "text/html"}))


def form(client: Client, url: str) -> dict[str, Any]:
    """Return the body that the form proposes."""
    begun: dict[str, Any] = json.loads(one(page(client, url), "textarea").get_text())
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
    assert text_of(shown, 'a.navbar-brand[href="/"]') == "Techlist"
    assert text_of(shown, "title") == "Technology – Techlist"
    assert texts(shown, "ul.breadcrumb a") == ["Technologies", "Technology"]


def test_operations_have_names_and_groups(client: Client) -> None:
    described = client.get("/api/schema/").json()
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert [each["operationId"] for each in operations if not each.get("summary")] == []
    groups = {each["name"] for each in described["tags"]}
    assert {name for each in operations for name in each["tags"]} == groups
