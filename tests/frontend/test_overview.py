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
from frontend.presenters.outlook import Bar, Chart
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
    assert rows[0] == ["Period", "Critical", "High", "Medium", "Unknown", "Accepted", "Low"]
    assert (rows[1], rows[-1]) == (["Overdue", "1", "1", "0", "0", "0", "0"], ["Later", "0", "0", "0", "0", "0", "1"])


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


def drawn(*levels: dict[str, int]) -> list[Bar]:
    """Draw overdue technologies, quarters, and later ones."""
    dated = [
        {"ends_from": f"20{26 + number}-01-01", "ends_to": f"20{26 + number}-03-31"} for number in range(len(levels))
    ]
    dated[0]["ends_from"] = dated[-1]["ends_to"] = ""
    periods: list[Any] = [days | {"levels": each} for days, each in zip(dated, levels, strict=True)]
    return Chart.of([*periods, {"ends_from": "", "ends_to": "", "levels": {}}], query=ListQuery()).bars


def test_heights_are_in_proportion() -> None:
    _, most, half, nothing, little, _ = drawn(
        {}, {"critical": 60, "high": 39, "low": 1}, {"medium": 50}, {}, {"low": 1}, {}
    )
    assert sum(part.height for part in most.parts) == pytest.approx(2 * half.parts[0].height, abs=4)
    assert [part.height for part in [*most.parts[2:], *little.parts]] == [3, 3]
    assert nothing.parts == []
    for bar in (most, half, little):
        assert bar.parts[0].y + bar.parts[0].height == 80
        assert all(above.y + above.height == below.y for below, above in pairwise(bar.parts))


@pytest.mark.parametrize("overdue", [0, 3, 5_000, 1_000_000])
@pytest.mark.parametrize("later", [0, 900_000])
def test_quarters_are_as_tall_whatever_is_overdue_or_later(overdue: int, later: int) -> None:
    """Control: with one scale for all, three and six would both be the smallest bar beside five thousand."""
    past, three, six, future = drawn({"critical": overdue}, {"high": 3}, {"high": 6}, {"low": later})
    assert [sum(part.height for part in bar.parts) for bar in (three, six)] == [32, 64]
    assert [(bar.is_apart, bar.total) for bar in (past, three, future)] == [(True, overdue), (False, 3), (True, later)]


def test_one_of_a_short_list_is_not_drawn_like_thousands() -> None:
    _, one_of_few, *_ = drawn({}, {"high": 1}, {}, {})
    assert one_of_few.parts[0].height == 16


def test_strips_have_one_height_and_show_shares() -> None:
    past, _, future = drawn({"critical": 1, "low": 999}, {}, {"medium": 20, "low": 60})
    widths = [[float(part.width.rstrip("%")) for part in bar.parts] for bar in (past, future)]
    assert {part.height for bar in (past, future) for part in bar.parts} == {8}
    assert widths[1][1] == pytest.approx(3 * widths[1][0], abs=0.02)
    assert widths[0][0] > 0.5, "one critical technology among a thousand can be seen"
    for bar in (past, future):
        ends = [(float(part.x.rstrip("%")), float(part.width.rstrip("%"))) for part in bar.parts]
        assert all(x + width == pytest.approx(after, abs=0.02) for (x, width), (after, _) in pairwise(ends))


def test_nothing_overdue_is_a_number_too(client: Client) -> None:
    put("one", ends_in=40)
    assert texts(show(client), ".chart .is-apart") == ["0", "0"]


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
    assert texts(page, ".chart .number") == ["2", "0"]
    assert attribute(page, ".chart a", "href") == "/?owner=web&ends_within=overdue"
    assert texts(page, ".tab")[:2] == ["All 2", "Critical 2"]
    assert attributes(page, ".exports a", "href")[0] == "/api/techs/export.csv?owner=web"
    assert not page.select(".moves-card"), "changes are those of the whole list"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("/", ""),
        ("/?by=owner", "&by=owner"),
        ("/?by=tag&owner=web", "&by=tag"),
        ("/?ordering=-services", "&ordering=-services"),
        ("/?ordering=name&page_size=2&by=product", "&ordering=name&page_size=2&by=product"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_bars_tabs_and_filters_keep_groups_and_order(client: Client, url: str, kept: str, headers: Any) -> None:
    """Also from the cache, which has one drawing for all groups and orders."""
    for name in ("Django 3.2", "Django 4.2"):
        add(name, owner="Web", tags=["shop"])
    visit(client, "/")
    for _ in range(2):
        page = visit(client, url, headers=headers)
        found = attributes(page, ".chart a", "href")
        assert len(found) == 10
        owner = "owner=web&" if "owner=" in url else ""
        assert found[0] == f"/?{owner}ends_within=overdue{kept}"
        assert all(address.endswith(kept) for address in found)
        for selector in (".tab", ".chip", ".clear"):
            for address in attributes(page, selector, "href"):
                wanted = {part for part in kept.split("&") if part}
                assert wanted <= set(address.partition("?")[2].split("&")), (selector, address)


def test_names_cannot_change_the_addresses_of_bars(client: Client) -> None:
    move('" data-keep', before="low", after="high")
    put("thing", ends_in=12)
    assert '" data-keep' in text_of(visit(client, "/?by=owner"), ".moves")


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
    assert len(queries) < 22
    assert len(str(shown)) < 12_000


def kept(tech: Tech) -> dict[str, Any]:
    """Return the columns that can be written."""
    return {field.attname: getattr(tech, field.attname) for field in Tech._meta.concrete_fields if not field.generated}
