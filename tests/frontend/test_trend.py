"""The drawing of the levels over the last year."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from frontend.presenters.trend import HEIGHT, WIDTH, TrendChart
from techs import cache
from techs.inventory.trend import TrendDay
from techs.models import LevelDay
from techs.rules.levels import by_level
from tests.support.factories import add
from tests.support.pages import attribute, attributes, one, text_of, texts, visit

TODAY = date(2026, 11, 29)


def day(days_ago: int, **counts: int) -> TrendDay:
    return TrendDay(TODAY - timedelta(days=days_ago), by_level(counts))


def chart(*days: TrendDay) -> TrendChart:
    drawn = TrendChart.of(days, today=TODAY)
    assert drawn is not None
    return drawn


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ({"critical": 5}, {"critical": 2}, "3 fewer critical than a month ago"),
        (
            {"critical": 5, "high": 1},
            {"critical": 6, "high": 1201},
            "1 more critical, 1,200 more high than a month ago",
        ),
        ({"low": 5}, {"low": 9}, "As many critical and high as a month ago"),
    ],
)
def test_change_since_last_month(before: dict[str, int], now: dict[str, int], words: str) -> None:
    assert chart(day(30, **before), day(1, low=1), day(0, **now)).words == words


def test_change_since_another_day_names_it() -> None:
    assert chart(day(3, high=1), day(0)).words == "1 fewer high than on 26 Nov 2026"
    assert chart(day(90, high=1), day(0)).words == "1 fewer high than on 31 Aug 2026"


@pytest.mark.parametrize("days", [[], [day(0, low=1)]])
def test_a_single_day_has_no_trend(days: list[TrendDay]) -> None:
    assert TrendChart.of(days, today=TODAY) is None


def test_levels_are_stacked_with_the_worst_at_the_bottom() -> None:
    areas = chart(day(28, critical=1, low=1), day(14, critical=2, low=2), day(0, critical=4)).areas
    one, two, four = HEIGHT * 3 // 4, HEIGHT // 2, 0
    assert [(area.level, area.path) for area in areas] == [
        ("low", f"M0 {HEIGHT}H0V{two}H{WIDTH // 2}V{four}H{WIDTH}V{four}H{WIDTH}V{HEIGHT}Z"),
        ("critical", f"M0 {HEIGHT}H0V{one}H{WIDTH // 2}V{two}H{WIDTH}V{four}H{WIDTH}V{HEIGHT}Z"),
    ]


def test_a_year_takes_few_bytes() -> None:
    days = [day(number, critical=number, high=3, medium=5, unknown=1, low=number % 7) for number in range(366)]
    areas = chart(*reversed(days)).areas
    assert len(areas) == 5
    assert sum(len(area.path) for area in areas) < 6_000
    assert all(re.search(rf"H{WIDTH}V[0-9.]+H{WIDTH}V{HEIGHT}Z$", area.path) for area in areas), "today is drawn"


def test_table_has_a_row_for_each_month_and_for_today() -> None:
    days = [day(number, low=number) for number in (70, 69, 40, 3, 0)]
    assert [(when.isoformat(), cells[-1]) for when, cells in chart(*days).months] == [
        ("2026-09-20", 70),
        ("2026-10-20", 40),
        ("2026-11-26", 3),
        ("2026-11-29", 0),
    ]


@pytest.mark.django_db(transaction=True)
def test_it_is_shown_for_the_whole_list_and_for_an_owner(client: Client) -> None:
    add("Django 3.2", owner="Web")
    today = datetime.now(UTC).date()
    assert text_of(visit(client, "/"), ".trend .help") == "The trend appears tomorrow."
    for owner, before in (("", 4), ("web", 2)):
        # Of today, the list is newer than the numbers that the worker counted minutes ago.
        for when, critical in ((today - timedelta(days=30), before), (today, 7)):
            LevelDay.objects.update_or_create(
                day=when, owner_key=owner, defaults={"levels": by_level({"critical": critical})}
            )
    cache.invalidate()
    for url, words in (("/", "3 fewer critical"), ("/?owner=Web", "1 fewer critical"), ("/?priority=high", "3 fewer")):
        trend = one(visit(client, url), ".trend")
        assert text_of(trend, ".help").startswith(words)
        assert words in attribute(trend, "svg[role=img]", "aria-label")
        assert attributes(trend, "path", "class") == ["is-critical"]
        assert texts(trend, "tr:last-child td") == ["1", "0", "0", "0", "0"]
    for url in ("/?tag=web", "/?owner=web&owner=data", "/?q=django"):
        assert not visit(client, url).select(".trend")
