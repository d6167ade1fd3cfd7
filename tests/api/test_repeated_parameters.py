"""A repeated parameter means any of its values: in the API, on the page, and in every export."""

import csv
import io
import re
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from bs4 import Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techs.inventory import editing
from techs.inventory.queries import MAX_CHOICES, ListQuery
from techs.inventory.selection import select
from techs.models import Tech
from tests.exports.test_api import FORMS
from tests.support.factories import add, submit
from tests.support.pages import attribute, attributes, links, page_of, text_of, texts, visit

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/techs/"
EU = "Payments, EU"


@pytest.fixture(autouse=True)
def _a_list() -> None:
    add("Django 3.2", owner=EU, tags=["shop", "web"])  # critical
    add("Postgres 14", owner="Data", tags=["shop"])  # high
    add("React", owner="Web", tags=["web", "ui"])  # low
    add("our wiki", tags=["ui"])  # unknown


QUESTIONS = {
    "priority=critical&priority=high": ["Django 3.2", "Postgres 14"],
    "priority=critical&priority=": ["Django 3.2"],
    "priority=high,low&priority=critical": ["Django 3.2", "Postgres 14", "React"],
    "tag=shop&tag=web": ["Django 3.2", "Postgres 14", "React"],
    "tag=shop&tag=gone": ["Django 3.2", "Postgres 14"],
    "tag=WEB&tag=web&tag=": ["Django 3.2", "React"],
    "owner=Data&owner=payments%2C+eu": ["Django 3.2", "Postgres 14"],
    "owner=Payments,+EU": ["Django 3.2"],
    "owner=Data,Web": [],
    "tag=shop&tag=web&owner=Web&owner=Data": ["Postgres 14", "React"],
    "tag=shop&tag=ui&priority=low&priority=high": ["Postgres 14", "React"],
    "q=react&q=django": ["Django 3.2"],
    "ordering=name&ordering=-name": ["React", "Postgres 14", "our wiki", "Django 3.2"],
}
FILTERS = {question: names for question, names in QUESTIONS.items() if "ordering" not in question}


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [tech["name"] for tech in response.json()["data"]]


def test_the_api(client: Client) -> None:
    for question, expected in QUESTIONS.items():
        response = client.get(f"{URL}?{question}")
        assert (names(response), response.json()["count"]) == (expected, len(expected)), question


@pytest.mark.parametrize("form", sorted(set(FORMS) - {"export.csv", "badge.svg"}))
def test_every_export(client: Client, form: str) -> None:
    for tech in Tech.objects.all():  # a level change for the feed, and a date for the calendar
        editing.edit(tech, level_override="medium", override_review_on=date(2999, 1, 1), note="x")
        editing.edit(tech, level_override="", override_review_on=None)
        Tech.objects.filter(pk=tech.pk).update(end_of_life=date(2999, 1, 1))
    for question, expected in FILTERS.items():
        content = client.get(f"/api/techs/{form}?{question}").content.decode()
        # The title of a feed may contain the filters.
        body = content.partition("<entry>")[2] if form == "changes.atom" else content
        found = {name for name in ("Django 3.2", "Postgres 14", "React", "our wiki") if name in body}
        assert found == {*expected}, question


def test_a_table_has_each_once(client: Client) -> None:
    for question, expected in QUESTIONS.items():
        table = client.get(f"/api/techs/export.csv?{question}").content.decode("utf-8-sig")
        assert [row["name"] for row in csv.DictReader(io.StringIO(table))] == expected, question


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("tag=shop&tag=web", "1 critical, 1 high"),
        ("priority=high&priority=low", "1 high"),
        ("tag=ui&tag=x", "all quiet"),
    ],
)
def test_the_badge_counts_each_once(client: Client, question: str, words: str) -> None:
    assert f'aria-label="techlist: {words}"' in client.get(f"/api/techs/badge.svg?{question}").content.decode()


