"""Several technologies in one line become separate rows only after a click."""

from typing import Any
from uuid import uuid4

import pytest
from bs4 import Tag
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError

from frontend.presenters.submission_status import LINES_AT_MOST
from techs import cache
from techs.inventory import editing
from techs.lifecycles.starter import read_starter
from techs.models import Submission, SubmissionState, Tech
from techs.rules import matching
from techs.rules.name_index import NameIndex
from techs.rules.products import Outcome
from techs.submissions import processing, splitting
from tests.support.factories import add, submit
from tests.support.pages import attribute, attributes, one, page_of, text_of, visit

HTMX = {"HX-Request": "true"}
TYPED = "Django 3.2, PostgreSQL 14; Redis 6"
PARTS = ["Django 3.2", "PostgreSQL 14", "Redis 6"]


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex.build(read_starter())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (TYPED, PARTS),
        ("Python 3.8 and Django 3.2", ["Python 3.8", "Django 3.2"]),
        ("Python 3.8, Django, and Redis", ["Python 3.8", "Django", "Redis"]),
        ("node 18 + react 18", ["node 18", "react 18"]),
        ("nginx & postgres", ["nginx", "postgres"]),
        ("Django 3.2,Redis 6,", ["Django 3.2", "Redis 6"]),
        # The meaning of each is determined afterwards.
        ("Java 8, Django 3.2", ["Java 8", "Django 3.2"]),
        ("Django 99; Redis 6", ["Django 99", "Redis 6"]),
        ("Django 3.2 / Redis 6", ["Django 3.2", "Redis 6"]),
        ("Postgres 14/Redis 6", ["Postgres 14", "Redis 6"]),
        ("Django 3.2 on PostgreSQL 14", ["Django 3.2", "PostgreSQL 14"]),
        ("Django 3.2 mit PostgreSQL 14", ["Django 3.2", "PostgreSQL 14"]),
    ],
)
def test_told_apart(index: NameIndex, text: str, parts: list[str]) -> None:
    match = matching.find(text, index)
    assert (match.outcome, list(match.parts), match.suggestions) == (Outcome.NO_MATCH, parts, ())


@pytest.mark.parametrize(
    "text",
    [
        "Django 3.2",
        "Django >=3.2,<4",
        "Java 1,8",
        "Python 3.8, 3.9",
        "Django 3.2, 2 servers",
        "Django 3.2, our billing engine",
        "Django 3.2 and more",
        "mongo 4 or elastic 7",
        "C++ 17",
        "Amazon, Oracle",
        "Django 3.2, django 3.2",
        "Redis 6;",
        ", ;",
        "",
        ", ".join(["Django 3.2", *(f"Redis {number}" for number in range(20))]),
        ", ".join(f"Django {number}" for number in range(100)),
    ],
)
def test_left_alone(index: NameIndex, text: str) -> None:
    assert matching.find(text, index).parts == ()


def post(client: Client, *, htmx: bool = False, **fields: str) -> Any:
    return client.post("/add/", {"text": TYPED, "key": str(uuid4())} | fields, headers=HTMX if htmx else {})


def button_of(page: Tag) -> str:
    return attribute(page, 'button[name="lines"]', "value")


@pytest.mark.django_db(transaction=True)
class TestBeforeItIsAdded:
    def test_the_preview_offers_it(self, client: Client) -> None:
        shown = visit(client, "/preview/", {"text": TYPED}, headers=HTMX)
        assert "These look like 3 technologies: Django 3.2 · PostgreSQL 14 · Redis 6" in text_of(shown)
        assert text_of(shown).endswith("Add as 3 technologies")
        assert button_of(shown).split("\n") == PARTS

    def test_hostile_text_is_not_markup(self, client: Client) -> None:
        text = 'Django "><script>, Redis 6'
        assert b"<script>" not in client.get("/preview/", {"text": text}, headers=HTMX).content

    @pytest.mark.parametrize("htmx", [False, True])
    def test_each_becomes_a_submission_with_the_options(self, client: Client, *, htmx: bool) -> None:
        response = post(client, htmx=htmx, lines="\r\n".join(PARTS), owner="Team Web", tags="shop", impact="high")
        rows = list(Submission.objects.order_by("id"))
        assert [row.text for row in rows] == PARTS
        assert {(row.owner, row.impact, *(row.tags or [])) for row in rows} == {("Team Web", "high", "shop")}
        page = page_of(response if htmx else client.get(response["Location"]))
        assert attributes(page, "li.entry", "id") == [f"submission-{row.uuid}" for row in rows]

    def test_the_same_click_twice_is_one(self, client: Client) -> None:
        key = str(uuid4())
        for _ in range(2):
            post(client, lines="\n".join(PARTS), key=key)
        assert Submission.objects.count() == 3

    @pytest.mark.parametrize(
        ("lines", "words"),
        [
            ("\n".join(f"Redis {number}" for number in range(LINES_AT_MOST + 1)), "This form is damaged."),
            ("Django 3.2\n" + "x" * 201, "Use at most 200 characters"),
            ("Django 3.2\na\x07b", "control or invisible characters"),
        ],
    )
    def test_lines_that_are_none_of_ours(self, client: Client, lines: str, words: str) -> None:
        assert words in post(client, htmx=True, lines=lines).content.decode()
        assert not Submission.objects.exists()

    def test_it_is_never_done_without_a_click(self, client: Client) -> None:
        post(client)
        assert Submission.objects.get().text == TYPED


