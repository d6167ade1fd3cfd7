"""Filters by product, end of support, kind and accepted risk, and more orders: in the API, exports and pages alike."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techs.inventory.queries import ListQuery
from techs.models import Tech
from tests.support import uploads
from tests.support.factories import add
from tests.support.pages import page_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/techs/"
TODAY = datetime.now(UTC).date()
OLD, SOON, LATE, NEVER = "Django 3.2", "Redis 6", "Vue 2", "thing"


@pytest.fixture(autouse=True)
def some() -> None:
    """Fill the list, with ends of support around today."""
    add(OLD, owner="Web")
    add(SOON, owner="", tags=["shop"])
    add(LATE, owner="data")
    add(NEVER)
    uploads.push(uploads.service("Shop"), "django==3.2\nlibx==1\n")
    for name, days in ((OLD, -1), (SOON, 30), (LATE, 400)):
        Tech.objects.filter(name=name).update(end_of_life=day(days))
    Tech.objects.filter(name=LATE).update(level_override="low", override_review_on=day(1))
    Tech.objects.filter(name=NEVER).update(level_override="low", override_review_on=day(0))


def day(days: int) -> date:
    return TODAY + timedelta(days=days)


def names(client: Client, question: str) -> set[str]:
    response = client.get(f"{URL}?{question}")
    assert response.status_code == 200, response.content
    body = response.json()
    found = {tech["name"] for tech in body["data"]}
    assert body["count"] == len(found)
    return found


QUESTIONS: tuple[tuple[str, set[str]], ...] = (
    ("owner=none", {SOON, NEVER}),
    ("owner=None&owner=web", {OLD, SOON, NEVER}),
    ("owner=none&tag=shop", {SOON}),
    ("owner=none&include=all", {SOON, NEVER, "libx"}),
    ("product=redis", {SOON}),
    ("product=Redis&product=django&product=nothing", {OLD, SOON}),
    ("ends_within=overdue", {OLD}),
    ("ends_within=30", {SOON}),
    ("ends_within=29", set()),
    ("ends_within=90&ends_within=overdue", {OLD, SOON}),
    ("ends_within=365&ends_within=30", {SOON}),
    ("ends_within=9999", {SOON, LATE}),
    (f"ends_from={day(-1)}&ends_to={day(30)}", {OLD, SOON}),
    (f"ends_from={day(31)}", {LATE}),
    (f"ends_to={day(-2)}", set()),
    (f"ends_within=overdue&ends_from={day(0)}", set()),
    (f"ends_from={day(-1)}&ends_to={day(400)}&product=vue", {LATE}),
    ("kind=library", {"libx"}),
    ("kind=tracked&include=all", {OLD, SOON, LATE, NEVER}),
    ("kind=tracked&kind=library", {OLD, SOON, LATE, NEVER, "libx"}),
    ("kind=library&product=django", set()),
    ("accepted=true", {LATE}),
    ("accepted=False", {OLD, SOON, NEVER}),
    ("accepted=&ends_from=&product=&ends_within=&kind=", {OLD, SOON, LATE, NEVER}),
)


def test_each_answer_has_the_same_rows(client: Client) -> None:
    for question, expected in QUESTIONS:
        assert names(client, question) == expected, question
        table = client.get(f"{URL}export.csv?{question}").content.decode("utf-8-sig")
        assert {row["name"] for row in csv.DictReader(io.StringIO(table))} == expected, question
        assert {row["name"] for row in client.get(f"{URL}export.json?{question}").json()} == expected, question
        calendar = client.get(f"{URL}calendar.ics?{question}").content.decode()
        assert calendar.count("UID:end-") == len(expected & {OLD, SOON, LATE}), question


def test_sums_are_those_of_the_rows(client: Client) -> None:
    for question, expected in QUESTIONS:
        summary = client.get(f"{URL}summary/?{question}").json()
        assert (summary["count"], summary["countIsLowerBound"]) == (len(expected), False), question
        periods = summary["data"]["outlook"]
        assert sum(sum(period["levels"].values()) for period in periods) == len(expected), question


def test_the_page_has_the_same_rows(client: Client) -> None:
    for question, expected in QUESTIONS:
        shown = page_of(client.get(f"/?{question}"))
        assert {text_of(link) for link in shown.select(".rows a[href^='/techs/']")} >= expected, question


REFUSED = (
    ("product=a/b", "product", "such as django"),
    ("ends_within=soon", "ends_within", "Enter overdue, or a number of days from 0 to 9,999"),
    ("ends_within=-1", "ends_within", "number of days"),
    ("ends_within=12345", "ends_within", "number of days"),
    ("ends_from=20270131", "ends_from", "such as 2027-01-31"),
    ("ends_to=2027-02-30", "ends_to", "such as 2027-01-31"),
    ("ends_from=2027-02-01&ends_to=2027-01-31", "ends_to", "on or after ends_from"),
    ("kind=service", "kind", "tracked, library"),
    ("accepted=maybe", "accepted", "true or false"),
    ("ordering=level", "ordering", "product"),
    ("&".join(["product=x"] * 21), "product", "at most 20"),
)


def test_refusals_say_what_to_do(client: Client) -> None:
    for question, field, words in REFUSED:
        for path in (f"{URL}?", f"{URL}summary/?", f"{URL}groups/?by=tag&", f"{URL}export.md?"):
            response = client.get(path + question)
            assert response.status_code == 400, (path, question)
            [(name, [message])] = response.json().items()
            assert name == field
            assert words in message
        assert client.get(f"/?{question}").status_code == 400


EQUAL = (
    ("ends_within=overdue&ends_within=90", "ends_within=90&ends_within=30&ends_within=OVERDUE"),
    ("product=django&product=redis", "product=Redis&product=django&product=redis"),
    ("include=all", "kind=tracked&kind=library"),
    ("", "kind=tracked&ordering=priority"),
    ("accepted=true", "accepted=TRUE"),
)


def test_equal_questions_are_one_page(client: Client) -> None:
    for question, same in EQUAL:
        first = client.get(f"{URL}?{question}")
        with CaptureQueriesContext(connection) as queries:
            again = client.get(f"{URL}?{same}")
        assert (len(queries), again["ETag"]) == (0, first["ETag"]), question


@pytest.mark.parametrize("fields", [{"ends_within": ("30",)}, {"accepted": "true"}])
def test_a_page_that_depends_on_the_day_is_not_one_of_tomorrow(fields: dict[str, Any]) -> None:
    today, tomorrow = (ListQuery(**fields, today=day(days).isoformat()) for days in (0, 1))
    assert today.canonical() != tomorrow.canonical()
    assert ListQuery(today="2026-01-01") == ListQuery(today="2026-01-02")


ORDERS = (
    ("owner", [LATE, OLD, SOON, NEVER]),
    ("-owner", [NEVER, SOON, OLD, LATE]),
    ("product", [OLD, SOON, LATE, NEVER]),
    ("-services", [OLD, NEVER, LATE, SOON]),
    ("services", [SOON, LATE, NEVER, OLD]),
    ("end_of_life", [OLD, SOON, LATE, NEVER]),
    ("-end_of_life", [NEVER, LATE, SOON, OLD]),
)


def test_orders(client: Client) -> None:
    for ordering, expected in ORDERS:
        found: list[str] = []
        url: str | None = f"{URL}?ordering={ordering}&page_size=1"
        while url:
            page = client.get(url).json()
            found += [tech["name"] for tech in page["data"]]
            url = page["next"]
        assert found == expected, ordering


def test_summary(client: Client) -> None:
    Tech.objects.filter(name=LATE).update(level="low")
    answer = client.get(f"{URL}summary/?ends_within=9999&ends_within=overdue")
    assert answer.json()["isCached"] is False
    data = answer.json()["data"]
    assert data["accepted"] == 1
    first, *_, later, undated = data["outlook"]
    assert (first["period"], first["ends_from"], first["ends_to"]) == ("overdue", None, day(-1).isoformat())
    assert sum(first["levels"].values()) == 1
    assert [each["period"] for each in (later, undated)] == ["later", "undated"]
    assert len(data["outlook"]) == 11
    assert sum(undated["levels"].values()) == 0
    assert sum(period["accepted"] for period in data["outlook"]) == 1
    for period in data["outlook"][:-1]:
        days = {name: period[name] for name in ("ends_from", "ends_to") if period[name]}
        listed = client.get(URL, days).json()
        assert listed["count"] == sum(period["levels"].values()), period
    again = client.get(f"{URL}summary/?ends_within=9999&ends_within=overdue")
    assert (again.json()["isCached"], again["ETag"]) == (True, answer["ETag"])
    assert (
        client.get(f"{URL}summary/", headers={"If-None-Match": client.get(f"{URL}summary/")["ETag"]}).status_code == 304
    )


def test_groups_are_the_lists_behind_them(client: Client) -> None:
    for by in ("product", "owner", "service", "tag"):
        body = client.get(f"{URL}groups/?by={by}&include=all").json()
        assert body["count"] == len(body["data"]["groups"]) > 0
        for group in body["data"]["groups"]:
            listed = client.get(URL, {by: group["value"], "include": "all"}).json()
            assert [tech["name"] for tech in group["worst"]] == [tech["name"] for tech in listed["data"]]
            assert group["count"] == listed["count"] == sum(group["levels"].values())


def test_pages_of_groups(client: Client) -> None:
    found, url = [], f"{URL}groups/?by=product&ends_within=9999&ends_within=overdue&page_size=1"
    while url:
        body = client.get(url).json()
        found += [(group["value"], group["name"]) for group in body["data"]["groups"]]
        url = body["next"]
    assert sorted(found) == [("django", "Django"), ("redis", "Redis"), ("vue", "Vue")]
    assert "page=2" in body["previous"]
    assert client.get(f"{URL}groups/?by=level").json() == {"by": ["Choose one of: product, owner, service, tag."]}


def test_names_of_groups(client: Client) -> None:
    body = client.get(f"{URL}groups/?by=owner").json()
    assert {(group["value"], group["name"]) for group in body["data"]["groups"]} == {("web", "Web"), ("data", "data")}
    assert sum(body["data"]["rest"].values()) == 2
    body = client.get(f"{URL}groups/?by=owner&owner=WEB").json()
    assert [group["value"] for group in body["data"]["groups"]] == ["web"]
    assert body["data"]["rest"] is None
