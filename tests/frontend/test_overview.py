"""The overview above the list: levels, ends of support on a scale, changes of level, the age of the facts."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from frontend.presenters.overview import SCALE_MONTHS, Overview
from techs import cache, tasks
from techs.admin.dashboard import Dashboard
from techs.inventory import editing, overview, reassessment
from techs.lifecycles import store, sync
from techs.models import LevelChange, LifecycleDataVersion, PeriodicRun, Product, Source, Tech
from tests.support.factories import add
from tests.support.html import Element, parse
from tests.support.lifecycle_server import Answer, LifecycleServer, document, product

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = datetime.now(UTC).date()
HTMX = {"HX-Request": "true"}


def show(client: Client, url: str = "/") -> Element:
    response = client.get(url)
    assert response.status_code == 200
    return parse(response.content.decode()).find("section", id="overview")


def put(name: str, *, ends_in: int | None, level: str = "low") -> Tech:
    """A technology whose support ends in so many days."""
    tech = add(name)
    end = TODAY + timedelta(days=ends_in) if ends_in is not None else None
    Tech.objects.filter(pk=tech.pk).update(end_of_life=end, level=level)
    cache.invalidate()
    return tech


def move(name: str, *, before: str, after: str, days_ago: int = 0, tech: Tech | None = None) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    LevelChange.objects.create(tech=tech, name=name, at=at, from_level=before, to_level=after, why="Because.")
    cache.invalidate()


def place(attribute: str) -> float:
    return float(attribute.removesuffix("%"))


def test_what_needs_attention_is_said_and_drawn(client: Client) -> None:
    put("one", ends_in=None, level="critical")
    put("two", ends_in=None, level="high")
    put("three", ends_in=None, level="low")
    put("four", ends_in=None, level="low")
    shown = show(client)
    assert shown.find("h2").text == "1 of 4 needs action now, 1 more this quarter"
    bar = shown.find("svg", class_="bar")
    assert bar.find("title").text == (
        "4 technologies: 1 Critical (act now), 1 High (plan this quarter), 2 Low (nothing to do)."
    )
    parts = [
        (part.attributes["class"], part.attributes["x"], part.attributes["width"]) for part in bar.find_all("rect")
    ]
    assert parts == [
        ("is-critical", "0.00%", "25.00%"),
        ("is-high", "25.00%", "25.00%"),
        ("is-low", "50.00%", "50.00%"),
    ]


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ({"critical": 2, "low": 1}, "2 of 3 need action now"),
        ({"critical": 1200, "high": 1000, "low": 34}, "1,200 of 2,234 need action now, 1,000 more this quarter"),
        ({"high": 1, "low": 1}, "Nothing needs action now, 1 of 2 this quarter"),
        ({"low": 1}, "Nothing needs action now"),
    ],
)
def test_headline(levels: dict[str, int], words: str) -> None:
    data: dict[str, Any] = {
        "levels": levels,
        "ends": [],
        "ends_count": 0,
        "ended_count": 0,
        "changes": [],
        "changes_count": 0,
        "worse_count": 0,
        "removals": [],
        "owners": [],
        "tags": [],
        "facts": None,
    }
    page = cache.RenderedPage.of(json.dumps(data).encode(), count=sum(levels.values()))
    assert Overview.of(page, today=TODAY).headline == words


def test_nearest_end_comes_first_with_the_exact_date_on_hover(client: Client) -> None:
    put("later", ends_in=400)
    sooner = put("sooner", ends_in=12, level="high")
    put("without a date", ends_in=None)
    rows = list(show(client).find("div", class_="timeline").find("ol").find_all("li"))
    assert [row.find("a").text for row in rows] == ["sooner", "later"]
    assert rows[0].find("a").attributes["href"] == f"/techs/{sooner.pk}/"
    moment = rows[0].find("time")
    day = TODAY + timedelta(days=12)
    assert (moment.text, moment.attributes["datetime"]) == ("in 12 days", str(day))
    assert moment.attributes["title"] == f"{day.day} {day:%b %Y}"
    assert "High" in rows[0].text


def test_drawing_has_a_name_a_description_and_a_row_for_each(client: Client) -> None:
    put("sooner", ends_in=100)
    put("later", ends_in=400)
    scale = show(client).find("svg", class_="scale")
    assert scale.attributes["aria-labelledby"].split() == [
        scale.find("title").attributes["id"],
        scale.find("desc").attributes["id"],
    ]
    assert not list(scale.find_all("a")), "what is within an image cannot be reached"
    today = place(scale.find("line", class_="today").attributes["x1"])
    ends = [place(circle.attributes["cx"]) for circle in scale.find_all("circle")]
    assert 0 <= today < ends[0] < ends[1] < 100
    days_of_scale = 365.25 / 12 * SCALE_MONTHS
    assert ends[1] - ends[0] == pytest.approx(100 * 300 / days_of_scale, rel=0.02)
    assert [circle.attributes["cy"] for circle in scale.find_all("circle")] == ["3em", "5em"]
    assert scale.attributes["height"] == "6em"


def test_first_and_last_day_count(client: Client) -> None:
    within = (overview.horizon(TODAY) - TODAY).days
    put("yesterday", ends_in=-1)
    put("today", ends_in=0)
    put("the last day", ends_in=within)
    put("too late", ends_in=within + 1)
    timeline = show(client).find("div", class_="timeline")
    assert [link.text for link in timeline.find_all("a")] == ["today", "the last day"]
    assert timeline.find("time").text == "today"


def test_leap_day_looks_ahead_too() -> None:
    assert overview.horizon(date(2028, 2, 29)) == date(2030, 2, 28)


def test_there_is_a_way_to_the_rest_and_to_what_has_ended(client: Client) -> None:
    first = put("thing 00", ends_in=1)
    for number in range(1, 23):
        name = f"thing {number:02d}"
        first.pk, first.name, first.name_key = None, name, name
        first.rank = Tech.rank_of(score=5, name_key=name)
        first.end_of_life = TODAY + timedelta(days=number + 1)
        first.save(force_insert=True)
    put("over", ends_in=-3)
    shown = show(client)
    assert len(list(shown.find("div", class_="timeline").find_all("li"))) == 20
    links = {link.text: link.attributes["href"] for link in shown.find_all("a")}
    rest = client.get(links["3 later"]).content.decode()
    assert re.findall(r"<h3><a [^>]+>([^<]*)</a>", rest)[:3] == ["thing 20", "thing 21", "thing 22"]
    ended = client.get(links["1 already ended"]).content.decode()
    assert re.findall(r"<h3><a [^>]+>([^<]*)</a>", ended)[0] == "over"


def test_no_date_is_said(client: Client) -> None:
    put("thing", ends_in=None)
    assert "No known end of support in the next 24 months" in show(client).text


def test_changes_of_the_last_thirty_days_newest_first(client: Client) -> None:
    tech = add("Django 3.2")
    move("Django 3.2", before="high", after="critical", days_ago=3, tech=tech)
    move("Gone 1", before="medium", after="low", days_ago=1)
    move("Old 1", before="low", after="high", days_ago=32)
    moves = show(client).find("ol", class_="moves")
    assert [item.find("time").text for item in moves.find_all("li")] == ["1 day ago", "3 days ago"]
    gone, known = moves.find_all("li")
    assert not list(gone.find_all("a"))
    assert "Gone 1 (removed)" in gone.text
    assert known.find("a").attributes["href"] == f"/techs/{tech.pk}/"
    assert re.search("High.*to.*Critical", known.text)
    assert "2 changes in 30 days, 1 worse" in show(client).text


def test_no_change_is_said(client: Client) -> None:
    add("Django 3.2")
    assert "No level has changed in the last 30 days." in show(client).text


def test_empty_list_has_no_overview(client: Client) -> None:
    assert show(client).text == ""


def test_cached_overview_costs_no_query(client: Client) -> None:
    tech = put("thing", ends_in=12)
    move("thing", before="high", after="critical", tech=tech)
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        assert "thing" in show(client).text
        assert b"thing" in client.get("/overview/", headers=HTMX).content
    assert len(queries) == 0


def test_every_write_to_the_list_shows_in_it(client: Client) -> None:
    assert show(client).text == ""
    tech = add("Django 3.2")
    assert "1 of 1 needs action now" in show(client).text
    editing.edit(
        tech, unversioned=True, level_override="low", override_review_on=TODAY + timedelta(days=9), note="Isolated."
    )
    assert "Nothing needs action now" in show(client).text
    assert "Critical" in show(client).find("ol", class_="moves").text
    editing.remove(tech)
    assert show(client).text == ""


def test_htmx_gets_the_overview_alone_and_others_the_page(client: Client) -> None:
    add("Django 3.2")
    html = client.get("/overview/", headers=HTMX).content.decode()
    assert "<html" not in html
    assert "overview-heading" in html
    assert client.get("/overview/")["Location"] == "/"


def test_without_the_cache_it_comes_from_the_database(client: Client, redis_cache: Any) -> None:
    put("thing", ends_in=12)
    redis_cache.kill()
    assert "in 12 days" in show(client).text


def test_names_cannot_become_markup_in_the_drawing(client: Client) -> None:
    put("</title><script>alert(1)</script>", ends_in=12)
    move("</desc><img src=x onerror=alert(1)>", before="low", after="high")
    html = client.get("/").content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    titles = [title.text for title in parse(html).find("svg", class_="scale").find_all("title")]
    assert titles[1].startswith("</title><script>alert(1)</script>: ")


def test_it_needs_no_style_and_no_script(client: Client) -> None:
    put("thing", ends_in=12)
    html = client.get("/overview/", headers=HTMX).content.decode()
    assert not re.search(r"<style|<script|\sstyle=|\son\w+=", html)


def test_ten_thousand_technologies_are_no_burden(client: Client) -> None:
    first = put("thing", ends_in=5)
    rows: list[Tech] = []
    for number in range(10_000):
        name = f"thing {number:05d}"
        row = Tech.objects.get(pk=first.pk) if not rows else Tech(**kept(first))
        row.pk, row.name, row.name_key = None, name, name
        row.rank = Tech.rank_of(score=5, name_key=name)
        row.end_of_life = TODAY + timedelta(days=number % 1000)
        rows.append(row)
    Tech.objects.bulk_create(rows, batch_size=500)
    cache.invalidate()
    with CaptureQueriesContext(connection) as queries:
        shown = show(client)
    assert len(queries) < 20
    assert len(list(shown.find("div", class_="timeline").find_all("li"))) == 20
    assert len(client.get("/overview/", headers=HTMX).content) < 30_000


def kept(tech: Tech) -> dict[str, Any]:
    """The columns that can be written."""
    return {field.attname: getattr(tech, field.attname) for field in Tech._meta.concrete_fields if not field.generated}


@pytest.mark.parametrize(("age", "is_old"), [(45, False), (46, True)])
def test_old_facts_are_marked(client: Client, age: int, *, is_old: bool) -> None:
    known_on = TODAY - timedelta(days=age)
    LifecycleDataVersion.objects.create(version="x", as_of=known_on, source=Source.STARTER, products=1, releases=1)
    html = client.get("/").content.decode()
    line = parse(html).find("p", class_="facts-age")
    assert line.find("time").attributes["datetime"] == str(known_on)
    assert "starter table" in line.text
    assert ("may be missing" in line.text) is is_old


def test_facts_are_as_old_as_their_document_however_often_they_are_checked(
    client: Client, publisher: LifecycleServer
) -> None:
    long_ago = TODAY - timedelta(days=90)
    publisher.answer = Answer(document(product("thing"), generated_at=f"{long_ago}T03:00:00Z"), etag='"one"')
    sync.run()
    add("Thing 1.0")
    sync.run()  # 304: nothing newer
    publisher.answer.etag = '"two"'
    sync.run()  # the same once more
    store.activate_local_changes()
    assert days_said(client) == {str(long_ago)}
    assert f"our lifecycle data is from {long_ago}" in str(Tech.objects.get().reasons)


def test_a_file_is_as_old_as_its_date(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "full.json"
    path.write_bytes(document(product("thing"), generated_at="2026-08-22T00:00:00Z"))
    sync.run(path)
    sync.run(path)
    add("Thing 1.0")
    assert days_said(client) == {"2026-08-22"}


def test_a_newer_date_of_the_same_facts_shows_everywhere(client: Client, publisher: LifecycleServer) -> None:
    for day in (TODAY - timedelta(days=9), TODAY - timedelta(days=2)):
        publisher.answer = Answer(document(product("thing"), generated_at=f"{day}T03:00:00Z"))
        sync.run()
        add("Thing 1.0")
        assert days_said(client) == {str(day)}


def days_said(client: Client) -> set[str]:
    """Every date page, API, admin and database show for the lifecycle data."""
    reassessment.reassess(seconds=5)
    cache.invalidate()
    page = facts_line(client).find("time").attributes["datetime"]
    reasons = client.get("/api/techs/").json()["data"][0]["reasons"]
    public = Product.objects.exclude(source=Source.LOCAL)
    dashboard = Dashboard.read(may=lambda _: True)
    assert dashboard.lifecycle_data
    return {
        str(page),
        *(reason["facts_as_of"] for reason in reasons),
        *map(str, public.values_list("facts_as_of", flat=True)),
        str(dashboard.lifecycle_data.as_of),
    }


def facts_line(client: Client) -> Element:
    return parse(client.get("/").content.decode()).find("p", class_="facts-age")


def is_polling(line: Element) -> bool:
    return "hx-get" in line.attributes


# --- How the fetching stands ---


@pytest.fixture
def sync_is_on(settings: Any) -> None:
    """Public data may be fetched."""
    settings.SYNC = True


@pytest.mark.usefixtures("sync_is_on")
def test_a_new_installation_says_that_data_is_being_fetched(client: Client) -> None:
    line = facts_line(client)
    assert "starter table. Fetching newer data; levels will update." in line.text
    assert is_polling(line)


def test_the_page_follows_new_data(client: Client, publisher: LifecycleServer) -> None:
    assert "Fetching newer data" in facts_line(client).text
    quiet = client.get("/facts-age/", headers=HTMX)
    assert "Fetching newer data" in quiet.content.decode()
    assert "HX-Trigger" not in quiet
    tasks.sync_lifecycles()
    assert "endoflife.date" in facts_line(client).text, "without waiting for a cached page to end"
    news = client.get("/facts-age/", headers=HTMX)
    assert "Fetching newer data" not in news.content.decode()
    assert json.loads(news["HX-Trigger"]) == {"techs-changed": {}}


def test_it_looks_no_more_once_all_is_told(client: Client, publisher: LifecycleServer) -> None:
    sync.run()
    PeriodicRun.objects.update(finished_at=timezone.now() - timedelta(hours=2))
    line = facts_line(client)
    assert not is_polling(line)
    assert line.text == "Lifecycle data from 20 Nov 2026, endoflife.date"
    assert "HX-Trigger" not in client.get("/facts-age/", headers=HTMX)


def test_a_fetch_that_failed_is_said_with_the_age(client: Client, publisher: LifecycleServer) -> None:
    assert "Fetching newer data" in facts_line(client).text
    publisher.answer = Answer(b"", status=503)
    tasks.sync_lifecycles()
    line = facts_line(client)
    assert " ago" in line.text
    assert "Newer data could not be fetched. Retrying." in line.text
    assert not is_polling(line)


def test_a_fetch_that_failed_is_no_news_while_the_data_is_fresh(client: Client, publisher: LifecycleServer) -> None:
    sync.run()
    PeriodicRun.objects.update(attempts=1, problem="It is away.")
    assert "could not" not in facts_line(client).text


def test_off_is_said(client: Client) -> None:
    line = facts_line(client)
    assert line.text.endswith(". Automatic updates are off.")
    assert not is_polling(line)


@pytest.mark.usefixtures("sync_is_on")
def test_the_state_of_fetching_costs_a_cached_page_no_query(client: Client) -> None:
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        assert "Fetching newer data" in facts_line(client).text
        assert b"Fetching newer data" in client.get("/facts-age/", headers=HTMX).content
    assert len(queries) == 0


def test_the_age_alone_is_for_htmx(client: Client) -> None:
    assert client.get("/facts-age/")["Location"] == "/"