@pytest.mark.django_db(transaction=True)
class TestAfterItWasAdded:
    def test_a_technology_beside_a_recognised_one_is_offered_too(self, client: Client) -> None:
        tech = add("tomcat:9.0-jdk17-temurin")
        assert (tech.product, tech.release) == ("tomcat", "9.0")
        assert "Split into 2 technologies" in client.get(f"/techs/{tech.pk}/").content.decode()
        client.post(f"/techs/{tech.pk}/split/")
        assert [row.text for row in Submission.objects.order_by("id")][-2:] == [
            "Apache Tomcat 9.0",
            "Eclipse Temurin 17",
        ]

    def test_the_entry_offers_it(self, client: Client) -> None:
        submission = submit(TYPED)
        assert submission.tech is not None
        page = visit(client, f"/?submitted={submission.uuid}")
        form = one(page, "li.entry form")
        assert str(form["action"]).startswith(f"/techs/{submission.tech.pk}/split/")
        assert "Split into 3 technologies" in text_of(form)
        assert "Split into 3 technologies" in client.get(f"/techs/{submission.tech.pk}/").content.decode()

    def test_the_list_says_so_and_offers_no_part_for_the_whole(self, client: Client) -> None:
        tech = add(TYPED)
        assert tech.reasons[0]["text"].endswith("It looks like 3 technologies: enter each on its own line.")
        assert not visit(client, "/").select("form.suggestions")

    @pytest.mark.parametrize("text", ["Django 3.2", "djano 3.2, Redis 6", "Django 3.2, our wiki"])
    def test_nothing_is_offered_for_anything_else(self, client: Client, text: str) -> None:
        assert "Split into" not in client.get(f"/?submitted={submit(text).uuid}").content.decode()

    def test_not_if_the_team_says_that_it_is_one_thing(self, client: Client) -> None:
        tech = editing.edit(add(TYPED), unversioned=True)
        assert "Split into" not in client.get(f"/techs/{tech.pk}/").content.decode()
        assert split(client, tech) == f"/techs/{tech.pk}/"
        assert Tech.objects.get() == tech

    def test_each_takes_its_place(self, client: Client) -> None:
        tech = add(TYPED, owner="Team Web", tags=["shop"], impact="high", extended_support=True)
        there = split(client, tech)
        rows = list(Submission.objects.filter(state=SubmissionState.QUEUED).order_by("id"))
        assert there == "/?submitted=" + ",".join(str(row.uuid) for row in rows)
        assert [row.text for row in rows] == PARTS
        said = {(row.owner, row.impact, row.extended_support, *(row.tags or [])) for row in rows}
        assert said == {("Team Web", "high", True, "shop")}
        assert not Tech.objects.exists()
        page = client.get(there).content.decode()
        assert "was removed at" in page
        assert "Undo" in page

    def test_what_is_on_the_list_stays_as_it_is(self, client: Client) -> None:
        add("redis 6", owner="Team Ops", impact="critical", tags=["cache"])
        split(client, add(TYPED, owner="Team Web", impact="low", tags=["shop"], extended_support=True))
        for row in Submission.objects.filter(state=SubmissionState.QUEUED):
            processing.process(row.uuid)
        kept, new = Tech.objects.get(name="Redis 6"), Tech.objects.get(name="Django 3.2")
        assert (kept.owner, kept.impact, kept.tags, kept.extended_support) == ("Team Ops", "critical", ["cache"], False)
        assert (new.owner, new.impact, new.tags, new.extended_support) == ("Team Web", "low", ["shop"], True)
        assert sorted(Tech.objects.values_list("name", flat=True)) == PARTS

    def test_the_filter_stays(self, client: Client) -> None:
        tech = add(TYPED)
        response = client.post(f"/techs/{tech.pk}/split/?priority=unknown")
        assert response["Location"].startswith("/?priority=unknown&submitted=")

    def test_twice_is_once(self, client: Client) -> None:
        tech = add(TYPED)
        split(client, tech)
        assert split(client, tech) == "/"
        assert Submission.objects.count() == 1 + len(PARTS)

    def test_it_was_corrected_meanwhile(self, client: Client) -> None:
        tech = add(TYPED)
        before = Tech.objects.get()
        editing.edit(tech, text="Django 3.2")
        assert splitting.split(before, PARTS) is None
        split(client, tech)
        assert Tech.objects.get().name == "Django 3.2"
        assert Submission.objects.count() == 1

    def test_without_the_cache_nothing_is_changed(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse() -> None:
            raise RedisConnectionError

        tech = add(TYPED)
        monkeypatch.setattr(cache, "invalidate", refuse)
        assert client.post(f"/techs/{tech.pk}/split/").status_code == 503
        assert Tech.objects.get() == tech
        assert Submission.objects.count() == 1


def split(client: Client, tech: Tech) -> str:
    """Return the address of the button."""
    response = client.post(f"/techs/{tech.pk}/split/")
    assert response.status_code == 303
    return str(response["Location"])
