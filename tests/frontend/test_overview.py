"""The overview above the list: levels, timeline and level changes."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from bs4 import Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from frontend.presenters.overview import SCALE_MONTHS, Overview
from techs import cache
from techs.inventory import editing, overview
from techs.models import LevelChange, Tech, TechDateChange
from tests.support.date_changes import AFTER, BEFORE, django, publish
from tests.support.factories import add
from tests.support.lifecycle_server import LifecycleServer
from tests.support.pages import attribute, attributes, links, one, parse, text_of, texts, visit

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = datetime.now(UTC).date()
HTMX = {"HX-Request": "true"}


def show(client: Client, url: str = "/") -> Tag:
    return one(visit(client, url), "section#overview")


def put(name: str, *, ends_in: int | None, level: str = "low") -> Tech:
    """Create a technology whose support ends in this many days."""
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
    assert text_of(shown, "h2") == "1 of 4 needs action now, 1 more this quarter"
    bar = one(shown, "svg.bar")
    assert text_of(bar, "title") == (
        "4 technologies: 1 Critical (act now), 1 High (plan this quarter), 2 Low (nothing to do)."
    )
    parts = [(part["class"], part["x"], part["width"]) for part in bar.select("rect")]
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
        "libraries": 0,
        "ends": [],
        "ends_count": 0,
        "ended_count": 0,
        "changes": [],
        "changes_count": 0,
        "worse_count": 0,
        "date_changes_count": 0,
        "removals": [],
        "owners": [],
        "tags": [],
        "lifecycle_data": None,
    }
    page = cache.RenderedPage.of(json.dumps(data).encode(), count=sum(levels.values()))
    assert Overview.of(page, today=TODAY).headline == words


def test_nearest_end_comes_first_with_the_exact_date_on_hover(client: Client) -> None:
    put("later", ends_in=400)
    sooner = put("sooner", ends_in=12, level="high")
    put("without a date", ends_in=None)
    rows = show(client).select("div.timeline ol li")
    assert [text_of(row, "a") for row in rows] == ["sooner", "later"]
    assert attribute(rows[0], "a", "href") == f"/techs/{sooner.pk}/"
    moment = one(rows[0], "time")
    day = TODAY + timedelta(days=12)
    assert (text_of(moment), moment["datetime"]) == ("in 12 days", str(day))
    assert moment["title"] == f"{day.day} {day:%b %Y}"
    assert "High" in text_of(rows[0])


def test_drawing_has_a_name_a_description_and_a_row_for_each(client: Client) -> None:
    put("sooner", ends_in=100)
    put("later", ends_in=400)
    scale = one(show(client), "svg.scale")
    assert str(scale["aria-labelledby"]).split() == [
        attribute(scale, "title", "id"),
        attribute(scale, "desc", "id"),
    ]
    assert not scale.select("a"), "what is within an image cannot be reached"
    today = place(attribute(scale, "line.today", "x1"))
    ends = [place(x) for x in attributes(scale, "circle", "cx")]
    assert 0 <= today < ends[0] < ends[1] < 100
    days_of_scale = 365.25 / 12 * SCALE_MONTHS
    assert ends[1] - ends[0] == pytest.approx(100 * 300 / days_of_scale, rel=0.02)
    assert attributes(scale, "circle", "cy") == ["3em", "5em"]
    assert scale["height"] == "6em"


def test_first_and_last_day_count(client: Client) -> None:
    within = (overview.horizon(TODAY) - TODAY).days
    put("yesterday", ends_in=-1)
    put("today", ends_in=0)
    put("the last day", ends_in=within)
    put("too late", ends_in=within + 1)
    timeline = one(show(client), "div.timeline")
    assert texts(timeline, "a") == ["today", "the last day"]
    assert text_of(timeline, "time") == "today"


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
    assert len(shown.select("div.timeline li")) == 20
    ways = links(shown, "a")
    rest = visit(client, ways["3 later"])
    assert texts(rest, "h3 a")[:3] == ["thing 20", "thing 21", "thing 22"]
    ended = visit(client, ways["1 already ended"])
    assert texts(ended, "h3 a")[0] == "over"


def test_no_date_is_said(client: Client) -> None:
    put("thing", ends_in=None)
    assert "No known end of support in the next 24 months" in text_of(show(client))


def test_changes_of_the_last_thirty_days_newest_first(client: Client) -> None:
    tech = add("Django 3.2")
    move("Django 3.2", before="high", after="critical", days_ago=3, tech=tech)
    move("Gone 1", before="medium", after="low", days_ago=1)
    move("Old 1", before="low", after="high", days_ago=32)
    moves = one(show(client), "ol.moves")
    assert texts(moves, "li time") == ["1 day ago", "3 days ago"]
    gone, known = moves.select("li")
    assert not gone.select("a")
    assert "Gone 1 (removed)" in text_of(gone)
    assert attribute(known, "a", "href") == f"/techs/{tech.pk}/"
    assert re.search("High.*to.*Critical", text_of(known))
    assert "2 changes in 30 days, 1 worse" in text_of(show(client))


def test_end_dates_that_moved(client: Client, publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    tech = add("Django 5.2")
    add("django 5.2.3")
    assert "No level or end date" in text_of(show(client))
    publish(publisher, django(AFTER))
    shown = show(client)
    assert "2 end dates changed in 30 days" in text_of(shown)
    second, first = texts(shown, "ol.moves li")
    moved = "moved from 1 Apr 2028 to 30 Apr 2028 · today"
    assert (first, second) == (
        f"Django 5.2: end of support {moved}",
        f"django 5.2.3: end of support of Django 5.2 {moved}",
    )
    assert f"/techs/{tech.pk}/" in links(shown, "ol.moves a").values()


def test_moved_dates_and_changed_levels_are_one_list(client: Client, publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    tech = add("Django 5.2")
    move("Django 5.2", before="high", after="critical", days_ago=3, tech=tech)
    publish(publisher, django(AFTER))
    move("Django 5.2", before="critical", after="low", tech=tech)
    shown = show(client)
    newest, middle, oldest = texts(shown, "ol.moves li")
    assert ("Low" in newest, "30 Apr 2028" in middle, "Critical" in oldest) == (True, True, True)
    assert "2 changes in 30 days, 1 worse; 1 end date changed" in text_of(shown)
    TechDateChange.objects.update(at=timezone.now() - timedelta(days=32))
    cache.invalidate()
    assert "2028" not in text_of(show(client), "ol.moves")


def test_no_change_is_said(client: Client) -> None:
    add("Django 3.2")
    assert "No level or end date has changed in the last 30 days." in text_of(show(client))


def test_empty_list_has_no_overview(client: Client) -> None:
    assert text_of(show(client)) == ""


def test_cached_overview_costs_no_query(client: Client) -> None:
    tech = put("thing", ends_in=12)
    move("thing", before="high", after="critical", tech=tech)
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        assert "thing" in text_of(show(client))
        assert b"thing" in client.get("/overview/", headers=HTMX).content
    assert len(queries) == 0


def test_every_write_to_the_list_shows_in_it(client: Client) -> None:
    assert text_of(show(client)) == ""
    tech = add("Django 3.2")
    assert "1 of 1 needs action now" in text_of(show(client))
    editing.edit(
        tech, unversioned=True, level_override="low", override_review_on=TODAY + timedelta(days=9), note="Isolated."
    )
    assert "Nothing needs action now" in text_of(show(client))
    assert "Critical" in text_of(show(client), "ol.moves")
    editing.remove(tech)
    assert text_of(show(client)) == ""


def test_htmx_gets_the_overview_alone_and_others_the_page(client: Client) -> None:
    add("Django 3.2")
    html = client.get("/overview/", headers=HTMX).content.decode()
    assert "<html" not in html
    assert "overview-heading" in html
    assert client.get("/overview/")["Location"] == "/"


def test_without_the_cache_it_comes_from_the_database(client: Client, redis_cache: Any) -> None:
    put("thing", ends_in=12)
    redis_cache.kill()
    assert "in 12 days" in text_of(show(client))


def test_names_cannot_become_markup_in_the_drawing(client: Client) -> None:
    put("</title><script>alert(1)</script>", ends_in=12)
    move("</desc><img src=x onerror=alert(1)>", before="low", after="high")
    html = client.get("/").content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    titles = texts(parse(html), "svg.scale title")
    assert titles[1].startswith("</title><script>alert(1)</script>: ")


def test_it_needs_no_style_and_no_script(client: Client) -> None:
    put("thing", ends_in=12)
    html = client.get("/overview/", headers=HTMX).content.decode()
    assert not re.search(r"<style|<script|\sstyle=|\son\w+=", html)


def test_thousands_of_technologies_are_no_burden(client: Client) -> None:
    first = put("thing", ends_in=5)
    rows: list[Tech] = []
    for number in range(2_500):
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
    assert len(shown.select("div.timeline li")) == 20
    assert len(client.get("/overview/", headers=HTMX).content) < 30_000


def kept(tech: Tech) -> dict[str, Any]:
    """Return the columns that can be written."""
    return {field.attname: getattr(tech, field.attname) for field in Tech._meta.concrete_fields if not field.generated}
