"""The list grouped by product, owner, service or tag."""

from typing import Any

import pytest
from bs4 import Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.factories import add
from tests.support.pages import attribute, attributes, links, one, text_of, texts, visit
from tests.support.round_trips import counted_round_trips
from tests.support.uploads import push, service

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}


def groups(page: Tag) -> dict[str, list[str]]:
    """Map each group, with its count, to the names of its rows."""
    bodies = page.select("table.is-grouped tbody")
    return {" ".join(texts(body, ".group :is(.name, .count)")): texts(body, ".row .name") for body in bodies}


def a_list() -> None:
    add("Django 3.2", owner="Web", tags=["shop", "web"])
    add("Django 5.2", owner="Web", tags=["shop"])
    add("Vue 2.7", owner="Data", tags=["web"])
    add("our wiki")


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("owner", {"Data 1": ["Vue 2.7"], "Web 2": ["Django 3.2", "Django 5.2"]}),
        ("tag", {"#shop 2": ["Django 3.2", "Django 5.2"], "#web 2": ["Vue 2.7", "Django 3.2"]}),
        ("product", {"Django 2": ["Django 3.2", "Django 5.2"], "Vue 1": ["Vue 2.7"]}),
        ("service", {"Bar 1": ["Django 3.2"]}),
    ],
)
def test_rows_are_grouped(client: Client, by: str, expected: dict[str, list[str]]) -> None:
    a_list()
    push(service("Bar"), "django==3.2.18\n")
    page = visit(client, f"/?by={by}")
    found = groups(page)
    assert {name: sorted(rows) for name, rows in found.items()} == {
        name: sorted(rows) for name, rows in expected.items()
    }
    assert attribute(page, "#by option[selected]", "value") == by
    ids = attributes(page, "[id]", "id")
    assert len(ids) == len(set(ids)), "a technology may be in several groups"


def test_a_page_without_groups_leads_to_the_first(client: Client) -> None:
    a_list()
    shown = visit(client, "/?by=owner&page=9&page_size=1")
    assert text_of(shown, ".empty p") == "Nothing is left on this page. Show the first page"
    assert attribute(shown, ".empty a", "href") == "/?page_size=1&by=owner"


def test_a_group_has_its_levels_and_leads_to_its_technologies(client: Client) -> None:
    a_list()
    page = visit(client, "/?by=owner&priority=critical")
    group = one(page, "tr.group:-soup-contains('Web')")
    assert texts(group, ".mark") == ["critical 1"]
    listed = visit(client, attribute(group, ".name", "href"))
    assert texts(listed, ".row .name") == groups(page)[" ".join(texts(group, ":is(.name, .count)"))]
    assert text_of(page, ".positions") == "2 owners"


def test_those_without_are_counted(client: Client) -> None:
    a_list()
    for url, words in (
        ("/?by=owner", "2 owners, and 1 technology without"),
        ("/?by=owner&owner=web&owner=none", "1 owner, and 1 technology without"),
    ):
        page = visit(client, url)
        assert text_of(page, ".positions") == words
        assert attribute(page, ".positions a", "href") == "/?owner=none"
    assert texts(visit(client, "/?owner=none"), ".row .name") == ["our wiki"]
    assert text_of(visit(client, "/?by=owner&owner=web"), ".positions") == "1 owner"
    assert not visit(client, "/?by=tag").select(".positions a")


def test_five_rows_and_a_link_to_the_others(client: Client) -> None:
    for number in range(7):
        add(f"Django 3.2.{number}", owner="Web")
    page = visit(client, "/?by=owner")
    assert [len(rows) for rows in groups(page).values()] == [5]
    assert links(page, ".rest a") == {"2 more of Web": "/?owner=web"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/?by=owner", "All 4 technologies that match"),
        ("/?by=tag&tag=shop", ""),
    ],
)
def test_technologies_without_a_row_can_be_selected(client: Client, url: str, expected: str) -> None:
    a_list()
    assert text_of(visit(client, url), "#all-matching") == expected


def test_the_others_of_a_group_can_be_selected(client: Client) -> None:
    for number in range(7):
        add(f"Django 3.2.{number}", owner="Web")
    assert text_of(visit(client, "/?by=owner"), "#all-matching") == "All 7 technologies that match"


def test_pages_of_groups(client: Client) -> None:
    for number in range(22):
        add("our wiki" + "x" * number, owner=f"Team {number:02}")
    first = visit(client, "/?by=owner&page_size=50")
    assert len(groups(first)) == 22
    first = visit(client, "/?by=owner")
    assert len(groups(first)) == 20
    second = visit(client, attribute(first, "a[rel=next]", "href"))
    assert len(groups(second)) == 2
    assert groups(visit(client, attribute(second, "a[rel=prev]", "href"))) == groups(first)


def test_filters_keep_the_groups(client: Client) -> None:
    a_list()
    page = visit(client, "/?by=owner&tag=shop&owner=web")
    for link in page.select(".tab, .chip"):
        assert "by=owner" in str(link["href"])
    response = client.get("/?by=owner&q=dj&ordering=&tag=", headers=HTMX | {"HX-Trigger": "search"})
    assert response["HX-Replace-Url"] == "/?q=dj&by=owner"
    assert "by=" not in attribute(page, ".exports a", "href")


def test_nothing_to_group(client: Client) -> None:
    add("our wiki")
    assert "No technology has an owner yet." in text_of(visit(client, "/?by=owner"), ".table")
    assert "No tag has technologies that match." in text_of(visit(client, "/?by=tag&q=wiki"), ".table")


def test_an_unknown_group_is_refused(client: Client) -> None:
    assert client.get("/?by=colour").status_code == 400


def test_a_hit_takes_one_round_trip_and_no_query(client: Client, redis_cache: Any) -> None:
    a_list()
    client.get("/?by=owner")
    with counted_round_trips() as sent, CaptureQueriesContext(connection) as queries:
        assert len(groups(visit(client, "/?by=owner"))) == 2
    assert (len(sent), len(queries)) == (1, 0)


def test_rows_of_groups_are_not_marked_as_new(client: Client) -> None:
    """Unlike pages of the list, groups are kept for longer than a technology is new."""
    add("Vue 2.7", owner="Data")
    assert visit(client, "/").select(".row.is-new")
    assert not visit(client, "/?by=owner").select(".is-new")
