"""GET /preview/: the assessment of a text while it is typed."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techs.inventory import editing
from techs.models import LevelChange, Submission, Tech
from tests.support.factories import add
from tests.support.pages import attribute, one, text_of, visit

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}


def preview(client: Client, text: str) -> Tag:
    return visit(client, "/preview/", {"text": text}, headers=HTMX)


def test_known(client: Client) -> None:
    shown = preview(client, "Django 3.2")
    assert re.fullmatch(r"Critical Django 3\.2 Support ended \d+ years ago: act now", text_of(shown))
    assert one(shown, "time").attrs == {"datetime": "2024-04-01", "title": "1 Apr 2024"}
    assert not shown.select("button")


def test_typo_offers_what_to_type_instead(client: Client) -> None:
    shown = preview(client, "djano 3.2")
    assert "Unknown" in text_of(shown)
    assert "Did you mean" in text_of(shown)
    [button] = shown.select("button")
    assert (button["type"], button["data-fill"]) == ("button", "Django 3.2")


def test_name_of_several_products_offers_them_with_the_typed_version(client: Client) -> None:
    buttons = preview(client, "Java 8").select("button")
    assert [button["data-fill"] for button in buttons] == ["Eclipse Temurin 8", "Oracle JDK 8"]


def test_unknown_is_said(client: Client) -> None:
    shown = preview(client, "our billing engine")
    assert text_of(shown) == "Unknown We don't know this product. You can still add it."


@pytest.mark.parametrize("text", ["", "  ", "x" * 201, "a\nb", "\u2062"])
def test_what_cannot_be_added_has_none(client: Client, text: str) -> None:
    assert client.get("/preview/", {"text": text}, headers=HTMX).content.strip() == b""
    assert client.get("/preview/", headers=HTMX).status_code == 200


def test_it_is_named_as_people_name_it(client: Client) -> None:
    assert [text_of(preview(client, text), "strong") for text in ("node 22", "postgres", "ubuntu jammy")] == [
        "Node.js 22",
        "PostgreSQL",
        "Ubuntu 22.04",
    ]


def test_on_the_list_it_says_so_and_what_adding_would_do(client: Client) -> None:
    tech = add("Django 3.2")
    shown = preview(client, " DJANGO  3.2 ")
    assert text_of(shown).endswith("act now Already on the list: adding it again updates it.")
    assert attribute(shown, "a", "href") == f"/techs/{tech.pk}/"
    assert "on the list" not in text_of(preview(client, "Django 3"))


def test_on_the_list_it_keeps_what_the_team_says(client: Client) -> None:
    day = datetime.now(UTC).date() + timedelta(days=9)
    editing.edit(add("Django 3.2"), level_override="low", override_review_on=day, note="Isolated.")
    assert text_of(preview(client, "Django 3.2")).startswith("Accepted Django 3.2")
    editing.edit(add("djano 4"), unversioned=True)
    shown = preview(client, "djano 4")
    assert text_of(shown) == "Low Nothing to do Already on the list: adding it again updates it."
    assert not shown.select("button")


def test_not_known_and_on_the_list(client: Client) -> None:
    add("djano 4")
    shown = preview(client, "djano 4")
    assert text_of(shown) == "Unknown Already on the list. Did you mean Django 4"
    add("our wiki")
    assert (
        text_of(preview(client, "our wiki")) == "Unknown Tell us more Already on the list: adding it again updates it."
    )


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
    page = visit(client, "/")
    text = one(page, "form#add input#text")
    assert text["hx-get"] == "/preview/"
    assert "delay:" in str(text["hx-trigger"])
    assert text["hx-sync"] == "this:queue last"
    assert attribute(page, "div#preview", "role") == "status"


@pytest.mark.parametrize(
    "text", ['"><img src=x onerror=alert(1)>', "<script>alert(1)</script> 3.2", "djano' onclick='x"]
)
def test_hostile_text_is_not_markup(client: Client, text: str) -> None:
    shown = preview(client, text)
    assert not shown.select("img, script")
    assert not shown.select("button[on]")