@pytest.mark.parametrize(
    ("question", "same"),
    [
        ("tag=shop&tag=web", "tag=web&tag=SHOP&tag=web&tag="),
        ("owner=Data&owner=Web", "owner=WEB&owner=data"),
        ("priority=critical&priority=high", "priority=HIGH,critical"),
        ("", "&".join(f"priority={level}" for level in ("low", "unknown", "medium", "high", "critical"))),
    ],
)
@pytest.mark.parametrize("path", ["", "export.json"])
def test_one_question_is_one_page(client: Client, path: str, question: str, same: str) -> None:
    first = client.get(f"{URL}{path}?{question}")
    with CaptureQueriesContext(connection) as queries:
        again = client.get(f"{URL}{path}?{same}")
    assert (len(queries), again["ETag"]) == (0, first["ETag"])
    assert client.get(f"{URL}{path}?{same}", headers={"if-none-match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize("question", ["tag=shop&tag=web&owner=Web&owner=Data&owner=Payments,+EU", "priority=high,low"])
def test_pages_go_on_with_the_same_question(client: Client, question: str) -> None:
    expected = names(client.get(f"{URL}?{question}"))
    found, url = [], f"{URL}?{question}&page_size=1"
    while url:
        body = client.get(url).json()
        found += [tech["name"] for tech in body["data"]]
        assert body["count"] == len(expected)
        url = body["next"]
    assert found == expected
    back = client.get(body["previous"]).json()
    assert [tech["name"] for tech in back["data"]] == expected[-2:-1]


@pytest.mark.parametrize("name", ["tag", "owner", "priority"])
def test_there_is_a_bound(client: Client, name: str) -> None:
    def ask(path: str, number: int) -> Any:
        values = ["low"] * number if name == "priority" else [f"x{each}" for each in range(number)]
        return client.get(f"{path}?{urlencode({name: values}, doseq=True)}")

    for path in (URL, "/", f"{URL}export.csv"):
        assert ask(path, MAX_CHOICES).status_code == 200
        assert ask(path, MAX_CHOICES + 1).status_code == 400
    assert ask(URL, 500).json() == {name: ["Choose at most 20, not 500."]}


@pytest.mark.parametrize("question", ["priority=low&priority=urgent", "tag=shop&tag=no/slash", "owner=Data&owner=%00"])
def test_one_that_is_wrong_is_named(client: Client, question: str) -> None:
    response = client.get(f"{URL}?{question}")
    assert (response.status_code, list(response.json())) == (400, [question.partition("=")[0]])
    assert client.get(f"/?{question}").status_code == 400


def test_tags_are_not_separated_by_commas(client: Client) -> None:
    response = client.get(f"{URL}?tag=shop,web")
    assert response.status_code == 400
    assert response.json() == {"tag": ["Repeat the parameter for each tag: tag=shop&tag=web."]}


def test_queries_stay_bounded() -> None:
    for number in range(9):
        add(f"thing {number}", tags=["shop", "web"])
    with CaptureQueriesContext(connection) as queries:
        page = select(ListQuery(tag=("shop", "web"), owner=("", "data")))
    # One of them asks whether a service has such an owner.
    assert (len(queries), page.count, len(page.rows)) == (5, 10, 10)


def test_several_tags_use_their_index() -> None:
    if connection.vendor == "mysql" and not getattr(connection, "mysql_is_mariadb", False):
        pytest.skip("MySQL reads so few rows one by one; tests/inventory/test_plans.py has many")
    with CaptureQueriesContext(connection) as queries:
        select(ListQuery(tag=("shop", "web")))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{queries[1]['sql']}")
        plan = str(cursor.fetchall())
    assert re.search(r"one_tag_per_tech|SEARCH \w+ USING COVERING INDEX", plan), plan


def page(client: Client, question: str) -> Tag:
    response = client.get(f"/?{question}")
    assert response.status_code == 200
    return page_of(response)


def rows(shown: Tag) -> list[str]:
    return texts(shown, ".row .name")


def chips(shown: Tag) -> list[str]:
    return [text.partition("×")[0] for text in texts(shown, ".chip")]


def test_the_page(client: Client) -> None:
    for question, expected in QUESTIONS.items():
        assert rows(page(client, question)) == expected, question


def test_what_is_chosen_shows(client: Client) -> None:
    shown = page(client, "tag=web&tag=shop&owner=web&owner=payments,+eu&priority=low&priority=critical")
    assert chips(shown) == [
        *("Level Critical", "Level Low", f"Owner {EU}", "Owner Web", "Tag shop", "Tag web"),
    ]
    assert attributes(shown, 'input[name="priority"]', "value") == ["critical", "low"]
    current = attributes(shown, 'a[aria-current="true"]', "id")
    assert current == ["level-critical", "level-low"]
    assert text_of(shown, ".positions") == "2 technologies"


def test_each_can_be_removed(client: Client) -> None:
    shown = page(client, "tag=web&tag=shop&owner=data&priority=low&priority=critical")
    without = attributes(shown, ".chip", "href")
    assert without[0] == "/?priority=low&tag=shop&tag=web&owner=data"
    assert [without[2], without[-1]] == [
        "/?priority=critical%2Clow&tag=shop&tag=web",
        "/?priority=critical%2Clow&tag=shop&owner=data",
    ]


def test_levels_are_counted_once(client: Client) -> None:
    shown = page(client, "tag=shop&tag=web")
    counts = {link["id"]: text_of(link, ".count") for link in shown.select("a.tab")}
    assert counts["level-all"] == "3"
    assert [counts[f"level-{level}"] for level in ("critical", "high", "low")] == ["1", "1", "1"]


def test_links_of_the_page_keep_the_question(client: Client) -> None:
    question = "tag=shop&tag=web&owner=data&owner=payments%2C+eu"
    shown = page(client, f"{question}&page_size=1")
    assert rows(visit(client, attribute(shown, 'a[rel="next"]', "href"))) == ["Postgres 14"]
    level = attribute(shown, "a#level-high", "href")
    assert rows(visit(client, level)) == ["Postgres 14"]
    exports = links(shown, "nav.exports a")
    assert exports["CSV"] == f"/api/techs/export.csv?{question}"
    assert [tech["name"] for tech in client.get(exports["JSON"]).json()] == ["Django 3.2", "Postgres 14"]
    assert attribute(shown, 'link[rel="alternate"]', "href") == exports["Feed of changes"]


def test_the_way_back_keeps_the_question(client: Client) -> None:
    tech, question = Tech.objects.get(name="Django 3.2"), "priority=critical%2Chigh&tag=shop&tag=web"
    there = client.get(f"/techs/{tech.pk}/", headers={"Referer": f"http://testserver/?{question}&priority=critical"})
    back = attribute(page_of(there), "p.back a", "href")
    assert back == f"/?{question}#tech-{tech.pk}"
    removed = client.post(f"/techs/{tech.pk}/remove/?{question}")
    assert removed["Location"] == f"/?{question}"


def test_a_long_way_back_is_no_error(client: Client) -> None:
    tech = Tech.objects.get(name="Django 3.2")
    referer = "http://testserver/?" + "&".join(f"tag=t{number}" for number in range(3000))
    assert client.get(f"/techs/{tech.pk}/", headers={"Referer": referer}).status_code == 200


def test_what_was_just_added_is_a_list_too(client: Client) -> None:
    first, second = submit("Redis 6"), submit("Vue 2")
    shown = page(client, f"submitted={first.uuid}&submitted={second.uuid}")
    assert attributes(shown, "ul#just-added li", "id") == [
        f"submission-{first.uuid}",
        f"submission-{second.uuid}",
    ]


def test_the_description_says_so(client: Client) -> None:
    described = client.get("/api/schema/").json()["paths"]
    for path in (URL, *(f"/api/techs/{form}" for form in FORMS)):
        parameters = {each["name"]: each for each in described[path]["get"]["parameters"]}
        for name in ("priority", "tag", "owner"):
            schema = parameters[name]["schema"]
            assert (schema["type"], schema["maxItems"]) == ("array", MAX_CHOICES)
            # Generated clients send each value as a parameter of its own.
            assert parameters[name].get("style", "form") == "form"
            assert parameters[name].get("explode", True) is True
