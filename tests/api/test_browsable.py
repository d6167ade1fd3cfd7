"""The browsable API: forms that can be sent as they are, breadcrumbs, responses, and named operations."""

import json
from typing import Any

import pytest
from bs4 import Tag
from django.test import Client

from techs.templatetags.json_text import json_text
from tests.support.factories import add
from tests.support.pages import attributes, links, one, page_of, parse, text_of, texts

pytestmark = pytest.mark.django_db(transaction=True)


def page(client: Client, url: str) -> Tag:
    return page_of(client.get(url, headers={"accept": "text/html"}))


def form(client: Client, url: str) -> dict[str, Any]:
    """Return the body that the form proposes."""
    begun: dict[str, Any] = json.loads(one(page(client, url), "textarea").get_text())
    return begun


@pytest.mark.parametrize("url", ["/api/techs/", "/create"])
def test_a_technology_begins_with_what_must_be_said(client: Client, url: str) -> None:
    """Omitted fields keep their values on the list; a form that sent them would undo edits."""
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
    assert text_of(shown, "title") == "Technology – Techlist"
    assert texts(shown, ".crumbs a") == ["Technologies", "Technology", "API docs"]


def test_methods_are_buttons(client: Client) -> None:
    tech = add("Django 3.2")
    shown = page(client, f"/api/techs/{tech.pk}/")
    assert attributes(shown, "form[data-send]", "data-send") == ["OPTIONS", "DELETE", ""]
    assert attributes(shown, ".body button", "value") == ["PATCH"]
    assert links(shown, ".toolbar a")["JSON"] == f"/api/techs/{tech.pk}/?format=json"
    assert texts(page(client, "/api/state/"), "form[data-send] button") == ["OPTIONS"]


def test_bodies_that_a_browser_can_send_as_text(client: Client) -> None:
    media_types = ["application/json", "application/octet-stream", "text/plain"]
    assert texts(page(client, "/api/imports/"), ".body option") == media_types


def test_the_response_is_shown_with_its_headers(client: Client) -> None:
    add("Django 3.2")
    shown = text_of(page(client, "/api/techs/?q=django"), ".exchange")
    assert shown.startswith("GET /api/techs/?q=django HTTP 200 OK Allow: GET, POST, HEAD, OPTIONS")
    assert '"name": "Django 3.2",' in shown


def test_names_of_values_are_marked_and_addresses_are_links() -> None:
    content = '{\n    "a <b>": "\\"c\\": d",\n    "url": "https://example.org/x"\n}'
    shown = json_text(content)
    assert "<i>&quot;a &lt;b&gt;&quot;</i>: &quot;" in shown
    assert '<i>&quot;url&quot;</i>: &quot;<a href="https://example.org/x" rel="nofollow">' in shown
    assert parse(shown).get_text() == content


def test_operations_have_names_and_groups(client: Client) -> None:
    described = client.get("/api/schema/").json()
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert [each["operationId"] for each in operations if not each.get("summary")] == []
    groups = {each["name"] for each in described["tags"]}
    assert {name for each in operations for name in each["tags"]} == groups
