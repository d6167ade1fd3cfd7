"""GET /preview/: what a text would become, while it is typed."""

import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techs.models import LevelChange, Submission, Tech
from tests.html import Element, parse

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def preview(client: Client, text: str) -> Element:
    response = client.get("/preview/", {"text": text}, headers=HTMX)
    assert response.status_code == 200
    return parse(response.content.decode())


def test_known(client: Client) -> None:
    shown = preview(client, "Django 3.2")
    assert shown.text.startswith("Critical django 3.2, support ended ")
    assert shown.text.endswith(": act now")
    assert shown.find("time").attributes == {"datetime": "2024-04-01", "title": "1 Apr 2024"}
    assert not list(shown.find_all("button"))


def test_typo_offers_what_to_type_instead(client: Client) -> None:
    shown = preview(client, "djano 3.2")
    assert "Unknown" in shown.text
    assert "Nothing is known of this. Did you mean" in shown.text
    [button] = shown.find_all("button")
    assert (button.attributes["type"], button.attributes["data-fill"]) == ("button", "Django 3.2")


def test_unknown_is_said(client: Client) -> None:
    shown = preview(client, "our billing engine")
    assert "Nothing is known of this name. You can add it all the same." in shown.text


@pytest.mark.parametrize("text", ["", "  ", "x" * 201, "a\nb", "\u2062"])
def test_what_cannot_be_added_has_none(client: Client, text: str) -> None:
    assert client.get("/preview/", {"text": text}, headers=HTMX).content.strip() == b""
    assert client.get("/preview/", headers=HTMX).status_code == 200


def test_nothing_is_stored_and_one_query_is_read(client: Client) -> None:
    preview(client, "Django 3.2")
    with CaptureQueriesContext(connection) as queries:
        preview(client, "Node.js 20")
    assert len(queries) == 1
    assert queries[0]["sql"].startswith("SELECT")
    assert not any(model.objects.exists() for model in (Tech, Submission, LevelChange))


def test_it_is_quick(client: Client) -> None:
    texts = ["Django 3.2", "djano 3.2", "x" * 200, "a 1 " * 50, "9" * 200]
    preview(client, "warm up")
    for text in texts:
        started = time.monotonic()
        preview(client, text)
        assert time.monotonic() - started < 0.25


def test_without_htmx_there_is_only_the_page(client: Client) -> None:
    response = client.get("/preview/?text=Django")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.post("/preview/", headers=HTMX).status_code == 405


def test_form_asks_for_it_politely(client: Client) -> None:
    page = parse(client.get("/").content.decode())
    text = page.find("form", id="add").find("input", id="text")
    assert text.attributes["hx-get"] == "/preview/"
    assert "delay:" in text.attributes["hx-trigger"]
    assert text.attributes["hx-sync"] == "this:replace"
    assert page.find("div", id="preview").attributes["role"] == "status"


@pytest.mark.parametrize(
    "text", ['"><img src=x onerror=alert(1)>', "<script>alert(1)</script> 3.2", "djano' onclick='x"]
)
def test_hostile_text_is_not_markup(client: Client, text: str) -> None:
    shown = preview(client, text)
    assert not [*shown.find_all("img"), *shown.find_all("script")]
    assert not [button for button in shown.find_all("button") if "on" in button.attributes]
