"""GET /preview/: what a text would become, while it is typed."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techs.inventory import editing
from techs.models import LevelChange, Submission, Tech
from tests.support.factories import add
from tests.support.html import Element, parse

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}


def preview(client: Client, text: str) -> Element:
    response = client.get("/preview/", {"text": text}, headers=HTMX)
    assert response.status_code == 200
    return parse(response.content.decode())


def test_known(client: Client) -> None:
    shown = preview(client, "Django 3.2")
    assert re.fullmatch(r"Critical Django 3\.2 Support ended \d+ years ago: act now", shown.text)
    assert shown.find("time").attributes == {"datetime": "2024-04-01", "title": "1 Apr 2024"}
    assert not list(shown.find_all("button"))


def test_typo_offers_what_to_type_instead(client: Client) -> None:
    shown = preview(client, "djano 3.2")
    assert "Unknown" in shown.text
    assert "Did you mean" in shown.text
    [button] = shown.find_all("button")
    assert (button.attributes["type"], button.attributes["data-fill"]) == ("button", "Django 3.2")


def test_name_of_several_products_offers_them_with_the_typed_version(client: Client) -> None:
    buttons = list(preview(client, "Java 8").find_all("button"))
    assert [button.attributes["data-fill"] for button in buttons] == ["Eclipse Temurin 8", "Oracle JDK 8"]


def test_unknown_is_said(client: Client) -> None:
    shown = preview(client, "our billing engine")
    assert shown.text == "Unknown We don't know this product. You can still add it."


@pytest.mark.parametrize("text", ["", "  ", "x" * 201, "a\nb", "\u2062"])
def test_what_cannot_be_added_has_none(client: Client, text: str) -> None:
    assert client.get("/preview/", {"text": text}, headers=HTMX).content.strip() == b""
    assert client.get("/preview/", headers=HTMX).status_code == 200


def test_it_is_named_as_people_name_it(client: Client) -> None:
    assert [preview(client, text).find("strong").text for text in ("node 22", "postgres", "ubuntu jammy")] == [
        "Node.js 22",
        "PostgreSQL",
        "Ubuntu 22.04",
    ]


def test_on_the_list_it_says_so_and_what_adding_would_do(client: Client) -> None:
    tech = add("Django 3.2")
    shown = preview(client, " DJANGO  3.2 ")
    assert shown.text.endswith("act now Already on the list: adding it again updates it.")
    assert shown.find("a").attributes["href"] == f"/techs/{tech.pk}/"
    assert "on the list" not in preview(client, "Django 3").text


def test_on_the_list_it_keeps_what_the_team_says(client: Client) -> None:
    day = datetime.now(UTC).date() + timedelta(days=9)
    editing.edit(add("Django 3.2"), level_override="low", override_review_on=day, note="Isolated.")
    assert preview(client, "Django 3.2").text.startswith("Low Django 3.2")
    editing.edit(add("djano 4"), unversioned=True)
    shown = preview(client, "djano 4")
    assert shown.text == "Low Nothing to do Already on the list: adding it again updates it."
    assert not list(shown.find_all("button"))


def test_not_known_and_on_the_list(client: Client) -> None:
    add("djano 4")
    shown = preview(client, "djano 4")
    assert shown.text == "Unknown Already on the list. Did you mean Django 4"
    add("our wiki")
    assert preview(client, "our wiki").text == "Unknown Tell us more Already on the list: adding it again updates it."


def test_nothing_is_stored_and_two_queries_are_read(client: Client) -> None:
    tech = add("Node.js 20")
    preview(client, "Django 3.2")
    with CaptureQueriesContext(connection) as queries:
        preview(client, "node.js 20")
    assert len(queries) == 2
    assert all(query["sql"].startswith("SELECT") for query in queries)
    assert list(Tech.objects.values_list("name", "assessed_at")) == [("Node.js 20", tech.assessed_at)]
    assert Submission.objects.count() == 1
    assert not LevelChange.objects.exists()


def test_it_is_quick(client: Client) -> None:
    texts = ["Django 3.2", "djano 3.2", "x" * 200, "a 1 " * 50, "9" * 200]
    preview(client, "warm up")
    for text in texts:
        started = time.process_time()
        preview(client, text)
        assert time.process_time() - started < 2.5


def test_without_htmx_there_is_only_the_page(client: Client) -> None:
    response = client.get("/preview/?text=Django")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.post("/preview/", headers=HTMX).status_code == 405


def test_form_asks_for_it_politely(client: Client) -> None:
    page = parse(client.get("/").content.decode())
    text = page.find("form", id="add").find("input", id="text")
    assert text.attributes["hx-get"] == "/preview/"
    assert "delay:" in text.attributes["hx-trigger"]
    assert text.attributes["hx-sync"] == "this:queue last"
    assert page.find("div", id="preview").attributes["role"] == "status"


@pytest.mark.parametrize(
    "text", ['"><img src=x onerror=alert(1)>', "<script>alert(1)</script> 3.2", "djano' onclick='x"]
)
def test_hostile_text_is_not_markup(client: Client, text: str) -> None:
    shown = preview(client, text)
    assert not [*shown.find_all("img"), *shown.find_all("script")]
    assert not [button for button in shown.find_all("button") if "on" in button.attributes]
