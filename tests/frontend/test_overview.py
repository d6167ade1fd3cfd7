"""The overview above the list: headline, outlook and recent changes."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from bs4 import Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from frontend.dates import exact
from frontend.presenters.outlook import Chart
from frontend.presenters.overview import headline
from techs import cache
from techs.inventory import editing
from techs.inventory.queries import ListQuery
from techs.models import LevelChange, Tech, TechDateChange
from techs.rules.levels import by_level
from tests.support.date_changes import AFTER, BEFORE, django, publish
from tests.support.factories import add
from tests.support.lifecycle_server import LifecycleServer
from tests.support.pages import attribute, attributes, links, one, text_of, texts, visit

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


def test_what_needs_attention_is_said_and_drawn(client: Client) -> None:
    put("one", ends_in=-1, level="critical")
    put("two", ends_in=-1, level="high")
    put("three", ends_in=None, level="low")
    put("four", ends_in=4000, level="low")
    shown = show(client)
    assert text_of(shown, "h2") == "1 of 4 needs action now, 1 more this quarter"
    chart = one(shown, "svg.chart")
    assert text_of(shown, ".outlook .help") == "1 without a date"
    assert [text_of(link, "title") for link in chart.select("a")][::9] == [
        "Support has ended: 2 (1 critical, 1 high)",
        f"Support ends from {exact(later_from())} on: 1 (1 low)",
    ]
    overdue, *_, later = chart.select("a")
    assert attributes(overdue, "rect[class^='is-']", "class") == ["is-critical", "is-high"]
    assert attributes(later, "rect[class^='is-']", "class") == ["is-low"]
    assert [overdue["href"], later["href"]] == ["/?ends_within=overdue", f"/?ends_from={later_from()}"]
    rows = [texts(row, "th, td") for row in shown.select("table tr")]
    assert rows[0] == ["Period", "Critical", "High", "Medium", "Unknown", "Low"]
    assert (rows[1], rows[-1]) == (["Overdue", "1", "1", "0", "0", "0"], ["Later", "0", "0", "0", "0", "1"])


def later_from() -> date:
    """Return the first day that is drawn as later: of the quarter in two years."""
    return date(TODAY.year + 2, (TODAY.month - 1) // 3 * 3 + 1, 1)


def test_every_bar_leads_to_its_technologies(client: Client) -> None:
    for number, ends_in in enumerate([-400, -1, 0, 1, 50, 140, 300, 500, 700, 2000]):
        put(f"thing {number}", ends_in=ends_in)
    found = []
    for link in show(client).select("svg.chart a"):
        listed = texts(visit(client, str(link["href"])), ".row .name")
        assert len(listed) == int(text_of(link, ".number") if link.select(".number") else 0)
        found += listed
    assert sorted(found) == [f"thing {number}" for number in range(10)]


def test_heights_are_in_proportion(client: Client) -> None:
    levels = [{"critical": 60, "high": 39, "low": 1}, {"medium": 50}, {}, {"low": 1}, {}]
    days = [(None, "2026-12-31"), ("2027-01-01", "2027-03-31"), ("2027-04-01", "2027-06-30"), ("2027-07-01", None)]
    periods = [
        {"ends_from": first, "ends_to": last, "levels": each}
        for (first, last), each in zip([*days, (None, None)], levels, strict=True)
    ]
    most, half, nothing, little = Chart.of(periods, query=ListQuery()).bars
    assert sum(part.height for part in most.parts) == pytest.approx(2 * half.parts[0].height, abs=4)
    assert [part.height for part in [*most.parts[2:], *little.parts]] == [3, 3]
    assert nothing.parts == []
    for bar in (most, half, little):
        assert bar.parts[0].y + bar.parts[0].height == 80
        assert all(above.y + above.height == below.y for below, above in pairwise(bar.parts))


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
    assert headline(by_level(levels)) == words


def test_headline_drawing_and_tabs_follow_the_filter(client: Client) -> None:
    for name, owner in (("Django 3.2", "Web"), ("Django 4.2", "Web"), ("Vue 2.7", "Data")):
        add(name, owner=owner)
    page = visit(client, "/?owner=web")
    assert text_of(page, "#overview h2") == "2 of 2 need action now"
    assert texts(page, ".chart .number") == ["2"]
    assert attribute(page, ".chart a", "href") == "/?owner=web&ends_within=overdue"
    assert texts(page, ".tab")[:2] == ["All 2", "Critical 2"]
    assert attributes(page, ".exports a", "href")[0] == "/api/techs/export.csv?owner=web"
    assert not page.select(".moves-card"), "changes are those of the whole list"


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
    assert "2 in 30 days, 1 worse" in text_of(show(client))


def test_end_dates_that_moved(client: Client, publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    tech = add("Django 5.2")
    add("django 5.2.3")
    assert "none in the last 30 days" in text_of(show(client))
    publish(publisher, django(AFTER))
    shown = show(client)
    assert "2 end dates changed in 30 days" in text_of(shown)
    second, first = texts(shown, "ol.moves li")
    moved = "moved from 1 Apr 2028 to 30 Apr 2028 today"
    assert (first, second) == (
        f"Django 5.2 end of support {moved}",
        f"django 5.2.3 end of support of Django 5.2 {moved}",
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
    assert "2 in 30 days, 1 worse; 1 end date changed" in text_of(shown)
    TechDateChange.objects.update(at=timezone.now() - timedelta(days=32))
    cache.invalidate()
    assert "2028" not in text_of(show(client), "ol.moves")


def test_no_change_is_said(client: Client) -> None:
    add("Django 3.2")
    assert "Recent changes none in the last 30 days" in text_of(show(client))


def test_empty_list_has_no_overview(client: Client) -> None:
    assert text_of(show(client)) == ""


def test_cached_overview_costs_no_query(client: Client) -> None:
    tech = put("thing", ends_in=12)
    move("thing", before="high", after="critical", tech=tech)
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        assert "thing" in text_of(show(client))
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


def test_without_the_cache_it_comes_from_the_database(client: Client, redis_cache: Any) -> None:
    put("thing", ends_in=12)
    redis_cache.kill()
    assert "Nothing needs action now" in text_of(show(client))


def test_names_cannot_become_markup(client: Client) -> None:
    move("</title><img src=x onerror=alert(1)>", before="low", after="high")
    put("thing", ends_in=12)
    assert "<img src=x" not in client.get("/").content.decode()
    assert "<img src=x onerror" in text_of(show(client), ".moves")


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
    assert len(queries) < 26
    assert len(str(shown)) < 12_000


def kept(tech: Tech) -> dict[str, Any]:
    """Return the columns that can be written."""
    return {field.attname: getattr(tech, field.attname) for field in Tech._meta.concrete_fields if not field.generated}
